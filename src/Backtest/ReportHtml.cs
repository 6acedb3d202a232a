using NeuralCore.Backtest.Html;

namespace NeuralCore.Backtest;

/// <summary>
/// Renders a backtest as one HTML file: pictures and style are in it, nothing is fetched and no script runs. Every number of a picture
/// also stands in a table. Only the last part, about the run as such, differs between two runs of the same job.
/// </summary>
public static class ReportHtml
{
    /// <summary>The page.</summary>
    public static string Render(BacktestResult result, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(evaluation);
        var page = new HtmlPage("Backtest report", result.Data);
        if (result.Simulated) page.Text("p", ReportTables.SimulatedNotice, "notice");
        new VerdictSection(result, evaluation).Write(page);
        Section[] sections = [.. Sections(result, evaluation)];
        using (page.Open("nav", ""))
            foreach (Section section in sections.Where(section => section is not AbsentSection)) page.Link(section.Id, section.Title);
        foreach (Section section in sections)
        {
            using IDisposable part = page.Open("section", "", section.Id);
            if (section is not AbsentSection) page.Text("h2", section.Title);
            section.Write(page);
        }
        return page.ToString();
    }

    static IEnumerable<Section> Sections(BacktestResult result, EvaluationResult evaluation)
    {
        var models = evaluation.Ranking.Select(scores => (Scores: scores, Predictions: result.Models.First(m => m.Model == scores.Model)))
            .ToList();
        yield return new PairsSection(result, evaluation);
        yield return TimeSection.Of(result, evaluation);
        yield return new CoverageSection(evaluation);
        yield return new ReliabilitySection(result, evaluation);
        yield return new ConfusionSection(evaluation.Ranking);
        yield return evaluation.Hold.Count > 0 && evaluation.Models.Count > 0 ? new EquitySection(evaluation)
            : new AbsentSection("equity", "Equity beside hold, and trading", "the candles of this run are not known");
        yield return models.Count > 0 && CalledPair.Of(result, models[0].Predictions) is { } pair
            ? new CandlesSection(models[0].Predictions.Model, models[0].Predictions, result.Rows, pair)
            : new AbsentSection("candles", "Candles with predictions and trades", "the candles of this run are not known");
        yield return models.Any(m => m.Predictions.Trainings.Count > 0)
            ? new TrainingSection([.. models.Where(m => m.Predictions.Trainings.Count > 0).Select(m => (m.Predictions.Model, m.Predictions.Trainings))], [.. result.Pairs.Select(pair => pair.Name)])
            : new AbsentSection("training", "Training curves", "no model of this run has a history of epochs");
        if (evaluation.Models.Any(m => m.Seeds.Count > 1)) yield return new SeedsSection(evaluation);
        (string, IReadOnlyList<AttentionMonth>)[] attentive = [.. models.Where(m => m.Predictions.Attention.Count > 0)
            .Select(m => (m.Predictions.Model, m.Predictions.Attention))];
        yield return attentive.Length > 0 ? new AttentionSection(attentive, result.Folds)
            : new AbsentSection("attention", "Attention over time", "no model of this run has attention over the window");
        yield return evaluation.Trials is { } trials ? new TrialsSection(trials)
            : new AbsentSection("trials", "Trials", "this run keeps no ledger of trials");
        yield return new ReproduceSection(result, evaluation);
    }
}
