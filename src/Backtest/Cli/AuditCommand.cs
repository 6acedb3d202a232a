using System.CommandLine;
using NeuralCore.Models;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>audit</c>: leakage tests of a model's whole pipeline; exit code 1 if one fails.</summary>
static class AuditCommand
{
    public static Command Create(Session session)
        => new Command("audit", "Tests a model's pipeline for leaks of the future, from features to predictions")
    {
        Data(), Text("model", "NAME", $"One of {ModelSettings.Names}"), Timeframe(), Pairs(), Features(), LeaveOutMissing(),
        Text("candles", "N", "Only the last N candles of each pair [10000; quick: 5000]"), Epochs(), Seed(),
        Threads("Threads that share a batch; the results do not depend on it [all cores]"),
        Flag("quick", "Smaller: fewer candles, times, seeds and epochs"), Json("an object a check, one a line, then one about all"),
        Config(),
    }.Does(session, settings => Execute(settings, session), ModelSettings.Keys);

    static void Execute(Settings s, Session session)
    {
        string path = s.Required("data"), name = s.Required("model");
        bool quick = s.Flag("quick"), asJson = s.Flag("json");
        FeatureSettings features = FeatureSettings.Of(s);
        var options = new AuditOptions
        {
            Cuts = quick ? 4 : 8, Seeds = quick ? 3 : 5, Seed = s.Seed(), Threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024),
        };
        DirectionModel model = ModelSettings.Of(s, [name], s.WholeOrNone("epochs", quick ? 5 : 10, 1, 10_000))[0];
        if (model.Judged != Target.Direction)
            throw new UsageException("--model: expected a model that is judged on the next candle's direction, which is what an audit "
                + $"follows to the end, got {name}: {model.Judged.Says}");
        features.Check(s, session, [model]);
        BacktestData data = DataSource.Folder(session, path, s.Timeframe(), s.List("pairs"),
            s.Whole("candles", quick ? 5_000 : 10_000, 100));
        data.Notes.ToList().ForEach(session.Note);
        (IReadOnlyList<DirectionModel> models, data) = features.Give(session, [model], data);
        var written = new Queue<string>();   // while progress bars have the terminal
        try
        {
            var results = ProgressView.Show(session, $"audit {name}", show =>
                Audit.Run(Pipeline.Of(models[0]), data.Pairs, options, show, Write, session.Cancellation));
            written.Enqueue(asJson ? AuditOutput.Summary(models[0], data, results) : "");
            if (!asJson) written.Enqueue(AuditOutput.Closing(models[0], data, results));
            string[] failed = [.. results.Where(r => r.Outcome == AuditOutcome.Fail).Select(r => r.Check)];
            if (failed.Length > 0)
                throw new InvalidDataException($"audit of {name}: {failed.Length} of {results.Count} checks failed: "
                    + $"{string.Join(", ", failed)}");
        }
        finally
        {
            while (written.TryDequeue(out string? line)) session.Out.WriteLine(line);
        }

        void Write(AuditResult result)
        {
            written.Enqueue(asJson ? AuditOutput.Json(result) : AuditOutput.Text(result));
            while (!session.ErrorIsTerminal && written.TryDequeue(out string? line)) session.Out.WriteLine(line);
        }
    }
}
