using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>Whether probabilities can be believed, and how often a model is how confident.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">The figures.</param>
sealed record ReliabilitySection(BacktestResult Result, EvaluationResult Evaluation) : Section("reliability", "Reliability")
{
    readonly (string Name, DirectionMetrics Metrics, Scores Scores)[] models =
        [.. Evaluation.Drawn.Select(model => (model.Model, model.Scores.Combined.Metrics, model.Scores.Combined))];

    public override void Write(HtmlPage page)
    {
        page.Text("p", "Of the rows that were given a probability p of a rise, a share p should rise: dots on the dashed line. Bins of "
            + "equal mass, Wilson's 95 % intervals; rows without a direction are left out, p = p_up / (p_up + p_down).", "lead");
        using (page.Open("div", "cards"))
            foreach ((string name, DirectionMetrics metrics, _) in models)
                page.Figure(name, Chart(name, metrics.Reliability),
                    $"calibration error {ReportTables.Decimals(metrics.CalibrationError)}, Brier {ReportTables.Decimals(metrics.Brier)}");
        page.Text("h3", "Confidence");
        page.Text("p", "How many rows have which confidence, the larger of the probabilities of UP and DOWN.", "note");
        using (page.Open("div", "cards"))
            foreach ((string name, _, Scores scores) in models) page.Figure(name, Bars(name, scores));
        page.Text("h3", "Scores of the probabilities");
        page.Text("p", "Always saying ½ has a log-loss of 0.6931, a Brier score of 0.2500 and an AUC of 0.5000. Brier = reliability − "
            + "resolution + uncertainty + within, the last from probabilities that differ within a bin. One temperature a fold, fitted "
            + "on validation rows, is over 1 where the model was too sure.", "note");
        page.Table(ReportTables.Probabilities(Evaluation));
        page.Figures("The figures as tables",
            [("Reliability", Bins()), ("By pair and by fold", ReportTables.ProbabilitiesByPart(Result, Evaluation)),
            .. models.Select(m => ((string?)$"Confidence of {m.Name}", ReportTables.Confidence(m.Scores)))]);
    }

    static string Chart(string name, Reliability reliability)
    {
        Axis x = Axis.Linear("predicted, %", reliability.Bins.Select(b => 100 * b.MeanPredicted), 5);
        Axis y = Axis.Linear("risen, %", reliability.Bins.SelectMany(b => new[] { 100 * b.Observed, 100 * b.Interval.Low,
            100 * b.Interval.High }), 5);
        var plot = new Plot($"Share of rises against the probability that {name} gave them", x, y);
        plot.Diagonal();
        plot.Dots([.. reliability.Bins.Select(b => new ChartPoint(100 * b.MeanPredicted, 100 * b.Observed, 100 * b.Interval.Low,
            100 * b.Interval.High,
            $"predicted {Format.Percent(b.MeanPredicted)}, risen {Format.Percent(b.Observed)} {Format.Range(b.Interval)}, n = "
                + $"{Format.Count(b.N)}"))], "c1");
        return plot.ToString();
    }

    static string Bars(string name, Scores scores)
    {
        var plot = new Plot($"Rows of {name} by confidence",
            Axis.Linear("confidence, %", scores.Confidence.SelectMany(b => new[] { 100 * b.From, 100 * b.To }), 5),
            Axis.Linear("rows", scores.Confidence.Select(b => (double)b.N).Append(0), 4, finest: 1), height: 80);
        plot.Bars([.. scores.Confidence.Select(b => new ChartPoint(100 * b.From, b.N, 100 * b.From, 100 * b.To,
            $"{Format.Percent(b.From, 1)} to {Format.Percent(b.To, 1)}: {Format.Count(b.N)} rows, "
                + $"{Format.Percent(b.Accuracy)} right"))], "c1");
        return plot.ToString();
    }

    TextTable Bins()
    {
        var table = new TextTable("<Model", "From", "To", "Mean predicted", "Risen", "95 % interval", "n");
        foreach ((string name, DirectionMetrics metrics, _) in models)
            foreach (ReliabilityBin b in metrics.Reliability.Bins)
                table.Add(name, Format.Percent(b.From), Format.Percent(b.To), Format.Percent(b.MeanPredicted), Format.Percent(b.Observed),
                    Format.Range(b.Interval), Format.Count(b.N));
        return table;
    }
}
