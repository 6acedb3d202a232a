using NeuralCore.Metrics;

namespace NeuralCore.Backtest;

/// <summary>
/// How good calls of a direction are: those above ½ call a rise, those below it a fall, and ½ is half a call of each. The formulas are in
/// <see cref="ConfusionMatrix"/>, <see cref="Classification"/>, <see cref="Ranking"/> and <see cref="Backtest.Reliability"/>.
/// </summary>
/// <param name="N">Rows; without any all other figures are NaN.</param>
/// <param name="Accuracy">Share of right calls.</param>
/// <param name="BalancedAccuracy">Mean of the shares of rises and of falls that are called right.</param>
/// <param name="MatthewsCorrelation">Correlation of call and truth; 0 where all calls or all truths are alike.</param>
/// <param name="MacroF1">Mean of the F1 of rises and that of falls.</param>
/// <param name="LogLoss">Mean of -log p of what came, in nats; log 2 = 0.6931 for always saying ½.</param>
/// <param name="Auc">Probability that a random rise was given more than a random fall; NaN where all truths are alike.</param>
/// <param name="Reliability">Calibration in bins of equal mass, and the Brier score with its parts.</param>
public sealed record DirectionMetrics(int N, double Accuracy, double BalancedAccuracy, double MatthewsCorrelation, double MacroF1,
    double LogLoss, double Auc, Reliability Reliability)
{
    /// <summary>Mean of (p - y)²; ¼ for always saying ½.</summary>
    public double Brier => Reliability.Brier.Score;

    /// <summary>Expected calibration error with bins of equal mass.</summary>
    public double CalibrationError => Reliability.ExpectedError;

    /// <summary>All figures.</summary>
    /// <param name="truth">1 for a rise and 0 for a fall; rows without a direction are not given.</param>
    /// <param name="probabilities">Probability of a rise: with three classes p_up / (p_up + p_down).</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value is out of its range.</exception>
    public static DirectionMetrics Of(ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities)
    {
        var reliability = Reliability.Of(truth, probabilities);
        if (truth.Length == 0)
            return new DirectionMetrics(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, reliability);
        var confusion = Confusion(truth, probabilities);
        bool bothOccur = truth.Contains(0) && truth.Contains(1);
        return new DirectionMetrics(truth.Length, confusion.Accuracy, confusion.BalancedAccuracy, confusion.MatthewsCorrelation,
            confusion.Scores(Averaging.Macro).F1, Classification.LogLoss(truth, probabilities),
            bothOccur ? Ranking.RocAuc(truth, probabilities) : double.NaN, reliability);
    }

    static ConfusionMatrix Confusion(ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities)
    {
        int rows = truth.Length;
        var (twice, called, weights) = (new int[2 * rows], new int[2 * rows], new double[2 * rows]);
        for (int i = 0; i < 2 * rows; i++)   // every row as two halves, which call differently where p is ½
        {
            double p = probabilities[i % rows];
            (twice[i], called[i], weights[i]) = (truth[i % rows], p > 0.5 || (p == 0.5 && i < rows) ? 1 : 0, 0.5);
        }
        return new ConfusionMatrix(twice, called, 2, weights);
    }
}
