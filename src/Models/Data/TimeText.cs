using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Times as data files write them, to and from microseconds since 1970-01-01 UTC.</summary>
internal static class TimeText
{
    /// <summary>The first time beyond what candles can have: 2262-01-01, where nanoseconds leave 64 bits.</summary>
    public const long End = 9_214_646_400_000_000;

    /// <summary>Numbers before this time, March 1973, are taken for numbers of rows or hours rather than for times.</summary>
    public const long Least = 100_000_000_000_000;

    const long Minute = 60_000_000, Hour = 60 * Minute;

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

    /// <summary>The same of unscaled / 10^scale; false if it leaves 64 bits.</summary>
    public static bool TryFromDecimal(Int128 unscaled, int scale, out long microseconds)
    {
        (unscaled, scale) = ScaledDecimal.Shortest(unscaled, scale);
        if (scale > 0 || unscaled != (long)unscaled) return TryFromNumber(ScaledDecimal.ToDouble(unscaled, scale), out microseconds);
        microseconds = FromNumber((long)unscaled);
        return true;
    }

    /// <summary>
    /// The same of a number that may have a fraction, rounded to microseconds; false if it is not finite or leaves 64 bits.
    /// </summary>
    public static bool TryFromNumber(double value, out long microseconds)
    {
        bool ok = Math.Abs(value) < 9.2e18;
        microseconds = !ok ? 0 : (long)Math.Round(Math.Abs(value) switch
        {
            < 1e11 => value * 1e6,
            < 1e14 => value * 1e3,
            < 1e17 => value,
            _ => value / 1e3,
        });
        return ok;
    }

    /// <summary>
    /// Reads a number as <see cref="FromNumber"/> does, or ISO 8601 text: a date (year first, with -, / or .), or date and time with a
    /// space or T between, with a fraction of any length, with Z, UTC, an offset, or nothing (then UTC is assumed and
    /// <paramref name="hasZone"/> is false). Also AM and PM after the time, as in <c>2020-07-21 05-PM</c>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long microseconds, out bool hasZone)
    {
        if (text.Length > 4 && text[4] is '-' or '/' || text.Length > 7 && text[4] == '.' && text[7] == '.')
            return TryIso(text, out microseconds, out hasZone);
        (microseconds, hasZone) = (0, true);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
        {
            microseconds = FromNumber(integer);
            return true;
        }
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && TryFromNumber(number, out microseconds);
    }

    static bool TryIso(ReadOnlySpan<char> text, out long microseconds, out bool hasZone)
    {
        (microseconds, hasZone) = (0, false);
        char separator = text[4];
        if (!Digits(ref text, 4, 4, out int year) || !Skip(ref text, separator) || !Digits(ref text, 1, 2, out int month)
            || !Skip(ref text, separator) || !Digits(ref text, 1, 2, out int day)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        long date = (new DateTime(year, month, day) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        if (text.IsEmpty)
        {
            microseconds = date;
            return true;
        }
        if (!(Skip(ref text, 'T') || Skip(ref text, ' ')) || !TryTimeOfDay(text, out long clock, out hasZone)) return false;
        microseconds = date + clock;
        return true;
    }

    /// <summary>
    /// Reads what follows the date in ISO 8601 text, as microseconds after midnight UTC, or after that of local time where it has no zone.
    /// </summary>
    public static bool TryTimeOfDay(ReadOnlySpan<char> text, out long clock, out bool hasZone)
    {
        hasZone = false;
        if (!TryClock(ref text, out clock)) return false;
        Skip(ref text, ' ');
        hasZone = !text.IsEmpty;
        if (!TryOffset(text, out long offset)) return false;
        clock -= offset;
        return true;
    }

    // Hours, then minutes, seconds and a fraction where there are any, then AM or PM where there is one.
    static bool TryClock(ref ReadOnlySpan<char> text, out long clock)
    {
        clock = 0;
        if (!Digits(ref text, 1, 2, out int hour) || hour > 23) return false;
        bool minutes = Skip(ref text, ':');
        if (minutes)
        {
            if (!Digits(ref text, 2, 2, out int minute) || minute > 59) return false;
            clock = minute * Minute;
            if (Skip(ref text, ':'))
            {
                if (!Digits(ref text, 2, 2, out int second) || second > 59) return false;
                clock += second * 1_000_000L;
                if (Skip(ref text, '.') && !Fraction(ref text, ref clock)) return false;
            }
        }
        if (text.Length > 2 && text[0] is ' ' or '-' && text[^1] is 'M' or 'm' && text.Length == 3)
        {
            if (hour is < 1 or > 12 || text[1] is not ('A' or 'a' or 'P' or 'p')) return false;
            hour = hour % 12 + (text[1] is 'P' or 'p' ? 12 : 0);
            text = default;
        }
        else if (!minutes) return false;
        clock += hour * Hour;
        return true;
    }

    static bool Fraction(ref ReadOnlySpan<char> text, ref long clock)
    {
        int digits = 0;
        for (long unit = 100_000; !text.IsEmpty && char.IsAsciiDigit(text[0]); unit /= 10, digits++, text = text[1..])
            clock += (text[0] - '0') * unit;
        return digits > 0;
    }

    // Nothing, Z, UTC, +hh, +hhmm or +hh:mm.
    static bool TryOffset(ReadOnlySpan<char> text, out long offset)
    {
        offset = 0;
        if (text.IsEmpty || text is "Z" or "z" or "UTC") return true;
        int sign = text[0] switch { '+' => 1, '-' => -1, _ => 0 };
        text = text[1..];
        if (sign == 0 || !Digits(ref text, 2, 2, out int hours) || hours > 23) return false;
        int minutes = 0;
        if (!text.IsEmpty)
        {
            Skip(ref text, ':');
            if (!Digits(ref text, 2, 2, out minutes) || minutes > 59 || !text.IsEmpty) return false;
        }
        offset = sign * (hours * Hour + minutes * Minute);
        return true;
    }

    static bool Digits(ref ReadOnlySpan<char> text, int least, int most, out int value)
    {
        value = 0;
        int n = 0;
        for (; n < most && n < text.Length && char.IsAsciiDigit(text[n]); n++) value = 10 * value + text[n] - '0';
        text = text[n..];
        return n >= least;
    }

    static bool Skip(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected) return false;
        text = text[1..];
        return true;
    }

    /// <summary>
    /// For example <c>2022-01-01T00:00:00Z</c>, a fraction only where there is one; times beyond the years 1 to 9999 as a number.
    /// </summary>
    public static string ToIso(long microseconds) =>
        microseconds is >= -62_135_596_800_000_000 and < 253_402_300_800_000_000
            ? DateTime.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            : microseconds.ToString(CultureInfo.InvariantCulture);
}
