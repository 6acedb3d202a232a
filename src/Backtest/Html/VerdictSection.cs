using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>The answer in a box, and what it stands on.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record VerdictSection(BacktestResult Result, EvaluationResult Evaluation) : Section("verdict", "Verdict")
{
    public override void Write(HtmlPage page)
    {
        if (Verdict.Of(Evaluation) is { } verdict) Box(page, verdict);
        else OtherTargets(page);
        foreach (string note in Result.Notes) page.Text("p", "Note: " + note, "note");
        if (Evaluation.Remark is not null) page.Text("p", Evaluation.Remark, "note");
    }

    // A run without a direction model has nothing to decide, but was made of something all the same.
    void OtherTargets(HtmlPage page)
    {
        using IDisposable box = page.Open("section", "verdict", Id);
        page.Text("strong", "No model of the next candle's direction");
        foreach (TargetScores model in Evaluation.Others) page.Text("p", $"{TargetTables.Line(model)}.");
        using IDisposable facts = page.Open("dl", "");
        Run(page);
    }

    void Box(HtmlPage page, Verdict verdict)
    {
        ModelScores best = Evaluation.Ranking[0];
        Rate rate = best.Scores.Combined.Direction;
        using IDisposable box = page.Open("section", verdict.Sign > 0 ? "verdict good" : verdict.Sign < 0 ? "verdict bad" : "verdict", Id);
        page.Text("strong", verdict.Words);
        page.Text("p", Invariant($"{best.Model} called {Format.Percent(rate.Accuracy)} of {Format.Count(rate.N)} directions right.")
            + (Evaluation.Models.Count > 1 ? $" It is the best of {Evaluation.Models.Count} models on these very rows, which "
                + "flatters it." : "")
            + (Evaluation.Network is { } network ? $" {network.Short}" : "")
            + (best.Strategies is [var plain, ..] ? $" {Paid(plain)}" : ""));
        foreach (string alarm in Evaluation.Alarms) page.Text("p", "Plausibility alarm: " + alarm);
        using IDisposable facts = page.Open("dl", "");
        Accuracies(page, best);
        if (best.Strategies is [var strategy, ..])
            page.Fact("Break-even accuracy", Format.Percent(strategy.Usual.BreakEvenAccuracy),
                Invariant($"long or flat, all calls,\n{strategy.Usual.Rates.BasisPoints:0.##} bp a side"));
        page.Fact("Plausibility alarm", Evaluation.Alarms.Count == 0 ? "none" : $"{Evaluation.Alarms.Count}, see above");
        Run(page);
    }

    void Run(HtmlPage page)
    {
        page.Fact("Protocol", $"{Result.Protocol}, {Result.Timeframe} candles",
            $"{Result.Folds.Count} {(Result.Folds.Count == 1 ? "fold" : "folds")}, seed {Result.Seed}");
        page.Fact("Pairs", Format.Count(Result.Pairs.Count), string.Join(", ", Result.Pairs.Select(pair => pair.Name)));
        page.Fact("Test rows", Format.Count(Result.Rows.Count), $"{Format.Count(Result.Rows.Return.LongCount(r => r == 0))} without a "
            + "direction");
        Period(page);
        page.Fact("Data", Result.Data, Result.Options.FirstOrDefault(o => o.Key == "data_hash").Value is string hash ? $"hash {hash}"
            : null);
    }

    void Accuracies(HtmlPage page, ModelScores best)
    {
        Rate rate = best.Scores.Combined.Direction;
        page.Fact($"Accuracy of {best.Model}", Format.Percent(rate.Accuracy), $"95 % interval\n{Format.Range(rate.Interval)}");
        if (Evaluation.AgainstBaselines.MinBy(against => against.Difference.Value) is { } nearest)
        {
            page.Fact($"Best baseline: {nearest.Baseline}", Format.Percent(nearest.Accuracy.Accuracy),
                $"95 % interval\n{Format.Range(nearest.Accuracy.Interval)}");
            page.Fact($"Against {nearest.Baseline}", $"{Format.Points(nearest.Difference.Value)} points",
                $"{Format.Range(nearest.Difference.Interval)}\np {Format.Chance(nearest.Adjusted)} (Holm)");
        }
        if (Evaluation.Market is { Combined: var market } && best.Scores.Combined.EdgeShare is { } edge)
            page.Fact("Best possible accuracy", Format.Percent(market.BestAccuracy),
                $"edge {Format.Percent(edge.Value, 1)} of it\n{Format.Range(edge.Interval, 1)}");
    }

    // The first strategy: long or flat, all calls.
    string Paid(Strategy strategy)
    {
        double made = strategy.Usual.Performance.TotalReturn;
        double held = Evaluation.Hold.First(h => h.Fee == Strategy.UsualCost).Performance.TotalReturn;
        string size = Result.Trading.Position < 1 ? Invariant($" with {Result.Trading.Position:0.###} of the capital") : "";
        return Invariant($"Traded long or flat at {strategy.Usual.Rates.BasisPoints:0.##} basis points a side{size}, ")
            + $"all its calls came to a return of {Format.Percent(made, 1)}, holding to {Format.Percent(held, 1)}.";
    }

    void Period(HtmlPage page)
    {
        if (Result.Rows.Count == 0) return;
        (long first, long last) = (Result.Rows.Time.Min(), Result.Rows.Time.Max());
        long days = (last - first) / 86_400_000_000 + 1;
        page.Fact("Test period", $"{Format.Count(days)} {(days == 1 ? "day" : "days")}",
            $"{Format.Time(first)[..10]}\nto {Format.Time(last)[..10]}");
    }
}
