using NeuralCore.Backtest.Html;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>
/// Renders a backtest as one HTML file: pictures and style are in it, nothing is fetched and no script runs. Every number of a picture
/// also stands in a table. Between two runs of the same job only the last part differs, about the run as such, and the part about trials,
/// which are counted over all runs.
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
        if (ReportTables.Limited(evaluation) is { } limited)
            page.Text("p", $"Pictures and long tables: {limited} Models, baselines and pairs, and report.md, have all.", "note");
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
        var models = evaluation.Drawn.Select(scores => (Scores: scores, Predictions: result.Models.First(m => m.Model == scores.Model)))
            .ToList();
        if (models.Count > 0)
        {
            yield return new PairsSection(result, evaluation);
            yield return TimeSection.Of(result, evaluation);
            yield return new CoverageSection(evaluation);
            yield return new ReliabilitySection(result, evaluation);
            yield return new ConfusionSection(evaluation.Drawn);
            yield return evaluation.Hold.Count > 0 ? new EquitySection(result, evaluation)
                : new AbsentSection("equity", "Equity beside hold, and trading", "the candles of this run are not known");
        }
        if (evaluation.Others.Count > 0) yield return new TargetsSection(result, evaluation);
        if (evaluation.Forecasts.Count > 0) yield return new ForecastsSection(result, evaluation);
        if (models.Count > 0) yield return CalledPair.Of(result, models[0].Predictions) is { } pair
            ? new CandlesSection(models[0].Predictions.Model, models[0].Predictions, result.Rows, pair)
            : new AbsentSection("candles", "Candles with predictions and trades", "the candles of this run are not known");
        // What is judged on another target is trained and attends all the same.
        var all = models.Select(m => m.Predictions).Concat(result.Models.Where(m => m.Truth is not null)).ToList();
        var trained = Once(all.Select(m => (m.Model, m.Trainings)),
            run => Invariant($"{run.Fold} {run.Pair} {run.History.ToJson()}"));
        yield return trained.Length > 0 ? new TrainingSection(trained, [.. result.Pairs.Select(pair => pair.Name)])
            : new AbsentSection("training", "Training curves", "no model of this run has a history of epochs");
        if (SeedTables.AreThere(evaluation)) yield return new SeedsSection(evaluation);
        var attentive = Once(all.Select(m => (m.Model, m.Attention)),
            month => Invariant($"{month.MonthStart} {month.Rows} ") + string.Join(' ', month.Weights.Select(Format.Number)));
        yield return attentive.Length > 0 ? new AttentionSection(attentive, result.Folds)
            : new AbsentSection("attention", "Attention over time", "no model of this run has attention over the window");
        yield return evaluation.Trials is { } trials ? new TrialsSection(trials)
            : new AbsentSection("trials", "Trials", "this run keeps no ledger of trials");
        yield return new ReproduceSection(result, evaluation);
    }

    // What models have in common, as a network and the ensemble that it is in have their trainings, stands once under all their names.
    static (string Names, IReadOnlyList<T> Items)[] Once<T>(
        IEnumerable<(string Name, IReadOnlyList<T> Items)> models, Func<T, string> identity) =>
        [.. models.Where(model => model.Items.Count > 0).GroupBy(model => string.Join('\n', model.Items.Select(identity)))
            .Select(same => (string.Join(", ", same.Select(model => model.Name)), same.First().Items))];
}
