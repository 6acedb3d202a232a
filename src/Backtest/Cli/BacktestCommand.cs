using System.CommandLine;
using NeuralCore.Models;
using Spectre.Console;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>backtest</c>: trains the models fold by fold and reports how they predict what they have not seen.</summary>
static class BacktestCommand
{
    public static Command Create(Session session) => new Command("backtest",
        "Trains models on past candles and judges them on later ones: report.html, report.md and report.json, training_history.json")
    {
        Data("Folder of candles: klines or its parent [none: the simulated market]"), Timeframe(), Pairs(),
        Text("models", "NAMES", $"Of {ModelSettings.Names}, separated by commas, or all "
            + $"[{string.Join(",", Models.DirectionModel.Main.Select(m => m.Name))}]"), Features(), LeaveOutMissing(),
        Text("protocol", "NAME",
            "walkforward: expanding folds; week3: the last 40 candles of each pair; split: by the three dates [walkforward]"),
        Text("train-to", "T", "split: end of training, a date or time in UTC, exclusive"),
        Text("validate-to", "T", "split: end of validation"), Text("test-to", "T", "split: end of the test [end of the data]"),
        Flag("per-pair", "One model a pair instead of one for all; week3 implies it"),
        Text("folds", "N", "Folds of walkforward [5; simulated: 3]"), Epochs(),
        Text("candles", "N", "Candles of each simulated pair, or the last N of each pair with --data [8000; with --data: all]"),
        Text("accuracy", "A", "Best possible accuracy of the simulated market, 0.5 to 0.95 [0.6]"),
        Text("out", "DIR", "Folder of the report [out/simulated; with --data: out/backtest]"), Seed(),
        Text("seeds", "N", "Trainings of each model that draws random numbers, from --seed on [1; thorough: 5]"), Threads(),
        Text("ledger", "FILE",
            "With --data: file to which all that was ever tried is added [trials.jsonl beside the folder of the report]"),
        Flag("quick", "Smaller: 3,000 candles a pair, 2 folds, 5 epochs; with --data one 80/20 fold, 3 epochs, "
            + "every fourth training row (zigzag: all)"),
        Flag("thorough", "Larger: 20,000 simulated candles, 5 folds (with --data 8), 40 epochs, 5 seeds"),
        Text("cache", "DIR", "Folder in which finished jobs are kept for this and other runs [cache beside the folder of the report]"),
        Flag("resume", "Go on where a run with the same options was stopped: take over its finished jobs, as every run does without "
            + "--fresh"),
        Flag("fresh", "Compute everything again instead of taking over finished jobs"),
        Text("mlflow", "DIR", "Folder that gets the run in the format of MLflow's file store [none]"), Json("report.json"), Config(),
    }.Does(session, settings => Execute(settings, session), BacktestSettings.FileKeys);

    static void Execute(Settings s, Session session)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        bool json = s.Flag("json");
        BacktestSettings run = BacktestSettings.Of(s);
        run.Features.Check(s, session, run.Options.Models);
        using var folder = new OutFolder(run.Out, session.Cancellation);
        using OutFolder? mlflow = run.Mlflow is null ? null : new OutFolder(run.Mlflow, session.Cancellation),
            cache = Cache(s, session, run);
        if (cache is not null) JobCache.Trim(cache.Path);
        if (run.Ledger is not null) new TrialLedger(run.Ledger).Read();     // what is no ledger is refused before any work is done
        BacktestData data = run.Data is not null
            ? DataSource.Folder(session, run.Data, run.Timeframe, run.Pairs, run.Candles)
            : DataSource.Simulated(session, new SimulatedMarketOptions
            {
                Candles = run.Candles!.Value, Accuracy = run.Accuracy, Seed = run.Options.Seed, Timeframe = run.Timeframe,
            }, run.Pairs);
        IReadOnlyList<DirectionModel> models = run.Options.Models;
        if (run.All) (models, data) = run.Features.Allowed(session, models, data);
        (models, data) = run.Features.Give(session, models, data);
        BacktestOptions options = run.Options with { Models = models, JobFolder = cache?.Path };
        s.Resolve("pairs", data.Pairs.Select(p => p.Base).ToArray());
        s.Resolve("data_hash", data.Hash);
        session.Cancellation.ThrowIfCancellationRequested();
        session.Kept = () => cache is not null && Directory.Exists(cache.Path) && Directory.EnumerateFiles(cache.Path, "*.job").Any()
            ? $"finished jobs are kept in {cache.Path}, go on with --resume" : null;
        var header = new RunHeader(CommandLine.Version, started, run.Out, s.Resolved) { Command = s.Again };
        BacktestResult result = ProgressView.Show(session, "backtest",
            step => BacktestRun.Run(data, options, header, step, session.Note, session.Cancellation), json);
        if (result.Run.Reused == result.Run.Jobs)
            session.Note($"run {result.Id} was computed before: all its jobs are in {cache!.Path} (--fresh computes them again)");
        if (result.Run.NotKept is { } reason) session.Note($"not all finished jobs are kept: {reason}");
        EvaluationResult evaluation = ProgressView.Wait(session, "evaluation", "evaluating the predictions",
            () => Evaluation.Evaluate(result, session.Cancellation), json);
        session.Cancellation.ThrowIfCancellationRequested();
        if (run.Ledger is not null)
            evaluation = evaluation with { Trials = Recorded(session, run.Ledger, result, evaluation, data.Hash) };
        string report = Report.Write(run.Out, result, evaluation);
        if (mlflow is not null) MlflowStore.Write(mlflow.Path, result, evaluation, run.Out);
        if (cache is not null) JobCache.Trim(cache.Path);
        Show(session, result, evaluation, json);
        if (json && !session.ErrorIsTerminal)
            session.Error.WriteLine(ProgressView.Event("report", line =>
            {
                line.WriteString("run", result.Id);
                line.WriteString("path", report);
            }));
        else (json ? session.Error : session.Out).WriteLine($"Report: {report}");
    }

    // Nobody asked for the folder beside the report: where it cannot be written, the run does without.
    static OutFolder? Cache(Settings s, Session session, BacktestSettings run)
    {
        try
        {
            return new OutFolder(run.Options.JobFolder!, session.Cancellation);
        }
        catch (IOException e) when (!s.Given("cache"))
        {
            session.Note($"finished jobs are not kept: {e.Message}");
            return null;
        }
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
            ReportConsole.Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Out) }), result,
                evaluation);
        else
            ReportConsole.Write(session.Out, result, evaluation);
    }
}
