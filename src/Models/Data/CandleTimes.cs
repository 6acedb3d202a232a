using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data;

/// <summary>The times of candles as they stand in a file, as microseconds since 1970-01-01 UTC.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="column">The time column.</param>
/// <param name="zone">Whose local time it is where it states no zone; null for UTC.</param>
/// <param name="mayMiss">Whether a missing time is kept as <see cref="Missing"/> instead of refused.</param>
internal sealed class CandleTimes(string path, TableColumn column, TimeZoneInfo? zone, bool mayMiss)
{
    /// <summary>Stands for a time that is missing.</summary>
    public const long Missing = -1;

    const long Second = 1_000_000, Day = 86_400 * Second, LeastOfIndex = 100_000_000 * Second;

    readonly List<long> times = [];
    int withoutZone, twice;

    public int Count => times.Count;

    public Span<long> Values => CollectionsMarshal.AsSpan(times);

    /// <summary>What was assumed.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (withoutZone > 0)
                yield return Text($"{withoutZone} times in '{column.Name}' have no time zone and are taken as {zone?.Id ?? "UTC"}");
            if (twice > 0)
                yield return Text($"{twice} times in '{column.Name}' occur twice in {zone!.Id}: ")
                    + "the first time around is taken as before the clock is set back";
        }
    }

    /// <summary>Appends the times of a block.</summary>
    /// <param name="block">The values.</param>
    /// <param name="clock">Texts that may be the times of day of dates in <paramref name="block"/>.</param>
    /// <exception cref="InvalidDataException">A value is no time.</exception>
    public void Append(ColumnValues block, ColumnValues? clock = null)
    {
        if (column.Kind == ColumnKind.Text && clock?.Values is string[] clocks)
            block = block with { Values = block.As<string>().Zip(clocks, (date, time) => IsClock(time) ? $"{date} {time}" : date).ToArray() };
        for (int i = 0; i < block.Count; i++)
        {
            if (block.IsMissing(i) || column.Kind == ColumnKind.Text && CsvTypes.IsBlank(block.As<string>()[i]))
            {
                times.Add(mayMiss ? Missing : throw Bad("is missing"));
                continue;
            }
            if (!TryRead(column, block, i, out long t, out bool hasZone) || t is < -Day or >= TimeText.End)
                throw Bad($"is {CandleColumns.Shown(column, block, i)}, expected a time between 1970 and 2262");
            if (!hasZone)
            {
                withoutZone++;
                if (zone is not null) t = ToUtc(t);
            }
            if (t < 0 || CandleNames.IsIndex(column) && t < LeastOfIndex)
                throw Bad($"is {CandleColumns.Shown(column, block, i)}, expected a time"
                    + (t < 0 ? " between 1970 and 2262" : ", not a row's number"));
            times.Add(t);
        }
    }

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
                var unscaled = block.As<Int128>()[i];
                if (column.Scale > 0 || unscaled != (long)unscaled)
                    return TimeText.TryFromNumber((double)unscaled / Math.Pow(10, column.Scale), out t);
                t = TimeText.FromNumber((long)unscaled);
                return true;
            case ColumnKind.Text:
                return TimeText.TryParse(block.As<string>()[i], out t, out hasZone);
            default:
                throw new InvalidDataException($"{path}: column '{column.Name}' of type {column.Type} holds no times");
        }
    }

    // Where the clock is set back, local times occur twice: in ascending rows, the first time around comes before any later row of the second.
    long ToUtc(long local)
    {
        var clock = Clock(local);
        if (zone!.IsInvalidTime(clock))
            throw Bad($"is {TimeText.ToIso(local)[..^1]}, which is no time in {zone.Id}: the clock is set forward over it");
        if (!zone.IsAmbiguousTime(clock)) return local - Microseconds(zone.GetUtcOffset(clock));
        var offsets = zone.GetAmbiguousTimeOffsets(clock);
        long first = local - Microseconds(offsets.Max()), second = local - Microseconds(offsets.Min());
        long above = times.Count == 0 ? Missing : times[^1];
        if (above >= second)
            throw Bad($"is {TimeText.ToIso(local)[..^1]}, which occurs twice in {zone.Id}: "
                + "expected rows in ascending order, or times with an offset");
        twice++;
        return above < first ? first : second;
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
        if (other.Kind is ColumnKind.Boolean or ColumnKind.Binary) return;
        for (int i = 0; i < block.Count; i++)
        {
            if (block.IsMissing(i) || times[first + i] == Missing || !TryRead(other, block, i, out long t, out bool hasZone)) continue;
            if (t is < LeastOfIndex or >= TimeText.End) continue;
            if (!hasZone && zone is not null) t -= Microseconds(zone.GetUtcOffset(Clock(t)));
            // A date alone is no disagreement with a time on that day.
            if (t == times[first + i] || t % Day == 0 && times[first + i] / Day == t / Day) continue;
            if (difference.Rows++ == 0) (difference.First, difference.Time) = (first + i, t);
        }
    }

    static bool IsClock(string text) => text.Length is > 3 and < 20 && text.IndexOf(':', StringComparison.Ordinal) is 1 or 2;

    static DateTime Clock(long local) => new(DateTime.UnixEpoch.Ticks + local * TimeSpan.TicksPerMicrosecond);

    static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    InvalidDataException Bad(string what) => new(Text($"{path}: row {times.Count + 1}: {column.Name} {what}"));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
