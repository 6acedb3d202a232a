using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public class EquityCurveTests
{
    const long Day = 86_400_000_000;

    static long Time(int year, int month, int day, int hour = 0) =>
        (new DateTime(year, month, day, hour, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    [Fact]
    public void EquityAndDrawdownByHand()
    {
        var curve = EquityCurve.Of(Time(2024, 12, 30, 17), [0.5, -0.2, 0.25, -0.5]);
        Assert.Equal([1, 1.5, 1.2, 1.5, 0.75], curve.Points.Select(p => Math.Round(p.Equity, 12)));
        Assert.Equal([0, 0, 0.2, 0, 0.5], curve.Points.Select(p => Math.Round(p.Drawdown, 12)));
        Assert.Equal(Enumerable.Range(0, 5).Select(d => Time(2024, 12, 30) + d * Day), curve.Points.Select(p => p.Time));
        // December has two days, 1.5 · 0.8 - 1; January two, 1.25 · 0.5 - 1.
        Assert.Equal([(2024, 12, 0.2), (2025, 1, -0.375)], curve.Months.Select(m => (m.Year, m.Month, Math.Round(m.Return, 12))));
    }

    [Fact]
    public void ALossFromTheFirstDayOnIsADrawdownFromTheStart()
    {
        Assert.Equal(0.1, EquityCurve.Of(0, [-0.1]).Points[1].Drawdown, 12);
        var ruined = EquityCurve.Of(0, [-1, 0, 0]);
        Assert.Equal([(0.0, 1.0), (0, 1), (0, 1)], ruined.Points.Skip(1).Select(p => (p.Equity, p.Drawdown)));
        Assert.Equal(-1, Assert.Single(ruined.Months).Return);
    }

    [Fact]
    public void NoDaysAreTheBeginningAlone()
    {
        var none = EquityCurve.Of(Time(2024, 1, 1), []);
        Assert.Equal((1.0, 0.0), (Assert.Single(none.Points).Equity, none.Points[0].Drawdown));
        Assert.Empty(none.Months);
        Assert.Single(none.Thinned(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => none.Thinned(1));
    }

    [Fact]
    public void ThinningKeepsBeginningEndAndTheDeepestDrawdown() => Prop.ForAll(
        Gen.Choose(-200, 200).Select(x => x / 1000.0).NonEmptyListOf().ToArbitrary(), Gen.Choose(2, 40).ToArbitrary(), (daily, most) =>
        {
            var curve = EquityCurve.Of(Time(2023, 5, 17), daily.ToArray());
            IReadOnlyList<EquityPoint> thin = curve.Thinned(most);
            return thin.Count <= most && thin[0] == curve.Points[0]
                && (thin[^1].Time, thin[^1].Equity) == (curve.Points[^1].Time, curve.Points[^1].Equity)
                && thin.Max(p => p.Drawdown) == curve.Points.Max(p => p.Drawdown)
                && thin.Zip(thin.Skip(1), (a, b) => b.Time - a.Time).Skip(1).Distinct().Count() <= 1
                && thin.All(p => curve.Points.Any(q => q.Time == p.Time && q.Equity == p.Equity))
                && (daily.Count >= most || thin.Count == daily.Count + 1)
                && Math.Abs(curve.Months.Aggregate(1.0, (worth, m) => worth * (1 + m.Return)) - curve.Points[^1].Equity) < 1e-9;
        }).QuickCheckThrowOnFailure();
}
