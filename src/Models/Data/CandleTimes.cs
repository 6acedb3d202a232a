using System.Runtime.InteropServices;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>The times of candles as they stand in a file, as microseconds since 1970-01-01 UTC.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="column">The time column.</param>
/// <param name="clock">A column that may hold the times of day of dates in <paramref name="column"/>; null where there is none.</param>
/// <param name="zone">Whose local time it is where it states no zone; null for UTC.</param>
/// <param name="mayMiss">Whether a time that is missing or cannot be read is kept as <see cref="Missing"/> instead of refused.</param>
internal sealed class CandleTimes(string path, TableColumn column, TableColumn? clock, TimeZoneInfo? zone, bool mayMiss)
{
    /// <summary>Stands for a time that is missing.</summary>
    public const long Missing = -1;

    const long Second = 1_000_000, Hour = 3600 * Second, Day = 24 * Hour;

    readonly List<long> times = [];
    int withoutZone, twice, unreadable, firstUnreadable;
    string? unreadableText;
    long above = Missing;
    bool? dates, joined;

    public int Count => times.Count;

    public Span<long> Values => CollectionsMarshal.AsSpan(times);

    /// <summary>What was assumed.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (withoutZone > 0)
                yield return Invariant($"{withoutZone} times in '{column.Name}' have no time zone and are taken as {zone?.Id ?? "UTC"}");
            if (twice > 0)
                yield return Invariant($"{twice} times in '{column.Name}' occur twice in {zone!.Id}: ")
                    + "the first time around is taken as before the clock is set back";
        }
    }

    /// <summary>Why a row has no time.</summary>
    public string FaultOf(int row) =>
        unreadableText is not null && row == firstUnreadable ? $"{column.Name} {unreadableText}" : "open_time is missing";

    /// <summary>Appends the times of a block.</summary>
    /// <param name="block">The values.</param>
    /// <param name="clocks">The values of the column of times of day, where there is one.</param>
    /// <exception cref="InvalidDataException">A value is no time.</exception>
    public void Append(ColumnValues block, ColumnValues? clocks = null)
    {
        if (clocks is not null)
            dates ??= column.Kind == ColumnKind.Text || Enumerable.Range(0, block.Count)
                .All(i => IsMissing(block, i) || IsMidnight(block, i));
        for (int i = 0; i < block.Count; i++)
        {
            long t = Time(block, clocks, i);
            times.Add(t);
            if (t != Missing) above = t;
        }
    }

    /// <summary>Refuses a file in which too many times cannot be read.</summary>
    public void RequireReadable()
    {
        if (CandleCheck.IsMany(unreadable, Count))
            throw new InvalidDataException(
                Invariant(
                    $"{path}: row {firstUnreadable + 1}: {FaultOf(firstUnreadable)}, and {unreadable - 1} more rows like it of {Count}"));
    }

    long Time(ColumnValues block, ColumnValues? clocks, int i)
    {
        if (IsMissing(block, i)) return mayMiss ? Missing : throw Bad("is missing");
        if (!TryRead(column, block, i, out long t, out bool hasZone) || t is < -Day or >= TimeText.End)
            return Unreadable($"is {CandleColumns.Shown(column, block, i)}, expected a time between 1970 and 2262");
        if (dates == true && t % Day == 0 && (column.Kind != ColumnKind.Text || !hasZone && block.As<string>()[i].Length <= 10))
        {
            bool some = !clocks!.Value.IsMissing(i), isClock = TryClock(clocks.Value, i, out long timeOfDay, out bool clockZone) && some;
            joined ??= some ? isClock : null;
            if (joined == true && !isClock)
                return Unreadable($"has no time of day: {clock!.Name} "
                    + $"is {(some ? CandleColumns.Shown(clock, clocks.Value, i) : "missing")}");
            if (joined == true) (t, hasZone) = (t + timeOfDay, hasZone || clockZone);
        }
        if (!hasZone)
        {
            withoutZone++;
            if (zone is not null && !TryToUtc(ref t))
                return Unreadable($"is {TimeText.ToIso(t)[..^1]}, which is no time in {zone.Id}: the clock is set forward over it");
        }
        bool rowNumber = CandleNames.IsIndex(column) && t < TimeText.Least;
        return t >= 0 && !rowNumber ? t : Unreadable($"is {CandleColumns.Shown(column, block, i)}, expected a time"
            + (t < 0 ? " between 1970 and 2262" : ", not a row's number"));
    }

    bool IsMissing(ColumnValues block, int i) =>
        block.IsMissing(i) || column.Kind == ColumnKind.Text && CsvTypes.IsBlank(block.As<string>()[i]);

    bool IsMidnight(ColumnValues block, int i) => TryRead(column, block, i, out long t, out _) && t % Day == 0;

    /// <summary>Reads one value that is not missing; false where it is no time.</summary>
    /// <exception cref="InvalidDataException">The column's type can hold no times.</exception>
    bool TryRead(TableColumn column, ColumnValues block, int i, out long t, out bool hasZone)
    {
        hasZone = column.HasZone;
        switch (column.Kind)
        {
            case ColumnKind.Time:
                t = block.As<long>()[i];
                return true;
            case ColumnKind.Integer:
                t = TimeText.FromNumber(block.As<long>()[i]);
                return true;
            case ColumnKind.Real:
                return TimeText.TryFromNumber(block.As<double>()[i], out t);
            case ColumnKind.Decimal:
                return TimeText.TryFromDecimal(block.As<Int128>()[i], column.Scale, out t);
            case ColumnKind.Text:
                return TimeText.TryParse(block.As<string>()[i], out t, out hasZone);
            default:
                throw new InvalidDataException($"{path}: column '{column.Name}' of type {column.Type} holds no times");
        }
    }

    // A time of day: typed, a text, or a whole hour from 0 to 23.
    bool TryClock(ColumnValues block, int i, out long time, out bool hasZone)
    {
        (time, hasZone) = (0, false);
        double hour = double.NaN;
        switch (clock!.Kind)
        {
            case ColumnKind.TimeOfDay:
                time = block.As<long>()[i];
                return time is >= 0 and < Day;
            case ColumnKind.Integer:
                hour = block.As<long>()[i];
                break;
            case ColumnKind.Real:
                hour = block.As<double>()[i];
                break;
            case ColumnKind.Text when block.As<string>()[i] is var text:
                if (TimeText.TryTimeOfDay(text, out time, out hasZone)) return true;
                string whole = text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text;
                if (whole.Length > 2 || !CsvTypes.TryReal(whole, out hour)) return false;    // 0015 may be a quarter past midnight
                break;
        }
        time = (long)hour * Hour;
        return hour is >= 0 and < 24 && hour == Math.Floor(hour);
    }

    // Where the clock is set back, local times occur twice: in ascending rows, the first time around comes before any later row of the
    // second.
    // False where it is set forward over the time.
    bool TryToUtc(ref long local)
    {
        var there = new DateTime(DateTime.UnixEpoch.Ticks + local * TimeSpan.TicksPerMicrosecond);
        if (zone!.IsInvalidTime(there)) return false;
        if (!zone.IsAmbiguousTime(there))
        {
            local -= Microseconds(zone.GetUtcOffset(there));
            return true;
        }
        var offsets = zone.GetAmbiguousTimeOffsets(there);
        long first = local - Microseconds(offsets.Max()), second = local - Microseconds(offsets.Min());
        if (above >= second)
            throw Bad($"is {TimeText.ToIso(local)[..^1]}, which occurs twice in {zone.Id}: "
                + "expected rows in ascending order, or times with an offset");
        twice++;
        local = above < first ? first : second;
        return true;
    }

    /// <summary>
    /// Turns close times into open times: a close up to a second before the grid of the timeframe (23:59:59.999) is rounded up to it.
    /// </summary>
    public void OpenFromClose(Timeframe timeframe)
    {
        long grid = Math.Min(timeframe.Microseconds, Day);
        foreach (ref long t in Values)
        {
            if (t == Missing) continue;
            long up = (grid - t % grid) % grid;
            t = Math.Max(0, t + (up <= Second ? up : 0) - timeframe.Microseconds);
        }
    }

    /// <summary>Compares another time column with these times.</summary>
    /// <param name="other">The other column, whose name says that it holds times; what it has else is passed over.</param>
    /// <param name="block">Its values.</param>
    /// <param name="first">Row of the first value, from 0.</param>
    /// <param name="difference">Rows that differ so far, and the first of them.</param>
    public void Compare(TableColumn other, ColumnValues block, int first, ref (int Rows, int First, long Time) difference)
    {
        if (other.Kind is ColumnKind.Boolean or ColumnKind.Binary or ColumnKind.TimeOfDay) return;
        for (int i = 0; i < block.Count; i++)
        {
            long mine = times[first + i];
            if (block.IsMissing(i) || mine == Missing || !TryRead(other, block, i, out long t, out bool hasZone)) continue;
            if (t is < TimeText.Least or >= TimeText.End) continue;
            long offset = hasZone || zone is null ? 0 : Microseconds(zone.GetUtcOffset(DateTime.UnixEpoch.AddMicroseconds(mine)));
            // A date alone is no disagreement with a time on that day.
            if (t == mine + offset || t % Day == 0 && (mine + offset) / Day == t / Day) continue;
            if (difference.Rows++ == 0) (difference.First, difference.Time) = (first + i, t - offset);
        }
    }

    long Unreadable(string text)
    {
        if (!mayMiss) throw Bad(text);
        if (unreadable++ == 0) (firstUnreadable, unreadableText) = (times.Count, text);
        return Missing;
    }

    static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    InvalidDataException Bad(string what) => new(Invariant($"{path}: row {times.Count + 1}: {column.Name} {what}"));
}
