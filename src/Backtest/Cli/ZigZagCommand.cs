using System.CommandLine;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// <c>zigzag</c>: turning points, as a pipeline whose steps can each be run by themselves. All steps read the candles; those after
/// <c>train</c> also read the models, OUT/v2_model/BASE/TF, and none reads another file of OUT.
/// </summary>
static class ZigZagCommand
{
    public static Command Create(Session session)
    {
        Option<string>[] training =
        [
            Text("train-to", "T", "End of training, a date or time in UTC, exclusive [three fifths of each pair's time]"),
            Text("validate-to", "T", "End of validation, which decides when training ends [four fifths]"),
            Text("features", "SET", $"Indicators that the network sees beside the leg: {string.Join(", ", FeatureNames)} [standard]"),
            Text("epochs", "N", $"At most this many epochs of training [{new ZigZagModel().Epochs}]"),
        ];
        Option<string> testTo = Text("test-to", "T",
            "End of the test, which begins where the model's validation ended [the end of the data]");
        Option<bool> json = Json("the figures or legs");
        return new Command("zigzag", "Turning points HH, HL, LH, LL of many pairs and timeframes: label, train, evaluate, predict")
        {
            Step("label", "Writes the turning points: OUT/labels/BASE/TF.csv", [], [],
                (run, _) => run.Label()),
            Step("train", "Trains a model for each pair and timeframe: OUT/v2_model/BASE/TF", [.. training, Seed()], ModelSettings.Keys,
                (run, s) => run.Train(Model(s), s.Time("train-to"), s.Time("validate-to"), s.Seed())),
            Step("evaluate", "Scores every later leg once: OUT/evaluation.json and OUT/legs/BASE/TF.csv", [testTo, Seed(), json], [],
                (run, s) => run.Evaluate(s.Time("test-to"), s.Seed(), s.Flag("json"))),
            Step("predict", "Says where the leg that now runs will end", [json], [],
                (run, s) => run.Predict(s.Flag("json"))),
            Step("run", "All steps", [.. training, testTo, Seed()], ModelSettings.Keys, (run, s) =>
            {
                (ZigZagModel model, long? trainTo, long? validateTo, ulong seed) = (Model(s), s.Time("train-to"), s.Time("validate-to"),
                    s.Seed());
                long? end = s.Time("test-to");
                run.Label();
                run.Train(model, trainTo, validateTo, seed);
                run.Evaluate(end, seed, json: false);
                run.Predict(json: false);
            }),
        };

        Command Step(string name, string description, IEnumerable<Option> options, string[] fileKeys, Action<ZigZagRun, Settings> action)
        {
            var step = new Command(name, description)
            {
                Data(), Text("pairs", "BTC,ETH", "Base assets or their USDT symbols, separated by commas [all]"),
                Text("timeframes", "15m,1h", "Lengths of a candle, separated by commas [15m,1h]"),
                Text("out", "DIR", "Folder of labels, models and figures"),
                Threads("Pairs and timeframes at work at the same time; the results do not depend on it [all cores]"), Config(),
            };
            foreach (Option option in options) step.Options.Add(option);
            return step.Does(session, s => Execute(s, session, run => action(run, s)), fileKeys);
        }
    }

    /// <summary>Sets of indicators of one pair, which have no leg in them yet.</summary>
    static string[] FeatureNames =>
        [.. FeatureSet.All.Where(set => !set.NeedsAllPairs && set != FeatureSet.Named("zigzag")).Select(set => set.Name)];

    static void Execute(Settings s, Session session, Action<ZigZagRun> action)
    {
        string path = s.Required("data"), target = s.Required("out");
        int threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024);
        string[]? pairs = s.List("pairs")?.Select(Base).Distinct().ToArray();
        Timeframe[] timeframes = [.. (s.List("timeframes") ?? ["15m", "1h"]).Select(text => Parsed(s, text)).Distinct()];
        using var folder = new OutFolder(target, session.Cancellation);
        var candles = new List<Candles>();
        var notes = new List<string>();
        foreach (Timeframe timeframe in timeframes)
        {
            BacktestData data = DataSource.Folder(session, path, timeframe, pairs);
            candles.AddRange(data.Pairs);
            notes.AddRange(data.Notes);
        }
        notes.Distinct().ToList().ForEach(session.Note);
        action(new ZigZagRun(session, target, candles, threads));
    }

    /// <summary>BTC of BTC, btc or BTCUSDT.</summary>
    static string Base(string pair) =>
        (pair.Length > 4 && pair.EndsWith("USDT", StringComparison.OrdinalIgnoreCase) ? pair[..^4] : pair).ToUpperInvariant();

    static Timeframe Parsed(Settings s, string text)
    {
        try
        {
            return Models.Data.Timeframe.Parse(text);
        }
        catch (FormatException e)
        {
            throw s.Wrong("timeframes", e.Message);
        }
    }

    static ZigZagModel Model(Settings s)
    {
        FeatureSet features = ZigZagModel.WithLeg(FeatureSet.Named(s.OneOf("features", "standard", FeatureNames)));
        DirectionModel model = ModelSettings.Of(s, ["zigzag"], s.WholeOrNone("epochs", null, 1, 10_000))[0];
        return (ZigZagModel)model.WithFeatures(features);
    }
}
