using System.Text;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>Renders a backtest as a page that can be read on its own.</summary>
public static class ReportMarkdown
{
    /// <summary>The page.</summary>
    public static string Render(BacktestResult result, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(evaluation);
        var page = new StringBuilder();
        if (result.Simulated) page.Append(ReportTables.SimulatedNotice).Append("\n\n");
        Summary(page, result, evaluation);
        bool directions = evaluation.Models.Count > 0;
        if (directions) Directions(page, result, evaluation);
        Targets(page, result, evaluation);
        if (directions) Parts(page, result, evaluation);
        Section(page, "Folds", """
            Times are UTC open times of decision candles; a part ends where the next begins, ends exclusive. Rows whose label becomes
            known only after the end of the training or validation part are purged.
            """, ReportTables.Folds(result));
        if (directions)
        {
            Section(page, "Per fold", "Epochs are those trained, early stopping included; 0 for a model that does not train.",
                ReportTables.PerFold(result, evaluation));
            Confidence(page, evaluation);
            Confusion(page, evaluation);
        }
        Data(page, result);
        Method(page, result, evaluation);
        return page.ToString();
    }

    static void Directions(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        Results(page, evaluation);
        Section(page, "Calls, confidence and three classes", """
            A call is a row whose largest probability is not NEUTRAL. The confidence is the larger of the probabilities of UP and DOWN;
            the threshold of the most confident tenth comes from validation rows, so its realised coverage need not be 10 %. Coverages
            are shares of the rows with a direction. The three-class accuracy counts every row.
            """, ReportTables.Calls(evaluation));
        Section(page, "Probabilities", """
            Of a rise, p_up / (p_up + p_down), on every row with a direction. Always saying ½ has a log-loss of 0.6931, a Brier score of
            0.2500 and an AUC of 0.5000. Temperatures are fitted on each fold's validation rows: over 1 where the model was too sure.
            """, ReportTables.Probabilities(evaluation));
        Section(page, "Coverage", $"""
            Direction accuracy where the model is most confident, by the share of the rows asked for, then the largest coverage at which an
            accuracy is reached (at least 30 rows; picked from the points by the test rows, which flatters: the accuracy's interval
            does not allow for the picking). {ReportTables.ThresholdsLead(evaluation)} The intervals of all points are in report.json.
            """, ReportTables.Coverage(evaluation));
        Section(page, "Coverage chosen on validation rows", ReportTables.ChosenLead, ReportTables.Chosen(evaluation));
        Section(page, "The most confident calls", ReportTables.SurestLead,
            ReportTables.Surest(evaluation.Ranking, [1, 0.1, 0.05, 0.02, 0.01]));
        Section(page, "Small moves and large", ReportTables.MovesLead, ReportTables.Moves(evaluation.Ranking));
        Section(page, "Skill", """
            The Pesaran-Timmermann test on each pair: are directions called right more often than by calls with the same share of rises that
            know nothing? p-values are adjusted by Holm's method; skill is p < 0.05.
            """, ReportTables.Skill(evaluation));
        Trading(page, result, evaluation);
    }

    static void Parts(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        Section(page, "Per pair", "Wilson intervals. With many rows in this table some will look good by chance. The last column is of the "
            + "Pesaran-Timmermann test.", ReportTables.PerPair(result, evaluation));
        if (SeedTables.AreThere(evaluation)) Section(page, "Seeds", SeedTables.Lead(evaluation),
            SeedTables.Spread(evaluation));
        Section(page, "Probabilities per pair and per fold", null, ReportTables.ProbabilitiesByPart(result, evaluation));
    }

