using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Backtest.Charts;

namespace Backtest.Tests.Charts;

public sealed class AxisTests
{
    static string[] Labels(Axis axis) => [.. axis.Ticks.Select(tick => tick.Label)];

    [Theory]
    [InlineData(0, 1, "0|0.2|0.4|0.6|0.8|1.0")]
    [InlineData(49.3, 53.8, "49|50|51|52|53|54")]
    [InlineData(-3, 17, "-5|0|5|10|15|20")]
    [InlineData(0, 6_300, "0|2,000|4,000|6,000|8,000")]
    [InlineData(0.6912, 0.6934, "0.6910|0.6915|0.6920|0.6925|0.6930|0.6935")]
    [InlineData(7, 7, "6.6|6.8|7.0|7.2|7.4")]
    [InlineData(0, 0, "-1.0|-0.5|0|0.5|1.0")]
    [InlineData(-2e9, 3e9, "-2E+9|-1E+9|0|1E+9|2E+9|3E+9")]
    [InlineData(1e-12, 3e-12, "1E-12|1.5E-12|2E-12|2.5E-12|3E-12")]
    public void LinearMarksAreRound(double low, double high, string expected)
        => Assert.Equal(expected.Split('|'), Labels(Axis.Linear("", [low, high])));

    [Fact]
    public void AnyNumbersGiveAnAxisThatHoldsThem() => Prop.ForAll<double[]>(values =>
    {
        foreach (Axis axis in new[] { Axis.Linear("", values), Axis.Logarithmic("", values) })
        {
            Assert.True(double.IsFinite(axis.Low) && double.IsFinite(axis.High) && axis.Low < axis.High);
            Assert.InRange(axis.Ticks.Count, 2, 400);
            Assert.All(axis.Ticks, tick => Assert.InRange(axis.Place(tick.Value), -1e-6, 1 + 1e-6));
        }
        Axis linear = Axis.Linear("", values);
        Assert.InRange(linear.Ticks.Count, 2, 7);
        Assert.Equal(linear.Ticks.Count, linear.Ticks.Select(tick => tick.Label).Distinct().Count());
        Assert.All(values.Where(x => Math.Abs(x) <= 1e300), x => Assert.InRange(linear.Place(x), -1e-6, 1 + 1e-6));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new[] { -1e300, 1e300 })]
    [InlineData(new[] { double.MinValue, double.MaxValue })]
    [InlineData(new[] { double.NaN, double.PositiveInfinity })]
    [InlineData(new[] { double.Epsilon, 2 * double.Epsilon })]
    [InlineData(new[] { 1e15, 1e15 + 1 })]
    [InlineData(new[] { 1e-300, 1e300 })]
    public void ExtremeValuesAreNoError(double[] values)
    {
        foreach (Axis axis in new[] { Axis.Linear("", values), Axis.Logarithmic("", values) })
        {
            Assert.True(axis.Low < axis.High && double.IsFinite(axis.High - axis.Low));
            Assert.All(axis.Ticks, tick => Assert.True(double.IsFinite(axis.Place(tick.Value))));
        }
    }

    [Fact]
    public void WhatIsCountedHasWholeMarks() => Assert.Equal(["1", "2"], Labels(Axis.Linear("", [1, 2], finest: 1)));

    [Fact]
    public void WhatIsNoNumberHasNoPlace()
    {
        Assert.True(double.IsNaN(Axis.Linear("", [0, 1]).Place(double.NaN)));
        Assert.True(double.IsNaN(Axis.Linear("", [0, 1]).Place(double.NegativeInfinity)));
        Assert.True(double.IsNaN(Axis.Logarithmic("", [1, 10]).Place(0)));
        Assert.True(double.IsNaN(Axis.Logarithmic("", [1, 10]).Place(-3)));
    }

    [Fact]
    public void LogarithmicMarksAreOneTwoFive()
    {
        Axis axis = Axis.Logarithmic("", [0.9, 100]);
        Assert.Equal(["0.5", "1", "2", "5", "10", "20", "50", "100"], Labels(axis));
        Assert.Equal(0.5, axis.Place(Math.Sqrt(0.5 * 100)), 12);
        Assert.Equal(["0.001", "0.01", "0.1", "1", "10", "100", "1,000"], Labels(Axis.Logarithmic("", [0.001, 1000])));
        Assert.Equal(["5", "10"], Labels(Axis.Logarithmic("", [5])));
    }

    [Fact]
    public void NamesStandInTheMiddleOfTheirPlaces()
    {
        Axis axis = Axis.Names("", ["a", "b"]), down = Axis.Names("", ["a", "b"], downwards: true);
        Assert.Equal((0.25, 0.75), (axis.Place(0), axis.Place(1)));
        Assert.Equal((0.75, 0.25), (down.Place(0), down.Place(1)));
        Assert.Empty(Axis.Names("", []).Ticks);
    }

    [Theory]
    [InlineData("2024-03-01 05:00", "2024-03-01 09:30", "03-01 05h|03-01 06h|03-01 07h|03-01 08h|03-01 09h")]
    [InlineData("2024-02-27", "2024-03-02", "2024-02-27|2024-02-28|2024-02-29|2024-03-01|2024-03-02")]
    [InlineData("2023-12-20", "2024-03-02", "2024-01|2024-02|2024-03")]
    [InlineData("2022-05-10", "2024-01-01", "2022-07|2023-01|2023-07|2024-01")]
    [InlineData("2001-05-10", "2024-01-01", "2005|2010|2015|2020")]
    [InlineData("2024-01-01", "2024-01-01", "2024-01")]
    public void TimesAreMarkedAtRoundDates(string from, string to, string expected)
    {
        Axis axis = Axis.Time("", [Micros(from), Micros(to)]);
        Assert.Equal(expected.Split('|'), Labels(axis));

        static long Micros(string text)
            => (DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - DateTime.UnixEpoch).Ticks / 10;
    }

    [Fact]
    public void AllOfTimeHasMarks() =>
        Assert.InRange(Axis.Time("", [-62_135_596_800_000_000, 253_402_300_799_000_000]).Ticks.Count, 2, 11);

    [Fact]
    public void ASequenceLeavesNoRoomForTimesWithoutAnything()
    {
        long hour = 3_600_000_000;
        var axis = Axis.Sequence("t", [0, hour, 2 * hour, 500 * hour, 501 * hour]);
        Assert.Equal((-0.5, 4.5), (axis.Low, axis.High));
        Assert.Equal(0.7, axis.Place(3), 12);
        Assert.All(axis.Ticks, tick => Assert.InRange(tick.Value, 0, 4));
        Assert.Equal(axis.Ticks.Count, axis.Ticks.DistinctBy(tick => tick.Value).Count());
        Assert.Empty(Axis.Sequence("t", []).Ticks);
        Assert.Equal(0.5, Axis.Sequence("t", [hour]).Place(0));
    }

    [Fact]
    public void ManyDecadesHaveFewMarks()
    {
        var axis = Axis.Logarithmic("y", [1e-40, 1]);
        Assert.InRange(axis.Ticks.Count, 4, 10);
        Assert.All(axis.Ticks, tick => Assert.Equal(Math.Round(Math.Log10(tick.Value)), Math.Log10(tick.Value), 9));
        Assert.Equal(["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"],
            Axis.Logarithmic("y", [0.01, 2]).Ticks.Select(tick => tick.Label));
    }
}
