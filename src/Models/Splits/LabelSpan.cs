using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The time that a row's label speaks of, both ends included: two rows share information if their spans overlap, also if they only touch.
/// </summary>
/// <param name="Start">Open time of the candle at whose close the decision is made, µs since 1970 UTC.</param>
/// <param name="End">When the label becomes known, µs since 1970 UTC: the close of the last candle that it needs.</param>
public readonly record struct LabelSpan(long Start, long End)
{
    /// <summary>The spans of rows whose label is the next candle's return; <see cref="End"/> is <see cref="long.MaxValue"/> where that is unknown.</summary>
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

    /// <summary>Refuses what cannot be split: no rows, a label that is known before it starts, or never.</summary>
    internal static void Check(string who, IReadOnlyList<LabelSpan> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException($"{who}: expected rows, got none");
        for (int i = 0; i < rows.Count; i++)
            if (rows[i].End < rows[i].Start || rows[i].End == long.MaxValue)
                throw new ArgumentException($"{who}: expected the label of row {i}, which starts at {TimeText.ToIso(rows[i].Start)}, to become known then or later, "
                    + $"got {(rows[i].End == long.MaxValue ? "one that is never known" : TimeText.ToIso(rows[i].End))}");
    }
}
