using System.Globalization;

namespace NeuralCore.Backtest;

/// <summary>The tables about models that are judged on other targets than the direction, and about forecasts of returns.</summary>
static class TargetTables
{
    /// <summary>What the tables of other targets show.</summary>
    public const string Lead = "These models do not call the next candle's direction, so they stand in no table of accuracies, "
        + "comparisons or trading. Each is judged on its own target, on the test rows that have a truth of it, beside the base rate "
        + "(always what was more frequent in training) and the target's untrained rule on the same rows, and less the best of these two "
        + "and a coin, paired, in points. Intervals are by block bootstrap over whole timestamps, for a single pair Wilson's. Where a "
        + "truth spans h > 1 candles, so that those of neighbouring rows overlap, all are in blocks of max(24, 2h), and none where "
        + "there are fewer than 20h timestamps.";

    /// <summary>What the table of coverages shows.</summary>
    public static string CoverageLead(EvaluationResult evaluation) => (evaluation.Others.Any(model => model.FromTest)
        ? "Validation rows are not known, so thresholds are quantiles of the test rows themselves: a trader could not have known them. "
        : "Thresholds are quantiles of the confidences of validation rows that have a truth. ")
        + "Pairs move together, so the distinct hours are the size of the sample, not the rows. Always above: the accuracy of saying so on "
        + "the same rows.";

    /// <summary>What the tables of forecasts show.</summary>
    public const string ForecastLead = "Forecast returns beside those that followed. Skill is 1 - RMSE / RMSE of a random walk, which "
        + "forecasts 0; over 0 is better. R² is of returns. That of the price says nothing by itself: who says that the price stays has "
        + "nearly 1 too, as the last column shows. Intervals are by block bootstrap with blocks of max(24, 2h) timestamps, since "
        + "returns over h candles overlap; for h > 1 there are none where there are fewer than 20h timestamps.";

