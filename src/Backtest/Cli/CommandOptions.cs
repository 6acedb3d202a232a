using System.CommandLine;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// Options that several commands have. All are read as text and interpreted by <see cref="Settings"/>, since each can also come from the
/// configuration file.
/// </summary>
static class CommandOptions
{
    public static Option<string> Text(string name, string value, string description)
        => new("--" + name) { HelpName = value, Description = description };

    public static Option<bool> Flag(string name, string description) => new("--" + name) { Description = description };

    public static Option<string> Data(string description = "Folder of candles: klines or its parent") => Text("data", "DIR", description);

    public static Option<string> Timeframe(string standard = "1h")
        => Text("timeframe", "TF", $"Length of a candle: 15m, 1h, 4h, 1d [{standard}]");

    public static Option<string> Pairs() => Text("pairs", "BTC,ETH", "Base assets, separated by commas [all]");

    public static Option<string> Features() => Text("features", "SET",
        $"Features of the models that do not fix their own (v2 does): {string.Join(", ", FeatureSettings.Names)} [week3]");

    public static Option<bool> LeaveOutMissing() => Flag("leave-out-missing",
        "Leave out features that the candles do not allow (no quote or taker-buy volume, or no BTC) instead of stopping");

    public static Option<string> Epochs()
        => Text("epochs", "N", "At most this many epochs of training, for every network [each model's own, 20]");

    public static Option<string> Seed() => Text("seed", "N", "Seed of everything random [1]");

    public static Option<string> Threads(
        string description = "Jobs that run at the same time; the results do not depend on it [all cores]")
        => Text("threads", "N", description);

    public static Option<bool> Json(string what) => Flag("json", $"Print {what} as JSON");

    public static Option<string> Config() => Text("config", "FILE", "YAML file with any of these options; the command line wins over it");

    /// <summary>A command whose action gets its settings.</summary>
    public static Command Does(this Command command, Session session, Action<Settings> action, params string[] fileKeys)
    {
        command.SetAction(parse =>
        {
            action(Settings.Read(parse, fileKeys));
            session.Cancellation.ThrowIfCancellationRequested();
            return CommandLine.Success;
        });
        return command;
    }
}