    static void Summary(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        long zero = result.Rows.Return.LongCount(r => r == 0);
        page.Append("# Backtest report\n\n").Append(Invariant($"""
            {result.Data}. Protocol {result.Protocol}, {result.Timeframe} candles, {Plural(result.Pairs.Count, "pair")},
            {Plural(result.Folds.Count, "fold")}, {Plural(result.Models.Count, "model")}, seed {result.Seed}.
            {Plural(result.Rows.Count, "test prediction")} a model; {Plural(zero, "row")} with zero return, without a direction, left out
            of direction accuracies.

            """));
        if (evaluation.Models.Count > 0)
        {
            ModelScores best = evaluation.Ranking[0];
            Rate rate = best.Scores.Combined.Direction;
            page.Append(Invariant($"\n**{Verdict.Of(evaluation)!.Value.Words}**.\n"));
            page.Append(Invariant($"\nBest by direction accuracy: **{best.Model}** with {Quote(rate)}"))
                .Append(rate.Interval.Contains(0.5) ? ", which cannot be told from a coin.\n" : ".\n");
        }
        if (evaluation.Others.Count > 0) page.Append("\nOther targets:\n\n");
        foreach (TargetScores model in evaluation.Others) page.Append("- ").Append(TargetTables.Line(model)).Append('\n');
        if (evaluation.Market is { Combined: var market })
            page.Append(Invariant($"\nBest possible accuracy on these rows: {Format.Percent(market.BestAccuracy)}; "))
                .Append(Invariant($"the oracle that knows the true probabilities realised {Quote(market.Oracle)}.\n"));
        if (evaluation.Remark is not null) page.Append('\n').Append(evaluation.Remark).Append('\n');
        if (evaluation.Alarms.Count == 0) return;
        page.Append("\n## Plausibility alarm\n\n");
        foreach (string alarm in evaluation.Alarms) page.Append("- ").Append(alarm).Append('\n');

        static string Plural(long n, string noun) => $"{Format.Count(n)} {noun}{(n == 1 ? "" : "s")}";
        static string Quote(Rate rate) => $"{Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)} of n = {Format.Count(rate.N)}";
    }

    static void Results(StringBuilder page, EvaluationResult evaluation)
    {
        Section(page, "Results", """
            The direction called on every row against the sign of the next close-to-close return, best model first. Below the models
            stand baselines on the same rows: majority calls the direction more frequent in training, persistence repeats the last
            candle's direction, momentum that of the last 20.
            """, ReportTables.Results(evaluation, brief: false));
        if (evaluation.Comparisons.Count > 0)
            Section(page, $"Compared with {evaluation.Comparisons[0].Against}", """
                Difference in direction accuracy on the same rows by paired block bootstrap, in percentage points; p is two-sided and
                not corrected for the number of models. Below, the pairs on which McNemar's test finds a difference (5 %, Holm over the
                pairs); the Diebold-Mariano test of the log-losses, less than 0 in favour of the model; and the rows like these that a
                test would need to see the difference, or half a point, with 80 % power.
                """, ReportTables.Comparisons(evaluation), ReportTables.ComparisonTests(evaluation));
        if (evaluation.AgainstBaselines.Count > 0)
            Section(page, "The best model against every baseline", ReportTables.AgainstBaselinesLead,
                ReportTables.AgainstBaselines(evaluation));
        if (evaluation.Network is { } network)
            Section(page, "Does the network beat the classical models?", $"{network.Answer}\n\n{ReportTables.NetworkLead}",
                ReportTables.Network(evaluation, network));
    }

    static void Trading(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        if (evaluation.Hold.Count > 0 && evaluation.Models.Count > 0)
        {
            ModelScores best = evaluation.Ranking[0];
            Section(page, "Trading", string.Join("\n\n", ((string?[])[ReportTables.TradingLead, result.Trading.Remark]).OfType<string>()),
                ReportTables.Trading(evaluation));
            Section(page, $"Trading {best.Model} at each cost", null, ReportTables.EveryCost(evaluation, best));
            Section(page, $"Monthly returns of {best.Model}",
                Invariant($"Beside hold, at {Strategy.UsualCost} bp, in per cent. The first and the last month may be incomplete."),
                ReportTables.Monthly(evaluation, best));
        }
        if (evaluation.Trials is { } trials)
            Section(page, "Trials", ReportTables.TrialsLead(trials), ReportTables.Trials(trials));
    }

    static void Targets(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        if (evaluation.Others.Count > 0)
        {
            Section(page, "Other targets", TargetTables.Lead, TargetTables.Results(evaluation),
                TargetTables.Probabilities(evaluation));
            Section(page, "Other targets where the model is most confident", TargetTables.CoverageLead(evaluation),
                TargetTables.Coverage(evaluation));
            Section(page, "Other targets per pair and per fold", "Wilson intervals for one pair.", TargetTables.Parts(result, evaluation));
        }
        if (evaluation.Forecasts.Count == 0) return;
        Section(page, "Forecast returns", TargetTables.ForecastLead, TargetTables.Forecasts(evaluation));
        Section(page, "Forecast returns per pair and per fold", null, TargetTables.ForecastParts(result, evaluation));
    }

