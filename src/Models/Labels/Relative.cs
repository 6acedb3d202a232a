namespace NeuralCore.Models;

/// <summary>The middle of the pairs' returns.</summary>
public enum Centre
{
    /// <summary>The median; half the pairs lie above it, whatever the shape of the returns.</summary>
    Median,

    /// <summary>The mean. A few pairs that rise much lift it, so that "below the mean" is right more than half the time.</summary>
    Mean,
}

public static partial class Labels
{
    /// <summary>
    /// Each pair's return less the middle of all pairs' returns over the same candles: y_i = r_i - middle_j(r_j), pair i among them.
    /// <para>
    /// The median is recommended. Returns are skewed: on ten pairs at 1h, 2022 to 2025, always saying "below the mean" is right 51.7 % of
    /// the time one candle ahead, 53.9 % ten and 55.0 % thirty ahead, which would pass for skill. A pair counts at a candle where its
    /// own return is known; fewer than two pairs have no middle, and the label is unknown.
    /// </para>
    /// </summary>
    /// <param name="returns">A return label of each pair, all of one horizon and timeframe.</param>
    /// <param name="centre">Median or mean.</param>
    /// <returns>One label a pair, known when the returns are.</returns>
    /// <exception cref="ArgumentException">Timeframes differ, or labels of one candle become known at different times.</exception>
    public static Label[] Relative(IReadOnlyList<Label> returns, Centre centre = Centre.Median)
    {
        ArgumentNullException.ThrowIfNull(returns);
        if (centre is not (Centre.Median or Centre.Mean))
            throw new ArgumentOutOfRangeException(nameof(centre), centre, $"Relative: expected Median or Mean, got {centre}");
        foreach (Label r in returns)
        {
            ArgumentNullException.ThrowIfNull(r, nameof(returns));
            if (r.Candles.Timeframe != returns[0].Candles.Timeframe)
            {
                throw new ArgumentException($"Relative: expected pairs of one timeframe, got {r.Candles.Symbol} at {r.Candles.Timeframe} "
                    + $"and {returns[0].Candles.Symbol} at {returns[0].Candles.Timeframe}", nameof(returns));
            }
        }
        Label[] relative = [.. returns.Select(r => new Label(r.Candles))];
        var next = new int[returns.Count];   // of each pair: its first candle not yet looked at
        var present = new List<(int Pair, int T)>(returns.Count);
        var values = new double[returns.Count];
        while (NextTime(returns, next) is { } time)
        {
            present.Clear();
            for (int i = 0; i < returns.Count; i++)
            {
                if (next[i] == returns[i].Values.Length || returns[i].Candles.OpenTime[next[i]] != time) continue;
                int t = next[i]++;
                if (!returns[i].IsKnown(t)) continue;
                values[present.Count] = returns[i].Values[t];
                present.Add((i, t));
            }
            if (present.Count < 2) continue;
            double middle = Middle(values.AsSpan(0, present.Count), centre);
            long known = returns[present[0].Pair].KnownAt[present[0].T];
            foreach ((int i, int t) in present)
            {
                if (returns[i].KnownAt[t] != known)
                {
                    throw new ArgumentException($"Relative: expected returns of one horizon, got labels of {returns[i].Candles.Symbol} "
                        + $"(candle {t}) and {returns[present[0].Pair].Candles.Symbol} that become known at different times",
                        nameof(returns));
                }
                relative[i].Set(t, returns[i].Values[t] - middle, known);
            }
        }
        return relative;
    }

    /// <summary>The earliest open time that some pair has not been looked at; null at the end.</summary>
    static long? NextTime(IReadOnlyList<Label> labels, int[] next)
    {
        long? time = null;
        for (int i = 0; i < next.Length; i++)
            if (next[i] < labels[i].Values.Length && !(labels[i].Candles.OpenTime[next[i]] >= time))
                time = labels[i].Candles.OpenTime[next[i]];
        return time;
    }

    static double Middle(Span<double> values, Centre centre)
    {
        if (centre == Centre.Mean)
        {
            double sum = 0;
            foreach (double value in values) sum += value;
            return sum / values.Length;
        }
        values.Sort();
        return Median(values);
    }

    /// <summary>The median of sorted values: of an even number the mean of the middle two.</summary>
    static double Median(ReadOnlySpan<double> sorted)
    {
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : sorted[half - 1] + (sorted[half] - sorted[half - 1]) / 2;
    }
}
