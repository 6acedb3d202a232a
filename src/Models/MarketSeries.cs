using System.Collections.Concurrent;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// One market with its features and the return that follows each candle: what windows are cut from. It may hold several feature sets;
/// a window exists only where all of them are known, so that all models see the same rows.
/// </summary>
public sealed class MarketSeries
{
    readonly float[][] features;   // of each set: (candles, I), row-major
    readonly ConcurrentDictionary<Target, Lazy<Label>> labels;
    readonly int[] run;            // run[t]: candles up to t without a gap and with all features known

    /// <summary>A series with columns of one set's features, each as long as the candles, NaN where not yet known.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="columns">One column a feature.</param>
    /// <param name="set">What the columns are; null: a set of the name <c>columns</c>, with features 1, 2, ...</param>
    /// <exception cref="ArgumentException">A column's length is not the number of candles, or their number not the set's.</exception>
    public MarketSeries(Candles candles, IReadOnlyList<double[]> columns, FeatureSet? set = null)
        : this(candles, [set ?? Unnamed(columns)], [columns]) { }

    internal MarketSeries(Candles candles, IReadOnlyList<FeatureSet> sets, IReadOnlyList<IReadOnlyList<double[]>> columns)
        : this(candles, sets, Matrices(candles, sets, columns, out bool[] known), known) { }

    MarketSeries(Candles candles, IReadOnlyList<FeatureSet> sets, float[][] features, bool[] known)
    {
        (Candles, Sets, this.features, labels) = (candles, sets, features, new());
        int n = candles.Count;
        NextReturn = new double[n];
        run = new int[n];
        FirstKnown = n;
        for (int t = n - 1; t >= 0; t--)
        {
            if (known[t]) FirstKnown = t;
            NextReturn[t] = t + 1 < n && candles.Follows(t + 1) ? candles.Close[t + 1] / candles.Close[t] - 1 : double.NaN;
        }
        for (int t = FirstKnown; t < n; t++) run[t] = known[t] ? (candles.Follows(t) ? run[t - 1] : 0) + 1 : 0;
    }

    /// <summary>Candles, labels and gaps of another series with these features of its candles from <paramref name="first"/> on.</summary>
    internal MarketSeries(MarketSeries other, int first, IReadOnlyList<FeatureSet> sets, float[][] features)
    {
        (Candles, NextReturn, run, labels, FirstKnown) = (other.Candles, other.NextReturn, other.run, other.labels, other.FirstKnown);
        (First, Sets, this.features) = (first, sets, features);
    }

    /// <summary>The candles.</summary>
    public Candles Candles { get; }

    /// <summary>The candle that the features begin with.</summary>
    internal int First { get; }

    /// <summary>The feature sets that the series holds.</summary>
    public IReadOnlyList<FeatureSet> Sets { get; }

    /// <summary>Index of the first candle with all features of all sets; the number of candles where there is none.</summary>
    public int FirstKnown { get; }

    /// <summary>Close-to-close return from candle t to t + 1; NaN where candle t + 1 is not there (yet) or comes after a gap.</summary>
    public double[] NextReturn { get; }

    /// <summary>The labels of a target, made at the first request and kept; from any thread.</summary>
    public Label Label(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return labels.GetOrAdd(target, static (target, candles) => new(() => target.Of(candles)), Candles).Value;
    }

    /// <summary>One series for each pair.</summary>
    /// <param name="pairs">The pairs, all that features which look across pairs shall see.</param>
    /// <param name="sets">The feature sets; one that is named twice is held once.</param>
    /// <param name="cancellation">Ends the computation.</param>
    /// <exception cref="ArgumentException">There is no set.</exception>
    public static MarketSeries[] Of(IReadOnlyList<Candles> pairs, IReadOnlyList<FeatureSet> sets, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(sets);
        FeatureSet[] distinct = [.. sets.Distinct()];
        if (distinct.Length == 0) throw new ArgumentException("series: expected at least one feature set, got none");
        // What looks across pairs is computed for all at once; of the rest one pair's columns are there at a time.
        double[][][]?[] across = [.. distinct.Select(set => set.NeedsAllPairs ? set.Compute(pairs, cancellation) : null)];
        return [.. pairs.Select((candles, pair) => new MarketSeries(candles, distinct,
            [.. distinct.Select((set, s) => across[s]?[pair] ?? set.Compute([candles], cancellation)[0])]))];
    }

