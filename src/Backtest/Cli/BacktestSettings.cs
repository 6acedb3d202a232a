using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>What the options of <c>backtest</c> come to.</summary>
/// <param name="Options">Protocol, models, folds, seed, threads.</param>
/// <param name="Data">Folder of candles; null: the simulated market.</param>
/// <param name="Out">Folder of the report.</param>
sealed record BacktestSettings(BacktestOptions Options, string? Data, string Out)
{
    /// <summary>Keys of the configuration file beside the command's options.</summary>
    public static readonly string[] FileKeys = [.. ModelSettings.Keys, .. FoldKeys, .. TradingKeys];

    static string[] FoldKeys =>
    [
        "folds.count", "folds.test_share", "folds.validation_share", "folds.horizon", "folds.embargo", "folds.minimum_training_candles",
        "folds.week3_candles", "folds.stride",
    ];

    /// <summary>Keys of the section <c>trading</c>; also those of <c>evaluate</c>.</summary>
    public static string[] TradingKeys => ["trading.half_spread", "trading.slippage", "trading.position"];

    /// <summary>Sizes of a run; epochs and patience where the models' own do not hold.</summary>
    sealed record Scale(int Candles, int SimulatedFolds, int Folds, int MinimumTrainingCandles, int? Epochs, int? Patience, int Seeds = 1,
        double TestShare = 0.4, int Stride = 1);

    static readonly Scale usual = new(8_000, 3, 5, 2_000, null, null);
    static readonly Scale quick = new(3_000, 2, 2, 1_000, 5, null);
    static readonly Scale quickFiles = new(0, 0, 1, 1_000, 3, null, TestShare: 0.2, Stride: 4);
    static readonly Scale thorough = new(20_000, 5, 8, 2_000, 40, 6, Seeds: 5);

    /// <summary>Whether all models were asked for: then those that the candles do not allow are left out.</summary>
    public required bool All { get; init; }

    /// <summary>Length of a candle.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>Features of the models that do not fix their own.</summary>
    public required FeatureSettings Features { get; init; }

    /// <summary>Base assets; null for all.</summary>
    public required string[]? Pairs { get; init; }

    /// <summary>Candles of each pair: of the simulated market, or at the end of the files; null for all.</summary>
    public required int? Candles { get; init; }

    /// <summary>Best possible accuracy of the simulated market.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The ledger of trials; null on the simulated market.</summary>
    public required string? Ledger { get; init; }

    /// <summary>Folder of an MLflow file store that gets the run; null: none.</summary>
    public required string? Mlflow { get; init; }

    /// <summary>Interprets the options.</summary>
    /// <exception cref="UsageException">An option is wrong or contradicts another.</exception>
    public static BacktestSettings Of(Settings s)
    {
        string? data = s.Text("data");
        Scale scale = (s.Flag("quick"), s.Flag("thorough")) switch
        {
            (true, true) => throw new UsageException("--quick: expected without --thorough"),
            (true, _) => data is null ? quick : quickFiles,
            (_, true) => thorough,
            _ => usual,
        };
        FeatureSettings features = FeatureSettings.Of(s);
        string protocol = s.OneOf("protocol", "walkforward", "walkforward", "week3", "split");
        foreach (string only in (string[])["train-to", "validate-to", "test-to"])
            if (protocol != "split" && s.Given(only)) throw s.Wrong(only, $"expected only with --protocol split, got it with {protocol}");
        if (data is not null && s.Given("accuracy")) throw s.Wrong("accuracy", "expected only for the simulated market, without --data");
        string folder = s.Text("out", data is null ? "out/simulated" : "out/backtest")!;
        if (data is null && s.Given("ledger"))
            throw s.Wrong("ledger", "expected only with --data: trials on a simulated market do not count");
        bool fresh = s.Flag("fresh");
        if (fresh && s.Flag("resume"))
            fresh = s.OnCommandLine("fresh") is null == s.OnCommandLine("resume") is null
                ? throw new UsageException("--fresh: expected without --resume")
                : s.OnCommandLine("fresh") is not null;     // the command line wins over the file
        string beside = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) ?? folder;
        string[]? list = s.List("models");
        bool all = list is ["all"];
        string[] names = list is not null && !all ? list : [.. (all ? DirectionModel.All : DirectionModel.Main).Select(m => m.Name)];
        s.Resolve("models", names);
        return new BacktestSettings(new BacktestOptions
        {
            Protocol = protocol,
            Folds = FoldsOf(s, scale, simulated: data is null),
            Trading = TradingOf(s),
            TrainTo = s.Time("train-to"),
            ValidateTo = s.Time("validate-to"),
            TestTo = s.Time("test-to"),
            PerPair = s.Flag("per-pair") | protocol == "week3",
            LeaveOutModels = all,
            Models = ModelSettings.Of(s, names, s.WholeOrNone("epochs", scale.Epochs, 1, 10_000), scale.Patience),
            Seed = s.Seed(),
            Seeds = s.Whole("seeds", scale.Seeds, 1, 1000),
            Threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024),
            JobFolder = s.Text("cache", Path.Combine(beside, "cache")),
            Resume = !fresh,
        }, data, folder)
        {
            All = all,
            Timeframe = s.Timeframe(),
            Features = features,
            Pairs = s.List("pairs"),
            Candles = s.WholeOrNone("candles", data is null ? scale.Candles : null, 100, 10_000_000),
            Ledger = data is null ? null : s.Text("ledger", Path.Combine(beside, "trials.jsonl")),
            Mlflow = s.Text("mlflow"),
            Accuracy = data is null ? s.Number("accuracy", 0.60, 0.5, 0.95) : 0,
        };
    }

    /// <summary>What strategies pay on top of fees, and how much they hold, from the section <c>trading</c>.</summary>
    public static TradingOptions TradingOf(Settings s) => new()
    {
        HalfSpread = s.Number("trading.half_spread", 0, 0, 1000),
        Slippage = s.Number("trading.slippage", 0, 0, 1000),
        Position = s.Number("trading.position", 1, 0.001, 1),
    };

    /// <summary>How folds are cut, from the section <c>folds</c>; also what <c>train</c> needs of it.</summary>
    public static FoldOptions FoldsOf(Settings s) => FoldsOf(s, usual, simulated: false);

    static FoldOptions FoldsOf(Settings s, Scale scale, bool simulated)
    {
        var standard = new FoldOptions();
        return new FoldOptions
        {
            Count = s.Whole("folds.count", simulated ? scale.SimulatedFolds : scale.Folds, 1, 1000),
            TestShare = s.Number("folds.test_share", scale.TestShare, 0.001, 0.999),
            ValidationShare = s.Number("folds.validation_share", standard.ValidationShare, 0.001, 0.999),
            Horizon = s.Whole("folds.horizon", standard.Horizon, 1, 1000),
            Embargo = s.Whole("folds.embargo", standard.Embargo, 0, 100_000),
            MinimumTrainingCandles = s.Whole("folds.minimum_training_candles", scale.MinimumTrainingCandles, 0),
            Stride = s.Whole("folds.stride", scale.Stride, 1, 1000),
            Week3Candles = s.Whole("folds.week3_candles", standard.Week3Candles, 1),
        };
    }
}
