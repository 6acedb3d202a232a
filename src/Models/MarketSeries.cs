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
    {
        ArgumentNullException.ThrowIfNull(candles);
        (Candles, Sets, labels) = (candles, sets, new());
        int n = candles.Count;
        bool[] known = new bool[n];
        Array.Fill(known, true);
        features = [.. sets.Select((set, s) => Matrix(set, columns[s], known))];
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

    /// <summary>The series of a pair whose columns are kept by its market.</summary>
    internal static MarketSeries Of(MarketPair pair, IReadOnlyList<FeatureSet> sets)
        => new(pair.Candles, sets, [.. sets.Select(set => (IReadOnlyList<double[]>)[.. set.Definitions.Select(f => pair.Of(f.Column))])]);

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

    /// <summary>The columns row by row; a candle with a value that is not finite is no longer known.</summary>
    float[] Matrix(FeatureSet set, IReadOnlyList<double[]> columns, bool[] known)
    {
        ArgumentNullException.ThrowIfNull(columns);
        int n = known.Length, width = columns.Count;
        if (width != set.Features.Count)
            throw new ArgumentException($"features {set.Name} of {Candles.Symbol}: expected {set.Features.Count} columns, got {width}");
        var values = new float[(long)n * width];
        for (int f = 0; f < width; f++)
        {
            double[] column = columns[f];
            if (column.Length != n) throw new ArgumentException($"features of {Candles.Symbol}: expected {n} values, got {column.Length}");
            for (int t = 0, at = f; t < n; t++, at += width)
            {
                float value = (float)column[t];
                values[at] = value;
                known[t] &= float.IsFinite(value);
            }
        }
        return values;
    }

    static FeatureSet Unnamed(IReadOnlyList<double[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new FeatureSet("columns", 1, [.. Enumerable.Range(1, columns.Count).Select(f => $"{f}")]);
    }
}
