using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>Whether an edge is there on all pairs or on one: direction accuracy of models and baselines, pair by pair.</summary>
/// <param name="Pairs">Names of the pairs.</param>
/// <param name="Models">Names of models and baselines with their rates on every pair.</param>
/// <param name="Table">All figures.</param>
sealed record PairsSection(IReadOnlyList<string> Pairs, IReadOnlyList<(string Name, IReadOnlyList<Rate> Rates)> Models, TextTable Table)
    : Section("pairs", "Models and pairs")
{
    /// <summary>Accuracies this far from ½, or the largest if that is nearer to ½, have the full colour.</summary>
    const double Least = 0.01;

    public static PairsSection Of(BacktestResult result, EvaluationResult evaluation) => new([.. result.Pairs.Select(pair => pair.Name)],
        [.. evaluation.Ranking.Select(m => (m.Model, (IReadOnlyList<Rate>)[.. m.Scores.Pairs.Select(s => s.Direction)])),
            .. evaluation.Baselines.Select(b => (b.Name, b.Rates.Pairs))], ReportTables.PerPair(result, evaluation));

    public override void Write(HtmlPage page)
    {
        double full = Math.Max(Least, Models.SelectMany(m => m.Rates).Where(r => r.N > 0).Select(r => Math.Abs(r.Accuracy - 0.5)).DefaultIfEmpty(0).Max());
        page.Text("p", Invariant($"Direction accuracy in %. Blue is over 50 %, orange under it; the colour is full at {100 * full:F1} points. Framed and bold: ")
            + Invariant($"Wilson's 95 % interval leaves out 50 %. Of {Pairs.Count * Models.Count} fields about {Pairs.Count * Models.Count * 0.05:F0} would be framed by chance alone."), "lead");
        using (page.Open("div", "wide")) page.Figure("Direction accuracy by pair, %",
            Heatmap.Draw("Direction accuracy by pair and model", Pairs, [.. Models.Select(m => m.Name)], (pair, model) => Cell(Models[model].Name, Pairs[pair], Models[model].Rates[pair], full)));
        page.Figures("The figures as a table", (null, Table));
    }

    static HeatmapCell Cell(string model, string pair, Rate rate, double full) => rate.N == 0
        ? new HeatmapCell("", double.NaN, $"{model} on {pair}: no rows")
        : new HeatmapCell(Invariant($"{100 * rate.Accuracy:F1}"), (rate.Accuracy - 0.5) / full,
            $"{model} on {pair}: {Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)}, n = {Format.Count(rate.N)}", !rate.Interval.Contains(0.5));
}
