using System.Numerics;

namespace NeuralCore.Metrics;

/// <summary>Share of each kind of row whose score is at least a threshold.</summary>
/// <param name="Threshold">The threshold; ∞ for the first point, where nothing is called positive.</param>
/// <param name="FalsePositiveRate">Negatives that are called positive.</param>
/// <param name="TruePositiveRate">Positives that are called positive.</param>
public readonly record struct RocPoint(double Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>What calling the rows positive whose score is at least a threshold gives.</summary>
/// <param name="Threshold">The threshold; ∞ for the first point, where nothing is called positive.</param>
/// <param name="Precision">Share of positives among the called; 1 at the first point.</param>
/// <param name="Recall">Share of the positives that are called; 1 where there are none.</param>
public readonly record struct PrecisionRecallPoint(double Threshold, double Precision, double Recall);

/// <summary>
/// How well scores put positives before negatives, whatever the threshold. True classes are 0 and 1, or 0 to C - 1 with scores (n, C);
/// scores are finite and need not be probabilities. O(n log n) for each class; values agree with scikit-learn's.
/// </summary>
/// <remarks>All throw an <see cref="ArgumentException"/> where there are no rows, lengths do not fit, or a value is out of its
/// range.</remarks>
public static class Ranking
{
    /// <summary>
    /// Area under the receiver operating characteristic: the probability that a random positive has a higher score than a random negative,
    /// a tie counting half.
    /// <para>Source: Fawcett, "An introduction to ROC analysis", 2006.</para>
    /// </summary>
    /// <exception cref="ArgumentException">There are no positives or no negatives: the area is not defined.</exception>
    public static double RocAuc<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
        => RocAuc(Counts("RocAuc", truth, scores, weights));

    /// <summary>
    /// The receiver operating characteristic: one point for each distinct score of a row that weighs something, highest first, after (∞, 0,
    /// 0).
    /// </summary>
    /// <exception cref="ArgumentException">There are no positives or no negatives: the curve is not defined.</exception>
    public static IReadOnlyList<RocPoint> RocCurve<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores,
        ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        List<Count> counts = Counts("RocCurve", truth, scores, weights);
        Count all = RequireBoth("RocCurve", counts);
        return [.. counts.Select(count => new RocPoint(count.Threshold, count.Negatives / all.Negatives, count.Positives / all.Positives))];
    }

    /// <summary>
    /// Average precision Σ (R_i - R_i-1)·P_i over the points of the <see cref="PrecisionRecallCurve"/>; 0 where there are no positives.
    /// </summary>
    public static double AveragePrecision<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
        => AveragePrecision(Counts("AveragePrecision", truth, scores, weights));

    /// <summary>
    /// Precision against recall: one point for each distinct score of a row that weighs something, highest first, after (∞, 1, 0).
    /// </summary>
    public static IReadOnlyList<PrecisionRecallPoint> PrecisionRecallCurve<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores,
        ReadOnlySpan<double> weights = default) where T : struct, IFloatingPoint<T>
    {
        List<Count> counts = Counts("PrecisionRecallCurve", truth, scores, weights);
        return [new PrecisionRecallPoint(double.PositiveInfinity, 1, 0), .. counts.Skip(1).Select(count =>
            new PrecisionRecallPoint(count.Threshold, count.Precision,
                counts[^1].Positives == 0 ? 1 : count.Positives / counts[^1].Positives))];
    }

    /// <summary>Area under the curve of each class against all others, with scores (n, C), averaged.</summary>
    /// <exception cref="ArgumentException">A class does not occur, or no other: its area is not defined.</exception>
    public static double RocAucOneVsRest<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, Averaging averaging = Averaging.Macro)
        where T : struct, IFloatingPoint<T>
        => OneVsRest("RocAucOneVsRest", truth, scores, averaging, RocAuc);

    /// <summary>
    /// Average precision of each class against all others, with scores (n, C), averaged; a class that does not occur has 0.
    /// </summary>
    public static double AveragePrecisionOneVsRest<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores,
        Averaging averaging = Averaging.Macro)
        where T : struct, IFloatingPoint<T>
        => OneVsRest("AveragePrecisionOneVsRest", truth, scores, averaging, AveragePrecision);

    /// <summary>
    /// Mean area over all pairs of classes that occur, with scores (n, C): of a pair's rows alone, the mean of the area by the score of the
    /// one class and by that of the other. NaN where fewer than two classes occur.
    /// <para>Source: Hand and Till, "A simple generalisation of the area under the ROC curve for multiple class classification problems",
    /// 2001.</para>
    /// </summary>
    /// <param name="truth">True classes (n).</param>
    /// <param name="scores">Scores (n, C).</param>
    /// <param name="averaging">Macro, or weighted: a pair weighs as much as its rows.</param>
    public static double RocAucOneVsOne<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, Averaging averaging = Averaging.Macro)
        where T : struct, IFloatingPoint<T>
    {
        if (averaging == Averaging.Micro) throw new ArgumentException("RocAucOneVsOne: expected macro or weighted averaging, got micro");
        (double[] s, int classes) = Table("RocAucOneVsOne", truth, scores);
        int[] t = truth.ToArray(), occurring = [.. t.Distinct().Order()];
        double sum = 0, total = 0;
        foreach (int a in occurring)
            foreach (int b in occurring.Where(b => b > a))
            {
                int[] rows = [.. Enumerable.Range(0, t.Length).Where(row => t[row] == a || t[row] == b)];
                double weight = averaging == Averaging.Weighted ? rows.Length : 1;
                sum += weight * (Area(a) + Area(b)) / 2;
                total += weight;

                double Area(int c)
                    => RocAuc(Counts([.. rows.Select(row => s[row * classes + c])], [.. rows.Select(row => t[row] == c)], []));
            }
        return sum / total;
    }

    /// <summary>Weight of the positives and negatives with a score of at least the threshold.</summary>
    readonly record struct Count(double Threshold, double Positives, double Negatives)
    {
        internal double Precision => Positives + Negatives > 0 ? Positives / (Positives + Negatives) : 0;
    }

    static List<Count> Counts<T>(string metric, ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, ReadOnlySpan<double> weights)
        where T : struct, IFloatingPoint<T>
    {
        Check.Lengths(metric, truth.Length, scores.Length);
        Check.Classes(metric, truth, 2);
        return Counts(Check.Finite(metric, scores), [.. truth.ToArray().Select(t => t == 1)], Check.Weights(metric, truth.Length, weights));
    }

    /// <summary>
    /// From the highest score down, rows of the same score at once, those without weight left out; no weights mean 1 for each.
    /// </summary>
    static List<Count> Counts(double[] scores, bool[] positive, double[] weights)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).Where(row => weights.Length == 0 || weights[row] > 0)];
        Array.Sort([.. order.Select(row => scores[row])], order);
        List<Count> counts = [new Count(double.PositiveInfinity, 0, 0)];
        double positives = 0, negatives = 0;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int row = order[i];
            double weight = weights.Length == 0 ? 1 : weights[row];
            if (positive[row]) positives += weight;
            else negatives += weight;
            if (i == 0 || scores[order[i - 1]] != scores[row]) counts.Add(new Count(scores[row], positives, negatives));
        }
        return counts;
    }

    static Count RequireBoth(string metric, List<Count> counts) => counts[^1] is { Positives: > 0, Negatives: > 0 } all ? all
        : throw new ArgumentException($"{metric}: expected positives and negatives, got rows of one kind only");

    static double RocAuc(List<Count> counts)
    {
        Count all = RequireBoth("RocAuc", counts);
        double area = 0;   // trapezoids; without weights twice the area is a whole number, and exact
        for (int i = 1; i < counts.Count; i++)
            area += (counts[i].Negatives - counts[i - 1].Negatives) * (counts[i].Positives + counts[i - 1].Positives);
        return area / 2 / (all.Positives * all.Negatives);
    }

    static double AveragePrecision(List<Count> counts)
    {
        double sum = 0, all = counts[^1].Positives;
        for (int i = 1; i < counts.Count; i++) sum += (counts[i].Positives - counts[i - 1].Positives) * counts[i].Precision;
        return all == 0 ? 0 : sum / all;
    }

    static (double[] Scores, int Classes) Table<T>(string metric, ReadOnlySpan<int> truth, ReadOnlySpan<T> scores)
        where T : struct, IFloatingPoint<T>
    {
        int classes = Check.Columns(metric, truth.Length, scores.Length, least: 2);
        Check.Classes(metric, truth, classes);
        return (Check.Finite(metric, scores), classes);
    }

    static double OneVsRest<T>(string metric, ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, Averaging averaging,
        Func<List<Count>, double> figure)
        where T : struct, IFloatingPoint<T>
    {
        (double[] s, int classes) = Table(metric, truth, scores);
        int[] t = truth.ToArray();
        if (averaging == Averaging.Micro) return figure(Counts(s, [.. s.Select((_, i) => t[i / classes] == i % classes)], []));
        double sum = 0;
        for (int c = 0; c < classes; c++)
        {
            double share = averaging == Averaging.Weighted ? t.Count(k => k == c) / (double)t.Length : 1.0 / classes;
            sum += share * figure(Counts([.. t.Select((_, row) => s[row * classes + c])], [.. t.Select(k => k == c)], []));
        }
        return sum;
    }
}
