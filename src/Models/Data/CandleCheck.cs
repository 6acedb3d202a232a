using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Checks candles row by row and counts what it finds.</summary>
internal sealed class CandleCheck(CandleColumns candles, Timeframe timeframe)
{
    const long Day = 86_400_000_000;
    readonly SortedDictionary<CandleFindingKind, CandleFinding> findings = [];
    readonly List<int> kept = [];
    long missing;

    /// <summary>Rows, counted from 0, that are no duplicates.</summary>
    public IReadOnlyList<int> Kept => kept;

    /// <summary>Runs the check.</summary>
    public CandleReport Run(string file)
    {
        for (int i = 0; i < candles.Rows; i++)
        {
            if (i > 0 && IsDuplicate(i)) continue;
            kept.Add(i);
            CheckTime(i);
            CheckValues(i);
        }
        return new CandleReport
        {
            File = file, Timeframe = timeframe, Rows = candles.Rows, Candles = kept.Count, MissingCandles = missing,
            First = candles.Rows == 0 ? 0 : candles.OpenTime[0], Last = candles.Rows == 0 ? 0 : candles.OpenTime[^1],
            Findings = [.. findings.Values], Notes = candles.Notes,
        };
    }

    bool IsDuplicate(int i)
    {
        if (candles.OpenTime[i] != candles.OpenTime[i - 1]) return false;
        for (int c = 1; c <= candles.Count; c++)
        {
            var column = candles.Column(c);
            if (column.IsEmpty || column[i].Equals(column[i - 1])) continue;
            Add(CandleFindingKind.ConflictingDuplicate, i, "other values than the row above with the same open_time");
            return false;
        }
        Add(CandleFindingKind.Duplicate, i, "equal to the row above");
        return true;
    }

    void CheckTime(int i)
    {
        long t = candles.OpenTime[i], length = timeframe.Microseconds;
        // Up to a day, candles begin at multiples of their length since midnight; weeks begin on the weekday of the first.
        long phase = length <= Day ? 0 : candles.OpenTime[0] % length;
        if (t % length != phase) Add(CandleFindingKind.OffGrid, i, $"not on the grid of {timeframe}");
        if (i == 0) return;
        long step = t - candles.OpenTime[i - 1];
        if (step < 0) Add(CandleFindingKind.Unsorted, i, $"before the row above, {TimeText.ToIso(candles.OpenTime[i - 1])}");
        if (step <= length) return;
        long skipped = (step - 1) / length;
        missing += skipped;
        Add(CandleFindingKind.Gap, i, string.Create(CultureInfo.InvariantCulture, $"{skipped} candles missing before it"));
    }

    void CheckValues(int i)
    {
        double o = candles.Open[i], h = candles.High[i], l = candles.Low[i], c = candles.Close[i], v = candles.BaseVolume[i];
        if (!double.IsFinite(o + h + l + c + v)) Add(CandleFindingKind.NotFinite, i, Values());
        else
        {
            if (Math.Min(Math.Min(o, h), Math.Min(l, c)) <= 0) Add(CandleFindingKind.NonPositivePrice, i, Values());
            if (h < l) Add(CandleFindingKind.HighBelowLow, i, Values());
            else if (Math.Max(o, c) > h || Math.Min(o, c) < l) Add(CandleFindingKind.OutsideRange, i, Values());
            if (v < 0) Add(CandleFindingKind.NegativeVolume, i, Values());
            if (v == 0) Add(CandleFindingKind.ZeroVolume, i, Values());
        }

        string Values() => FormattableString.Invariant($"open {o:R}, high {h:R}, low {l:R}, close {c:R}, volume {v:R}");
    }

    void Add(CandleFindingKind kind, int i, string detail) =>
        findings[kind] = findings.TryGetValue(kind, out var earlier)
            ? earlier with { Count = earlier.Count + 1 }
            : new CandleFinding(kind, 1, i + 1L, $"{TimeText.ToIso(candles.OpenTime[i])}: {detail}");
}