    static void Confidence(StringBuilder page, EvaluationResult evaluation)
    {
        page.Append("\n## Confidence distribution\n\n")
            .Append("Ten bins of equal width from a model's lowest to its highest confidence, with the direction accuracy in each.\n")
            .Append(Limited(evaluation));
        foreach (ModelScores model in evaluation.Drawn)
        {
            Scores s = model.Scores.Combined;
            if (s.Confidence.Count == 0) continue;
            page.Append("\n### ").Append(model.Model).Append("\n\n").Append(ReportTables.Confidence(s).ToMarkdown());
        }
    }

    static void Confusion(StringBuilder page, EvaluationResult evaluation)
    {
        page.Append("""

            ## Confusion matrices

            Rows of all pairs: the true class down, the class of the largest probability across. Recall is the share of a true class
            that was predicted. Those of single pairs and folds are in report.json.

            """);
        page.Append(Limited(evaluation));
        foreach (ModelScores model in evaluation.Drawn)
        {
            page.Append("\n### ").Append(model.Model).Append("\n\n").Append(ReportTables.Confusion(model).ToMarkdown());
        }
    }

    static string Limited(EvaluationResult evaluation) => ReportTables.Limited(evaluation) is { } words ? $"{words}\n" : "";

    static void Data(StringBuilder page, BacktestResult result)
    {
        Section(page, "Data", null, ReportTables.Pairs(result));
        if (result.Notes.Count > 0) page.Append('\n');
        foreach (string note in result.Notes) page.Append("- ").Append(note).Append('\n');

        page.Append("\n## Exclusions\n\n");
        if (result.Exclusions.Count == 0) page.Append("No pair was left out of any fold.\n");
        foreach (Exclusion exclusion in result.Exclusions)
            page.Append(Invariant($"- Fold {exclusion.Fold + 1}: {exclusion.Pair}: {exclusion.Reason}\n"));
    }

    static void Method(StringBuilder page, BacktestResult result, EvaluationResult evaluation)
    {
        page.Append("\n## How it was measured\n\n")
            .Append("- The decision falls at the close of a candle; the truth is the sign of the return to the next close. ")
            .Append("A tie between UP and DOWN is half a hit.\n")
            .Append("- Intervals are 95 %: Wilson's for one pair; for anything pooled a circular block bootstrap over whole timestamps ")
            .Append(Invariant($"({evaluation.BlockLength}-candle blocks, {Format.Count(BlockBootstrap.DefaultDraws)} draws; "))
            .Append("shorter blocks where a sample has fewer than ten of them), because pairs move together.\n")
            .Append("- All models and baselines are judged on the same rows. Folds are cut by time, never by row.\n");
        if (result.Simulated)
            page.Append("- The best possible accuracy is the mean of max(p, 1 - p) over the test rows, p being the true probability of a "
                + "rise; ")
                .Append("a model's share of the possible edge is (accuracy - 50 %) / (best - 50 %).\n");

        Section(page, "Models", null, ReportTables.Models(result, evaluation));
        Section(page, "Features", "What the models see of each candle. A row exists where the features of all models are known.",
            ReportTables.Features(result));
        Section(page, "Options", null, ReportTables.Options(result));
        page.Append(Invariant($"\n## Run{(result.Id is null ? "" : " " + result.Id)}\n\nneuralcore {result.Version}, "))
            .Append(Invariant($"started {result.Run.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, "))
            .Append(Invariant($"{result.Run.Seconds:F1} s on {result.Run.Threads} {(result.Run.Threads == 1 ? "thread" : "threads")}.\n\n"))
            .Append(ReportTables.Seconds(result).ToMarkdown());
    }

    static void Section(StringBuilder page, string title, string? text, params TextTable[] tables)
    {
        page.Append("\n## ").Append(title).Append("\n\n");
        if (text is not null) page.Append(text).Append("\n\n");
        page.AppendJoin('\n', tables.Select(table => table.IsEmpty ? "None.\n" : table.ToMarkdown()));
    }
}
