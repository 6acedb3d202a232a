using System.Globalization;
using Kind = NeuralCore.Models.Data.CandleFindingKind;

namespace NeuralCore.Models.Data;

/// <summary>Checks candles row by row, counts what it finds, and chooses the rows to keep.</summary>
/// <param name="candles">The candles as they stand in the file.</param>
/// <param name="timeframe">Their length.</param>
/// <param name="clean">Whether rows are sorted and unusable ones left out, rather than only found.</param>
/// <param name="now">The time of checking in microseconds since 1970-01-01 UTC; null where it is not to be looked at.</param>
internal sealed class CandleCheck(CandleColumns candles, Timeframe timeframe, bool clean = false, long? now = null)
{
    const long Day = 86_400_000_000;
    readonly SortedDictionary<Kind, Tally> findings = [];
    readonly List<string> notes = [];
    readonly List<int> kept = [];
    long missing, phase;

    sealed class Tally
    {
        public int Count, Removed, Row = int.MaxValue;
        public required Func<int, string> Detail;
    }

    /// <summary>Rows, counted from 0, that are kept, in their order.</summary>
    public IReadOnlyList<int> Kept => kept;

    /// <summary>Runs the check.</summary>
    public CandleReport Run(string file)
    {
        candles.OpenFromClose(timeframe);
        phase = Phase();
        foreach (int i in Order())
        {
            Kind? fault = Fault(i);
            if (fault is { } kind && clean) findings[kind].Removed++;
            else if (!IsDuplicate(i)) kept.Add(i);
        }
        CheckClock();
        CheckGaps();
        foreach (int i in kept)
            if (candles.BaseVolume[i] == 0) Add(Kind.ZeroVolume, i, Values);
        foreach (var (row, detail) in new CandleOutliers(candles, kept).Find()) Add(Kind.Outlier, row, _ => detail);
        candles.LeaveOutHoles(kept);
        return new CandleReport
        {
            File = file, Timeframe = timeframe, Rows = candles.Rows, Candles = kept.Count, MissingCandles = missing,
            First = kept.Count == 0 ? 0 : candles.OpenTime[kept[0]], Last = kept.Count == 0 ? 0 : candles.OpenTime[kept[^1]],
            Findings = [.. findings.Select(f => new CandleFinding(f.Key, f.Value.Count, f.Value.Row + 1L,
                $"{Time(f.Value.Row)}: {f.Value.Detail(f.Value.Row)}") { Removed = f.Value.Removed })],
            Notes = [.. candles.Notes, .. notes],
        };
    }

    // Up to a day, candles begin at multiples of their length since midnight; longer ones anywhere, but all alike.
    long Phase()
    {
        if (timeframe.Microseconds <= Day) return 0;
        var phases = new Dictionary<long, int>();
        foreach (long t in candles.OpenTime)
            if (t != CandleTimes.Missing) phases[t % timeframe.Microseconds] = phases.GetValueOrDefault(t % timeframe.Microseconds) + 1;
        return phases.Count == 0 ? 0 : phases.MaxBy(p => p.Value).Key;    // the first of equals, in the order of the file
    }

    IEnumerable<int> Order()
    {
        long above = CandleTimes.Missing;
        for (int i = 0; i < candles.Rows; i++)
        {
            long t = candles.OpenTime[i];
            if (t == CandleTimes.Missing) continue;
            if (t < above) Add(Kind.Unsorted, i, row => $"before the row above, {Time(row - 1)}");
            above = t;
        }
        var rows = Enumerable.Range(0, candles.Rows);
        if (!clean || !findings.ContainsKey(Kind.Unsorted)) return rows;
        notes.Add("the rows are sorted by open_time");
        return rows.OrderBy(i => candles.OpenTime[i]);    // keeps the file's order among equals
    }