    /// <summary>The series with candles that follow; the first ones may be gone. This one stays as it is.</summary>
    /// <param name="candles">The last candles of this series and those that follow.</param>
    /// <param name="from">Candle from which on the features are the last values of the columns; those before are this series'.</param>
    /// <param name="columns">Of each set one column a feature.</param>
    internal MarketSeries Continued(Candles candles, int from, double[][][] columns)
    {
        int n = candles.Count, gone = from == 0 ? 0 : Candles.CountBefore(candles.OpenTime[0]);
        bool[] known = new bool[n];
        for (int t = 0; t < n; t++) known[t] = t >= from || run[gone + t] > 0;
        var continued = new float[features.Length][];
        for (int s = 0; s < continued.Length; s++)
        {
            int width = columns[s].Length;
            continued[s] = GC.AllocateUninitializedArray<float>(n * width);
            features[s].AsSpan(gone * width, from * width).CopyTo(continued[s]);
            Fill(continued[s], columns[s], from, known);
        }
        return new(candles, Sets, continued, known);
    }

    /// <summary>The series with some of its sets alone; this one if it is asked for <see cref="Sets"/> itself.</summary>
    /// <exception cref="ArgumentException">It does not hold one of them.</exception>
    internal MarketSeries Of(IReadOnlyList<FeatureSet> sets)
    {
        if (sets == Sets) return this;
        FeatureSet[] distinct = [.. sets.Distinct()];
        return new(Candles, distinct, [.. distinct.Select(Features)],
            [.. Enumerable.Range(0, Candles.Count).Select(t => distinct.All(set => FeaturesOf(set, t, 1).All(float.IsFinite)))]);
    }

    /// <summary>The series with the six Week-3 signals.</summary>
    public static MarketSeries Week3(Candles candles) => Of([candles], [FeatureSet.Named("week3")])[0];

    /// <summary>Features (candles, I) of one of the <see cref="Sets"/>, row-major, not scaled; NaN where not known.</summary>
    /// <exception cref="ArgumentException">The series does not hold the set.</exception>
    public float[] Features(FeatureSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        for (int s = 0; s < features.Length; s++)
            if (Sets[s].Equals(set)) return features[s];
        throw new ArgumentException($"series {Candles.Symbol}: expected features {Name(set)}, got {string.Join(", ", Sets.Select(Name))}");

        static string Name(FeatureSet set) => $"{set.Name} version {set.Version} ({set.Features.Count} columns)";
    }

    /// <summary>A copy of the features (count, I) of one of the <see cref="Sets"/> from a candle on.</summary>
    internal float[] FeaturesOf(FeatureSet set, int from, int count)
    {
        int width = set.Features.Count;
        return Features(set).AsSpan((from - First) * width, count * width).ToArray();
    }

    /// <summary>Number of candles up to <paramref name="end"/> without a gap and with all features known.</summary>
    public int Run(int end) => run[end];

    /// <summary>Whether the <paramref name="length"/> candles ending at <paramref name="end"/> have no gap and all features.</summary>
    public bool HasWindow(int end, int length) => run[end] >= length;

    static float[][] Matrices(
        Candles candles, IReadOnlyList<FeatureSet> sets, IReadOnlyList<IReadOnlyList<double[]>> columns, out bool[] known)
    {
        ArgumentNullException.ThrowIfNull(candles);
        int n = candles.Count;
        known = new bool[n];
        Array.Fill(known, true);
        var matrices = new float[sets.Count][];
        for (int s = 0; s < matrices.Length; s++)
        {
            ArgumentNullException.ThrowIfNull(columns[s]);
            int expected = sets[s].Features.Count, width = columns[s].Count;
            if (width != expected)
                throw new ArgumentException($"features {sets[s].Name} of {candles.Symbol}: expected {expected} columns, got {width}");
            if (columns[s].FirstOrDefault(column => column.Length != n) is { } odd)
                throw new ArgumentException($"features of {candles.Symbol}: expected {n} values, got {odd.Length}");
            Fill(matrices[s] = new float[(long)n * width], columns[s], 0, known);
        }
        return matrices;
    }

    /// <summary>The last values of the columns row by row, from a candle on; where one is not finite, the candle is no longer known.</summary>
    static void Fill(float[] values, IReadOnlyList<double[]> columns, int from, bool[] known)
    {
        int n = known.Length, width = columns.Count;
        for (int f = 0; f < width; f++)
        {
            ReadOnlySpan<double> last = columns[f].AsSpan(^(n - from)..);
            for (int t = from, at = from * width + f; t < n; t++, at += width)
            {
                float value = (float)last[t - from];
                values[at] = value;
                known[t] &= float.IsFinite(value);
            }
        }
    }

    static FeatureSet Unnamed(IReadOnlyList<double[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new FeatureSet("columns", 1, [.. Enumerable.Range(1, columns.Count).Select(f => $"{f}")]);
    }
}
