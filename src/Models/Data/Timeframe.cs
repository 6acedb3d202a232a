using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Length of a candle, written as people write it: <c>1m</c>, <c>15m</c>, <c>1h</c>, <c>4h</c>, <c>1d</c>.</summary>
/// <param name="Microseconds">Length in microseconds.</param>
public readonly record struct Timeframe(long Microseconds)
{
    const long Minute = 60_000_000L, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>Reads <c>15m</c>, <c>1h</c>, <c>1d</c>, <c>1w</c>.</summary>
    /// <exception cref="FormatException">The text is not a positive number followed by m, h, d or w; months, M, have no length.</exception>
    public static Timeframe Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        long unit = text.Length < 2 ? 0 : text[^1] switch { 'm' => Minute, 'h' => Hour, 'd' => Day, 'w' => 7 * Day, _ => 0 };
        var number = text.AsSpan(0, Math.Max(0, text.Length - 1));
        if (text.EndsWith('M') || text.EndsWith("mo", StringComparison.Ordinal))
            throw new FormatException($"timeframe '{text}': calendar months have no fixed length; "
                + "expected a number followed by m (minutes), h, d or w, for example 15m or 1h");
        if (unit == 0 || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n is < 1 or > 10_000)
            throw new FormatException($"timeframe '{text}': expected a number followed by m, h, d or w, for example 15m or 1h");
        return new Timeframe(n * unit);
    }

    /// <summary>The shortest form, for example <c>1h</c>.</summary>
    public override string ToString()
    {
        (long n, char unit) = Microseconds switch
        {
            var u when u % (7 * Day) == 0 => (u / (7 * Day), 'w'),
            var u when u % Day == 0 => (u / Day, 'd'),
            var u when u % Hour == 0 => (u / Hour, 'h'),
            var u => (u / Minute, 'm'),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{n}{unit}");
    }
}
