using System.Globalization;
using NeuralCore.Models;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The tables in detail: pairs, folds, classes, confidence, and what was run.</summary>
static partial class ReportTables
{
    /// <summary>Every model and baseline on every pair, best first.</summary>
    public static TextTable PerPair(BacktestResult result, EvaluationResult evaluation)
    {
        var table = new TextTable("<Pair", "<Model", "#", "Direction accuracy", "95 % interval", "n", "On calls", "n", "Coverage",
            "Most confident tenth", "n", "Realised coverage", "Three classes", "n", "p of skill (Holm)");
        for (int i = 0; i < result.Pairs.Count; i++)
        {
            string pair = result.Pairs[i].Name;
            foreach (ModelScores model in evaluation.Models.OrderBy(model => model.Rank.Pairs[i]))
            {
                Scores s = model.Scores.Pairs[i];
                table.Add([pair, model.Model, Rank(model.Rank.Pairs[i], s), .. Cells(s.Direction),
                    Format.Percent(s.Calls.Accuracy), Format.Count(s.Calls.N), Format.Percent(s.Coverage, 1),
                    Format.Percent(s.MostConfident.Accuracy), Format.Count(s.MostConfident.N), Format.Percent(s.MostConfidentCoverage, 1),
                    Format.Percent(s.ThreeClass.Accuracy), Format.Count(s.ThreeClass.N), Format.Chance(model.Skill[i].Adjusted)]);
            }
            foreach (Baseline baseline in evaluation.OtherBaselines)
                table.Add([pair, baseline.Name, "", .. Cells(baseline.Rates.Pairs[i]), .. Enumerable.Repeat("", 9)]);
            if (evaluation.Market is { } market)
                table.Add([pair, "oracle (realised)", "", .. Cells(market.Pairs[i].Oracle), .. Enumerable.Repeat("", 9)]);
        }
        return table;
    }

    /// <summary>Times and rows of the folds.</summary>
    public static TextTable Folds(BacktestResult result)
    {
        var dates = new TextTable("<Fold", "Train from", "Validate from", "Test from", "Test to", "Training rows", "Validation rows",
            "Test rows");
        var tested = result.Rows.Fold.CountBy(fold => fold).ToDictionary();
        for (int k = 0; k < result.Folds.Count; k++)
        {
            (Fold fold, long training, long validation) = result.Folds[k];
            dates.Add(Number(k), Format.Time(fold.TrainFrom), Format.Time(fold.ValidateFrom), Format.Time(fold.TestFrom),
                Format.Time(fold.TestTo),
                Format.Count(training), Format.Count(validation), Format.Count(tested.GetValueOrDefault(k)));
        }
        return dates;
    }

    /// <summary>Every model and baseline in every fold, best first.</summary>
    public static TextTable PerFold(BacktestResult result, EvaluationResult evaluation)
    {
        var scores = new TextTable("<Fold", "<Model", "#", "Direction accuracy", "95 % interval", "n", "Epochs");
        for (int k = 0; k < result.Folds.Count; k++)
        {
            foreach (ModelScores model in evaluation.Models.OrderBy(model => model.Rank.Folds[k]))
                scores.Add([Number(k), model.Model, Rank(model.Rank.Folds[k], model.Scores.Folds[k]),
                    .. Cells(model.Scores.Folds[k].Direction),
                    result.Models.First(m => m.Model == model.Model).Epochs[k].ToString(CultureInfo.InvariantCulture)]);
            foreach (Baseline baseline in evaluation.OtherBaselines)
                scores.Add([Number(k), baseline.Name, "", .. Cells(baseline.Rates.Folds[k]), ""]);
        }
        return scores;
    }

    /// <summary>How good every model's probabilities of a rise are on every pair and in every fold.</summary>
    public static TextTable ProbabilitiesByPart(BacktestResult result, EvaluationResult evaluation)
    {
        var table = new TextTable("<Part", "<Model", "n", "Balanced accuracy", "MCC", "Macro-F1", "AUC", "Log-loss", "Brier",
            "Calibration error");
        for (int i = 0; i < result.Pairs.Count; i++)
            foreach (ModelScores model in evaluation.Ranking) Add(result.Pairs[i].Name, model, model.Scores.Pairs[i].Metrics);
        for (int k = 0; k < result.Folds.Count; k++)
            foreach (ModelScores model in evaluation.Ranking) Add($"fold {Number(k)}", model, model.Scores.Folds[k].Metrics);
        return table;

        void Add(string part, ModelScores model, DirectionMetrics m) =>
            table.Add(part, model.Model, Format.Count(m.N), Format.Percent(m.BalancedAccuracy),
            Decimals(m.MatthewsCorrelation), Decimals(m.MacroF1), Decimals(m.Auc), Decimals(m.LogLoss), Decimals(m.Brier),
                Decimals(m.CalibrationError));
    }

