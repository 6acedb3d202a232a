using NeuralCore.Metrics;

namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static readonly string[] MetricInputs = ["y_true", "y_score", "y_pred"];

    /// <summary>Every output of a file is a metric of that name; where the reference raised an error, ours throws.</summary>
    static void Metrics(GoldenFile g)
    {
        KindIs(g, "binary_classification", "multiclass_classification", "regression");
        g.KnowsOnly("n", "C");
        Func<string, double[]> metric = g.Kind == "regression" ? OfValues(g) : OfClasses(g);
        foreach (string name in g.Names.Except(MetricInputs)) g.Check(name, metric(name));
        foreach (string name in g.Raises) Assert.Throws<ArgumentException>(() => metric(name));
    }

    static Func<string, double[]> OfValues(GoldenFile g)
    {
        double[] truth = g.Values("y_true"), predicted = g.Values("y_pred");
        return name =>
        [
            name switch
            {
                "mae" => Regression.MeanAbsoluteError<double>(truth, predicted),
                "mse" => Regression.MeanSquaredError<double>(truth, predicted),
                "rmse" => Regression.RootMeanSquaredError<double>(truth, predicted),
                "mape" => Regression.MeanAbsolutePercentageError<double>(truth, predicted),
                "median_ae" => Regression.MedianAbsoluteError<double>(truth, predicted),
                "max_error" => Regression.MaxError<double>(truth, predicted),
                "r2" => Regression.R2<double>(truth, predicted),
                "explained_variance" => Regression.ExplainedVariance<double>(truth, predicted),
                _ => throw new InvalidDataException($"unknown output '{name}'"),
            },
        ];
    }

    static Func<string, double[]> OfClasses(GoldenFile g)
    {
        int[] truth = [.. g.Values("y_true").Select(v => (int)v)], predicted = [.. g.Values("y_pred").Select(v => (int)v)];
        double[] score = g.Values("y_score");
        bool binary = g.Kind == "binary_classification";
        int classes = binary ? 2 : score.Length / truth.Length;
        Assert.Equal(predicted, binary ? [.. score.Select(p => p >= 0.5 ? 1 : 0)] : Classification.LargestClass<double>(score, classes));
        var matrix = new ConfusionMatrix(truth, predicted, classes);
        Calibration top = Calibration.OfTopClass<double>(truth, score);
        return name => name switch
        {
            "accuracy" => [matrix.Accuracy],
            "balanced_accuracy" => [matrix.BalancedAccuracy],
            "mcc" => [matrix.MatthewsCorrelation],
            "cohen_kappa" => [matrix.CohenKappa],
            "confusion_matrix" => [.. Enumerable.Range(0, classes * classes).Select(i => matrix[i / classes, i % classes])],
            "roc_auc" => [Ranking.RocAuc<double>(truth, score)],
            "roc_auc.ovr_macro" => [Ranking.RocAucOneVsRest<double>(truth, score)],
            "roc_auc.ovr_weighted" => [Ranking.RocAucOneVsRest<double>(truth, score, Averaging.Weighted)],
            "roc_auc.ovo_macro" => [Ranking.RocAucOneVsOne<double>(truth, score)],
            "roc_auc.ovo_weighted" => [Ranking.RocAucOneVsOne<double>(truth, score, Averaging.Weighted)],
            "average_precision" => [Ranking.AveragePrecision<double>(truth, score)],
            "average_precision.macro" => [Ranking.AveragePrecisionOneVsRest<double>(truth, score)],
            "average_precision.weighted" => [Ranking.AveragePrecisionOneVsRest<double>(truth, score, Averaging.Weighted)],
            "log_loss" => [Classification.LogLoss<double>(truth, score)],
            "brier" or "brier.multiclass" => [Classification.Brier<double>(truth, score)],
            "top2_accuracy" => [Classification.TopKAccuracy<double>(truth, score, 2)],
            "ece.top_label" => [top.ExpectedError],
            "mce.top_label" => [top.MaximumError],
            "ece.bin_mean_confidence" => [.. top.Bins.Select(bin => bin.MeanPredicted)],
            "ece.bin_accuracy" => [.. top.Bins.Select(bin => bin.Observed)],
            "ece.bin_count" when !binary => [.. top.Bins.Select(bin => (double)bin.Count)],
            _ when name.StartsWith("ece.", StringComparison.Ordinal) || name.StartsWith("mce.", StringComparison.Ordinal)
                || name.StartsWith("calibration.", StringComparison.Ordinal) => OfPositives(name,
                    Calibration.OfPositiveClass<double>(truth, score)),
            _ => OfClass(name, matrix),
        };
    }

    static double[] OfPositives(string name, Calibration calibration) => name switch
    {
        "ece.positive_class" => [calibration.ExpectedError],
        "mce.positive_class" => [calibration.MaximumError],
        "ece.bin_count" => [.. calibration.Bins.Select(bin => (double)bin.Count)],
        "ece.bin_mean_predicted" => [.. calibration.Bins.Select(bin => bin.MeanPredicted)],
        "ece.bin_fraction_positive" => [.. calibration.Bins.Select(bin => bin.Observed)],
        "calibration.mean_predicted" => [.. calibration.Bins.Where(bin => bin.Count > 0).Select(bin => bin.MeanPredicted)],
        "calibration.fraction_of_positives" => [.. calibration.Bins.Where(bin => bin.Count > 0).Select(bin => bin.Observed)],
        _ => throw new InvalidDataException($"unknown output '{name}'"),
    };

    /// <summary><c>precision.macro</c>, <c>f1.per_class</c> and the like.</summary>
    static double[] OfClass(string name, ConfusionMatrix matrix)
    {
        string[] parts = name.Split('.');
        Func<ClassScores, double> figure = parts[0] switch
        {
            "precision" => scores => scores.Precision,
            "recall" => scores => scores.Recall,
            "f1" => scores => scores.F1,
            _ => throw new InvalidDataException($"unknown output '{name}'"),
        };
        return parts[^1] switch
        {
            "per_class" => [.. Enumerable.Range(0, matrix.Classes).Select(c => figure(matrix.Scores(c)))],
            "binary" => [figure(matrix.Scores(1))],
            "macro" => [figure(matrix.Scores(Averaging.Macro))],
            "micro" => [figure(matrix.Scores(Averaging.Micro))],
            "weighted" => [figure(matrix.Scores(Averaging.Weighted))],
            _ => throw new InvalidDataException($"unknown output '{name}'"),
        };
    }
}
