using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Rows of a data set: each is the window of candles that ends at one candle of one pair, with the features of one set. Windows overlap
/// and lie in the series' memory until a batch is asked for, which copies each of them as one block; <see cref="Scaled"/> alone makes a
/// copy of the series. No window bridges a gap or reaches into another pair.
/// </summary>
public sealed class Windows : ISamples
{
    readonly (int Pair, int End)[] rows;
    readonly (float[] Values, int First)[] values;   // of each pair: the candles from First on
    readonly int width, minimumLength;
    readonly LabelRule? labels;
    readonly bool magnitude;

    Windows(IReadOnlyList<MarketSeries> series, int length, int minimumLength, (int Pair, int End)[] rows, FeatureSet features)
    {
        (Series, Length, this.minimumLength, this.rows) = (series, length, minimumLength, rows);
        (Features, width) = (features, features.Features.Count);
        values = [.. series.Select(s => (s.Features(features), s.First))];
    }

    Windows(Windows other, (float[] Values, int First)[] values, LabelRule? labels, bool magnitude,
        (int Pair, int End)[]? rows = null)
        : this(other, other.Length, other.minimumLength)
    {
        this.rows = rows ?? other.rows;
        (this.values, this.labels, this.magnitude) = (values, labels, magnitude);
    }

    Windows(Windows other, int length, int minimumLength)
    {
        (Series, Length, this.minimumLength, rows) = (other.Series, length, minimumLength, other.rows);
        (Features, width, values, labels, magnitude) = (other.Features, other.width, other.values, other.labels, other.magnitude);
        (KnownBy, Target) = (other.KnownBy, other.Target);
    }

    /// <summary>All windows of <paramref name="length"/> candles that end in a candle that <paramref name="wanted"/> accepts.</summary>
    /// <param name="series">
    /// The pairs, all with the same feature sets; the windows show the first set, <see cref="Of"/> another one.
    /// </param>
    /// <param name="length">Candles T of a window.</param>
    /// <param name="wanted">Called with the pair and the open time (microseconds) of the window's last candle.</param>
    /// <param name="labelled">Whether only rows are taken whose next return is known.</param>
    /// <param name="minimumLength">Candles, 1 to <paramref name="length"/>, that a window needs where a gap or the begin of known features
    /// leaves it fewer than <paramref name="length"/>; it is then padded at its end (<see cref="HasLengths"/>). Null: all windows are
    /// whole. The recurrent models (v3, v3.1, v3.2) take windows of several lengths; linear, which flattens a window, refuses them.</param>
    /// <param name="knownBy">See <see cref="KnownBy"/>.</param>
    /// <exception cref="ArgumentException">There is no series, or they hold different feature sets.</exception>
    public static Windows Select(IReadOnlyList<MarketSeries> series, int length, Func<int, long, bool> wanted, bool labelled = true,
        int? minimumLength = null, long knownBy = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        int least = minimumLength ?? length;
        if (least < 1 || least > length)
            throw new ArgumentOutOfRangeException(nameof(minimumLength), least,
                $"windows: expected a minimum length from 1 to {length}, got {least}");
        if (series.Count == 0) throw new ArgumentException("windows: expected at least one series, got none");
        if (series.FirstOrDefault(s => !s.Sets.SequenceEqual(series[0].Sets)) is { } odd)
            throw new ArgumentException($"windows: expected the feature sets of {series[0].Candles.Symbol} in all series, "
                + $"{Names(series[0])}, got {Names(odd)} of {odd.Candles.Symbol}");
        var rows = new List<(int, int)>();
        for (int pair = 0; pair < series.Count; pair++)
        {
            Candles candles = series[pair].Candles;
            for (int t = 0; t < candles.Count; t++)
                if (series[pair].HasWindow(t, least) && (!labelled || double.IsFinite(series[pair].NextReturn[t]))
                    && wanted(pair, candles.OpenTime[t]))
                    rows.Add((pair, t));
        }
        return new Windows(series, length, least, [.. rows], series[0].Sets[0]) { KnownBy = knownBy };

        static string Names(MarketSeries s) => string.Join(", ", s.Sets.Select(set => set.Name));
    }

    /// <summary>The pairs.</summary>
    public IReadOnlyList<MarketSeries> Series { get; }

    /// <summary>The features that the windows show.</summary>
    public FeatureSet Features { get; }

