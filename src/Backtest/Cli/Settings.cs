using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// The options of one run: from the command line, else from the configuration file, else the default. What was asked for is remembered
/// in <see cref="Resolved"/>.
/// </summary>
sealed class Settings
{
    static readonly string[] TimeFormats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd HH:mm"];

    /// <summary>Options that change how a run is shown, kept or continued, not what it computes.</summary>
    static readonly string[] NotResolved = ["json", "resume", "fresh", "cache", "mlflow", "quick", "thorough"];

    readonly ParseResult parse;
    readonly List<KeyValuePair<string, object?>> resolved = [];

    Settings(ParseResult parse, ConfigFile? file) => (this.parse, File) = (parse, file);

    /// <summary>The configuration file, if any.</summary>
    public ConfigFile? File { get; }

    /// <summary>Name of the command.</summary>
    public string Command => parse.CommandResult.Command.Name;

    /// <summary>The command line as it was typed, without what changes how a run is shown or continued.</summary>
    public string Again => string.Join(' ', parse.Tokens.Select(token => token.Value).Where(text => text is not ("--json" or "--resume" or "--fresh"))
        .Select(text => text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,:+=".Contains(c)) && text.Length > 0 ? text : $"'{text.Replace("'", "'\\''")}'")
        .Prepend("neuralcore"));

    /// <summary>Every option that was asked for, with the value that the run uses.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Resolved => resolved;

    /// <summary>Reads the configuration file that the command line names.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="fileKeys">Keys of the file that are not options of the command.</param>
    public static Settings Read(ParseResult parse, params string[] fileKeys)
    {
        var settings = new Settings(parse, null);
        if (settings.OnCommandLine("config") is not { } path) return settings;
        var options = parse.CommandResult.Command.Options.Where(o => o is not HelpOption && o.Name != "--config").Select(o => o.Name[2..]);
        return new Settings(parse, ConfigFile.Read(path, [.. options, .. fileKeys]));
    }

    /// <summary>Remembers the value that the run uses under a name of its own.</summary>
    public void Resolve(string name, object? value)
    {
        if (NotResolved.Contains(name)) return;
        resolved.RemoveAll(r => r.Key == name);
        resolved.Add(new(name, value));
    }

    /// <summary>Whether the user set this option.</summary>
    public bool Given(string name) => Find(name) is not null;

    /// <summary>The file or other argument of the command, not an option.</summary>
    public string Argument(string name) => parse.GetRequiredValue<string>(name);

    public string? Text(string name, string? standard = null) => Value(name, standard, "a text", text => text.Length > 0 ? text : null);

    public string Required(string name) => Text(name) ?? throw new UsageException($"{Command}: expected --{name}, got none");

    public string OneOf(string name, string standard, params string[] choices) =>
        Value(name, standard, string.Join(", ", choices[..^1]) + (choices.Length > 1 ? " or " : "") + choices[^1],
            text => choices.Contains(text) ? text : null)!;

    public bool Flag(string name) => Value<bool?>(name, false, "true or false", text => bool.TryParse(text, out bool value) ? value : null)!.Value;

    public int Whole(string name, int standard, int least, int most = 100_000_000) => WholeOrNone(name, standard, least, most)!.Value;

    public int? WholeOrNone(string name, int? standard, int least, int most = 100_000_000) =>
        Value(name, standard, Invariant($"a whole number from {least} to {most}"), text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
                ? value : (int?)null);

    public ulong Seed() => Value<ulong?>("seed", 1, "a whole number of at least 0",
        text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null)!.Value;

    public double Number(string name, double standard, double least, double most) =>
        Value<double?>(name, standard, Invariant($"a number from {least} to {most}"), text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
                ? value : null)!.Value;

    /// <summary>A time in microseconds since 1970, UTC.</summary>
    public long? Time(string name)
    {
        string? text = Value(name, null, "a date or time in UTC, for example 2024-01-31 or 2024-01-31T12:00Z", t => Parsed(t) is null ? null : t);
        return text is null ? null : Parsed(text);

        static long? Parsed(string text) =>
            DateTime.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
                ? (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
                : null;
    }

    /// <summary>A list separated by commas; null where the user set none.</summary>
    public string[]? List(string name) => Value<string[]>(name, null, "names separated by commas",
        text => text.Split(',', StringSplitOptions.TrimEntries) is var list && list.All(item => item.Length > 0) ? list : null);

    public Timeframe Timeframe(string standard = "1h")
    {
        string text = Value("timeframe", standard, "a number followed by m, h, d or w, for example 15m or 1h (months have no fixed length)",
            t => Parsed(t) is null ? null : t)!;
        return Parsed(text)!.Value;

        static Timeframe? Parsed(string text)
        {
            try
            {
                return Models.Data.Timeframe.Parse(text);
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }

    /// <summary>An error that names the option where the user wrote it.</summary>
    public UsageException Wrong(string name, string problem) =>
        new(OnCommandLine(name) is null && File?.Find(name) is not null ? $"{File.Path}: key '{name}': {problem}" : $"--{Option(name)}: {problem}");

    T? Value<T>(string name, T? standard, string expected, Func<string, T?> read)
    {
        T? value = Find(name) is not { } text ? standard : read(text) ?? throw Wrong(name, $"expected {expected}, got '{text}'");
        Resolve(name, value);
        return value;
    }

    string? Find(string name) => OnCommandLine(name) ?? File?.Find(name);

    string? OnCommandLine(string name) =>
        parse.CommandResult.Command.Options.FirstOrDefault(o => o.Name == "--" + Option(name)) is { } option
            && parse.GetResult(option) is { Implicit: false } result
            ? result.Tokens is [var token, ..] ? token.Value : "true"
            : null;

    static string Option(string name) => name == "folds.count" ? "folds" : name;

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
