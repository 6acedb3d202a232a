using NeuralCore.Backtest;

namespace Backtest.Tests.Trading;

public class PerformanceTests
{
    const long Hour = 3_600_000_000;

    [Fact]
    public void FiguresByHand()
    {
        // Daily +10 %, -20 %, +25 %, 0 from 1: 1.1, 0.88, 1.1, 1.1, eight times. Mean 0.0375; squares of the deviations 0.0625², 0.2375²,
        // 0.2125², 0.0375² sum to 0.106875 each time. Losses: 0.2² over 4 days is 0.01, root 0.1. The fall from 1.1 to 0.88 is a fifth.
        var p = Of(32);
        Assert.Equal(32, p.Days);
        Assert.Equal(Math.Pow(1.1, 8) - 1, p.TotalReturn, 1e-12);
        Assert.Equal(Math.Sqrt(365) * 0.0375 / Math.Sqrt(8 * 0.106875 / 31), p.Sharpe, 1e-12);
        Assert.Equal(Math.Sqrt(365) * 0.0375 / 0.1, p.Sortino, 1e-12);
        Assert.Equal(0.2, p.MaximumDrawdown, 1e-14);
        Assert.Equal(Math.Pow(1.1, 365 / 4.0) - 1, p.YearlyReturn, 1e-9 * p.YearlyReturn);
        Assert.Equal(p.YearlyReturn / 0.2, p.Calmar, 1e-9 * p.Calmar);
    }

    static Performance Of(int days)
    {
        double[] four = [1.1, 0.88, 1.1, 1.1], equity = [.. Enumerable.Range(0, days).Select(d => four[d % 4] * Math.Pow(1.1, d / 4))];
        double[] daily = Performance.DailyReturns([.. Enumerable.Range(0, days).Select(d => d * 24 * Hour)], equity);
        Assert.Equal(0, daily.Select((r, d) => Math.Abs(r - new[] { 0.1, -0.2, 0.25, 0 }[d % 4])).Max(), 1e-14);
        return Performance.Of(equity, daily);
    }

    [Fact]
    public void AFewDaysHaveNoYearlyRatiosAndRaiseNoAlarm()
    {
        Performance few = Of(29), enough = Of(30);
        Assert.All(new[] { few.Sharpe, few.Sortino, few.Calmar }, x => Assert.True(double.IsNaN(x)));
        Assert.All(new[] { enough.Sharpe, enough.Sortino, enough.Calmar }, x => Assert.True(double.IsFinite(x)));
        double[] gains = [.. Enumerable.Range(0, 30).Select(d => 0.01 + 0.001 * (d % 2))],
            equity = [.. gains.Select((_, d) => Math.Pow(1.0105, d + 1))];
        Assert.False(Performance.Of(equity.AsSpan(0, 29), gains.AsSpan(0, 29)).IsImplausible);
        Assert.True(Performance.Of(equity, gains).IsImplausible);
    }

    [Fact]
    public void DaysAreThoseOfTheCalendarInUtc()
    {
        // Day 0: 22:00 and 23:00; day 1: nothing; day 2: 00:00 and 01:00; before 1970 as well.
        long[] times = [22 * Hour, 23 * Hour, 48 * Hour, 49 * Hour];
        double[] daily = Performance.DailyReturns(times, [1.5, 2, 3, 1]);
        Assert.Equal([1, 0, -0.5], daily);
        Assert.Equal(daily, Performance.DailyReturns([.. times.Select(t => t - 240 * Hour)], [1.5, 2, 3, 1]));
        Assert.Equal([-1, 0, 0], Performance.DailyReturns([0, 24 * Hour, 48 * Hour], [0, 0, 0]));
        Assert.Throws<ArgumentException>(() => Performance.DailyReturns([0], []));
    }

    [Fact]
    public void WhatIsNotDefinedIsNaN()
    {
        var flat = Performance.Of([1, 1, 1], [0, 0, 0]);
        Assert.All(new[] { flat.Sharpe, flat.Sortino, flat.Calmar }, x => Assert.True(double.IsNaN(x)));
        Assert.Equal((0.0, 0.0, false), (flat.TotalReturn, flat.MaximumDrawdown, flat.IsImplausible));
        Assert.Equal(0.5, Performance.Drawdown([0.5, 0.8]), 1e-15);   // from the 1 with which equity began
    }
}
