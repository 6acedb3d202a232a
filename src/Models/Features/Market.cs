using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models;

/// <summary>
/// Several pairs at once. Pairs may begin and end at different times and miss candles: cross-pair features join candles by their open
/// time, never by their position. What is computed for one feature is kept for the others.
/// </summary>
public sealed class Market
{
    /// <summary>Base asset of the pair that leads the others.</summary>
    public const string LeaderBase = "BTC";

    readonly Dictionary<Func<MarketPair, double[]>, double[]> means = [];
    readonly Dictionary<int, Market> longer = [];
    Timeline? timeline;

    /// <summary>A market of these pairs.</summary>
    /// <exception cref="ArgumentException">A column is not as long as its pair's open times.</exception>
    public Market(IReadOnlyList<Candles> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        Pairs = [.. pairs.Select((candles, index) => new MarketPair(this, index, candles))];
        BySymbol = [.. Pairs.OrderBy(p => p.Candles.Symbol, StringComparer.Ordinal)];
        Leader = BySymbol.FirstOrDefault(p => p.Candles.Base == LeaderBase);
    }

    /// <summary>The pairs, in the order given.</summary>
    public IReadOnlyList<MarketPair> Pairs { get; }

    /// <summary>The pair with base <see cref="LeaderBase"/>, of several the first by symbol; null where there is none.</summary>
    public MarketPair? Leader { get; }

    /// <summary>The same pairs with candles <paramref name="k"/> times as long, of those that lack none of their own.</summary>
    internal Market OnLonger(int k)
    {
        if (longer.TryGetValue(k, out Market? market)) return market;
        longer.Add(k, market = new Market([.. Pairs.Select(p => p.Candles)
            .Select(candles => MultiTimeframe.Resample(candles, new Timeframe(k * candles.Timeframe.Microseconds)))]));
        return market;
    }

    Timeline Joined => timeline ??= new Timeline([.. Pairs.Select(p => p.Candles)]);

    // Sums over pairs run in this order, so that a mean does not depend, in its last bit, on the order of files.
    MarketPair[] BySymbol { get; }

    // Candles of a pair that are kept where it goes on, and how many more at most that something is still to be computed of.
    int held = int.MaxValue, late;

    /// <summary>
    /// Keeps only the last candles of each pair, of its own and of longer ones, from here on: <paramref name="candles"/>, and up to
    /// <paramref name="late"/> more, those from <paramref name="since"/> on.
    /// </summary>
    internal void Hold(int candles, int late, long since)
    {
        (held, this.late) = (candles, late);
        foreach (Market market in longer.Values) market.Hold(candles, late, since);
        foreach (MarketPair pair in Pairs) pair.Continue(null, Kept(pair, since));
    }

    /// <summary>Goes on with a candle that follows those of a pair, and with the longer candles that it completes.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="next">The candle.</param>
    /// <param name="since">Open time from which on something of any pair may still be computed, or once more.</param>
    internal void Continue(MarketPair pair, LiveCandle next, long since)
    {
        pair.Continue(next, Kept(pair, since));
        foreach (Market market in longer.Values)
        {
            MarketPair same = market.Pairs[pair.Index];
            if (MultiTimeframe.Completed(pair.Candles, same.Candles.Timeframe) is { } completed) market.Continue(same, completed, since);
        }
    }

    int Kept(MarketPair pair, long since) => held + Math.Min(late, pair.Count - pair.Candles.CountBefore(since));

    /// <summary>Forgets what was computed across pairs, since one of them has other candles.</summary>
    internal void Changed()
    {
        timeline = null;
        means.Clear();
        foreach (MarketPair pair in Pairs) pair.ForgetOthers();
    }

    /// <summary>
    /// The mean of a column over the pairs that have a candle at an open time and know the column there, seen from a pair: one value a
    /// candle of that pair, NaN where no pair knows it.
    /// </summary>
    internal double[] Mean(Func<MarketPair, double[]> column, MarketPair seenFrom)
    {
        if (!means.TryGetValue(column, out double[]? mean))
        {
            mean = new double[Joined.Times.Length];
            var present = new int[mean.Length];
            foreach (MarketPair pair in BySymbol)
            {
                double[] values = pair.Of(column);
                int[] place = Joined.Place[pair.Index];
                for (int t = 0; t < values.Length; t++)
                {
                    if (!double.IsFinite(values[t])) continue;
                    mean[place[t]] += values[t];
                    present[place[t]]++;
                }
            }
            for (int i = 0; i < mean.Length; i++) mean[i] /= present[i];
            means.Add(column, mean);
        }
        return Array.ConvertAll(Joined.Place[seenFrom.Index], i => mean[i]);
    }

    /// <summary>The leader's column, seen from a pair: one value a candle of that pair, NaN where the leader has no candle.</summary>
    internal double[] OfLeader(Func<MarketPair, double[]> column, MarketPair seenFrom)
    {
        if (Leader is null) throw new InvalidOperationException($"Market: expected a pair with base {LeaderBase}, got none");
        double[] values = Leader.Of(column), line = new double[Joined.Times.Length];
        Array.Fill(line, double.NaN);
        int[] place = Joined.Place[Leader.Index];
        for (int t = 0; t < values.Length; t++) line[place[t]] = values[t];
        return Array.ConvertAll(Joined.Place[seenFrom.Index], i => line[i]);
    }

    /// <summary>The open times of all pairs, each once and ascending, and where each pair's candles stand among them.</summary>
    sealed class Timeline
    {
        public Timeline(IReadOnlyList<Candles> pairs)
        {
            if (pairs.FirstOrDefault(p => p.Timeframe != pairs[0].Timeframe) is { } other)
            {
                throw new ArgumentException($"Market: expected pairs of one timeframe, got {pairs[0].Timeframe} ({pairs[0].Symbol}) " +
                    $"and {other.Timeframe} ({other.Symbol})");
            }
            Times = [];
            foreach (Candles pair in pairs) Times = Union(Times, pair.OpenTime);
            Place = [.. pairs.Select(p => Places(p.OpenTime))];
        }

        public long[] Times { get; }

        public int[][] Place { get; }

        static long[] Union(long[] a, long[] b)
        {
            if (a.AsSpan().SequenceEqual(b)) return a;
            var all = new List<long>(a.Length);
            for (int i = 0, j = 0; i < a.Length || j < b.Length;)
            {
                long next = i == a.Length ? b[j] : j == b.Length ? a[i] : Math.Min(a[i], b[j]);
                if (i < a.Length && a[i] == next) i++;
                if (j < b.Length && b[j] == next) j++;
                all.Add(next);
            }
            return [.. all];
        }

        int[] Places(long[] times)
        {
            var place = new int[times.Length];
            for (int t = 0, i = 0; t < times.Length; t++)
            {
                while (Times[i] != times[t]) i++;
                place[t] = i;
            }
            return place;
        }
    }
}
