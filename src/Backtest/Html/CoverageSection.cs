using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>Whether a model is right more often where it is confident.</summary>
/// <param name="Evaluation">The figures.</param>
sealed record CoverageSection(EvaluationResult Evaluation) : Section("coverage", "Coverage and accuracy")
{
    readonly (string Name, ModelCoverage Coverage)[] models = [.. Evaluation.Drawn.Select(model => (model.Model, model.Coverage))];

    public override void Write(HtmlPage page)
    {
        page.Text("p", "Accuracy if only the most confident rows are called. "
            + $"{ReportTables.ThresholdsLead(Evaluation)} Intervals are by block bootstrap over whole timestamps.", "lead");
        Axis x = Axis.Logarithmic("realised coverage, % of the rows with a direction",
            models.SelectMany(m => m.Coverage.Curve.Points).Select(p => 100 * p.Realised));
        Axis y = Axis.Linear("direction accuracy, %", models.SelectMany(m => m.Coverage.Curve.Points)
            .SelectMany(p => new[] { 100 * p.Rate.Accuracy, 100 * p.Rate.Interval.Low, 100 * p.Rate.Interval.High }).Append(50));
        using (page.Open("div", "cards"))
            foreach ((string name, ModelCoverage coverage) in models) page.Figure(name, Chart(name, coverage.Curve, x, y));
        page.Text("h3", "Largest coverage at which an accuracy is reached");
        page.Text("p", "Of the points above with at least 30 rows. They are picked by the test rows and so flatter, "
            + "which the intervals do not allow for.", "note");
        page.Table(Reached());
        page.Text("h3", "What became of it when validation rows chose");
        page.Text("p", ReportTables.ChosenLead, "note");
        page.Table(ReportTables.Chosen(Evaluation));
        page.Text("h3", "The most confident calls");
        page.Text("p", ReportTables.SurestLead, "note");
        page.Table(ReportTables.Surest(Evaluation.Drawn, [0.1, 0.01]));
        page.Text("h3", "Small moves and large");
        page.Text("p", ReportTables.MovesLead, "note");
        page.Table(ReportTables.Moves(Evaluation.Ranking));
        page.Figures("The figures as a table", (null, ReportTables.Surest(Evaluation.Drawn, CoverageCurve.Coverages)));
    }

    static string Chart(string name, CoverageCurve curve, Axis x, Axis y)
    {
        var plot = new Plot($"Direction accuracy of {name} against coverage", x, y);
        ChartPoint[] points = [.. curve.Points.OrderBy(p => p.Realised).Select(p => new ChartPoint(100 * p.Realised, 100 * p.Rate.Accuracy,
            100 * p.Rate.Interval.Low, 100 * p.Rate.Interval.High, $"{Format.Percent(p.Realised, 1)} of the rows: "
                + $"{Format.Percent(p.Rate.Accuracy)} "
                + $"{Format.Range(p.Rate.Interval)}, n = {Format.Count(p.Rate.N)} on {Format.Count(p.Days)} days"))];
        plot.Level(50);
        plot.Band(points, "c1");
        plot.Line(points, "c1");
        plot.Dots([.. points.Select(p => p with { Low = double.NaN })], "c1", radius: 2.5);
        return plot.ToString();
    }

    TextTable Reached()
    {
        var table = new TextTable(["<Model", .. ModelCoverage.Targets.Select(target => $"<{Format.Percent(target, 0)}")]);
        foreach ((string name, ModelCoverage coverage) in models)
            table.Add([name, .. ModelCoverage.Targets.Select(target => coverage.Curve.Reaching(target) is { } p
                ? ReportTables.Reached(p) : "not reached")]);
        return table;
    }
}
