using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>Checks of what features see: nothing of the future, and how much of the past.</summary>
public static class FeatureChecks
{
    const double Tolerance = 1e-6, Factor = 1e6;
    const int FewestCandles = 100;

    /// <summary>
    /// Whether features know nothing of the future. From a time on, the candles of all pairs are deleted, then multiplied by a million; no
    /// value before may change in any bit. This is done at random times, and at the last candle.
    /// </summary>
    /// <param name="set">The features.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="cuts">Number of times.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>
    /// One entry for each feature, pair and kind of change with a difference: the earliest value that changed, at the first such cut.
    /// </returns>
    public static IReadOnlyList<FeatureLeak> Truncation(
        FeatureSet set, IReadOnlyList<Candles> pairs, int cuts = 8, CancellationToken cancellation = default)
        => Truncation(Definitions(set, pairs), pairs, cuts, cancellation);

    /// <summary>The same for any features, registered or not.</summary>
    public static IReadOnlyList<FeatureLeak> Truncation(
        IReadOnlyList<Feature> features, IReadOnlyList<Candles> pairs, int cuts = 8, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(pairs);
        double[][][] whole = FeatureSet.Compute(features, pairs, cancellation);
        var leaks = new Dictionary<(string, int, FutureChange), FeatureLeak>();
        foreach (long cut in Times(pairs, cuts, 0, 1, last: true))
            foreach (FutureChange change in (FutureChange[])[FutureChange.Deleted, FutureChange.Multiplied])
            {
                double[][][] changed = FeatureSet.Compute(features, [.. pairs.Select(p => Changed(p, cut, change))], cancellation);
                for (int p = 0; p < pairs.Count; p++)
                    for (int f = 0; f < features.Count; f++)
                    {
                        ReadOnlySpan<double> expected = whole[p][f].AsSpan(0, pairs[p].CountBefore(cut)), actual = changed[p][f];
                        int t = FirstDifference(expected, actual);
                        if (t < 0) continue;
                        leaks.TryAdd((features[f].Name, p, change), new FeatureLeak(
                            features[f].Name, pairs[p].Symbol, t, pairs[p].OpenTime[t], cut, change, expected[t], actual[t]));
                    }
            }
        return [.. leaks.Values];
    }

    /// <summary>
    /// How many candles features need. The series is made to start later, at several times for all pairs, and compared with the whole
    /// one; each figure is the largest over starts and pairs.
    /// </summary>
    /// <param name="set">The features.</param>
    /// <param name="pairs">The pairs, of at least 100 candles each; the more, the longer the memory that can be told from an endless
    /// one.</param>
    /// <param name="starts">Number of starts.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>One entry a feature.</returns>
    /// <exception cref="ArgumentException">There are too few candles to tell how many a feature needs.</exception>
    public static IReadOnlyList<FeatureWarmUp> WarmUp(
        FeatureSet set, IReadOnlyList<Candles> pairs, int starts = 5, CancellationToken cancellation = default)
        => WarmUp(Definitions(set, pairs), pairs, starts, cancellation);

    /// <summary>The same for any features, registered or not.</summary>
    public static IReadOnlyList<FeatureWarmUp> WarmUp(
        IReadOnlyList<Feature> features, IReadOnlyList<Candles> pairs, int starts = 5, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(pairs);
        int fewest = pairs.Select(p => p.Count).DefaultIfEmpty(0).Min();
        if (fewest < FewestCandles)
            throw new ArgumentException($"WarmUp: expected at least {FewestCandles} candles of every pair, got {fewest}");
        double[][][] whole = FeatureSet.Compute(features, pairs, cancellation);
        var (known, settled) = (new int[features.Count], new int[features.Count]);
        foreach (long start in Times(pairs, starts, 0.1, 0.5, last: false))
        {
            double[][][] late = FeatureSet.Compute(features, [.. pairs.Select(p => p.Part(p.CountBefore(start)..))], cancellation);
            for (int p = 0; p < pairs.Count; p++)
            {
                int skipped = pairs[p].CountBefore(start);
                if (skipped == 0 || skipped == pairs[p].Count) continue;
                for (int f = 0; f < features.Count; f++)
                {
                    int first = Known(late[p][f]), needed = Known(whole[p][f]);
                    if (first == int.MaxValue && needed < int.MaxValue && late[p][f].Length < needed)
                    {
                        throw new ArgumentException($"WarmUp of feature '{features[f].Name}': expected at least {needed} candles of " +
                            $"{pairs[p].Symbol} from {TimeText.ToIso(start)} on, got {late[p][f].Length}");
                    }
                    known[f] = Math.Max(known[f], first);
                    settled[f] = Math.Max(settled[f], Math.Max(first, Needed(whole[p][f].AsSpan(skipped), late[p][f])));
                }
            }
        }
        return [.. features.Select((f, i) => new FeatureWarmUp(f.Name, Count(known[i]), Count(settled[i])))];

        static int Known(double[] column) => Array.FindIndex(column, double.IsFinite) is >= 0 and int index ? index + 1 : int.MaxValue;

        static int? Count(int candles) => candles is > 0 and < int.MaxValue ? candles : null;
    }

    // To the bit, but one NaN is as good as another.
    static int FirstDifference(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        for (int t = 0; t < expected.Length; t++)
        {
            if (BitConverter.DoubleToInt64Bits(expected[t]) == BitConverter.DoubleToInt64Bits(actual[t])) continue;
            if (!double.IsNaN(expected[t]) || !double.IsNaN(actual[t])) return t;
        }
        return -1;
    }

    /// <summary>Candles until the late start makes no more difference.</summary>
    static int Needed(ReadOnlySpan<double> whole, ReadOnlySpan<double> late)
    {
        double size = 0;
        int count = 0, t = late.Length - 1;
        foreach (double value in whole)
            if (double.IsFinite(value)) (size, count) = (size + Math.Abs(value), count + 1);
        size /= Math.Max(1, count);
        while (t >= 0 && (whole[t].Equals(late[t]) || Math.Abs(whole[t] - late[t]) <= Tolerance * Math.Max(Math.Abs(whole[t]), size))) t--;
        return t == late.Length - 1 ? int.MaxValue : t + 2;
    }

    static Feature[] Definitions(FeatureSet set, IReadOnlyList<Candles> pairs)
    {
        ArgumentNullException.ThrowIfNull(set);
        return [.. set.For(pairs, leaveOut: false).Definitions];
    }

    /// <summary>Random open times from one share of all to another, and the last one, ascending; always the same ones.</summary>
    static long[] Times(IReadOnlyList<Candles> pairs, int count, double from, double to, bool last)
    {
        long[] all = [.. pairs.SelectMany(p => p.OpenTime).Distinct().Order()];
        if (all.Length == 0) return [];
        var random = new CounterRandom(1, 0x4355);
        var shares = Enumerable.Range(0, count).Select(k => from + (to - from) * (k + random.NextDouble()) / count);
        return [.. shares.Select(share => all[Math.Min((int)(share * all.Length), all.Length - 1)]).Concat(last ? [all[^1]] : [])
            .Distinct().Order()];
    }

    /// <summary>The candles with another future.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="cut">Open time from which on they are changed.</param>
    /// <param name="change">What is done to them.</param>
    public static Candles Changed(Candles candles, long cut, FutureChange change)
    {
        ArgumentNullException.ThrowIfNull(candles);
        int count = candles.CountBefore(cut);
        return change == FutureChange.Deleted ? candles.Part(..count)
            : candles.With(candles.OpenTime, column => [.. column.Select((value, t) => t < count ? value : value * Factor)]);
    }
}
