using System.CommandLine;
using NeuralCore.Models;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>train</c>: fits one model on all candles before a time and writes its folder.</summary>
static class TrainCommand
{
    public static Command Create(Session session) => new Command("train",
        "Trains one model and keeps it: OUT/POOLED/TF, or OUT/BASE/TF for a single pair")
    {
        Data(), Text("model", "NAME", $"One of {ModelSettings.Names}"), Timeframe(), Pairs(), Features(), LeaveOutMissing(),
        Text("from", "DIR", "Folder of the same model, trained before on other pairs or candles: go on from its weights, "
            + "labels and scaler"),
        Text("until", "T", "Train on candles before this date or time in UTC; the last 15 % of them validate [end of the data]"),
        Text("out", "DIR", "Folder of the model"), Epochs(), Seed(),
        Threads("Threads that share a batch; the results do not depend on it [all cores]"), Config(),
    }.Does(session, settings => Execute(settings, session), [.. ModelSettings.Keys, "folds.validation_share", "folds.horizon"]);

    static void Execute(Settings s, Session session)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string path = s.Required("data"), name = s.Required("model"), target = s.Required("out");
        FeatureSettings features = FeatureSettings.Of(s);
        var (timeframe, pairs, until, seed) = (s.Timeframe(), s.List("pairs"), s.Time("until"), s.Seed());
        int threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024);
        double validationShare = s.Number("folds.validation_share", new FoldOptions().ValidationShare, 0.001, 0.999);
        int horizon = s.Whole("folds.horizon", 1, 1, 1000);
        DirectionModel model = ModelSettings.Of(s, [name], s.WholeOrNone("epochs", null, 1, 10_000))[0];
        TrainedModel? before = Before(s, model);
        features.Check(s, session, [model]);
        using var folder = new OutFolder(target, session.Cancellation);
        BacktestData data = DataSource.Folder(session, path, timeframe, pairs);
        data.Notes.ToList().ForEach(session.Note);
        (IReadOnlyList<DirectionModel> models, data) = features.Give(session, [model], data);
        model = models[0];
        string place = Path.Combine(target, data.Pairs.Count == 1 ? data.Pairs[0].Base : "POOLED", timeframe.ToString());
        ModelFolder.RequireReplaceable(place);

        Fold fold = Training.FoldOf(data, timeframe, until, validationShare, horizon);
        MarketSeries[] series = MarketSeries.Of(data.Pairs, model.FeatureSets, session.Cancellation);
        var context = new FitContext(seed, Threads: threads, Cancellation: session.Cancellation) { From = before?.Predictor };
        Training training = Training.Of(session, data, series, model, fold, context) with { Origin = before };
        s.Resolve("pairs", data.Pairs.Select(p => p.Base).ToArray());
        EvaluationResult evaluation = training.Evaluate(new RunHeader(CommandLine.Version, started, target, s.Resolved));
        session.Cancellation.ThrowIfCancellationRequested();
        training.Save(place, s.Resolved.Where(o => o.Key is not ("out" or "threads"))
            .Select(o => KeyValuePair.Create(o.Key, ReportJson.Text(o.Value))), evaluation);
        foreach (string line in Training.Lines(evaluation)) session.Out.WriteLine(line);
        if (training.Note is { } note) session.Out.WriteLine($"Note: {note}");
        session.Out.WriteLine($"Model: {place}");
    }

    /// <summary>The model that training goes on from.</summary>
    static TrainedModel? Before(Settings s, DirectionModel model)
    {
        if (s.Text("from") is not { } folder) return null;
        if (model is not NetworkModel) throw s.Wrong("from", $"expected a network to train further, got {model.Name}");
        var before = TrainedModel.Load(folder);
        return before.Predictor.Model.Name == model.Name ? before
            : throw s.Wrong("from", $"expected a trained {model.Name}, got {before.Predictor.Model.Name}");
    }
}
