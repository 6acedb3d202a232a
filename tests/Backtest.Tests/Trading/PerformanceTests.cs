using NeuralCore.Backtest;

namespace Backtest.Tests.Trading;

public class PerformanceTests
{
    const long Hour = 3_600_000_000;

    [Fact]
    public void FiguresByHand()
    {
        // Daily +10 %, -20 %, +25 %, 0 from 1: 1.1, 0.88, 1.1, 1.1. Mean 0.0375; squares of the deviations 0.0625², 0.2375², 0.2125²,
        // 0.0375² sum to 0.106875, over 3 is 0.035625. Losses: 0.2² over 4 days is 0.01, root 0.1. The fall from 1.1 to 0.88 is a fifth.
        double[] equity = [1.1, 0.88, 1.1, 1.1], daily = Performance.DailyReturns([0, 24 * Hour, 48 * Hour, 72 * Hour], equity);
        Assert.Equal([0.1, -0.2, 0.25, 0], daily.Select(r => Math.Round(r, 14)));
        var p = Performance.Of(equity, daily);
        Assert.Equal(4, p.Days);
        Assert.Equal(0.1, p.TotalReturn, 1e-14);
        Assert.Equal(Math.Sqrt(365) * 0.0375 / Math.Sqrt(0.035625), p.Sharpe, 1e-12);
        Assert.Equal(Math.Sqrt(365) * 0.0375 / 0.1, p.Sortino, 1e-12);
        Assert.Equal(0.2, p.MaximumDrawdown, 1e-14);
        Assert.Equal(Math.Pow(1.1, 365 / 4.0) - 1, p.YearlyReturn, 1e-9 * p.YearlyReturn);
        Assert.Equal(p.YearlyReturn / 0.2, p.Calmar, 1e-9 * p.Calmar);
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
