using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>The answer in a box, what it stands on, and every model beside the baselines.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record VerdictSection(BacktestResult Result, EvaluationResult Evaluation) : Section("verdict", "Verdict")
{
    public override void Write(HtmlPage page)
    {
        if (Evaluation.Models.Count > 0) Box(page);
        foreach (string note in Result.Notes) page.Text("p", "Note: " + note, "note");
        if (Evaluation.Remark is not null) page.Text("p", Evaluation.Remark, "note");
        page.Text("h2", "Models and baselines");
        page.Text("p", "The direction called on every row against the sign of the next close-to-close return, all on the same rows, with 95 % "
            + "intervals by block bootstrap over whole timestamps. The dashed line is a coin.", "lead");
        using (page.Open("div", "wide")) page.Figure("Direction accuracy", Chart());
        page.Figures("The figures as a table", [(null, ReportTables.Results(Evaluation, brief: false)),
            .. Evaluation.Comparisons.Count == 0 ? [] : new (string?, TextTable)[]
            {
                ($"Compared with {Backtest.Evaluation.Reference} on the same rows, in percentage points", ReportTables.Comparisons(Evaluation)),
            },
            ("Calls, the most confident tenth, three classes", ReportTables.Calls(Evaluation))]);
    }

    /// <summary>The verdict in one line, and whether it is a good (1) or a bad one (-1).</summary>
    public static (string Words, int Sign) Judge(Rate best, Rate? baseline, bool alarm)
    {
        if (alarm) return ("Too good to be true: look for a leak first", -1);
        if (best.N == 0 || !double.IsFinite(best.Interval.Low)) return ("Nothing can be said: no row has a direction", 0);
        if (best.Interval.High < 0.5) return ("Worse than a coin", -1);
        if (best.Interval.Low <= 0.5) return ("No edge shown: the best model cannot be told from a coin", 0);
        return baseline is not null && best.Interval.Low <= baseline.Accuracy
            ? ("Better than a coin, but not shown to be better than the best baseline", 0)
            : ("Better than a coin and than every baseline", 1);
    }

    void Box(HtmlPage page)
    {
        ModelScores best = Evaluation.Ranking[0];
        Rate rate = best.Scores.Combined.Direction;
        Baseline? baseline = Evaluation.Baselines.Where(b => b.Rates.Combined.N > 0).MaxBy(b => b.Rates.Combined.Accuracy);
        (string words, int sign) = Judge(rate, baseline?.Rates.Combined, Evaluation.Alarms.Count > 0);
        using IDisposable box = page.Open("section", sign > 0 ? "verdict good" : sign < 0 ? "verdict bad" : "verdict", Id);
        page.Text("strong", words);
        page.Text("p", Invariant($"{best.Model} called {Format.Percent(rate.Accuracy)} of {Format.Count(rate.N)} directions right.")
            + (Evaluation.Models.Count > 1 ? $" It is the best of {Evaluation.Models.Count} models on these very rows, which flatters it." : "")
            + " Whether that pays its costs is a question for a trading simulation.");
        foreach (string alarm in Evaluation.Alarms) page.Text("p", "Plausibility alarm: " + alarm);
        using IDisposable facts = page.Open("dl", "");
        page.Fact($"Accuracy of {best.Model}", Format.Percent(rate.Accuracy), $"95 % interval {Format.Range(rate.Interval)}");
        if (baseline?.Rates.Combined is { } base1) page.Fact($"Best baseline: {baseline.Name}", Format.Percent(base1.Accuracy), $"95 % interval {Format.Range(base1.Interval)}");
        if (Evaluation.Comparisons.FirstOrDefault(c => c.Model == best.Model) is { Difference: var d } against)
            page.Fact($"Against {against.Against}", $"{Format.Points(d.Value)} points", $"{Format.Range(d.Interval)}, p {Format.Chance(d.PValue)}");
        if (Evaluation.Market is { Combined: var market })
            page.Fact("Best possible accuracy", Format.Percent(market.BestAccuracy), $"share of the edge {Format.Percent(best.Scores.Combined.EdgeShare!.Value, 1)} {Format.Range(best.Scores.Combined.EdgeShare.Interval, 1)}");
        page.Fact("Break-even accuracy", Format.Missing, "needs a trading simulation, which this run has not");
        page.Fact("Plausibility alarm", Evaluation.Alarms.Count == 0 ? "none" : $"{Evaluation.Alarms.Count}, see above");
        page.Fact("Protocol", $"{Result.Protocol}, {Result.Timeframe} candles", $"{Result.Folds.Count} {(Result.Folds.Count == 1 ? "fold" : "folds")}, seed {Result.Seed}");
        page.Fact("Pairs", Format.Count(Result.Pairs.Count), string.Join(", ", Result.Pairs.Select(pair => pair.Name)));
        page.Fact("Test rows", Format.Count(Result.Rows.Count), $"{Format.Count(best.Scores.Combined.ZeroReturns)} without a direction; {Span()}");
        page.Fact("Data", Result.Data, Result.Options.FirstOrDefault(o => o.Key == "data_hash").Value is string hash ? $"hash {hash}" : null);
    }

    string Span() => Result.Rows.Count == 0 ? "" : $"{Format.Time(Result.Rows.Time.Min())[..10]} to {Format.Time(Result.Rows.Time.Max())[..10]}";

    string Chart()
    {
        (string Name, Rate Rate)[] rates = [.. Evaluation.Ranking.Select(m => (m.Model, m.Scores.Combined.Direction)),
            .. Evaluation.Baselines.Select(b => (b.Name, b.Rates.Combined)),
            .. Evaluation.Market is { } market ? new[] { ("oracle", market.Combined.Oracle) } : []];
        int models = Evaluation.Models.Count;
        Axis x = Axis.Linear("direction accuracy, %", rates.SelectMany(r => new[] { 100 * r.Rate.Accuracy, 100 * r.Rate.Interval.Low, 100 * r.Rate.Interval.High }).Append(50));
        var plot = new Plot("Direction accuracy of every model and baseline with 95 % intervals", x, Axis.Names("", [.. rates.Select(r => r.Name)], downwards: true),
            [new("models", "c1", false), new("baselines" + (rates.Length > models + Evaluation.Baselines.Count ? " and oracle" : ""), "c2", false)], height: 20 * rates.Length + 6);
        plot.Upright(50);
        ChartPoint[] points = [.. rates.Select((r, i) => new ChartPoint(100 * r.Rate.Accuracy, i, 100 * r.Rate.Interval.Low, 100 * r.Rate.Interval.High,
            $"{r.Name}: {Format.Percent(r.Rate.Accuracy)} {Format.Range(r.Rate.Interval)}, n = {Format.Count(r.Rate.N)}"))];
        plot.Dots(points[..models], "c1", across: true, radius: 4);
        plot.Dots(points[models..], "c2", across: true, radius: 4);
        return plot.ToString();
    }
}
