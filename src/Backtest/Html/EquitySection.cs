using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>What is left of calls once they are traded: equity beside holding at each cost, drawdowns, months.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record EquitySection(BacktestResult Result, EvaluationResult Evaluation) : Section("equity", "Equity beside hold, and trading")
{
    // More points than a phone has room for would only make the table behind a curve longer.
    const int Points = 160, FewerPoints = 60, Margin = 38;

    static readonly string[] CostStyles = ["c3", "c1", "c2", "c4"];

    readonly ModelScores best = Evaluation.Ranking[0];
    readonly PortfolioResult hold = Evaluation.Hold.First(result => result.Fee == Strategy.UsualCost);

    public override void Write(HtmlPage page)
    {
        page.Text("p", ReportTables.TradingLead, "lead");
        if (Result.Trading.Remark is { } remark) page.Text("p", remark, "note");
        page.Text("h3", $"{best.Model} at each cost");
        page.Text("p", "Equity at the end of days (UTC), 1 at the start, and below it how far it lies under its peak. The drawdown among "
            + "the figures looks at every close and not only at the ends of days, so it may be deeper than that of chart and curve. "
            + "Hold: all pairs bought "
            + Invariant($"once at {Strategy.UsualCost} bp and kept. Every chart has its own scale, a logarithmic one ")
            + "where equities differ by more than three times.", "note");
        using (page.Open("div", "cards"))
            foreach (Strategy strategy in best.Strategies)
                page.Figure(ReportTables.Name(strategy), Charts(ReportTables.Name(strategy), Curves(strategy)), Remark(strategy));
        page.Text("h3", "Monthly returns");
        page.Text("p", Invariant($"{best.Model} and hold at {Strategy.UsualCost} bp, in per cent. ")
            + "The first and the last month may be incomplete.", "note");
        page.Table(ReportTables.Monthly(Evaluation, best));
        if (Evaluation.Models.Count > 1) Others(page);
        page.Text("h3", "All models");
        page.Table(ReportTables.Trading(Evaluation));
        page.Figures("The figures as tables", [(Invariant($"{best.Model} and hold at each cost"), ReportTables.EveryCost(Evaluation, best)),
            .. best.Strategies.Select(strategy => ((string?)$"Equity and drawdown of {best.Model}, {ReportTables.Name(strategy)}",
                Table(Curves(strategy), Points))),
            .. Evaluation.Drawn.Skip(1).Select(model => ((string?)$"Equity of {model.Model}, long/flat",
                Table(Curves(model), FewerPoints)))]);
    }

    // A card a model: the question is which of them keeps anything after costs, and whether its confident calls do.
    void Others(HtmlPage page)
    {
        page.Text("h3", "The other models, long/flat");
        using IDisposable cards = page.Open("div", "cards");
        foreach (ModelScores model in Evaluation.Drawn.Skip(1))
            page.Figure(model.Model, Equity($"Equity of {model.Model}, long or flat, beside hold", "day (UTC)", Curves(model),
                FewerPoints, height: 110));
    }

    List<Curve> Curves(Strategy strategy) =>
        [.. strategy.Results.Select((result, i) => Curve.Of(Invariant($"{result.Fee:0.##} bp"), CostStyles[i], Evaluation,
            result)), Hold];

    List<Curve> Curves(ModelScores model)
    {
        var curves = new List<Curve>();
        foreach (Strategy strategy in model.Strategies.Where(strategy => strategy.Mode == TradingMode.LongFlat))
            foreach (PortfolioResult result in new[] { strategy.Results[0], strategy.Usual })
                curves.Add(Curve.Of(Invariant($"{(strategy.ConfidentOnly ? "confident" : "all")} {result.Fee:0.##} bp"),
                    (strategy.ConfidentOnly ? "c2" : "c1") + (result == strategy.Usual ? "" : " thin dashed"), Evaluation, result));
        return [.. curves, Hold];
    }

    Curve Hold => Curve.Of("hold", "c0", Evaluation, hold);

    static string Remark(Strategy strategy) => double.IsNaN(strategy.BreakEvenCost) ? "loses even without costs"
        : double.IsInfinity(strategy.BreakEvenCost) ? "gains at any cost" : $"gains up to "
            + $"{ReportTables.Decimals(strategy.BreakEvenCost, 2)} bp a side";

    static string Charts(string name, List<Curve> curves)
    {
        EquityPoint[] all = [.. curves.SelectMany(curve => curve.Equity.Thinned(Points))];
        Axis y = Axis.Linear("under the peak, %", all.Select(p => -100 * p.Drawdown).Append(0), 4);
        var plot = new Plot($"Drawdown of {name} at each cost, and of holding", Time("day (UTC)", curves), y, height: 60, margin: Margin);
        foreach (Curve curve in curves)
            plot.Line([.. curve.Equity.Thinned(Points).Select(p => new ChartPoint(p.Time, -100 * p.Drawdown))], "thin " + curve.Style);
        return Equity($"Equity of {name} at each cost, and of holding", "", curves, Points, height: 150) + plot;
    }

    static string Equity(string description, string title, List<Curve> curves, int points, double height)
    {
        double[] values = [.. curves.SelectMany(curve => curve.Equity.Thinned(points)).Select(p => p.Equity).Where(equity => equity > 0)];
        Axis y = values.Max() > 3 * values.Min() ? Axis.Logarithmic("equity, start = 1, logarithmic", values)
            : Axis.Linear("equity, start = 1", values);
        var plot = new Plot(description, Time(title, curves), y, [.. curves.Select(curve => new LegendEntry(curve.Name, curve.Style))],
            height: height, margin: Margin);
        plot.Level(1);
        foreach (Curve curve in curves)
            plot.Line([.. curve.Equity.Thinned(points).Select(p => new ChartPoint(p.Time, p.Equity))], curve.Style);
        return plot.ToString();
    }

    static Axis Time(string title, List<Curve> curves) =>
        Axis.Time(title, curves.SelectMany(curve => new[] { curve.Equity.Points[0].Time, curve.Equity.Points[^1].Time }));

    static TextTable Table(List<Curve> curves, int points)
    {
        var table = new TextTable(["<End of", .. curves.Select(curve => curve.Name),
            .. curves.Select(curve => $"under the peak, {curve.Name}")]);
        EquityPoint[][] columns = [.. curves.Select(curve => curve.Equity.Thinned(points).ToArray())];
        for (int i = 0; i < columns[0].Length; i++)
            table.Add([Format.Time(columns[0][i].Time - 1)[..10], .. columns.Select(column => ReportTables.Digits(column[i].Equity)),
                .. columns.Select(column => Format.Percent(column[i].Drawdown, 1))]);
        return table;
    }

    /// <summary>One line of a chart.</summary>
    sealed record Curve(string Name, string Style, EquityCurve Equity)
    {
        public static Curve Of(string name, string style, EvaluationResult evaluation, PortfolioResult result) =>
            new(name, style, EquityCurve.Of(evaluation.TradedFrom, result.DailyReturns));
    }
}
