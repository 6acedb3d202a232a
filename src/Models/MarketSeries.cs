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

    MarketSeries(Candles candles, IReadOnlyList<FeatureSet> sets, IReadOnlyList<IReadOnlyList<double[]>> columns)
        : this(candles, sets, Matrices(candles, sets, columns, out bool[] known), known) { }

    /// <summary>A series with the features (candles, I) of each set, row-major.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="sets">The feature sets.</param>
    /// <param name="features">Of each set its features.</param>
    /// <param name="known">Whether a candle has all features.</param>
    internal MarketSeries(Candles candles, IReadOnlyList<FeatureSet> sets, float[][] features, bool[] known)
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
            Fill(columns[s], matrices[s] = new float[(long)n * width], known);
        }
        return matrices;
    }

    /// <summary>Writes the last values of columns row by row; a candle with one that is not finite is no longer known.</summary>
    internal static void Fill(IReadOnlyList<double[]> columns, Span<float> rows, Span<bool> known)
    {
        for (int f = 0; f < columns.Count; f++)
        {
            ReadOnlySpan<double> last = columns[f].AsSpan(^known.Length..);
            for (int t = 0, at = f; t < known.Length; t++, at += columns.Count)
            {
                rows[at] = (float)last[t];
                known[t] &= float.IsFinite(rows[at]);
            }
        }
    }

    static FeatureSet Unnamed(IReadOnlyList<double[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new FeatureSet("columns", 1, [.. Enumerable.Range(1, columns.Count).Select(f => $"{f}")]);
    }
}
