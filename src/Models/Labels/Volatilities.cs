using NeuralCore.Models.Data;

namespace NeuralCore.Models;

public static partial class Labels
{
    /// <summary>
    /// What <see cref="Scaled"/> and <see cref="TripleBarrier"/> take for σ: the sample standard deviation of the last
    /// <paramref name="period"/> log returns known at the close of each candle. NaN where there are fewer since the last gap.
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="period">Number of returns, at least 2; 100 is usual.</param>
    public static double[] Volatility(Candles candles, int period)
    {
        ArgumentNullException.ThrowIfNull(candles);
        if (period < 2)
            throw new ArgumentOutOfRangeException(nameof(period), period, "Volatility: expected a period of at least 2 returns, "
                + $"got {period}");
        var sigma = new double[candles.Count];
        for (int start = 0, end; start < sigma.Length; start = end)
        {
            for (end = start + 1; end < sigma.Length && candles.Follows(end);) end++;
            Indicators.RollingVolatility(candles.Close.AsSpan(start..end), period, sigma.AsSpan(start..end));
        }
        return sigma;
    }

    /// <summary>
    /// Realised volatility of the k candles after t: √(Σ_{j=t+1}^{t+k} r_j²), r_j = ln(C_j / C_{j-1}); not annualised. Source: Andersen,
    /// Bollerslev, Diebold and Labys, "Modeling and Forecasting Realized Volatility", Econometrica 71, 2003.
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="horizon">k, at least 1.</param>
    public static Label RealisedVolatility(Candles candles, int horizon)
    {
        CheckHorizon(nameof(RealisedVolatility), candles, horizon);
        double[] squares = new double[candles.Count], sums = new double[candles.Count];
        for (int j = 0; j < squares.Length; j++)
        {
            double r = candles.Follows(j) ? ScalarMath.Log(Price(candles.Close[j]) / Price(candles.Close[j - 1])) : double.NaN;
            squares[j] = r * r;
        }
        Rolling.Sum(squares, horizon, sums);
        return Ahead(candles, horizon, nameof(RealisedVolatility), (t, k) => Math.Sqrt(sums[t + k]));
    }

    /// <summary>
    /// Whether the range ln(H/L) of candle t + 1 exceeds the median of the ranges of the seven days that end with candle t: 1 or 0.
    /// </summary>
    /// <param name="candles">The candles; seven days are 168 at one hour, 672 at fifteen minutes.</param>
    public static Label RangeAboveMedian(Candles candles)
    {
        ArgumentNullException.ThrowIfNull(candles);
        return RangeAboveMedian(candles, WeekOf(candles.Timeframe));
    }

    /// <summary>Candles of seven days, at least 1.</summary>
    internal static int WeekOf(Timeframe timeframe)
    {
        const long Week = 7 * 86_400_000_000;
        return (int)Math.Clamp(Week / Math.Max(timeframe.Microseconds, 1), 1, int.MaxValue);
    }

    /// <summary>
    /// Whether the range ln(H/L) of candle t + 1 exceeds the median of the last <paramref name="period"/> ranges, of candles
    /// t - period + 1 to t without a gap: 1 if it does, else 0, so 0 if they are equal. The median of an even number is the mean of the
    /// middle two. The ranges are kept sorted by shifting: O(n · period) at most for n candles.
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="period">Candles of the median, at least 1.</param>
    public static Label RangeAboveMedian(Candles candles, int period)
    {
        ArgumentNullException.ThrowIfNull(candles);
        if (period < 1)
            throw new ArgumentOutOfRangeException(nameof(period), period, "RangeAboveMedian: expected a period of at least 1 candle, "
                + $"got {period}");
        double[] range = [.. candles.High.Zip(candles.Low, (high, low) => ScalarMath.Log(Price(high) / Price(low)))];   // NaN: no price
        var median = new double[range.Length];
        var window = new SortedWindow(Math.Min(period, range.Length + 1));   // the last ranges, without a gap; a longer one is never full
        for (int t = 0; t < range.Length; t++)
        {
            if (!candles.Follows(t) || double.IsNaN(range[t])) window.Clear();
            median[t] = double.NaN;
            if (double.IsNaN(range[t])) continue;
            if (window.IsFull) window.Remove(range[t - period]);
            window.Add(range[t]);
            if (window.IsFull) median[t] = window.Median;
        }
        return Ahead(candles, 1, nameof(RangeAboveMedian), (t, _) =>
            double.IsNaN(median[t] + range[t + 1]) ? double.NaN : range[t + 1] > median[t] ? 1 : 0);
    }
}
