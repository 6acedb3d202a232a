using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>The answer in a box, and what it stands on.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record VerdictSection(BacktestResult Result, EvaluationResult Evaluation) : Section("verdict", "Verdict")
{
    public override void Write(HtmlPage page)
    {
        if (Evaluation.Models.Count > 0) Box(page);
        foreach (string note in Result.Notes) page.Text("p", "Note: " + note, "note");
        if (Evaluation.Remark is not null) page.Text("p", Evaluation.Remark, "note");
    }

    /// <summary>The verdict in one line, and whether it is a good (1) or a bad one (-1).</summary>
    /// <param name="best">Accuracy of the best model.</param>
    /// <param name="baseline">That of the best baseline.</param>
    /// <param name="alarm">Whether a figure is too good to be true.</param>
    /// <param name="pays">Whether its calls, traded long or flat, gain at the usual cost; null where they are not traded.</param>
    public static (string Words, int Sign) Judge(Rate best, Rate? baseline, bool alarm, bool? pays = null)
    {
        if (alarm) return ("Too good to be true: look for a leak first", -1);
        if (best.N == 0 || !double.IsFinite(best.Interval.Low)) return ("Nothing can be said: no row has a direction", 0);
        if (best.Interval.High < 0.5) return ("Worse than a coin", -1);
        if (best.Interval.Low <= 0.5) return ("No edge shown: the best model cannot be told from a coin", 0);
        if (baseline is not null && best.Interval.Low <= baseline.Accuracy) return ("Better than a coin, but not shown to be better than the best baseline", 0);
        return pays == false ? ("Better than a coin and than every baseline, but not by enough to pay its costs", 0)
            : ("Better than a coin and than every baseline", 1);
    }

    /// <summary>The same of the model with the best direction accuracy.</summary>
    public static (string Words, int Sign) Judge(EvaluationResult evaluation)
    {
        ModelScores best = evaluation.Ranking[0];
        return Judge(best.Scores.Combined.Direction, BestBaseline(evaluation)?.Rates.Combined, evaluation.Alarms.Count > 0,
            best.Strategies is [var first, ..] ? first.Usual.Performance.TotalReturn > 0 : null);
    }

    static Baseline? BestBaseline(EvaluationResult evaluation) =>
        evaluation.Baselines.Where(b => b.Rates.Combined.N > 0).MaxBy(b => b.Rates.Combined.Accuracy);

    void Box(HtmlPage page)
    {
        ModelScores best = Evaluation.Ranking[0];
        Rate rate = best.Scores.Combined.Direction;
        Baseline? baseline = BestBaseline(Evaluation);
        (string words, int sign) = Judge(Evaluation);
        using IDisposable box = page.Open("section", sign > 0 ? "verdict good" : sign < 0 ? "verdict bad" : "verdict", Id);
        page.Text("strong", words);
        Comparison? against = Evaluation.Comparisons.FirstOrDefault(c => c.Model == best.Model);
        page.Text("p", Invariant($"{best.Model} called {Format.Percent(rate.Accuracy)} of {Format.Count(rate.N)} directions right.")
            + (Evaluation.Models.Count > 1 ? $" It is the best of {Evaluation.Models.Count} models on these very rows, which flatters it." : "")
            + (against is { Difference.Interval: var gain } && gain.Contains(0) ? $" It is not shown to be better than {against.Against}." : "")
            + (Evaluation.Network is { } network ? $" {network.Short}" : "")
            + (best.Strategies is [var plain, ..] ? $" {Paid(plain)}" : ""));
        foreach (string alarm in Evaluation.Alarms) page.Text("p", "Plausibility alarm: " + alarm);
        using IDisposable facts = page.Open("dl", "");
        page.Fact($"Accuracy of {best.Model}", Format.Percent(rate.Accuracy), $"95 % interval\n{Format.Range(rate.Interval)}");
        if (baseline?.Rates.Combined is { } base1) page.Fact($"Best baseline: {baseline.Name}", Format.Percent(base1.Accuracy), $"95 % interval\n{Format.Range(base1.Interval)}");
        if (against is { Difference: var d })
            page.Fact($"Against {against.Against}", $"{Format.Points(d.Value)} points", $"{Format.Range(d.Interval)}\np {Format.Chance(d.PValue)}");
        if (Evaluation.Market is { Combined: var market } && best.Scores.Combined.EdgeShare is { } edge)
            page.Fact("Best possible accuracy", Format.Percent(market.BestAccuracy), $"edge {Format.Percent(edge.Value, 1)} of it\n{Format.Range(edge.Interval, 1)}");
        if (best.Strategies is [var strategy, ..])
            page.Fact("Break-even accuracy", Format.Percent(strategy.Usual.BreakEvenAccuracy), Invariant($"long or flat, all calls,\n{Strategy.UsualCost} bp a side"));
        page.Fact("Plausibility alarm", Evaluation.Alarms.Count == 0 ? "none" : $"{Evaluation.Alarms.Count}, see above");
        page.Fact("Protocol", $"{Result.Protocol}, {Result.Timeframe} candles", $"{Result.Folds.Count} {(Result.Folds.Count == 1 ? "fold" : "folds")}, seed {Result.Seed}");
        page.Fact("Pairs", Format.Count(Result.Pairs.Count), string.Join(", ", Result.Pairs.Select(pair => pair.Name)));
        page.Fact("Test rows", Format.Count(Result.Rows.Count), $"{Format.Count(best.Scores.Combined.ZeroReturns)} without a direction");
        Period(page);
        page.Fact("Data", Result.Data, Result.Options.FirstOrDefault(o => o.Key == "data_hash").Value is string hash ? $"hash {hash}" : null);
    }

    // The first strategy: long or flat, all calls.
    string Paid(Strategy strategy)
    {
        double made = strategy.Usual.Performance.TotalReturn, held = Evaluation.Hold.First(h => h.CostPerSide == Strategy.UsualCost).Performance.TotalReturn;
        return Invariant($"Traded long or flat at {Strategy.UsualCost} basis points a side, all its calls came to a return of {Format.Percent(made, 1)}, ")
            + $"holding to {Format.Percent(held, 1)}.";
    }

    void Period(HtmlPage page)
    {
        if (Result.Rows.Count == 0) return;
        (long first, long last) = (Result.Rows.Time.Min(), Result.Rows.Time.Max());
        long days = (last - first) / 86_400_000_000 + 1;
        page.Fact("Test period", $"{Format.Count(days)} {(days == 1 ? "day" : "days")}", $"{Format.Time(first)[..10]}\nto {Format.Time(last)[..10]}");
    }
}
