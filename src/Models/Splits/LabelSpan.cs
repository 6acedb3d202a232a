using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The time that a row's label speaks of, both ends included: two rows share information if their spans overlap, also if they only touch.
/// </summary>
/// <param name="Start">Open time of the candle at whose close the decision is made, µs since 1970 UTC.</param>
/// <param name="End">When the label becomes known, µs since 1970 UTC: the close of the last candle that it needs.</param>
public readonly record struct LabelSpan(long Start, long End)
{
    /// <summary>The spans of rows whose label is the next candle's return.</summary>
    /// <returns>One span a row; its end is <see cref="long.MaxValue"/> where the label is unknown, and such rows cannot be split.</returns>
    public static LabelSpan[] Of(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return [.. rows.Rows.Select((row, i) =>
        {
            Candles candles = rows.Series[row.Pair].Candles;
            long start = candles.OpenTime[row.End];
            return new LabelSpan(start, double.IsNaN(rows.NextReturn(i)) ? long.MaxValue : start + 2 * candles.Timeframe.Microseconds);
        })];
    }

    /// <summary>The spans of rows with labels of any kind.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labels">One label for each pair, of the candles of its series.</param>
    /// <returns>One span a row; its end is <see cref="long.MaxValue"/> where the label is unknown, and such rows cannot be split.</returns>
    /// <exception cref="ArgumentException">The labels are of other candles.</exception>
    public static LabelSpan[] Of(Windows rows, IReadOnlyList<Label> labels)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        if (!labels.Select(label => label.Candles).SequenceEqual(rows.Series.Select(series => series.Candles)))
            throw new ArgumentException("spans: expected labels of the windows' own candles, "
                + $"{string.Join(", ", rows.Series.Select(s => s.Candles.Symbol))}, "
                + $"got {string.Join(", ", labels.Select(label => label.Candles.Symbol))}");
        return [.. rows.Rows.Select(row => new LabelSpan(labels[row.Pair].Candles.OpenTime[row.End], labels[row.Pair].KnownAt[row.End]))];
    }

    /// <summary>Refuses what cannot be split: no rows, a label that is known before it starts, or never.</summary>
    internal static void Check(string who, IReadOnlyList<LabelSpan> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException($"{who}: expected rows, got none");
        for (int i = 0; i < rows.Count; i++)
        {
            (long start, long end) = rows[i];
            if (end >= start && end < long.MaxValue) continue;
            string got = end == long.MaxValue ? "one that is never known: leave such rows out" : TimeText.ToIso(end);
            throw new ArgumentException($"{who}: expected the label of row {i}, which starts at {TimeText.ToIso(start)}, "
                + $"to become known then or later, got {got}");
        }
    }
}
