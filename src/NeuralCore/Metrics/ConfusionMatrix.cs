namespace NeuralCore.Metrics;

/// <summary>Precision, recall and F1 of a class or an average; each is 0 where its denominator is 0.</summary>
/// <param name="Precision">True positives over predicted positives.</param>
/// <param name="Recall">True positives over true rows.</param>
/// <param name="F1">Harmonic mean 2PR / (P + R); of an average over classes the average of their F1.</param>
public readonly record struct ClassScores(double Precision, double Recall, double F1)
{
    internal static ClassScores Of(double hits, double predicted, double truth)
    {
        double precision = Ratio(hits, predicted), recall = Ratio(hits, truth);
        return new ClassScores(precision, recall, Ratio(2 * precision * recall, precision + recall));
    }

    static double Ratio(double a, double b) => b == 0 ? 0 : a / b;
}

/// <summary>
/// n (C, C), the weight (without weights the number) of the rows of each true and predicted class, and the scores that follow from it.
/// Values agree with scikit-learn's, zero_division=0.
/// </summary>
public sealed class ConfusionMatrix
{
    readonly double[] n;        // n[t·C + p]
    readonly double[] truths;   // Σ_p n
    readonly double[] predictions;   // Σ_t n

    /// <summary>Counts true against predicted classes.</summary>
    /// <param name="truth">True class of each row, 0 to <paramref name="classes"/> - 1.</param>
    /// <param name="predicted">Predicted class of each row.</param>
    /// <param name="classes">C, at least 1; a class need not occur.</param>
    /// <param name="weights">One weight of at least 0 for each row; none means 1.</param>
    /// <exception cref="ArgumentException">There are no rows, lengths differ, or a class or weight is out of its range.</exception>
    public ConfusionMatrix(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Check.Lengths("ConfusionMatrix", truth.Length, predicted.Length);
        Check.Classes("ConfusionMatrix", truth, classes);
        Check.Classes("ConfusionMatrix", predicted, classes);
        double[] w = Check.Weights("ConfusionMatrix", truth.Length, weights);
        Classes = classes;
        (n, truths, predictions) = (new double[classes * classes], new double[classes], new double[classes]);
        for (int row = 0; row < truth.Length; row++)
        {
            n[truth[row] * classes + predicted[row]] += w[row];
            truths[truth[row]] += w[row];
            predictions[predicted[row]] += w[row];
            Total += w[row];
        }
        for (int t = 0; t < classes; t++)
            for (int p = 0; p < classes; p++)
                if (t == p) Hits += this[t, p];
                else Misses += this[t, p];
    }

    /// <summary>Number of classes C.</summary>
    public int Classes { get; }

    /// <summary>Weight of all rows.</summary>
    public double Total { get; }

    /// <summary>Weight of the rows of one true and one predicted class.</summary>
    public double this[int truth, int predicted] => n[truth * Classes + predicted];

    double Hits { get; }

    double Misses { get; }   // summed, not Total - Hits: exactly 0 where there are none

    /// <summary>Share of right predictions.</summary>
    public double Accuracy => Hits / Total;

    /// <summary>Mean recall of the classes that occur among the true ones.</summary>
    public double BalancedAccuracy
    {
        get
        {
            double sum = 0;
            int occurring = 0;
            for (int c = 0; c < Classes; c++)
                if (truths[c] > 0) (sum, occurring) = (sum + this[c, c] / truths[c], occurring + 1);
            return sum / occurring;
        }
    }

    /// <summary>
    /// Matthews correlation (N·Σ n_cc - t·p) / √((N² - t·t)(N² - p·p)) with the sums t of true and p of predicted classes; 0 where the
    /// denominator is 0.
    /// <para>Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.</para>
    /// </summary>
    public double MatthewsCorrelation
    {
        get
        {
            double spread = (Total * Total - Dot(truths, truths)) * (Total * Total - Dot(predictions, predictions));
            return spread > 0 ? (Total * Hits - Dot(truths, predictions)) / Math.Sqrt(spread) : 0;
        }
    }

    /// <summary>
    /// Cohen's kappa: 1 - observed over expected disagreement; NaN where all rows are of one class and predicted so.
    /// <para>Source: Cohen, "A coefficient of agreement for nominal scales", 1960.</para>
    /// </summary>
    public double CohenKappa
    {
        get
        {
            double chance = 0;
            for (int t = 0; t < Classes; t++)
                for (int p = 0; p < Classes; p++)
                    if (t != p) chance += truths[t] * predictions[p] / Total;
            return 1 - Misses / chance;
        }
    }

    /// <summary>Precision, recall and F1 of one class.</summary>
    public ClassScores Scores(int c) => ClassScores.Of(this[c, c], predictions[c], truths[c]);

    /// <summary>
    /// Precision, recall and F1 over all classes, those that do not occur too; with micro averaging all three are the accuracy.
    /// </summary>
    public ClassScores Scores(Averaging averaging)
    {
        if (averaging == Averaging.Micro) return ClassScores.Of(Hits, Total, Total);
        double precision = 0, recall = 0, f1 = 0;
        for (int c = 0; c < Classes; c++)
        {
            double share = averaging == Averaging.Weighted ? truths[c] / Total : 1.0 / Classes;
            ClassScores scores = Scores(c);
            precision += share * scores.Precision;
            recall += share * scores.Recall;
            f1 += share * scores.F1;
        }
        return new ClassScores(precision, recall, f1);
    }

    static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int c = 0; c < a.Length; c++) sum += a[c] * b[c];
        return sum;
    }
}