    /// <summary>Every model beside what it must beat.</summary>
    public static TextTable Results(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Accuracy", "95 % interval", "n", "Base rate", "Rule", "Less the best", "95 % interval", "p",
            "<Says");
        foreach (TargetScores model in evaluation.Others)
        {
            TargetPart part = model.Parts.Combined;
            Difference gain = part.Gain!.Value;
            table.Add([model.Model, .. ReportTables.Cells(part.Accuracy), Format.Percent(part.Base.Accuracy), Accuracy(part.Rule),
                Format.Points(gain.Value), Format.Range(gain.Interval), Format.Chance(gain.PValue), model.Says]);
        }
        return table;
    }

    /// <summary>The most confident tenth, and how good the probabilities are.</summary>
    public static TextTable Probabilities(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Most confident tenth", "95 % interval", "n", "Realised", "AUC", "Brier", "MCC",
            "Calibration error");
        foreach (TargetScores model in evaluation.Others)
        {
            Scores scores = model.Parts.Combined.Scores;
            DirectionMetrics m = scores.Metrics;
            table.Add([model.Model, .. ReportTables.Cells(scores.MostConfident), Format.Percent(scores.MostConfidentCoverage, 1),
                .. Probabilities(m), ReportTables.Decimals(m.MatthewsCorrelation), ReportTables.Decimals(m.CalibrationError)]);
        }
        return table;
    }

    /// <summary>Accuracy where the models are most confident.</summary>
    public static TextTable Coverage(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Coverage asked for", "Realised", "Accuracy", "95 % interval", "n", "Hours", "Always above",
            "Base rate", "Rule");
        foreach (TargetScores model in evaluation.Others)
            foreach (TargetCoverage at in model.Coverage)
                table.Add([model.Model, Format.Percent(at.Point.Asked, 0),
                    Format.Percent(at.Point.Realised, 1), .. ReportTables.Cells(at.Point.Rate), Format.Count(at.Hours),
                    Format.Percent(at.AlwaysAbove), Format.Percent(at.Base), Format.Percent(at.Rule)]);
        return table;
    }

    /// <summary>Every model on every pair and in every fold.</summary>
    public static TextTable Parts(BacktestResult result, EvaluationResult evaluation)
    {
        var table = new TextTable("<Part", "<Model", "Accuracy", "95 % interval", "n", "Base rate", "Rule", "AUC", "Brier",
            "Calibration error");
        for (int i = 0; i < result.Pairs.Count; i++)
            foreach (TargetScores model in evaluation.Others) Add(result.Pairs[i].Name, model, model.Parts.Pairs[i]);
        for (int k = 0; k < result.Folds.Count; k++)
            foreach (TargetScores model in evaluation.Others) Add($"fold {Number(k + 1)}", model, model.Parts.Folds[k]);
        return table;

        void Add(string name, TargetScores model, TargetPart part) => table.Add([name, model.Model, .. ReportTables.Cells(part.Accuracy),
            Format.Percent(part.Base.Accuracy), Accuracy(part.Rule), .. Probabilities(part.Scores.Metrics),
            ReportTables.Decimals(part.Scores.Metrics.CalibrationError)]);
    }

    /// <summary>A model in one line.</summary>
    public static string Line(TargetScores model)
    {
        TargetPart part = model.Parts.Combined;
        string rule = part.Rule is { } rate ? $", rule {Format.Percent(rate.Accuracy)}" : "";
        Rate tenth = part.Scores.MostConfident;     // by the threshold that the model was trained with, where validation rows are not known
        return $"{model.Model}: {Brief(model)}: base rate {Format.Percent(part.Base.Accuracy)}{rule}" + (tenth.N == 0 ? ""
            : $"; most confident {Format.Percent(part.Scores.MostConfidentCoverage, 1)}: {Format.Percent(tenth.Accuracy)} "
                + $"{Format.Range(tenth.Interval)} of {Format.Count(tenth.N)}"
                + (model.FromTest ? "" : $" in {Format.Count(model.Confident.Hours)} hours"));
    }

    /// <summary>Accuracy, what it counts, and what it is about.</summary>
    public static string Brief(TargetScores model)
    {
        Rate rate = model.Parts.Combined.Accuracy;
        return $"{Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)} of {Format.Count(rate.N)} {model.Unit} right ({model.Says})";
    }

    /// <summary>Forecasts at every horizon.</summary>
    public static TextTable Forecasts(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", "Candles ahead", .. ForecastHeaders]);
        foreach (ForecastScores model in evaluation.Forecasts)
            foreach (HorizonScores horizon in model.Horizons)
                table.Add([model.Model, Number(horizon.Horizon), .. Cells(horizon.Figures.Combined)]);
        return table;
    }

    /// <summary>Forecasts on every pair and in every fold.</summary>
    public static TextTable ForecastParts(BacktestResult result, EvaluationResult evaluation)
    {
        var table = new TextTable(["<Part", "<Model", "Candles ahead", .. ForecastHeaders]);
        foreach (ForecastScores model in evaluation.Forecasts)
            foreach (HorizonScores horizon in model.Horizons)
            {
                foreach ((int i, ForecastFigures figures) in horizon.Figures.Pairs.Index()) Add(result.Pairs[i].Name, figures);
                foreach ((int k, ForecastFigures figures) in horizon.Figures.Folds.Index()) Add($"fold {Number(k + 1)}", figures);

                void Add(string part, ForecastFigures figures) =>
                    table.Add([part, model.Model, Number(horizon.Horizon), .. Cells(figures)]);
            }
        return table;
    }

    /// <summary>Forecasts at one horizon in one line.</summary>
    public static string Line(ForecastScores model, HorizonScores horizon)
    {
        ForecastFigures f = horizon.Figures.Combined;
        return $"{model.Model}: returns {Number(horizon.Horizon)} candles ahead: skill against a random walk {Format.Percent(f.Skill)} "
            + $"{Format.Range(f.SkillInterval)}, R² {ReportTables.Decimals(f.R2)}, sign right {Format.Percent(f.Sign.Accuracy)} "
            + $"{Format.Range(f.Sign.Interval)} of {Format.Count(f.Sign.N)}";
    }

    static readonly string[] ForecastHeaders = ["Skill", "95 % interval", "R² of returns", "RMSE, bp", "Random walk's", "MAE, bp",
        "Random walk's", "Sign right", "95 % interval", "n", "Always up", "R² of the price", "That of persistence"];

    static string[] Cells(ForecastFigures f) => [Format.Percent(f.Skill), Format.Range(f.SkillInterval), ReportTables.Decimals(f.R2, 5),
        BasisPoints(f.Rmse), BasisPoints(f.WalkRmse), BasisPoints(f.Mae), BasisPoints(f.WalkMae), .. ReportTables.Cells(f.Sign),
        Format.Percent(f.AlwaysUp), ReportTables.Decimals(f.LevelR2, 5), ReportTables.Decimals(f.PersistenceR2, 5)];

    static string[] Probabilities(DirectionMetrics m) => [ReportTables.Decimals(m.Auc), ReportTables.Decimals(m.Brier)];

    static string Accuracy(Rate? rate) => Format.Percent(rate?.Accuracy ?? double.NaN);

    static string BasisPoints(double share) => ReportTables.Decimals(1e4 * share, 2);

    static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
}
