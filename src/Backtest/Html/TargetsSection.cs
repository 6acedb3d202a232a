using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>Models that are judged on another target than the next candle's direction.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record TargetsSection(BacktestResult Result, EvaluationResult Evaluation) : Section("targets", "Other targets")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", TargetTables.Lead, "lead");
        page.Table(TargetTables.Results(Evaluation));
        page.Text("p", TargetTables.CoverageLead(Evaluation), "note");
        using (page.Open("div", "cards"))
            foreach (TargetScores model in Evaluation.Others.Where(model => model.Parts.Combined.Accuracy.N > 0))
                page.Figure(model.Model, Chart(model), model.Says);
        page.Figures("The figures as tables", ("Where the models are most confident", TargetTables.Coverage(Evaluation)),
            ("Most confident tenth and probabilities", TargetTables.Probabilities(Evaluation)),
            ("By pair and by fold", TargetTables.Parts(Result, Evaluation)));
    }

    static string Chart(TargetScores model)
    {
        TargetCoverage[] points = [.. model.Coverage.Where(at => at.Point.Rate.N > 0).OrderBy(at => at.Point.Realised)];
        Axis x = Axis.Logarithmic($"realised coverage, % of the {model.Unit}", points.Select(at => 100 * at.Point.Realised));
        Axis y = Axis.Linear("accuracy, %", points.SelectMany(at => new[] { at.Point.Rate.Accuracy, at.Point.Rate.Interval.Low,
            at.Point.Rate.Interval.High, at.Base, at.Rule }).Where(double.IsFinite).Select(share => 100 * share));
        bool rule = model.Parts.Combined.Rule is not null;
        var plot = new Plot($"Accuracy of {model.Model} against coverage, beside base rate and rule on the same rows", x, y,
            [new(model.Model, "c1"), new("base rate", "c0"), .. rule ? [new LegendEntry("rule", "c2")] : Array.Empty<LegendEntry>()]);
        ChartPoint[] own = [.. points.Select(at => new ChartPoint(100 * at.Point.Realised, 100 * at.Point.Rate.Accuracy,
            100 * at.Point.Rate.Interval.Low, 100 * at.Point.Rate.Interval.High, Words(at)))];
        plot.Band(own, "c1");
        plot.Line([.. points.Select(at => new ChartPoint(100 * at.Point.Realised, 100 * at.Base))], "thin c0");
        if (rule) plot.Line([.. points.Select(at => new ChartPoint(100 * at.Point.Realised, 100 * at.Rule))], "thin c2");
        plot.Line(own, "c1");
        plot.Dots([.. own.Select(p => p with { Low = double.NaN })], "c1", radius: 2.5);
        return plot.ToString();
    }

    static string Words(TargetCoverage at) => $"{Format.Percent(at.Point.Realised, 1)} of the "
        + $"rows: {Format.Percent(at.Point.Rate.Accuracy)} {Format.Range(at.Point.Rate.Interval)}, n = {Format.Count(at.Point.Rate.N)} "
        + $"in {Format.Count(at.Hours)} hours; base rate {Format.Percent(at.Base)}"
        + (double.IsNaN(at.Rule) ? "" : $", rule {Format.Percent(at.Rule)}");
}

/// <summary>Models that forecast returns as numbers.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record ForecastsSection(BacktestResult Result, EvaluationResult Evaluation) : Section("forecasts", "Forecast returns")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", TargetTables.ForecastLead, "lead");
        using (page.Open("div", "cards"))
            foreach (ForecastScores model in Evaluation.Forecasts.Where(model => model.Horizons.Any(h => h.Figures.Combined.N > 0)))
                page.Figure(model.Model, Chart(model), "skill against a random walk");
        page.Table(TargetTables.Forecasts(Evaluation));
        page.Figures("The figures as tables", ("By pair and by fold", TargetTables.ForecastParts(Result, Evaluation)));
    }

    // Each horizon on all pairs; the dashed line is the random walk.
    static string Chart(ForecastScores model)
    {
        ForecastFigures[] figures = [.. model.Horizons.Select(h => h.Figures.Combined)];
        Axis x = Axis.Linear("skill, %", figures.SelectMany(f => new[] { f.Skill, f.SkillInterval.Low, f.SkillInterval.High })
            .Where(double.IsFinite).Select(skill => 100 * skill).Append(0));
        var plot = new Plot($"Skill of {model.Model} against a random walk by horizon", x,
            Axis.Names("", [.. model.Horizons.Select(h => $"{h.Horizon} ahead")], downwards: true), height: 22 * figures.Length + 6);
        plot.Upright(0);
        plot.Dots([.. figures.Select((f, i) => new ChartPoint(100 * f.Skill, i, 100 * f.SkillInterval.Low, 100 * f.SkillInterval.High,
            $"{model.Horizons[i].Horizon} candles ahead: skill {Format.Percent(f.Skill)} {Format.Range(f.SkillInterval)}"))],
            "c1", across: true, radius: 4);
        return plot.ToString();
    }
}
