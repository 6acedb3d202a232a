using System.Globalization;

namespace NeuralCore.Backtest.Charts;

/// <summary>Round dates in a span of time: hours, days, months or years, whichever gives a handful of them.</summary>
static class TimeTicks
{
    const long Hour = 3_600_000_000, Day = 24 * Hour;
    const int Most = 6;

    static readonly long[] Spans = [Hour, 2 * Hour, 6 * Hour, 12 * Hour, Day, 2 * Day, 5 * Day];
    static readonly int[] Months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000];

    /// <summary>The dates from one time to another, µs since 1970 UTC.</summary>
    public static IEnumerable<Tick> Between(long from, long to)
    {
        foreach (long span in Spans)
            if ((to - from) / span < Most)
                return Fixed(from, to, span);
        DateTime first = DateTime.UnixEpoch.AddMicroseconds(from), last = DateTime.UnixEpoch.AddMicroseconds(to);
        int months = 12 * (last.Year - first.Year) + last.Month - first.Month;
        return Calendar(from, to, first, Months.First(step => months / step < Most || step == Months[^1]));
    }

    static IEnumerable<Tick> Fixed(long from, long to, long span)
    {
        string format = span < Day ? "MM-dd HH'h'" : "yyyy-MM-dd";
        for (long time = (long)Math.Ceiling(from / (double)span) * span; time <= to; time += span)
            yield return new Tick(time, DateTime.UnixEpoch.AddMicroseconds(time).ToString(format, CultureInfo.InvariantCulture));
    }

    static IEnumerable<Tick> Calendar(long from, long to, DateTime first, int step)
    {
        for (int month = (12 * first.Year + first.Month - 1) / step * step; month < 12 * 9999; month += step)
        {
            if (month < 12) continue;
            var date = new DateTime(month / 12, month % 12 + 1, 1, 0, 0, 0, DateTimeKind.Utc);
            long time = (date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            if (time > to) yield break;
            if (time >= from) yield return new Tick(time, date.ToString(step < 12 ? "yyyy-MM" : "yyyy", CultureInfo.InvariantCulture));
        }
    }
}
