using System.Runtime.InteropServices;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>What was run on what, so that anyone can do it again. Only its last paragraph differs between runs of the same job.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record ReproduceSection(BacktestResult Result, EvaluationResult Evaluation) : Section("reproduce", "How to reproduce this")
{
    public override void Write(HtmlPage page)
    {
        if (Result.Id is not null) page.Text("p", $"Run {Result.Id}: a hash of the data, of all options that change a figure and of the program.");
        page.Text("p", $"neuralcore {Result.Version}, seed {Result.Seed}. The same data, options, seed and version give the same figures to the last bit, with any number of threads. "
            + "A configuration file is not needed: the options hold what came from one.", "lead");
        if (Result.Exclusions.Count > 0)
        {
            page.Text("h3", "Left out");
            using (page.Open("ul", ""))
                foreach (Exclusion e in Result.Exclusions) page.Text("li", $"Fold {e.Fold + 1}: {e.Pair}: {e.Reason}");
        }
        page.Figures("Options", (null, ReportTables.Options(Result)));
        page.Figures("Data", (null, ReportTables.Pairs(Result)));
        page.Figures("Folds", (null, ReportTables.Folds(Result)));
        page.Figures("Models and features", ("Models", ReportTables.Models(Result, Evaluation)), ("Features", ReportTables.Features(Result)));
        page.Figures("How it was measured", (null, Method()));
        using IDisposable run = page.Open("div", "", "run");
        page.Text("h3", "This run");
        if (Result.Run.Command is not null) page.Text("pre", Result.Run.Command);
        page.Text("p", Invariant($"Started {Result.Run.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {Result.Run.Seconds:F1} s on {Result.Run.Threads} ")
            + $"{(Result.Run.Threads == 1 ? "thread" : "threads")}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}.", "note");
    }

    TextTable Method()
    {
        var table = new TextTable("<What", "<How");
        table.Add("Decision", "at the close of a candle; the truth is the sign of the return to the next close; a tie between UP and DOWN is half a hit");
        table.Add("Intervals", Invariant($"95 %: Wilson's for one pair; for anything pooled a circular block bootstrap over whole timestamps ({Evaluation.BlockLength}-candle blocks, ")
            + $"{Format.Count(BlockBootstrap.DefaultDraws)} draws; shorter blocks where a sample has fewer than ten of them)");
        table.Add("Rows", "the same for all models and baselines; folds are cut by time, and rows whose label becomes known after their part are purged");
        return table;
    }
}
