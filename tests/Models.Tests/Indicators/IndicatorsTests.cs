using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class IndicatorsTests
{
    /// <summary>A positive random walk whose steps change size from seed to seed.</summary>
    internal static double[] Walk(int seed, int length)
    {
        var random = new CounterRandom((ulong)seed, 7);
        double step = 0.001 + 0.1 * random.NextDouble(), price = 100;
        var close = new double[length];
        for (int t = 0; t < length; t++) close[t] = price *= Math.Exp(step * random.NextNormal());
        return close;
    }

    static double[] Run(double[] close, Action<double[], double[]> indicator)
    {
        var output = new double[close.Length];
        indicator(close, output);
        return output;
    }

    static readonly Gen<int> Seeds = Gen.Choose(0, int.MaxValue);

    [Fact]
    public void Rsi_lies_between_0_and_100_and_mirrors_when_changes_change_sign() => Prop.ForAll(Seeds.ToArbitrary(), seed =>
    {
        double[] close = Walk(seed, 60), mirrored = [.. close.Select(p => 1e5 - p)];
        double[] a = Run(close, (x, y) => Indicators.Rsi(x, 14, y)), b = Run(mirrored, (x, y) => Indicators.Rsi(x, 14, y));
        return Enumerable.Range(0, 60).All(t =>
            t < 14 ? double.IsNaN(a[t]) : a[t] is >= 0 and <= 100 && Math.Abs(a[t] + b[t] - 100) < 1e-6);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rsi_is_100_when_prices_only_rise_0_when_they_only_fall_and_50_when_they_stand()
    {
        double[] rising = [.. Enumerable.Range(1, 40).Select(i => 0.1 * i * i)];
        Assert.All(Run(rising, (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(100, r));
        Assert.All(Run([.. rising.Reverse()], (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(0, r));
        Assert.All(Run([.. rising.Select(_ => 3.0)], (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(50, r));
    }

    [Fact]
    public void Ema_stays_within_the_range_of_its_prices_and_scales_with_them() =>
        Prop.ForAll(Seeds.ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), (seed, period) =>
        {
            double[] close = Walk(seed, 50), ema = Run(close, (x, y) => Indicators.Ema(x, period, y));
            double[] scaled = Run([.. close.Select(p => 8 * p)], (x, y) => Indicators.Ema(x, period, y));
            return Enumerable.Range(0, 50).All(t => t < period - 1
                ? double.IsNaN(ema[t])
                : ema[t] <= close[..(t + 1)].Max() * (1 + 1e-12) && ema[t] >= close[..(t + 1)].Min() * (1 - 1e-12)
                    && scaled[t] == 8 * ema[t]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ema_of_period_1_is_the_price()
    {
        double[] close = Walk(3, 20);
        Assert.Equal(close, Run(close, (x, y) => Indicators.Ema(x, 1, y)), (a, b) => Math.Abs(a - b) < 1e-12 * a);
    }

    [Fact]
    public void A_wrong_period_or_output_length_is_an_error_that_says_so()
    {
        Assert.Contains("period of at least 1, got 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => Indicators.Ema([1, 2], 0, new double[2])).Message);
        Assert.Contains("Rsi: expected an output of 2 values",
            Assert.Throws<ArgumentException>(() => Indicators.Rsi([1, 2], 14, new double[3])).Message);
        Assert.Contains("period 'slow' of at least 1, got -1", Assert.Throws<ArgumentOutOfRangeException>(() =>
            Indicators.MacdOwnSeeds([1, 2], 12, -1, 9, new double[2], new double[2], new double[2])).Message);
    }
}
