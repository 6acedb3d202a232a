using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>How far rows are apart in time, once sorted; rows that share a time and rows without one are passed over.</summary>
/// <param name="Count">Number of distances.</param>
/// <param name="Least">The shortest, in microseconds; 0 where there is none.</param>
/// <param name="Usual">The most frequent, the shorter of equals.</param>
/// <param name="Usuals">How many there are of that.</param>
internal readonly record struct CandleDistances(int Count, long Least, long Usual, int Usuals)
{
    const long Minute = 60_000_000, Day = 1440 * Minute;
    const int Enough = 10;

    public static CandleDistances Of(ReadOnlySpan<long> openTime)
    {
        long[] times = openTime.ToArray();
        bool sorted = true;
        for (int i = 1; i < times.Length && sorted; i++) sorted = times[i] >= times[i - 1];
        if (!sorted) Array.Sort(times);
        var counts = new Dictionary<long, int>();
        long run = 0;
        int length = 0, all = 0;
        for (int i = 1; i < times.Length; i++)
        {
            long distance = times[i] - times[i - 1];
            if (distance == 0 || times[i - 1] == CandleTimes.Missing) continue;
            all++;
            if (distance != run)    // most files are one long run
            {
                counts[run] = counts.GetValueOrDefault(run) + length;
                (run, length) = (distance, 0);
            }
            length++;
        }
        counts[run] = counts.GetValueOrDefault(run) + length;
        counts.Remove(0);
        var usual = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).FirstOrDefault();
        return new(all, counts.Keys.DefaultIfEmpty().Min(), usual.Key, usual.Value);
    }

    /// <summary>
    /// The timeframe that they tell; null where they tell none: no whole minutes, or calendar months, which differ in length.
    /// </summary>
    public Timeframe? Timeframe => Usual > 0 && Usual % Minute == 0 && !AreMonths ? new Timeframe(Usual) : null;

    /// <summary>Whether they are those of calendar months.</summary>
    public bool AreMonths => Least >= 28 * Day && (Usual == 31 * Day || Usual < 31 * Day && Usuals < Count);

    /// <summary>
    /// Says that rows are those of other candles; null where they may be of this timeframe. Gaps make distances longer, so longer ones
    /// count only where nearly all are the same; few rows tell nothing.
    /// </summary>
    public string? Problem(Timeframe timeframe)
    {
        long expected = timeframe.Microseconds;
        if (Count < Enough || Usual == expected) return null;
        if (AreMonths && expected < 28 * Day) return Invariant($"expected candles of {timeframe}, got rows one calendar month apart");
        bool other = Usual < expected ? Usuals > Count / 2 : Usuals >= 0.9 * Count;
        if (!other) return null;
        string apart = Usual % Minute == 0 ? new Timeframe(Usual).ToString() : Invariant($"{Usual / 1e6} s");
        return Invariant($"expected candles of {timeframe}, got rows {apart} apart");
    }
}
