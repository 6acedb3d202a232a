using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>Every model beside the baselines, and whether an edge is there on all pairs or on one.</summary>
/// <param name="Result">What was run.</param>
/// <param name="Evaluation">Its figures.</param>
sealed record PairsSection(BacktestResult Result, EvaluationResult Evaluation) : Section("pairs", "Models, baselines and pairs")
{
    /// <summary>Accuracies this far from ½, or the farthest if that is farther, have the full colour.</summary>
    const double Least = 0.01;

    const double FieldWidth = 46;

    readonly (string Name, ByScope<Rate> Rates)[] rates = [.. Evaluation.Ranking.Select(m => (m.Model, Direction(m.Scores))),
        .. Evaluation.OtherBaselines.Select(b => (b.Name, b.Rates)),
        .. Evaluation.Market is { } market ? new[] { ("oracle", Oracle(market)) } : []];

    public override void Write(HtmlPage page)
    {
        page.Text("p", "The direction called on every row against the sign of the next close-to-close return, on the same rows for all. "
            + "Intervals are 95 %: by block bootstrap over whole timestamps for all pairs, Wilson's for one. The dashed line is a coin; "
            + "by pair, blue is over 50 % and orange under it, framed and bold where the interval leaves out 50 %, as one field in "
            + "twenty does by chance alone.", "lead");
        using (page.Open("div", "cards"))
        {
            page.Figure("All pairs", Chart());
            page.Figure("By pair", ByPair(), Invariant($"direction accuracy, %; full colour at ±{100 * Full:F1} points"));
        }
        Network(page);
        page.Figures("The figures as tables", [("All pairs", ReportTables.Results(Evaluation, brief: false)),
            .. Evaluation.Comparisons.Count == 0 ? [] : new (string?, TextTable)[]
            {
                ($"Compared with {Evaluation.Comparisons[0].Against} on the same rows, in percentage points",
                    ReportTables.Comparisons(Evaluation)),
                ($"Tests against {Evaluation.Comparisons[0].Against}, and the rows that it would take to see a difference",
                    ReportTables.ComparisonTests(Evaluation)),
            },
            .. Evaluation.AgainstBaselines.Count == 0 ? [] : new (string?, TextTable)[]
            {
                ("The best model against every baseline, p adjusted by Holm's method for the baselines",
                    ReportTables.AgainstBaselines(Evaluation)),
            },
            ("Skill (Pesaran-Timmermann on each pair, adjusted by Holm's method)", ReportTables.Skill(Evaluation)),
            ("Calls, the most confident tenth, three classes", ReportTables.Calls(Evaluation)),
            ("By pair", ReportTables.PerPair(Result, Evaluation))]);
    }

    void Network(HtmlPage page)
    {
        if (Evaluation.Network is not { } network)
        {
            page.Text("p", $"The network beside the classical models: left out: {ReportTables.NoNetwork}.", "absent");
            return;
        }
        page.Text("h3", "Does the network beat the classical models?");
        page.Text("p", network.Answer);
        page.Table(ReportTables.Network(Evaluation, network));
        page.Text("p", ReportTables.NetworkLead, "note");
    }

    static ByScope<Rate> Direction(ByScope<Scores> scores) =>
        new(scores.Combined.Direction, [.. scores.Pairs.Select(s => s.Direction)], [.. scores.Folds.Select(s => s.Direction)]);

    static ByScope<Rate> Oracle(ByScope<MarketBound> market) =>
        new(market.Combined.Oracle, [.. market.Pairs.Select(m => m.Oracle)], [.. market.Folds.Select(m => m.Oracle)]);

    string Chart()
    {
        Rate[] all = [.. rates.Select(r => r.Rates.Combined)];
        Axis x = Axis.Linear("direction accuracy, %", all.SelectMany(r => new[] { 100 * r.Accuracy, 100 * r.Interval.Low,
            100 * r.Interval.High }).Append(50));
        var plot = new Plot("Direction accuracy of every model and baseline with 95 % intervals", x,
            Axis.Names("", [.. rates.Select(r => r.Name)], downwards: true),
            [new("models", "c1", Mark.Dot), new("for comparison", "c2", Mark.Dot)], height: 22 * all.Length + 6);
        plot.Upright(50);
        ChartPoint[] points = [.. rates.Select((r, i) => new ChartPoint(100 * all[i].Accuracy, i, 100 * all[i].Interval.Low,
            100 * all[i].Interval.High, Words(r.Name, all[i])))];
        plot.Dots(points[..Evaluation.Models.Count], "c1", across: true, radius: 4);
        plot.Dots(points[Evaluation.Models.Count..], "c2", across: true, radius: 4);
        return plot.ToString();
    }

    double Full => rates.SelectMany(m => m.Rates.Pairs).Where(r => r.N > 0).Select(r => Math.Abs(r.Accuracy - 0.5)).Append(Least).Max();

    // Every field has room for its number, so the map of many pairs is wider than a card.
    string ByPair()
    {
        double full = Full, names = rates.Max(r => Svg.WidthOf(r.Name));
        return Heatmap.Draw("Direction accuracy by model and pair", [.. rates.Select(r => r.Name)],
            [.. Result.Pairs.Select(pair => pair.Name)],
            (model, pair) =>
            {
                (string name, Rate rate) = ($"{rates[model].Name} on {Result.Pairs[pair].Name}", rates[model].Rates.Pairs[pair]);
                return rate.N == 0 ? new HeatmapCell("", double.NaN, $"{name}: no rows")
                    : new HeatmapCell(Invariant($"{100 * rate.Accuracy:F1}"), (rate.Accuracy - 0.5) / full, Words(name, rate),
                        !rate.Interval.Contains(0.5));
            }, width: Math.Max(360, names + 12 + FieldWidth * Result.Pairs.Count));
    }

    static string Words(string name, Rate rate) => $"{name}: {Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)}, n = "
        + $"{Format.Count(rate.N)}";
}
