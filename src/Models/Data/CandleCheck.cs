using static System.FormattableString;
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
    readonly bool[] faulty = new bool[candles.Rows], gone = new bool[candles.Rows];
    long missing, phase;

    sealed class Tally
    {
        public int Count, Removed, Row = int.MaxValue;
        public required Func<int, string> Detail;
    }

    /// <summary>Rows, counted from 0, that are kept, in their order.</summary>
    public IReadOnlyList<int> Kept => kept;

    /// <summary>Why the rows are not the candles of one pair and this timeframe; null where nothing says so.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Whether so many rows have a fault that it is one of the file: more than a tenth of them, of few rows more than half.
    /// </summary>
    public static bool IsMany(int faults, int rows) => faults > 2 && 10L * faults > rows || faults == 2 && rows < 4;

    /// <summary>Runs the check.</summary>
    public CandleReport Run(string file)
    {
        candles.OpenFromClose(timeframe);
        phase = Phase();
        int[] order = Order();
        foreach (int i in order) Mark(i, Fault(i));
        LeaveOutHoles();
        foreach (int i in order)
            if (!faulty[i]) Mark(i, FlowFault(i));
        foreach (int i in order)
            if (!gone[i] && !IsDuplicate(i)) kept.Add(i);
        CheckClock();
        CheckGaps();
        foreach (int i in kept)
            if (candles.BaseVolume[i] == 0) Add(Kind.ZeroVolume, i, Values);
        foreach (var (row, detail) in new CandleOutliers(candles, kept).Find()) Add(Kind.Outlier, row, _ => detail);
        if ((Problem = FindProblem()) is { } problem) notes.Add(problem);
        return new CandleReport
        {
            File = file, Timeframe = timeframe, Rows = candles.Rows, Candles = kept.Count, MissingCandles = missing,
            First = kept.Count == 0 ? 0 : candles.OpenTime[kept[0]], Last = kept.Count == 0 ? 0 : candles.OpenTime[kept[^1]],
            Findings =
                [.. findings.Select(f => new CandleFinding(f.Key, f.Value.Count, f.Value.Row + 1L,
                    Detail(f.Key)) { Removed = f.Value.Removed })],
            Notes = [.. candles.Notes, .. notes],
        };
    }

    string? FindProblem()
    {
        int off = Count(Kind.OffGrid), others = Count(Kind.ConflictingDuplicate), shared = others + Count(Kind.Duplicate);
        // A column of symbols that differ is a mere remark where each time is there once; otherwise the rows are of several pairs.
        if (others > 0 && candles.Mixture is { } mixture) return $"expected the candles of one pair and timeframe, got several: {mixture}";
        if (CandleDistances.Of(candles.OpenTime).Problem(timeframe) is { } problem) return problem;
        if (IsMany(off, candles.Rows))
            return Invariant($"expected candles of {timeframe}, got {off} of {candles.Rows} rows off its grid: ")
                + $"the timeframe or the time zone is another ({Detail(Kind.OffGrid)})";
        // Equal rows may come from files joined with an overlap; even then most times are there once or twice.
        if (IsMany(others, candles.Rows) || shared > 2 && shared > candles.Rows / 2)
            return Invariant($"expected one row for each time, got {shared} of {candles.Rows} rows with the time of an earlier one: ")
                + $"several pairs, or a time of day in another column ({Detail(others > 0 ? Kind.ConflictingDuplicate : Kind.Duplicate)})";
        return null;
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

    int[] Order()
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
        if (!findings.ContainsKey(Kind.Unsorted)) return [.. rows];
        if (clean) notes.Add("the rows are sorted by open_time");
        return [.. rows.OrderBy(i => candles.OpenTime[i])];    // keeps the file's order among equals
    }

    // A row without a time has no place among the others, even where nothing is removed.
    void Mark(int i, Kind? fault)
    {
        if (fault is not { } kind) return;
        faulty[i] = true;
        if (!clean && candles.OpenTime[i] != CandleTimes.Missing) return;
        gone[i] = true;
        findings[kind].Removed++;
    }

    // Counts all that is wrong with a row by itself; the first of that is what it is removed for.
    Kind? Fault(int i)
    {
        Kind? first = null;
        double o = candles.Open[i], h = candles.High[i], l = candles.Low[i], c = candles.Close[i], v = candles.BaseVolume[i];
        if (candles.OpenTime[i] == CandleTimes.Missing) Found(Kind.NotFinite, candles.TimeFaultOf);
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

    // Of columns that candles can do without, holes in few rows cost these rows, and in many the column; in strict reading always the
    // column.
    void LeaveOutHoles()
    {
        int sound = faulty.AsSpan().Count(false);
        for (int number = CandleNames.QuoteVolume; number <= CandleColumns.Last; number++)
        {
            var column = candles.Column(number);
            int holes = 0;
            for (int i = 0; i < column.Length; i++)
                if (!faulty[i] && !double.IsFinite(column[i])) holes++;
            bool few = 100L * holes <= sound;
            if (holes == 0 || clean && few) continue;
            string remedy = few ? "; convert removes these rows instead" : "";
            candles.LeaveOut(number, Invariant($"{holes} of its values are missing or not finite{remedy}"));
        }
    }

    // What is wrong with a row's quote volume and taker-buy volumes; these are part of the volumes of their asset.
    Kind? FlowFault(int i)
    {
        Kind? fault = null;
        for (int number = CandleNames.QuoteVolume; number <= CandleColumns.Last; number++)
        {
            var column = candles.Column(number);
            if (column.IsEmpty) continue;
            if (!double.IsFinite(column[i])) fault ??= Kind.NotFinite;
            else if (column[i] < 0 && number != CandleNames.Trades) fault ??= Kind.NegativeVolume;
        }
        if (IsAbove(i, CandleNames.TakerBase, CandleNames.Volume) || IsAbove(i, CandleNames.TakerQuote, CandleNames.QuoteVolume))
            fault ??= Kind.TakerAboveVolume;
        if (fault is { } kind) Add(kind, i, Flow);
        return fault;
    }

    bool IsAbove(int i, int part, int whole)
    {
        ReadOnlySpan<double> parts = candles.Column(part), wholes = candles.Column(whole);
        return !parts.IsEmpty && !wholes.IsEmpty && parts[i] > 1.001 * wholes[i] + 1e-8;    // as far as rounding goes
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

    // Few candles that open after the clock have wrong times, many say that the clock may be wrong. A candle is not closed while it lasts.
    void CheckClock()
    {
        if (now is not { } clock) return;
        int later = kept.Count(i => candles.OpenTime[i] > clock), past = kept.Count - later;
        if (past == 0 || IsMany(later, candles.Rows))
        {
            if (later > 0) notes.Add(Invariant($"{later} candles open after the time of checking, {TimeText.ToIso(clock)}"));
            return;
        }
        foreach (int i in kept[past..])
            Add(Kind.Future, i, _ => $"opens after the time of checking, {TimeText.ToIso(clock)}", removed: clean ? 1 : 0);
        if (clean) kept.RemoveRange(past, later);
        if (candles.OpenTime[kept[past - 1]] + timeframe.Microseconds <= clock) return;
        Add(Kind.Unclosed, kept[past - 1], _ => $"not closed yet at {TimeText.ToIso(clock)}", removed: clean ? 1 : 0);
        if (clean) kept.RemoveAt(past - 1);
    }

    void CheckGaps()
    {
        for (int k = 1; k < kept.Count; k++)
        {
            long skipped = (candles.OpenTime[kept[k]] - candles.OpenTime[kept[k - 1]] - 1) / timeframe.Microseconds;
            if (skipped <= 0) continue;
            missing += skipped;
            AddGap(kept[k], skipped);    // a method of its own, so that only gaps make a closure
        }
    }

    void AddGap(int row, long skipped) => Add(Kind.Gap, row, _ => Invariant($"{skipped} candles missing before it"));

    string Values(int i) => Invariant($"open {candles.Open[i]:R}, high {candles.High[i]:R}, low {candles.Low[i]:R}, ")
        + Invariant($"close {candles.Close[i]:R}, volume {candles.BaseVolume[i]:R}");

    string Flow(int i) => string.Join(", ", Enumerable.Range(CandleNames.Volume, CandleColumns.Last - CandleNames.Volume + 1)
        .Where(number => !candles.Column(number).IsEmpty)
        .Select(number => Invariant($"{CandleNames.NameOf(number)} {candles.Column(number)[i]:R}")));

    string Time(int i) => candles.OpenTime[i] == CandleTimes.Missing ? "no time" : TimeText.ToIso(candles.OpenTime[i]);

    int Count(Kind kind) => findings.TryGetValue(kind, out var tally) ? tally.Count : 0;

    // When and what the first row of a kind is.
    string Detail(Kind kind) => $"{Time(findings[kind].Row)}: {findings[kind].Detail(findings[kind].Row)}";

    void Add(Kind kind, int row, Func<int, string> detail, int removed = 0)
    {
        if (!findings.TryGetValue(kind, out var tally)) findings[kind] = tally = new Tally { Detail = detail };
        if (row < tally.Row) (tally.Row, tally.Detail) = (row, detail);
        tally.Count++;
        tally.Removed += removed;
    }
}
