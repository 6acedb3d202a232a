using System.CommandLine;
using NeuralCore.Models;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>debug</c>: what a trained model saw, thought and said at each of the last candles, and what happened.</summary>
static class DebugCommand
{
    public static Command Create(Session session) => new Command("debug",
        "Shows per candle what a trained model sees and does: features, probabilities, gates, attention, right or wrong")
    {
        Text("model", "DIR", "Folder of a trained model"), Data("Folder of candles, or a single file of them"), Pairs(),
        Text("last", "N", "The last N candles of each pair [1]"), Json("an object a candle, one a line,"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string modelPath = s.Required("model"), path = s.Required("data");
        var (pairs, last, json) = (s.List("pairs"), s.Whole("last", 1, 1), s.Flag("json"));
        TrainedModel model = TrainedModel.Load(modelPath);
        if (model.Predictor.Model is { Judged: var target } options && target != Target.Direction)
            throw new UsageException($"--model: expected a model of the next candle's direction, got {options.Name}: {target.Says}; "
                + "see 'predict'");
        IReadOnlyList<Explanation> all = Explanation.Of(model.Predictor, ModelCandles.Last(session, model, path, pairs, last));
        session.Cancellation.ThrowIfCancellationRequested();
        if (json)
        {
            foreach (Explanation e in all) session.Out.WriteLine(ExplanationJson.Line(e));
            return;
        }
        session.Out.WriteLine($"{model.Predictor.Model.Name}, {model.Description}");
        session.Out.WriteLine();
        foreach (Explanation e in all) ExplanationText.Write(session.Out, e);
        session.Out.Write(ExplanationText.Summary(all).ToPlainText());
    }
}