    /// <summary>Candles T of a window.</summary>
    public int Length { get; }

    /// <summary>
    /// Labels that become known later, in microseconds UTC, are none of these rows' (<see cref="For"/>): the end of the part of time that
    /// they train or validate.
    /// </summary>
    public long KnownBy { get; private init; } = long.MaxValue;

    /// <summary>What <see cref="Value"/> is.</summary>
    public Target Target { get; private init; } = Target.Direction;

    /// <summary>Pair and index of the last candle of each row's window.</summary>
    public IReadOnlyList<(int Pair, int End)> Rows => rows;

    /// <inheritdoc/>
    public int Count => rows.Length;

    /// <inheritdoc/>
    public Shape InputShape => new(Length, width);

    /// <inheritdoc/>
    public int TargetColumns => magnitude ? 2 : 1;

    /// <summary>Whether windows may be shorter than <see cref="Length"/>; where they are, zeros follow the valid steps.</summary>
    public bool HasLengths => minimumLength < Length;

    /// <summary>Return from the window's last candle to the next one.</summary>
    public double NextReturn(int row) => Series[rows[row].Pair].NextReturn[rows[row].End];

    /// <summary>The one window that ends at candle <paramref name="end"/>, whether or not its next return is known.</summary>
    /// <exception cref="ArgumentException">There is a gap or an unknown feature in it.</exception>
    public static Windows At(MarketSeries series, int length, int end)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (end < 0 || end >= series.Candles.Count || !series.HasWindow(end, length))
            throw new ArgumentException($"windows: expected {length} candles without a gap and with known features up to candle {end} "
                + $"of {series.Candles.Symbol}");
        return new Windows([series], length, length, [(0, end)], series.Sets[0]);
    }

    /// <summary>The same rows with the features of another set of the series, neither scaled nor labelled.</summary>
    /// <exception cref="ArgumentException">The series do not hold the set.</exception>
    public Windows Of(FeatureSet features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return new(Series, Length, minimumLength, rows, features) { KnownBy = KnownBy, Target = Target };
    }

    /// <summary>The rows whose label of a target is known by <see cref="KnownBy"/>.</summary>
    public Windows For(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target == Target) return this;
        return new(this, values, labels, magnitude, KnownRows(target, KnownBy)) { Target = target };
    }

    /// <summary>The rows whose value is known by an earlier time, which their <see cref="KnownBy"/> becomes.</summary>
    public Windows Until(long time)
        => new(this, values, labels, magnitude, KnownRows(Target, time)) { KnownBy = Math.Min(KnownBy, time) };

    (int Pair, int End)[] KnownRows(Target target, long by)
        => [.. rows.Where(row => Series[row.Pair].Label(target) is var label && label.IsKnown(row.End) && label.KnownAt[row.End] <= by)];

    /// <summary>
    /// The same rows, each with the values that one feature has in another's window; what the series hold beside those windows is gone.
    /// </summary>
    /// <param name="sets">Feature sets that the rows shall show; the feature is swapped in all that have it.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="order">Of each row the one whose values it gets.</param>
    internal Windows Swapped(IReadOnlyList<FeatureSet> sets, string feature, int[] order)
    {
        var series = new MarketSeries[rows.Length];
        for (int i = 0; i < series.Length; i++)
        {
            ((int pair, int end), (int otherPair, int otherEnd)) = (rows[i], rows[order[i]]);
            int steps = StepsOf(pair, end), shared = Math.Min(steps, StepsOf(otherPair, otherEnd));
            float[][] own = [.. sets.Select(set => Series[pair].FeaturesOf(set, end - steps + 1, steps))];
            foreach ((int s, FeatureSet set) in sets.Index())
            {
                int columns = set.Features.Count, column = set.Features.ToList().IndexOf(feature);
                if (column < 0) continue;
                float[] other = Series[otherPair].FeaturesOf(set, otherEnd - shared + 1, shared);
                for (int t = 0; t < shared; t++) own[s][(steps - shared + t) * columns + column] = other[t * columns + column];
            }
            series[i] = new MarketSeries(Series[pair], end - steps + 1, sets, own);
        }
        return new(series, Length, minimumLength, [.. rows.Select((row, i) => (i, row.End))], sets[0])
        {
            KnownBy = KnownBy, Target = Target,
        };
    }

    /// <summary>The same rows with windows of fewer candles, which end where these do.</summary>
    /// <exception cref="ArgumentException">The windows are shorter than that.</exception>
    public Windows OfLength(int length)
    {
        if (length == Length) return this;
        if (length < 1 || length > Length)
            throw new ArgumentException($"windows: expected windows of at least {length} candles, got {Length}");
        return new(this, length, Math.Min(minimumLength, length));
    }

    /// <summary>The target's value of a row, whose sign is the truth; NaN where it is not known.</summary>
    public double Value(int row)
        => Target == Target.Direction ? NextReturn(row) : Series[rows[row].Pair].Label(Target).Values[rows[row].End];

    /// <summary>Whether any row's value is not 0: where none is, there is nothing to learn.</summary>
    public bool Moves => Enumerable.Range(0, Count).Any(row => Value(row) != 0);

    /// <summary>The same rows with scaled features; only the candles that the rows span are scaled.</summary>
    /// <exception cref="ArgumentException">The scaler is of another number of features.</exception>
    public Windows Scaled(Scaler scaler)
    {
        ArgumentNullException.ThrowIfNull(scaler);
        if (scaler.Width != width)
            throw new ArgumentException($"windows: expected a scaler of {width} features, got one of {scaler.Width}");
        var first = new int[Series.Count];
        var end = new int[Series.Count];
        Array.Fill(first, int.MaxValue);
        foreach ((int pair, int last) in rows)
        {
            first[pair] = Math.Min(first[pair], last - StepsOf(pair, last) + 1);
            end[pair] = Math.Max(end[pair], last + 1);
        }
        return new(this, [.. values.Select((v, pair) => end[pair] == 0 ? ([], 0) : (ScaledOf(v, pair), first[pair]))], labels, magnitude);

        float[] ScaledOf((float[] Values, int First) v, int pair)
            => scaler.Apply(v.Values.AsSpan((first[pair] - v.First) * width, (end[pair] - first[pair]) * width));
    }

    /// <summary>Some of the rows, for example those that one part of a <see cref="Split"/> names, in the given order.</summary>
    /// <exception cref="ArgumentException">There is no such row.</exception>
    public Windows Take(IReadOnlyList<int> chosen)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        return new(this, values, labels, magnitude, [.. chosen.Select(row => (uint)row < (uint)rows.Length ? rows[row]
            : throw new ArgumentException($"windows: expected a row from 0 to {rows.Length - 1}, got {row}"))]);
    }

    /// <summary>The same rows with targets: the class, and with <paramref name="withMagnitude"/> also how large the move was.</summary>
    public Windows Labelled(LabelRule rule, bool withMagnitude = false) => new(this, values, rule, withMagnitude);

    /// <summary>Scaled or raw values of one row's window (steps, I), without padding.</summary>
    public ReadOnlySpan<float> Window(int row)
    {
        (int pair, int end) = rows[row];
        int steps = StepsOf(pair, end);
        (float[] all, int first) = values[pair];
        return all.AsSpan((end - steps + 1 - first) * width, steps * width);
    }

    /// <summary>Candles of one row's window: <see cref="Length"/>, or fewer where a minimum length allows it.</summary>
    public int Steps(int row) => StepsOf(rows[row].Pair, rows[row].End);

    int StepsOf(int pair, int end) => HasLengths ? Math.Min(Series[pair].Run(end), Length) : Length;

    /// <inheritdoc/>
    public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
    {
        if (!inputs.IsEmpty) CopyInputs(rows, inputs);
        if (targets.IsEmpty) return;
        LabelRule rule = labels
            ?? throw new InvalidOperationException("windows: expected labelled rows (Labelled), got rows without targets");
        int columns = TargetColumns;
        for (int i = 0; i < rows.Length; i++)
        {
            double next = Value(rows[i]);
            targets[i * columns] = (float)rule.Class(next);
            if (magnitude) targets[i * columns + 1] = rule.Magnitude(next);
        }
    }

    /// <inheritdoc/>
    public void CopyLengths(ReadOnlySpan<int> rows, Span<int> lengths)
    {
        for (int i = 0; i < rows.Length; i++) lengths[i] = Steps(rows[i]);
    }

    void CopyInputs(ReadOnlySpan<int> rows, Span<float> inputs)
    {
        int size = Length * width;
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> window = Window(rows[i]);
            Span<float> to = inputs.Slice(i * size, size);
            window.CopyTo(to);
            to[window.Length..].Clear();
        }
    }
}
