using System.Globalization;
using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>Whether an edge lasts: direction accuracy by month and by fold.</summary>
/// <param name="Models">Every model with its months and folds.</param>
/// <param name="Folds">All figures of the folds.</param>
sealed record TimeSection(IReadOnlyList<(string Name, IReadOnlyList<MonthRate> Months, IReadOnlyList<Rate> Folds)> Models, TextTable Folds)
    : Section("time", "Accuracy over time")
{
    public static TimeSection Of(BacktestResult result, EvaluationResult evaluation)
    {
        IReadOnlyList<IReadOnlyList<MonthRate>> months = AccuracyOverTime.Months(result.Rows,
            [.. evaluation.Drawn.Select(scores => result.Models.First(m => m.Model == scores.Model))], result.Seed);
        return new([.. evaluation.Drawn.Select((m, i) => (m.Model, months[i],
            (IReadOnlyList<Rate>)[.. m.Scores.Folds.Select(s => s.Direction)]))], ReportTables.PerFold(result, evaluation));
    }

    public override void Write(HtmlPage page)
    {
        page.Text("p", "Calendar months (UTC) and folds with 95 % intervals by block bootstrap. The dashed line is a coin. A month at "
            + "either end may be incomplete; one with less than a tenth of the rows of the fullest is in the table only.", "lead");
        Axis x = Axis.Time("month (UTC)", Models.SelectMany(m => m.Months).Select(month => month.From));
        Axis y = Vertical(Models.SelectMany(m => Shown(m.Months)).Select(month => month.Rate));
        page.Text("h3", "By month");
        using (page.Open("div", "cards"))
            foreach ((string name, IReadOnlyList<MonthRate> months, _) in Models) page.Figure(name, Months(name, [.. Shown(months)], x, y));
        if (Models.Any(m => m.Folds.Count > 1)) ByFold(page);
        page.Figures("The figures as tables", ("By month", MonthTable()), ("By fold", Folds));
    }

    // The wide interval of a day or two would make all the others flat.
    static IEnumerable<MonthRate> Shown(IReadOnlyList<MonthRate> months) =>
        months.Where(month => 10 * month.Rate.N >= months.Max(m => m.Rate.N));

    void ByFold(HtmlPage page)
    {
        page.Text("h3", "By fold");
        Axis folds = Axis.Names("fold", [.. Enumerable.Range(1,
            Models.Select(m => m.Folds.Count).FirstOrDefault()).Select(k => k.ToString(CultureInfo.InvariantCulture))]);
        Axis level = Vertical(Models.SelectMany(m => m.Folds));
        using (page.Open("div", "cards"))
            foreach ((string name, _, IReadOnlyList<Rate> rates) in Models) page.Figure(name, ByFold(name, rates, folds, level));
    }

    static Axis Vertical(IEnumerable<Rate> rates) => Axis.Linear("direction accuracy, %",
        rates.SelectMany(rate => new[] { 100 * rate.Accuracy, 100 * rate.Interval.Low, 100 * rate.Interval.High }).Append(50));

    static string Months(string name, IReadOnlyList<MonthRate> months, Axis x, Axis y)
    {
        var plot = new Plot($"Direction accuracy of {name} by month", x, y);
        ChartPoint[] points = [.. months.Select(m => Point(m.From, m.Rate, Format.Time(m.From)[..7]))];
        plot.Level(50);
        plot.Band(points, "c1");
        plot.Line(points, "c1");
        plot.Dots(points.Length > 1 ? [.. points.Select(p => p with { Low = double.NaN })] : points, "c1",
            radius: points.Length > 40 ? 1.5 : 2.5);
        return plot.ToString();
    }

    static string ByFold(string name, IReadOnlyList<Rate> rates, Axis x, Axis y)
    {
        var plot = new Plot($"Direction accuracy of {name} by fold", x, y, height: 110);
        plot.Level(50);
        plot.Dots([.. rates.Select((rate, k) => Point(k, rate, $"fold {k + 1}"))], "c1");
        return plot.ToString();
    }

    static ChartPoint Point(double at, Rate rate, string when) =>
        new(at, 100 * rate.Accuracy, 100 * rate.Interval.Low, 100 * rate.Interval.High,
        $"{when}: {Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)}, n = {Format.Count(rate.N)}");

    TextTable MonthTable()
    {
        var table = new TextTable("<Month", "<Model", "Direction accuracy", "95 % interval", "n");
        for (int i = 0; i < Models.Select(m => m.Months.Count).FirstOrDefault(); i++)
            foreach ((string name, IReadOnlyList<MonthRate> months, _) in Models)
                table.Add([Format.Time(months[i].From)[..7], name, .. ReportTables.Cells(months[i].Rate)]);
        return table;
    }
}
