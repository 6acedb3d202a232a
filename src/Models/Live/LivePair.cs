using NeuralCore.Models.Data;

namespace NeuralCore.Models.Live;

/// <summary>One pair of a <see cref="LiveMarket"/>: its last candles with their features, which go on in place.</summary>
sealed class LivePair
{
    readonly FeatureSet[] sets;
    readonly Feature[][] columns;     // of each set
    readonly int length;
    readonly float[][] features;      // of each set: rows of the candles below
    readonly bool[][] known;          // of each set: whether a candle has them all
    Candles candles;                  // room for up to twice the length; those from index first up to end are there
    int first, end;
    long changed = long.MaxValue;     // open time from which on features are missing, or have changed with another pair's candle

    /// <summary>A pair with the last candles of those that its market holds.</summary>
    /// <param name="pair">The pair in its market.</param>
    /// <param name="sets">The feature sets.</param>
    /// <param name="columns">Features of each set.</param>
    /// <param name="length">Candles that are kept.</param>
    public LivePair(MarketPair pair, FeatureSet[] sets, Feature[][] columns, int length)
    {
        (Source, this.sets, this.columns, this.length) = (pair, sets, columns, length);
        Candles last = pair.Candles.Part(Math.Max(0, pair.Count - length)..);
        (candles, end) = (last, last.Count);
        features = Array.ConvertAll(columns, set => new float[end * set.Length]);
        known = Array.ConvertAll(columns, _ => new bool[end]);
        Compute(end);
    }

    /// <summary>The pair in its market, which holds what features are computed from.</summary>
    public MarketPair Source { get; }

    /// <summary>Of how many of the last candles features are missing or have changed.</summary>
    public int Missing
    {
        get
        {
            int missing = 0;
            while (missing < end - first && candles.OpenTime[end - 1 - missing] >= changed) missing++;
            return missing;
        }
    }

    /// <summary>Open time from which on features are missing, have changed, or may change after this pair's next candle.</summary>
    public long Since => end == first ? long.MinValue : Math.Min(changed, candles.OpenTime[end - 1]);

    /// <summary>Takes a candle that follows.</summary>
    public void Add(LiveCandle next)
    {
        if (end == candles.Count)
        {
            if (end < 2 * length) Grow();
            else MoveToBegin();
        }
        next.WriteTo(candles, end++);
        first = Math.Max(first, end - length);
    }

    /// <summary>This pair, or one that its features look at, has a new candle of a time.</summary>
    public void Change(long time) => changed = Math.Min(changed, time);

    /// <summary>Computes the features that are missing or have changed.</summary>
    public void Compute()
    {
        if (changed == long.MaxValue) return;
        Compute(Missing);
        changed = long.MaxValue;
    }

    void Compute(int last)
    {
        for (int s = 0; s < columns.Length; s++)
        {
            double[][] of = Array.ConvertAll(columns[s], feature => Source.Of(feature.Column));
            Array.Fill(known[s], true, end - last, last);
            MarketSeries.Fill(of, features[s].AsSpan((end - last) * of.Length, last * of.Length), known[s].AsSpan(end - last, last));
        }
    }

    /// <summary>The last candles with features of some of the sets; it stays as it is when the pair goes on.</summary>
    /// <exception cref="ArgumentException">The pair has no such set.</exception>
    public MarketSeries Series(IReadOnlyList<FeatureSet> some)
    {
        Compute();
        FeatureSet[] distinct = [.. some.Distinct()];
        var all = new bool[end - first];
        Array.Fill(all, true);
        float[][] rows = Array.ConvertAll(distinct, set =>
        {
            int s = Array.IndexOf(sets, set), width = set.Features.Count;
            if (s < 0)
                throw new ArgumentException(
                    $"live market: expected features {string.Join(", ", sets.Select(f => f.Name))}, got {set.Name}");
            for (int t = 0; t < all.Length; t++) all[t] &= known[s][first + t];
            return features[s].AsSpan(first * width, all.Length * width).ToArray();
        });
        return new MarketSeries(candles.Part(first..end), distinct, rows, all);
    }

    void Grow()
    {
        int room = Math.Min(2 * length, 2 * end + 1);
        candles = candles.With(Longer(candles.OpenTime), column => Longer(column));
        for (int s = 0; s < columns.Length; s++)
        {
            features[s] = Longer(features[s], columns[s].Length);
            known[s] = Longer(known[s]);
        }

        T[] Longer<T>(T[] column, int width = 1)
        {
            Array.Resize(ref column, room * width);
            return column;
        }
    }

    void MoveToBegin()
    {
        candles = candles.With(Moved(candles.OpenTime), column => Moved(column));
        for (int s = 0; s < columns.Length; s++)
        {
            Moved(features[s], columns[s].Length);
            Moved(known[s]);
        }
        (first, end) = (0, end - first);

        T[] Moved<T>(T[] column, int width = 1)
        {
            Array.Copy(column, first * width, column, 0, (end - first) * width);
            return column;
        }
    }
}
