using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Times as data files write them, to and from microseconds since 1970-01-01 UTC.</summary>
internal static class TimeText
{
    /// <summary>The first time beyond what candles can have: 2262-01-01, where nanoseconds leave 64 bits.</summary>
    public const long End = 9_214_646_400_000_000;

    /// <summary>
    /// A number of seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude: below 10^11 it is seconds
    /// (until the year 5138), below 10^14 milliseconds (from March 1973), below 10^17 microseconds.
    /// </summary>
    public static long FromNumber(long value) => Math.Abs((double)value) switch
    {
        < 1e11 => value * 1_000_000,
        < 1e14 => value * 1_000,
        < 1e17 => value,
        _ => value / 1_000,
    };

    /// <summary>
    /// Reads a number as <see cref="FromNumber"/> does, or ISO 8601 text that begins with year, month and day: a date, or date and
    /// time with a space or T between, with Z, UTC, an offset, or nothing (then UTC is assumed and <paramref name="hasZone"/> is false).
    /// </summary>
    public static bool TryParse(string text, out long microseconds, out bool hasZone)
    {
        (microseconds, hasZone) = (0, true);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
            {
                if (Math.Abs(number) >= 1e18 || number != Math.Floor(number)) return false;
                integer = (long)number;
            }
            microseconds = FromNumber(integer);
            return true;
        }
        if (text.Length < 10 || text.AsSpan(0, 4).ContainsAnyExceptInRange('0', '9') || text[4] is not ('-' or '/')) return false;
        var iso = text.EndsWith(" UTC", StringComparison.Ordinal) ? text.AsSpan(0, text.Length - 4) : text.AsSpan();
        hasZone = iso.Length < text.Length || iso[^1] == 'Z' || iso[10..].ContainsAny('+', '-');
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParse(iso, CultureInfo.InvariantCulture, Utc, out var time))
            return false;
        microseconds = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return true;
    }

    /// <summary>For example <c>2022-01-01T00:00:00Z</c>, a fraction only where there is one; times beyond the years 1 to 9999 as a number.</summary>
    public static string ToIso(long microseconds) =>
        microseconds is >= -62_135_596_800_000_000 and < 253_402_300_800_000_000
            ? DateTime.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            : microseconds.ToString(CultureInfo.InvariantCulture);
}
