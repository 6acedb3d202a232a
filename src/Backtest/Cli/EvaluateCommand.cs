using System.CommandLine;
using System.Globalization;
using NeuralCore.Models;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>evaluate</c>: a trained model on other candles, with the same report as a backtest.</summary>
static class EvaluateCommand
{
    public static Command Create(Session session) => new Command("evaluate",
        "Judges a trained model on other candles, with the same report as a backtest")
    {
        Text("model", "DIR", "Folder of a trained model"), Data(), Timeframe("the model's"), Pairs(),
        Text("from", "T", "Candles from this date or time in UTC [the beginning]"),
        Text("to", "T", "Candles before this date or time [the end]"),
        Text("out", "DIR", "Folder of the report [none is written]"), Seed(), Json("report.json"), Config(),
    }.Does(session, settings => Execute(settings, session), BacktestSettings.TradingKeys);

    static void Execute(Settings s, Session session)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string modelPath = s.Required("model"), path = s.Required("data");
        string? target = s.Text("out");
        bool json = s.Flag("json");
        TradingOptions trading = BacktestSettings.TradingOf(s);
        var (from, to, seed, pairs) = (s.Time("from"), s.Time("to"), s.Seed(), s.List("pairs"));
        using OutFolder? folder = target is null ? null : new OutFolder(target, session.Cancellation);
        TrainedModel model = TrainedModel.Load(modelPath);
        DirectionModel options = model.Predictor.Model;
        foreach ((string setting, double value) in options.Settings) s.Resolve($"models.{options.Name}.{setting}", value);
        (BacktestData data, MarketSeries[] series) = ModelCandles.Folder(session, model, path, s.Timeframe(model.Timeframe), pairs);
        s.Resolve("pairs", data.Pairs.Select(p => p.Base).ToArray());
        s.Resolve("data_hash", data.Hash);

        long start = from ?? data.Pairs.Min(p => p.OpenTime[0]);
        long end = to ?? data.Pairs.Max(p => p.OpenTime[^1]) + data.Pairs[0].Timeframe.Microseconds;
        Windows rows = Windows.Select(series, options.Window, (_, time) => time >= start && time < end);
        if (rows.Count == 0)
            throw new InvalidDataException($"{path}: expected rows from {Format.Time(start)} to {Format.Time(end)}, got none");
        session.Cancellation.ThrowIfCancellationRequested();
        List<string> notes = [.. Notes(model, data, start)];
        if (Unread(model, data) is { Length: > 0 } unread && new Rule3().Features.Lacking(data.Pairs).Length == 0)
        {
            notes.Add($"the baseline rule3 is left out: it looks across all pairs that the model was trained on; not read: {unread}");
            data = data with { Market = [] };
        }
        notes.ForEach(session.Note);

        long trainedFrom = model.Time("trained_from") ?? start, validated = model.Time("validated_from") ?? trainedFrom;
        long until = model.Time("trained_until") ?? validated;
        var fold = new Fold(0, trainedFrom, validated, validated, until, start, end)
        {
            LabelTime = 2 * data.Pairs[0].Timeframe.Microseconds,
        };
        bool majorityUp = model.Metadata.GetValueOrDefault("majority") != "DOWN";
        var judge = new ModelJudge(model.Predictor, fold, majorityUp, Number("confidence_threshold", float.NaN))
        {
            TrainedRows = ((long)Number("training_rows", 0), (long)Number("validation_rows", 0)),
            Epochs = (int)Number("epochs_trained", 0),
            Description = model.Description,
            Trading = trading,
            History = File.Exists(Path.Combine(modelPath, "training_history.json"))
                ? History.Load(Path.Combine(modelPath, "training_history.json")) : null,
        };
        BacktestResult result = judge.Judge(rows, data,
            new RunHeader(CommandLine.Version, started, target ?? "", s.Resolved) { Command = s.Again }, seed, notes);
        EvaluationResult evaluation = ProgressView.Wait(session, "evaluation", "evaluating the predictions",
            () => Evaluation.Evaluate(result, session.Cancellation), json);
        session.Cancellation.ThrowIfCancellationRequested();
        string? report = target is null ? null : Report.Write(target, result, evaluation);
        BacktestCommand.Show(session, result, evaluation, json);
        if (report is not null) (json ? session.Error : session.Out).WriteLine($"Report: {report}");

        float Number(string name, float missing) =>
            float.TryParse(model.Metadata.GetValueOrDefault(name), NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
                ? value : missing;
    }

    static string Unread(TrainedModel model, BacktestData data) => string.Join(", ", model.Pairs.Except(data.Market.Select(p => p.Base)));

    /// <summary>What makes the figures say less than they seem to.</summary>
    static IEnumerable<string> Notes(TrainedModel model, BacktestData data, long start)
    {
        if (model.Time("trained_until") is { } until && start < until)
            yield return $"the model was trained on candles until {Format.Time(until)}: what is evaluated before that says nothing about "
                + "new candles";
        if (model.Metadata.ContainsKey("timeframe") && Models.Data.Timeframe.Parse(model.Timeframe) != data.Pairs[0].Timeframe)
            yield return $"the model was trained on candles of {model.Timeframe}, these are of {data.Pairs[0].Timeframe}";
        string[] strange = [.. data.Pairs.Select(p => p.Base).Except(model.SeenPairs)];
        if (strange.Length > 0) yield return $"the model was not trained on {string.Join(", ", strange)}";
    }
}