    /// <summary>Rows of all pairs by true class, then by predicted class.</summary>
    public static TextTable Confusion(ModelScores model)
    {
        var table = new TextTable("<Truth", "DOWN predicted", "NEUTRAL predicted", "UP predicted", "Total", "Recall");
        for (int truth = 0; truth < Classes.Length; truth++)
        {
            IReadOnlyList<long> counts = model.Scores.Combined.Confusion[truth];
            long total = counts.Sum();
            table.Add([Classes[truth], .. counts.Select(Format.Count), Format.Count(total),
                Format.Percent((double)counts[truth] / total, 1)]);
        }
        return table;
    }

    /// <summary>Where the thresholds of the most confident rows come from.</summary>
    public static string ThresholdsLead(EvaluationResult evaluation)
    {
        const string FromTest = "quantiles of the test rows themselves: a trader could not have known them.";
        string[] unknown = [.. evaluation.Ranking.Where(model => model.Coverage.FromTest).Select(model => model.Model)];
        if (unknown.Length > 0 && unknown.Length == evaluation.Models.Count)
            return $"Validation rows are not known, so thresholds are {FromTest}";
        return "A fold's thresholds are quantiles of its validation rows, so no row of the fold's own test has a say, and the realised "
            + "coverage differs from the one asked for."
            + (unknown.Length == 0 ? "" : $" Of {string.Join(", ", unknown)} validation rows are not known: these thresholds are "
            + $"{FromTest}");
    }

    /// <summary>The bins of the confidence distribution.</summary>
    public static TextTable Confidence(Scores scores)
    {
        var table = new TextTable("<Confidence", "n", "Share", "Direction accuracy");
        foreach (ConfidenceBin bin in scores.Confidence)
            table.Add(Invariant($"{bin.From:F3} – {bin.To:F3}"), Format.Count(bin.N),
                Format.Percent((double)bin.N / scores.Direction.N, 1), Format.Percent(bin.Accuracy));
        return table;
    }

    /// <summary>The candles of every pair and what their checks found.</summary>
    public static TextTable Pairs(BacktestResult result)
    {
        var table = new TextTable("<Pair", "Candles", "First (UTC)", "Features from", "Last (UTC)", "Test rows", "<Findings");
        var tested = result.Rows.Pair.CountBy(pair => pair).ToDictionary();
        for (int i = 0; i < result.Pairs.Count; i++)
        {
            PairFacts pair = result.Pairs[i];
            table.Add(pair.Name, Format.Count(pair.Candles), Format.Time(pair.First), pair.FeaturesFrom is { } from ? Format.Time(from)
                : Format.Missing,
                Format.Time(pair.Last), Format.Count(tested.GetValueOrDefault(i)),
                pair.Notes.Count == 0 ? "none" : string.Join("; ", pair.Notes));
        }
        return table;
    }

    /// <summary>What the models are.</summary>
    public static TextTable Models(BacktestResult result, EvaluationResult evaluation)
    {
        var models = new TextTable("<Model", "<Description", "Ties");
        foreach (ModelPredictions model in result.Models)
            models.Add(model.Model, model.Description ?? "", Format.Count((evaluation.Models.FirstOrDefault(m => m.Model == model.Model)
                is { } scores ? scores.Scores : evaluation.Others.First(m => m.Model == model.Model).Parts.Map(part => part.Scores))
                    .Combined.Ties));
        return models;
    }

    /// <summary>How long the models took to train in this run.</summary>
    public static TextTable Seconds(BacktestResult result)
    {
        var seconds = new TextTable("<Model", "Training seconds");
        foreach (ModelPredictions model in result.Models)
            seconds.Add(model.Model, model.Seconds.ToString("F1", CultureInfo.InvariantCulture));
        return seconds;
    }

    /// <summary>What the models see of each candle.</summary>
    public static TextTable Features(BacktestResult result)
    {
        var features = new TextTable("<Features", "Version", "<Models", "<Columns", "<Left out");
        foreach (FeatureSet set in result.Features)
            features.Add(set.Name, set.Version.ToString(CultureInfo.InvariantCulture), string.Join(", ", result.ModelsOf(set)),
                string.Join(", ", set.Features), BacktestResult.LeftOut(set) is { Length: > 0 } left ? string.Join(", ", left) : "none");
        return features;
    }

    /// <summary>Every resolved option.</summary>
    public static TextTable Options(BacktestResult result)
    {
        var options = new TextTable("<Option", "<Value");
        foreach ((string name, object? value) in ReportJson.StableOptions(result)) options.Add(name, ReportJson.Text(value));
        return options;
    }

    static string Number(int fold) => (fold + 1).ToString(CultureInfo.InvariantCulture);
}