    // Counts all that is wrong with a row by itself; the first of that is what it is removed for.
    Kind? Fault(int i)
    {
        Kind? first = null;
        double o = candles.Open[i], h = candles.High[i], l = candles.Low[i], c = candles.Close[i], v = candles.BaseVolume[i];
        if (candles.OpenTime[i] == CandleTimes.Missing) Found(Kind.NotFinite, _ => "open_time is missing");
        else if (candles.OpenTime[i] % timeframe.Microseconds != phase) Found(Kind.OffGrid, _ => $"not on the grid of {timeframe}");
        if (!(double.IsFinite(o) && double.IsFinite(h) && double.IsFinite(l) && double.IsFinite(c) && double.IsFinite(v)))
        {
            if (first != Kind.NotFinite) Found(Kind.NotFinite, Values);
            return first;
        }
        if (Math.Min(Math.Min(o, h), Math.Min(l, c)) <= 0) Found(Kind.NonPositivePrice, Values);
        if (h < l) Found(Kind.HighBelowLow, Values);
        else if (Math.Max(o, c) > h || Math.Min(o, c) < l) Found(Kind.OutsideRange, Values);
        if (v < 0) Found(Kind.NegativeVolume, Values);
        return first;

        void Found(Kind kind, Func<int, string> detail)
        {
            Add(kind, i, detail);
            first ??= kind;
        }
    }

    bool IsDuplicate(int i)
    {
        if (kept.Count == 0 || candles.OpenTime[i] != candles.OpenTime[kept[^1]]) return false;
        int above = kept[^1];
        for (int c = 1; c <= CandleColumns.Last; c++)
        {
            var column = candles.Column(c);
            if (column.IsEmpty || column[i].Equals(column[above])) continue;
            Add(Kind.ConflictingDuplicate, i, _ => "other values than an earlier row with the same open_time", removed: clean ? 1 : 0);
            if (clean) kept[^1] = i;
            return clean;
        }
        Add(Kind.Duplicate, i, _ => "equal to an earlier row", removed: 1);
        return true;
    }

    // A candle is not closed while it lasts; candles that open later say that the times, or the clock, are wrong.
    void CheckClock()
    {
        if (now is not { } clock || kept.Count == 0) return;
        int later = kept.Count(i => candles.OpenTime[i] > clock);
        if (later > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{later} candles open after the time of checking, {TimeText.ToIso(clock)}"));
        int last = kept[^1];
        if (candles.OpenTime[last] > clock || candles.OpenTime[last] + timeframe.Microseconds <= clock) return;
        Add(Kind.Unclosed, last, _ => $"not closed yet at {TimeText.ToIso(clock)}", removed: clean ? 1 : 0);
        if (clean) kept.RemoveAt(kept.Count - 1);
    }

    void CheckGaps()
    {
        for (int k = 1; k < kept.Count; k++)
        {
            long skipped = (candles.OpenTime[kept[k]] - candles.OpenTime[kept[k - 1]] - 1) / timeframe.Microseconds;
            if (skipped <= 0) continue;
            missing += skipped;
            AddGap(kept[k], skipped);
        }
    }

    void AddGap(int row, long skipped) =>
        Add(Kind.Gap, row, _ => string.Create(CultureInfo.InvariantCulture, $"{skipped} candles missing before it"));

    string Values(int i) => FormattableString.Invariant(
        $"open {candles.Open[i]:R}, high {candles.High[i]:R}, low {candles.Low[i]:R}, close {candles.Close[i]:R}, volume {candles.BaseVolume[i]:R}");

    string Time(int i) => candles.OpenTime[i] == CandleTimes.Missing ? "no time" : TimeText.ToIso(candles.OpenTime[i]);

    void Add(Kind kind, int row, Func<int, string> detail, int removed = 0)
    {
        if (!findings.TryGetValue(kind, out var tally)) findings[kind] = tally = new Tally { Detail = detail };
        if (row < tally.Row) (tally.Row, tally.Detail) = (row, detail);
        tally.Count++;
        tally.Removed += removed;
    }
}
