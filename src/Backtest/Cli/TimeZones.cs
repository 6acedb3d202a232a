using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NeuralCore.Backtest.Cli;

/// <summary>The option <c>--time-zone</c>: whose local time a file's times are that state no zone.</summary>
static partial class TimeZones
{
    const string Name = "time-zone";

    public static Option<string> Option() =>
        CommandOptions.Text(Name, "Z", "Whose local time the times are that state no zone: Asia/Seoul, UTC+9, -05:00 [UTC]");

    /// <summary>The zone asked for; null where there is none.</summary>
    /// <exception cref="UsageException">There is no such zone.</exception>
    public static TimeZoneInfo? Of(Settings s)
    {
        if (s.Text(Name) is not { } text) return null;
        if (text is "UTC" or "Z") return TimeZoneInfo.Utc;
        if (Offset().Match(text) is { Success: true } match)
        {
            int hours = Number(match.Groups["h"]), minutes = Number(match.Groups["m"]);
            if (hours > 14 || minutes > 59 || hours == 14 && minutes > 0)
                throw s.Wrong(Name, $"expected an offset of at most 14 hours, got '{text}'");
            var offset = new TimeSpan(hours, minutes, 0);
            return TimeZoneInfo.CreateCustomTimeZone(text, match.Groups["sign"].Value == "-" ? -offset : offset, text, text);
        }
        return TimeZoneInfo.TryFindSystemTimeZoneById(text, out TimeZoneInfo? zone)
            ? zone
            : throw s.Wrong(Name, $"expected a zone such as Asia/Seoul, UTC+9 or -05:00, got '{text}'");

        static int Number(Group digits) => digits.Success ? int.Parse(digits.Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex("^(UTC|GMT)?(?<sign>[+-])(?<h>[0-9]{1,2})(:?(?<m>[0-9]{2}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Offset();
}
