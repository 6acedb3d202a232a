using System.Globalization;

namespace NeuralCore.Backtest;

/// <summary>The tables that the written reports and the console share.</summary>
static partial class ReportTables
{
    /// <summary>Names of the classes in their order.</summary>
    public static readonly string[] Classes = ["DOWN", "NEUTRAL", "UP"];

    /// <summary>First line of every report about a simulated market.</summary>
    public const string SimulatedNotice = "Simulated market: says nothing about real prices";

    /// <summary>That there are more models than are drawn; null where all are.</summary>
    public static string? Limited(EvaluationResult evaluation) => evaluation.Models.Count <= EvaluationResult.MostDrawn ? null
        : $"The {EvaluationResult.MostDrawn} best of {evaluation.Models.Count} models by direction accuracy; the figures of the others "
            + "are in report.json.";

    /// <summary>Direction accuracy of all models, best first, then what they must beat and what is possible.</summary>
    /// <param name="evaluation">The figures.</param>
    /// <param name="brief">Only the columns that a terminal of 80 characters has room for.</param>
    public static TextTable Results(EvaluationResult evaluation, bool brief)
    {
        string[] headers = ["<#", "<Model", brief ? "Accuracy" : "Direction accuracy", "95 % interval", "n", "Mean over pairs",
            brief ? "Edge share" : "Share of possible edge", "95 % interval"];
        bool simulated = evaluation.Market is not null;
        string[] Shown(string[] cells) => [.. cells[..5], .. brief ? [] : cells[5..6], .. simulated ? cells[6..(brief ? 7 : 8)] : []];

        var table = new TextTable(Shown(headers));
        foreach (ModelScores model in evaluation.Ranking)
        {
            Scores scores = model.Scores.Combined;
            Add(Rank(model.Rank.Combined, scores), model.Model, scores.Direction,
                $"{Format.Percent(model.MeanOverPairs)} {Format.Range(model.MeanOverPairsInterval)}", scores.EdgeShare);
        }
        foreach (Baseline baseline in evaluation.OtherBaselines)
            Add("", baseline.Name, baseline.Rates.Combined, MeanOverPairs(baseline.Rates), null);
        if (evaluation.Market is { } market) Add("", brief ? "oracle" : "oracle (realised)", market.Combined.Oracle, Format.Missing, null);
        return table;

        void Add(string rank, string name, Rate rate, string mean, EdgeShare? share) => table.Add(Shown([rank, name, .. Cells(rate), mean,
            share is null ? Format.Missing : Format.Percent(share.Value, 1),
            share is null ? Format.Missing : Format.Range(share.Interval, 1)]));
    }

    /// <summary>Calls, the most confident tenth and the three classes.</summary>
    public static TextTable Calls(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Accuracy on calls", "95 % interval", "n", "Coverage",
            "Most confident tenth", "95 % interval", "n", "Realised coverage", "Three classes", "95 % interval", "n");
        foreach (ModelScores model in evaluation.Ranking)
        {
            Scores s = model.Scores.Combined;
            table.Add([model.Model, .. Cells(s.Calls), Format.Percent(s.Coverage, 1),
                .. Cells(s.MostConfident), Format.Percent(s.MostConfidentCoverage, 1), .. Cells(s.ThreeClass)]);
        }
        return table;
    }

    /// <summary>Every model less the reference, the best first.</summary>
    public static TextTable Comparisons(EvaluationResult evaluation, int most = int.MaxValue)
    {
        var table = new TextTable("<Model", "Difference in points", "95 % interval", "p", "<Verdict");
        foreach (Comparison comparison in evaluation.Comparisons.OrderByDescending(c => c.Difference.Value).Take(most))
        {
            Difference d = comparison.Difference;
            string verdict = d.Interval.Low > 0 ? "better" : d.Interval.High < 0 ? "worse" : "no difference shown";
            table.Add(comparison.Model, Format.Points(d.Value), Format.Range(d.Interval), Format.Chance(d.PValue), verdict);
        }
        return table;
    }

    /// <summary>What the next table shows.</summary>
    public const string AgainstBaselinesLead = "Difference in direction accuracy on the same rows by paired block bootstrap, in percentage "
        + "points; p adjusted by Holm's method for the baselines. The verdict stands on it.";

    /// <summary>The best model beside every baseline.</summary>
    public static TextTable AgainstBaselines(EvaluationResult evaluation)
    {
        var table = new TextTable("<Baseline", "Its accuracy", $"{evaluation.Ranking[0].Model} less it", "95 % interval",
            "p (Holm)", "<Verdict");
        foreach (BaselineComparison against in evaluation.AgainstBaselines)
            table.Add(against.Baseline, Format.Percent(against.Accuracy.Accuracy), Format.Points(against.Difference.Value),
                Format.Range(against.Difference.Interval), Format.Chance(against.Adjusted), against.IsBeaten ? "better" : "not shown to "
                    + "be better");
        return table;
    }

    /// <summary>Accuracy, interval and rows of a rate.</summary>
    public static string[] Cells(Rate rate) => [Format.Percent(rate.Accuracy), Format.Range(rate.Interval), Format.Count(rate.N)];

    /// <summary>A place in the ranking; a dash where there was nothing to rank.</summary>
    public static string Rank(int rank, Scores scores) => scores.Direction.N == 0 ? Format.Missing
        : rank.ToString(CultureInfo.InvariantCulture);

    static string MeanOverPairs(ByScope<Rate> rates) =>
        Format.Percent(rates.Pairs.Where(pair => pair.N > 0).Select(pair => pair.Accuracy).DefaultIfEmpty(double.NaN).Average());
}
