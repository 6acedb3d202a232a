using System.CommandLine;
using NeuralCore.Models;
using Spectre.Console;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>backtest</c>: trains the models fold by fold and reports how they predict what they have not seen.</summary>
static class BacktestCommand
{
    public static Command Create(Session session) => new Command("backtest",
        "Trains models on past candles and judges them on later ones: report.html, report.md and report.json")
    {
        Data("Folder of candles: klines or its parent [none: the simulated market]"), Timeframe(), Pairs(),
        Text("models", "NAMES", $"Of {ModelSettings.Names}, separated by commas, or all [all]"), Features(), LeaveOutMissing(),
        Text("protocol", "NAME", "walkforward: expanding folds; week3: the last 40 candles of each pair; split: by the three dates [walkforward]"),
        Text("train-to", "T", "split: end of training, a date or time in UTC, exclusive"),
        Text("validate-to", "T", "split: end of validation"), Text("test-to", "T", "split: end of the test [end of the data]"),
        Flag("per-pair", "One model a pair instead of one for all; week3 implies it"),
        Text("folds", "N", "Folds of walkforward [5; simulated: 3]"), Epochs(),
        Text("candles", "N", "Candles of each simulated pair, or the last N of each pair with --data [8000; with --data: all]"),
        Text("accuracy", "A", "Best possible accuracy of the simulated market, 0.5 to 0.95 [0.6]"),
        Text("out", "DIR", "Folder of the report [out/simulated; with --data: out/backtest]"), Seed(), Threads(),
        Text("ledger", "FILE", "With --data: file to which all that was ever tried is added [trials.jsonl beside the folder of the report]"),
        Flag("quick", "Smaller: 3,000 candles a pair, 2 folds, 5 epochs"),
        Flag("thorough", "Larger: 20,000 simulated candles, 5 folds (with --data 8), 40 epochs"),
        Flag("resume", "Take over the finished jobs of a run that was stopped"), Json("report.json"), Config(),
    }.Does(session, settings => Execute(settings, session), BacktestSettings.FileKeys);

    static void Execute(Settings s, Session session)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        bool json = s.Flag("json");
        BacktestSettings run = BacktestSettings.Of(s);
        run.Features.Check(s, session, run.Options.Models);
        using var folder = new OutFolder(run.Out);
        string jobs = run.Options.JobFolder!;
        if (run.Ledger is not null) new TrialLedger(run.Ledger).Read();     // what is no ledger is refused before any work is done
        BacktestData data = run.Data is not null
            ? DataSource.Folder(session, run.Data, run.Timeframe, run.Pairs, run.Candles)
            : DataSource.Simulated(session, new SimulatedMarketOptions
            {
                Candles = run.Candles!.Value, Accuracy = run.Accuracy, Seed = run.Options.Seed, Timeframe = run.Timeframe,
            }, run.Pairs);
        (IReadOnlyList<DirectionModel> models, data) = run.Features.Give(session, run.Options.Models, data);
        BacktestOptions options = run.Options with { Models = models };
        s.Resolve("pairs", data.Pairs.Select(p => p.Base).ToArray());
        s.Resolve("data_hash", data.Hash);
        session.Cancellation.ThrowIfCancellationRequested();
        session.Kept = () => Directory.Exists(jobs) ? $"finished jobs are kept in {jobs}, go on with --resume" : null;
        var header = new RunHeader(CommandLine.Version, started, run.Out, s.Resolved) { Command = s.Again };
        BacktestResult result = ProgressView.Show(session, "backtest", step => BacktestRun.Run(data, options, header, step, session.Cancellation));
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        session.Cancellation.ThrowIfCancellationRequested();
        if (run.Ledger is not null)
            evaluation = evaluation with { Trials = Recorded(session, run.Ledger, result, evaluation, data.Hash) };
        string report = Report.Write(run.Out, result, evaluation);
        OutFolder.Remove(jobs, "*.job");
        Show(session, result, evaluation, json);
        (json ? session.Error : session.Out).WriteLine($"Report: {report}");
    }

    // A ledger that cannot be written takes no report away.
    static TrialFacts? Recorded(Session session, string ledger, BacktestResult result, EvaluationResult evaluation, string data)
    {
        try
        {
            return TrialFacts.Record(ledger, result, evaluation, data);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Note($"trials are not recorded: {e.Message}");
            return null;
        }
    }

    /// <summary>Prints the summary, or report.json.</summary>
    public static void Show(Session session, BacktestResult result, EvaluationResult evaluation, bool json)
    {
        if (json)
        {
            using var text = new MemoryStream();
            ReportJson.Write(text, result, evaluation);
            session.Out.WriteLine(System.Text.Encoding.UTF8.GetString(text.ToArray()));
        }
        else if (session.OutIsTerminal)
            ReportConsole.Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Out) }), result, evaluation);
        else
            ReportConsole.Write(session.Out, result, evaluation);
    }
}
