namespace NeuralCore.Models;

/// <summary>
/// Features of the candle's range, for the question whether the next one exceeds the median of seven days. D is the number of candles of a
/// day and P of seven days; EW_n is the exponential average with α = 2 / (n + 1) that starts at the first value it gets:
/// <code>
/// R = ln max(ln(H/L), 1e-5)        M = ln max(median of the last P of ln(H/L), 1e-5)        A = ln max(|ln(C_t / C_{t-1})|, 1e-5)
///
/// range_k   = R_{t-k} - M_t, k = 0 … 5                 range_day = R_{t+1-D} - M_t, the time of day of the next candle, yesterday
/// range_en  = EW_n(R) - M, n = 4, 12, 24, 72           range_week = the mean of R_{t+1-kD} - M_t, k = 1 … 7: that time of all days
/// range_q25, range_q75 = logarithms of the quartiles of the last P ranges, less M
/// move_0    = A - M                                    volume_0 = ln V - U, U the median of the last P of ln V (V at least 1e-9)
/// volume_e4 = EW_4(ln V) - U
/// </code>
/// Every feature is clipped to [-12, 12]; the first P - 1 candles have none (NaN).
/// </summary>
static class RangeFeatures
{
    const double Limit = 12, Least = 1e-5, LeastVolume = 1e-9;

    /// <summary>EW_n(R) of each n.</summary>
    static readonly Dictionary<int, Func<Recursion>> Averages = new[] { 4, 12, 24, 72 }
        .ToDictionary(n => n, n => new Func<Recursion>(() => ReversalFeatures.Average(p => p.Of(LogRange), n, r => r)));

    public static IReadOnlyList<Feature> All { get; } =
    [
        .. Enumerable.Range(0, 6).Select(k => Clipped($"range_{k}", p => Lagged(p, k))),
        Clipped("range_day", p => Lagged(p, Day(p) - 1)),
        Clipped("range_week", Week),
        .. Averages.Keys.Select(n => Clipped($"range_e{n}", p => Averaged(p, n))),
        Clipped("range_q25", p => OverMedian(p, p.Of(Quartiles)[0])),
        Clipped("range_q75", p => OverMedian(p, p.Of(Quartiles)[2])),
        Clipped("move_0", p => OverMedian(p, Array.ConvertAll(p.Of(ReversalFeatures.Return), r => Math.Abs(r)))),
        Clipped("volume_0", p => Difference(p.Of(LogVolume), p.Of(MedianVolume))),
        Clipped("volume_e4", p => Difference(p.Of(AverageVolume)[0], p.Of(MedianVolume))),
    ];

    /// <summary>Candles of a day, at least 1.</summary>
    static int Day(MarketPair p) => (int)Math.Max(1, 86_400_000_000 / p.Candles.Timeframe.Microseconds);

    static int Period(MarketPair p) => Labels.WeekOf(p.Candles.Timeframe);

    static double[] Range(MarketPair p) => p.Map(t => ScalarMath.Log(p.Candles.High[t] / p.Candles.Low[t]));

    static double[] LogRange(MarketPair p) => Array.ConvertAll(p.Of(Range), Log);

    static double[] LogVolume(MarketPair p) => Array.ConvertAll(p.Candles.Volume, v => ScalarMath.Log(Math.Max(v, LeastVolume)));

    /// <summary>The three quartiles of the last P ranges.</summary>
    static double[][] Quartiles(MarketPair p) => SortedWindow.Quantiles(p.Of(Range), Period(p), [0.25, 0.5, 0.75]);

    static double[] MedianVolume(MarketPair p) => SortedWindow.Quantiles(p.Of(LogVolume), Period(p), [0.5])[0];

    static double[] Median(MarketPair p) => Array.ConvertAll(p.Of(Quartiles)[1], Log);

    static double[] Lagged(MarketPair p, int k)
    {
        double[] range = p.Of(LogRange), median = p.Of(Median);
        return p.Map(t => t < k ? double.NaN : range[t - k] - median[t]);
    }

    static double[] Averaged(MarketPair p, int n) => Difference(p.Of(Averages[n])[0], p.Of(Median));

    static Recursion AverageVolume() => ReversalFeatures.Average(p => p.Of(LogVolume), 4, v => v);

    static double[] Week(MarketPair p)
    {
        double[] range = p.Of(LogRange), median = p.Of(Median);
        int day = Day(p), days = Math.Max(1, Period(p) / day);
        return p.Map(t =>
        {
            if (double.IsNaN(median[t])) return double.NaN;
            double sum = 0;
            for (int k = 1; k <= days; k++) sum += range[t + 1 - k * day];
            return sum / days - median[t];
        });
    }

    /// <summary>ln max(x, 1e-5) - M.</summary>
    static double[] OverMedian(MarketPair p, double[] x) => Difference(Array.ConvertAll(x, Log), p.Of(Median));

    // Math.Max keeps NaN.
    static double Log(double x) => ScalarMath.Log(Math.Max(x, Least));

    static double[] Difference(double[] a, double[] b)
    {
        var difference = new double[a.Length];
        for (int t = 0; t < difference.Length; t++) difference[t] = a[t] - b[t];
        return difference;
    }

    static Feature Clipped(string name, Func<MarketPair, double[]> column)
        => new(name, p => Array.ConvertAll(p.Of(column), v => Math.Clamp(v, -Limit, Limit))) { Span = 8, SpanDays = 7 };
}
