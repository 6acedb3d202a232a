using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models;

/// <summary>
/// Longer candles made of shorter ones, and longer candles seen from shorter ones without looking ahead: of the longer candles, only
/// those that have closed are visible.
/// </summary>
public static class MultiTimeframe
{
    const long Day = 86_400_000_000, Week = 7 * Day, FirstMonday = 4 * Day;   // 1970-01-01 was a Thursday

    /// <summary>
    /// Candles of a longer timeframe: the first open, the highest high, the lowest low, the last close, and the sums of volumes and
    /// trades. They begin at multiples of the timeframe since 1970-01-01 UTC, whole weeks on Monday, and a candle belongs to the longer one
    /// that its open time lies in.
    /// <para>
    /// A longer candle with all its candles is made; one that lacks some, at a gap or at either end of the series, is not, so that
    /// there is a gap in the result, too. With <paramref name="incomplete"/> it is made of what there is, if only one candle; then the
    /// last may be unfinished.
    /// </para>
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="timeframe">A multiple of the candles' timeframe.</param>
    /// <param name="incomplete">Whether to make longer candles that lack some of their candles.</param>
    /// <exception cref="ArgumentException">The timeframe is not a multiple, or a candle ends in another longer one than it begins
    /// in.</exception>
    public static Candles Resample(Candles candles, Timeframe timeframe, bool incomplete = false)
    {
        ArgumentNullException.ThrowIfNull(candles);
        long ratio = timeframe.Microseconds / candles.Timeframe.Microseconds;
        if (ratio < 1 || timeframe.Microseconds % candles.Timeframe.Microseconds != 0)
            throw new ArgumentException($"Resample '{candles.Symbol}': expected a multiple of {candles.Timeframe}, got {timeframe}");
        var groups = new List<(int From, int To)>();
        for (int from = 0, to; from < candles.Count; from = to)
        {
            long end = Floor(candles.OpenTime[from], timeframe.Microseconds) + timeframe.Microseconds;
            for (to = from + 1; to < candles.Count && candles.OpenTime[to] < end; to++) { }
            long last = candles.OpenTime[to - 1], close = last + candles.Timeframe.Microseconds;
            if (close > end)   // the longer candle would count as closed while this one is still open
            {
                throw new ArgumentException($"Resample '{candles.Symbol}': expected candles of {candles.Timeframe} that close by the end "
                    + $"of their {timeframe} at {TimeText.ToIso(end)}, got one from {TimeText.ToIso(last)} to {TimeText.ToIso(close)}");
            }
            if (incomplete || to - from == ratio) groups.Add((from, to));
        }
        return new Candles
        {
            Symbol = candles.Symbol, Base = candles.Base, Timeframe = timeframe,
            OpenTime = [.. groups.Select(g => Floor(candles.OpenTime[g.From], timeframe.Microseconds))],
            Open = [.. groups.Select(g => candles.Open[g.From])],
            High = [.. groups.Select(g => Max(candles.High.AsSpan(g.From..g.To)))],
            Low = [.. groups.Select(g => Min(candles.Low.AsSpan(g.From..g.To)))],
            Close = [.. groups.Select(g => candles.Close[g.To - 1])],
            Volume = Sums(candles.Volume)!,
            QuoteVolume = Sums(candles.QuoteVolume),
            Trades = Sums(candles.Trades),
            TakerBuyVolume = Sums(candles.TakerBuyVolume),
            TakerBuyQuoteVolume = Sums(candles.TakerBuyQuoteVolume),
        };

        double[]? Sums(double[]? column) => column is null ? null : [.. groups.Select(g => Sum(column.AsSpan(g.From..g.To)))];
    }

    /// <summary>The longer candle that the last of the candles completes; null if it completes none, or one that lacks some.</summary>
    internal static LiveCandle? Completed(Candles candles, Timeframe timeframe)
    {
        long last = candles.OpenTime[^1], ratio = timeframe.Microseconds / candles.Timeframe.Microseconds;
        if (Floor(last, timeframe.Microseconds) + timeframe.Microseconds != last + candles.Timeframe.Microseconds) return null;
        Candles made = Resample(candles.Part((int)Math.Max(0, candles.Count - ratio)..), timeframe);
        return made.Count == 0 ? null : LiveCandle.Of(made, 0);
    }

    /// <summary>
    /// For each candle the index of the last longer candle that has closed when it closes (the same instant included), however
    /// long ago; -1 where there is none yet.
    /// </summary>
    /// <param name="candles">The candles from which to look.</param>
    /// <param name="longer">The longer candles.</param>
    public static int[] LastClosed(Candles candles, Candles longer)
    {
        ArgumentNullException.ThrowIfNull(candles);
        ArgumentNullException.ThrowIfNull(longer);
        var last = new int[candles.Count];
        for (int t = 0, j = -1; t < last.Length; t++)
        {
            long now = candles.OpenTime[t] + candles.Timeframe.Microseconds;
            while (j + 1 < longer.Count && longer.OpenTime[j + 1] + longer.Timeframe.Microseconds <= now) j++;
            last[t] = j;
        }
        return last;
    }

    /// <summary>A column of longer candles seen from shorter ones: that of <see cref="LastClosed"/>, NaN where there is none.</summary>
    /// <exception cref="ArgumentException">The column is not as long as the longer candles.</exception>
    public static double[] Align(Candles candles, Candles longer, double[] column)
    {
        ArgumentNullException.ThrowIfNull(longer);
        ArgumentNullException.ThrowIfNull(column);
        if (column.Length != longer.Count)
            throw new ArgumentException($"Align '{longer.Symbol}': expected {longer.Count} values, one a candle, got {column.Length}");
        return Seen(column, LastClosed(candles, longer));
    }

    /// <summary>The values of a column at these indices, NaN at -1.</summary>
    internal static double[] Seen(double[] column, int[] last)
    {
        var seen = new double[last.Length];
        for (int t = 0; t < seen.Length; t++) seen[t] = last[t] < 0 ? double.NaN : column[last[t]];
        return seen;
    }

    /// <summary>
    /// A feature of a longer timeframe, seen from the pair's own candles: its value at the last closed one of the longer candles that
    /// lack none of theirs.
    /// </summary>
    /// <param name="feature">A feature of one pair.</param>
    /// <param name="timeframe">A multiple of the candles' timeframe.</param>
    /// <returns>A feature named, for example, <c>rsi_4h</c>.</returns>
    /// <exception cref="ArgumentException">The feature looks across pairs.</exception>
    public static Feature On(Feature feature, Timeframe timeframe)
    {
        ArgumentNullException.ThrowIfNull(feature);
        if ((feature.Needs & (FeatureNeeds.AllPairs | FeatureNeeds.Leader)) != 0)
            throw new ArgumentException($"feature '{feature.Name}' on {timeframe}: expected one of a single pair, got one across pairs");
        return new Feature($"{feature.Name}_{timeframe}", feature.Needs, pair =>
        {
            Candles longer = Resample(pair.Candles, timeframe);
            return Align(pair.Candles, longer, FeatureSet.Compute([feature], [longer])[0][0]);
        });
    }

    static long Floor(long time, long unit)
    {
        long phase = unit % Week == 0 ? FirstMonday : 0;
        return time - ((time - phase) % unit + unit) % unit;
    }

    static double Max(ReadOnlySpan<double> values)
    {
        double max = values[0];
        foreach (double value in values) max = Math.Max(max, value);
        return max;
    }

    static double Min(ReadOnlySpan<double> values)
    {
        double min = values[0];
        foreach (double value in values) min = Math.Min(min, value);
        return min;
    }

    static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum;
    }
}
