using System.Globalization;
using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>Which candles of the window networks looked at, month by month.</summary>
/// <param name="Models">The models with attention.</param>
/// <param name="Folds">The folds, whose networks differ.</param>
sealed record AttentionSection(IReadOnlyList<(string Name, IReadOnlyList<AttentionMonth> Months)> Models, IReadOnlyList<FoldFacts> Folds)
    : Section("attention", "Attention over time")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", "Mean weight of each candle of the window over a sample of the test rows of a month, in columns by how many candles it lies before "
            + "the decision (0: the last one). Blue is more than the even share, orange less; the stronger, the farther from it. A fold begins with a "
            + "network of its own, so a step there is no change of the market.", "lead");
        using (page.Open("div", "cards"))
            foreach ((string name, IReadOnlyList<AttentionMonth> months) in Models)
                page.Figure(name, Chart(name, months), $"across: candles before the decision; even share {Format.Percent(1.0 / Window(months), 1)}, "
                    + $"full colour at {Format.Points(Farthest(months))} points");
        page.Figures("The figures as tables", Models.Select(model => ((string?)$"Weights of {model.Name}, %", Table(model.Months))));
    }

    static int Window(IReadOnlyList<AttentionMonth> months) => months.Max(month => month.Weights.Length);

    static double Farthest(IReadOnlyList<AttentionMonth> months) =>
        months.SelectMany(month => month.Weights).Where(double.IsFinite).Select(weight => Math.Abs(weight - 1.0 / Window(months))).DefaultIfEmpty(0).Max();

    string Chart(string name, IReadOnlyList<AttentionMonth> months)
    {
        (int window, double farthest) = (Window(months), Farthest(months));
        string[] columns = [.. Enumerable.Range(0, window).Select(i => window - 1 - i)
            .Select(lag => lag % 5 == 0 ? lag.ToString(CultureInfo.InvariantCulture) : "")];
        return Heatmap.Draw($"Attention weights of {name} by month and candle of the window", [.. months.Select(Row)], columns, (month, column) =>
        {
            double weight = At(months[month], column, window);
            return new HeatmapCell("", farthest > 0 ? (weight - 1.0 / window) / farthest : 0 * weight,
                $"{Row(months[month])}, {window - 1 - column} candles before: {Format.Percent(weight)}");
        }, rowHeight: months.Count > 18 ? 13 : 18);
    }

    static double At(AttentionMonth month, int column, int window) =>
        column - (window - month.Weights.Length) is var i && i >= 0 ? month.Weights[i] : double.NaN;

    // A month in which a fold begins names it.
    string Row(AttentionMonth month)
    {
        long next = MonthAfter(month.MonthStart);
        int[] begun = [.. Folds.Where(fold => fold.Fold.TestFrom >= month.MonthStart && fold.Fold.TestFrom < next).Select(fold => fold.Fold.Index + 1)];
        return Format.Time(month.MonthStart)[..7] + (Folds.Count > 1 && begun.Length > 0 ? $", fold {begun[^1]}" : "");
    }

    static long MonthAfter(long start) => (DateTime.UnixEpoch.AddMicroseconds(start).AddMonths(1) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    TextTable Table(IReadOnlyList<AttentionMonth> months)
    {
        int window = Window(months);
        var table = new TextTable(["<Month", "Rows", .. Enumerable.Range(0, window).Select(i => Invariant($"{window - 1 - i} before"))]);
        foreach (AttentionMonth month in months)
            table.Add([Row(month), Format.Count(month.Rows), .. Enumerable.Range(0, window).Select(column => Format.Percent(At(month, column, window)))]);
        return table;
    }
}
