using System.CommandLine;
using System.Text;
using System.Text.Json;
using NeuralCore.Models;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>audit</c>: leakage tests of a model's whole pipeline; exit code 1 if one fails.</summary>
static class AuditCommand
{
    public static Command Create(Session session) => new Command("audit", "Tests a model's pipeline for leaks of the future, from features to predictions")
    {
        Data(), Text("model", "NAME", $"One of {ModelSettings.Names}"), Timeframe(), Pairs(), Features(), LeaveOutMissing(),
        Text("candles", "N", "Only the last N candles of each pair [10000; quick: 5000]"), Epochs(), Seed(),
        Threads("Threads that share a batch; the results do not depend on it [all cores]"),
        Flag("quick", "Smaller: fewer candles, times, seeds and epochs"), Json("the results"), Config(),
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
        features.Check(s, session, [model]);
        BacktestData data = DataSource.Folder(session, path, s.Timeframe(), s.List("pairs"), s.Whole("candles", quick ? 5_000 : 10_000, 100));
        data.Notes.ToList().ForEach(session.Note);
        (IReadOnlyList<DirectionModel> models, data) = features.Give(session, [model], data);
        Pipeline pipeline = Pipeline.Of(models[0]);
        IReadOnlyList<AuditResult> results = ProgressView.Show(session, $"audit {name}",
            show => Audit.Run(pipeline, data.Pairs, options, show, session.Cancellation));
        if (asJson) session.Out.WriteLine(Render(pipeline, data, results));
        else foreach (AuditResult result in results) session.Out.WriteLine($"{result.Word}  {result.Check,-20}  {result.Sentence}");
        string[] failed = [.. results.Where(r => r.Outcome == AuditOutcome.Fail).Select(r => r.Check)];
        if (failed.Length > 0)
            throw new InvalidDataException($"audit of {name}: {failed.Length} of {results.Count} checks failed: {string.Join(", ", failed)}");
    }

    static string Render(Pipeline pipeline, BacktestData data, IReadOnlyList<AuditResult> results)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("model", pipeline.Model.Name);
            json.WriteString("timeframe", data.Pairs[0].Timeframe.ToString());
            json.WriteStartArray("pairs");
            foreach (string pair in data.Pairs.Select(p => p.Base)) json.WriteStringValue(pair);
            json.WriteEndArray();
            json.WriteString("data_hash", data.Hash);
            json.WriteBoolean("passed", results.All(r => r.Outcome != AuditOutcome.Fail));
            json.WriteStartArray("checks");
            foreach (AuditResult result in results) result.Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
