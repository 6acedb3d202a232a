using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Rows of a data set: each is the window of candles that ends at one candle of one pair. Windows overlap and are copied only when a
/// batch is asked for; <see cref="Scaled"/> alone makes a copy of the series. No window bridges a gap.
/// </summary>
public sealed class Windows : ISamples
{
    readonly (float[] Values, int First)[] features;   // of each pair: the candles from First on
    readonly LabelRule? labels;
    readonly bool magnitude;

    Windows(IReadOnlyList<MarketSeries> series, int length, (int Pair, int End)[] rows, (float[] Values, int First)[] features, LabelRule? labels, bool magnitude)
    {
        (Series, Length, Rows, this.features, this.labels, this.magnitude) = (series, length, rows, features, labels, magnitude);
    }

    /// <summary>All windows of <paramref name="length"/> candles that end in a candle that <paramref name="wanted"/> accepts.</summary>
    /// <param name="series">The pairs.</param>
    /// <param name="length">Candles T of a window.</param>
    /// <param name="wanted">Called with the pair and the open time (microseconds) of the window's last candle.</param>
    /// <param name="labelled">Whether only rows are taken whose next return is known.</param>
    public static Windows Select(IReadOnlyList<MarketSeries> series, int length, Func<int, long, bool> wanted, bool labelled = true)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var rows = new List<(int, int)>();
        for (int pair = 0; pair < series.Count; pair++)
        {
            Candles candles = series[pair].Candles;
            for (int t = 0; t < candles.Count; t++)
                if (series[pair].HasWindow(t, length) && (!labelled || double.IsFinite(series[pair].NextReturn[t])) && wanted(pair, candles.OpenTime[t]))
                    rows.Add((pair, t));
        }
        return new Windows(series, length, [.. rows], [.. series.Select(s => (s.Features, 0))], null, false);
    }

    /// <summary>The pairs.</summary>
    public IReadOnlyList<MarketSeries> Series { get; }

    /// <summary>Candles T of a window.</summary>
    public int Length { get; }

    /// <summary>Pair and index of the last candle of each row's window.</summary>
    public IReadOnlyList<(int Pair, int End)> Rows { get; }

    /// <inheritdoc/>
    public int Count => Rows.Count;

    /// <inheritdoc/>
    public Shape InputShape => new(Length, Series[0].FeatureCount);

    /// <inheritdoc/>
    public int TargetColumns => magnitude ? 2 : 1;

    /// <summary>Return from the window's last candle to the next one.</summary>
    public double NextReturn(int row) => Series[Rows[row].Pair].NextReturn[Rows[row].End];

    /// <summary>The one window that ends at candle <paramref name="end"/>, whether or not its next return is known.</summary>
    /// <exception cref="ArgumentException">There is a gap or an unknown feature in it.</exception>
    public static Windows At(MarketSeries series, int length, int end)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (end < 0 || end >= series.Candles.Count || !series.HasWindow(end, length))
            throw new ArgumentException($"windows: expected {length} candles without a gap and with known features up to candle {end} of {series.Candles.Symbol}");
        return new Windows([series], length, [(0, end)], [(series.Features, 0)], null, false);
    }

    /// <summary>The same rows with scaled features; only the candles that the rows span are scaled.</summary>
    public Windows Scaled(Scaler scaler)
    {
        ArgumentNullException.ThrowIfNull(scaler);
        var first = new int[Series.Count];
        var end = new int[Series.Count];
        Array.Fill(first, int.MaxValue);
        foreach ((int pair, int last) in Rows)
        {
            first[pair] = Math.Min(first[pair], last - Length + 1);
            end[pair] = Math.Max(end[pair], last + 1);
        }
        return new(Series, Length, [.. Rows], [.. Series.Select((s, pair) => end[pair] == 0 ? ([], 0)
            : (scaler.Apply(s.Features.AsSpan(first[pair] * s.FeatureCount, (end[pair] - first[pair]) * s.FeatureCount)), first[pair]))], labels, magnitude);
    }

    /// <summary>The same rows with targets: the class, and with <paramref name="withMagnitude"/> also how large the move was.</summary>
    public Windows Labelled(LabelRule rule, bool withMagnitude = false) => new(Series, Length, [.. Rows], features, rule, withMagnitude);

    /// <summary>Scaled or raw values of one row's window (T, I).</summary>
    public ReadOnlySpan<float> Window(int row)
    {
        (int pair, int end) = Rows[row];
        int width = Series[pair].FeatureCount;
        return features[pair].Values.AsSpan((end - Length + 1 - features[pair].First) * width, Length * width);
    }

    /// <inheritdoc/>
    public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
    {
        int width = InputShape.Count, columns = TargetColumns;
        for (int i = 0; i < rows.Length; i++)
        {
            if (!inputs.IsEmpty) Window(rows[i]).CopyTo(inputs[(i * width)..]);
            if (targets.IsEmpty) continue;
            LabelRule rule = labels ?? throw new InvalidOperationException("windows: expected labelled rows (Labelled), got rows without targets");
            double next = NextReturn(rows[i]);
            targets[i * columns] = (float)rule.Class(next);
            if (magnitude) targets[i * columns + 1] = rule.Magnitude(next);
        }
    }
}
