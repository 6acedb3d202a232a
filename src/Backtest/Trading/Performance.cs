namespace NeuralCore.Backtest;

/// <summary>
/// How equity went. Crypto trades every day, so a year has 365; no interest is subtracted. Figures of r, the daily returns:
/// <code>
/// Sharpe  = √365 mean(r) / deviation(r)            deviation with n - 1
/// Sortino = √365 mean(r) / √mean(min(r, 0)²)       over all days, not only the losing ones
/// Calmar  = yearly return / maximum drawdown
/// </code>
/// A few days do not make a year: under <see cref="LeastDays"/> daily returns all three are NaN.
/// <para>Sources: Sharpe, "The Sharpe ratio", Journal of Portfolio Management 21 (1994); Sortino and Price, "Performance measurement in a
/// downside risk framework", Journal of Investing 3 (1994); Young, "Calmar ratio: a smoother tool", Futures 20 (1991).</para>
/// </summary>
/// <param name="Days">Number of daily returns.</param>
/// <param name="TotalReturn">Last equity less 1.</param>
/// <param name="YearlyReturn">(1 + total)^(365/days) - 1; NaN without days.</param>
/// <param name="Sharpe">NaN for fewer than <see cref="LeastDays"/> days, or where returns do not vary.</param>
/// <param name="Sortino">NaN for so few days, or where there was no losing day.</param>
/// <param name="Calmar">NaN for so few days, or where equity never fell.</param>
/// <param name="MaximumDrawdown">Largest fall from a peak of the equity so far, as a share of the peak.</param>
public sealed record Performance(int Days, double TotalReturn, double YearlyReturn, double Sharpe, double Sortino, double Calmar,
    double MaximumDrawdown)
{
    /// <summary>Days in a year.</summary>
    public const int Year = 365;

    /// <summary>Least number of daily returns from which yearly ratios are drawn.</summary>
    public const int LeastDays = 30;

    /// <summary>A Sharpe ratio over this is likelier a leak of the future, or costs forgotten, than skill.</summary>
    public const double PlausibleSharpe = 5;

    const long Day = 86_400_000_000;

    /// <summary>Whether the Sharpe ratio is too good to be true.</summary>
    public bool IsImplausible => Sharpe > PlausibleSharpe;

    /// <summary>The figures of an equity curve that began at 1.</summary>
    /// <param name="equity">Equity, for example at each close.</param>
    /// <param name="daily">Its <see cref="DailyReturns"/>.</param>
    public static Performance Of(ReadOnlySpan<double> equity, ReadOnlySpan<double> daily)
    {
        double total = equity.IsEmpty ? 0 : equity[^1] - 1, yearly = Math.Pow(1 + total, (double)Year / daily.Length) - 1;
        double drawdown = Drawdown(equity), mean = 0, losses = 0;
        foreach (double r in daily) (mean, losses) = (mean + r / daily.Length, losses + Math.Min(r, 0) * Math.Min(r, 0) / daily.Length);
        bool enough = daily.Length >= LeastDays;
        return new Performance(daily.Length, total, daily.IsEmpty ? double.NaN : yearly,
            enough ? Math.Sqrt(Year) * SharpeRatio.Of(daily) : double.NaN,
            enough && losses > 0 ? Math.Sqrt(Year) * mean / Math.Sqrt(losses) : double.NaN,
            enough && drawdown > 0 ? yearly / drawdown : double.NaN, drawdown);
    }

    /// <summary>
    /// The largest fall from a peak so far (or from 1, where equity began), as a share of the peak; 0 where there was none.
    /// </summary>
    public static double Drawdown(ReadOnlySpan<double> equity)
    {
        double peak = 1, largest = 0;
        foreach (double e in equity)
        {
            peak = Math.Max(peak, e);
            largest = Math.Max(largest, 1 - e / peak);
        }
        return largest;
    }

    /// <summary>
    /// Returns from the end of one day (UTC) to the end of the next, the first from the 1 with which equity began. A candle belongs to the
    /// day in which it opens; a day without candles has return 0, and what was held through it shows on the next day that has some.
    /// A day after ruin has return 0.
    /// </summary>
    /// <param name="openTimes">Open times of the candles, µs since 1970 UTC, ascending.</param>
    /// <param name="equity">Equity at their closes.</param>
    public static double[] DailyReturns(ReadOnlySpan<long> openTimes, ReadOnlySpan<double> equity)
    {
        if (openTimes.Length != equity.Length)
            throw new ArgumentException($"daily returns: expected {openTimes.Length} values of equity, got {equity.Length}");
        if (openTimes.IsEmpty) return [];
        long first = DayOf(openTimes[0]);
        var returns = new double[DayOf(openTimes[^1]) - first + 1];
        double last = 1;
        for (int t = 0; t < equity.Length; t++)
        {
            if (t + 1 < equity.Length && DayOf(openTimes[t + 1]) == DayOf(openTimes[t])) continue;
            returns[DayOf(openTimes[t]) - first] = last > 0 ? equity[t] / last - 1 : 0;
            last = equity[t];
        }
        return returns;
    }

    static long DayOf(long time) => time >= 0 ? time / Day : (time - Day + 1) / Day;
}
