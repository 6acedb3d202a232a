using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>What is taken for what.</summary>
/// <param name="Models">The models' scores, best first.</param>
sealed record ConfusionSection(IReadOnlyList<ModelScores> Models) : Section("confusion", "Confusion matrices")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", "Rows of all pairs: the true class down, the class of the largest probability across. The fuller the colour, the "
            + "larger the share of the true class; each row adds up to 100 %.", "lead");
        using (page.Open("div", "cards"))
            foreach (ModelScores model in Models)
                page.Figure(model.Model, Chart(model), $"{Format.Percent(model.Scores.Combined.ThreeClass.Accuracy)} of the classes right");
        page.Figures("The figures as tables", Models.Select(model => ((string?)model.Model, ReportTables.Confusion(model))));
    }

    static string Chart(ModelScores model)
    {
        IReadOnlyList<IReadOnlyList<long>> counts = model.Scores.Combined.Confusion;
        return Heatmap.Draw($"Confusion matrix of {model.Model}", [.. ReportTables.Classes.Select(name => "true " + name)],
            ReportTables.Classes, (truth, called) =>
        {
            double share = (double)counts[truth][called] / counts[truth].Sum();
            return new HeatmapCell(double.IsNaN(share) ? "" : Format.Percent(share, 1), share,
                $"true {ReportTables.Classes[truth]}, called {ReportTables.Classes[called]}: {Format.Count(counts[truth][called])} rows");
        }, rowHeight: 30);
    }
}
