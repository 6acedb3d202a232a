using System.Numerics;

namespace NeuralCore.Metrics;

/// <summary>
/// How good class probabilities are. True classes are 0 to C - 1 with probabilities (n, C), or 0 and 1 with the probability of class 1 (n).
/// Values agree with scikit-learn's; what follows from predicted classes alone is in <see cref="ConfusionMatrix"/>.
/// </summary>
/// <remarks>All throw an <see cref="ArgumentException"/> where there are no rows, lengths do not fit, or a value is out of its
/// range.</remarks>
public static class Classification
{
    /// <summary>2⁻⁵², the difference between 1 and the next double.</summary>
    internal const double MachineEpsilon = 2.220446049250313e-16;

    /// <summary>Class of the largest score of each row, the first of equals, from scores (n, C).</summary>
    public static int[] LargestClass<T>(ReadOnlySpan<T> scores, int classes) where T : struct, IFloatingPoint<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (scores.Length % classes != 0)
            throw new ArgumentException($"LargestClass: expected scores (n, {classes}), got {scores.Length} values");
        double[] s = Check.Finite("LargestClass", scores);
        var result = new int[s.Length / classes];
        for (int row = 0; row < result.Length; row++)
            for (int c = 1; c < classes; c++)
                if (s[row * classes + c] > s[row * classes + result[row]]) result[row] = c;
        return result;
    }

    /// <summary>
    /// Share of rows whose true class is among the k with the largest scores (n, C); of equal scores the higher class comes first.
    /// </summary>
    public static double TopKAccuracy<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> scores, int k) where T : struct, IFloatingPoint<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        int classes = Check.Columns("TopKAccuracy", truth.Length, scores.Length, least: 2), hits = 0;
        Check.Classes("TopKAccuracy", truth, classes);
        double[] s = Check.Finite("TopKAccuracy", scores);
        for (int row = 0; row < truth.Length; row++)
        {
            ReadOnlySpan<double> all = s.AsSpan(row * classes, classes);
            int t = truth[row], before = 0;
            for (int c = 0; c < classes; c++)
                if (all[c] > all[t] || (all[c] == all[t] && c > t)) before++;
            if (before < k) hits++;
        }
        return (double)hits / truth.Length;
    }

    /// <summary>
    /// Mean of -log p of the true class, in nats. Probabilities are moved into [2⁻⁵², 1 - 2⁻⁵²] and a row's divided by their sum, so that
    /// certainty of the wrong class costs 36 and not ∞.
    /// </summary>
    public static double LogLoss<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        (double[] p, int classes, double[] w) = Table("LogLoss", truth, probabilities, weights);
        double sum = 0, total = 0;
        for (int row = 0; row < truth.Length; row++)
        {
            double all = 0;
            for (int c = 0; c < classes; c++) all += Bounded(p[row * classes + c]);
            sum -= w[row] * ScalarMath.Log(Bounded(p[row * classes + truth[row]]) / all);
            total += w[row];
        }
        return sum / total;

        static double Bounded(double p) => Math.Clamp(p, MachineEpsilon, 1 - MachineEpsilon);
    }

    /// <summary>
    /// Brier score: with probabilities of class 1 (n) the mean of (p - [t = 1])², from 0 to 1; with probabilities (n, C) the mean of
    /// Σ_c (p_c - [c = t])², from 0 to 2.
    /// <para>Source: Brier, "Verification of forecasts expressed in terms of probability", 1950.</para>
    /// </summary>
    public static double Brier<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        (double[] p, int classes, double[] w) = Table("Brier", truth, probabilities, weights);
        int first = probabilities.Length == truth.Length ? 1 : 0;   // of two classes with one probability each error counts once
        double sum = 0, total = 0;
        for (int row = 0; row < truth.Length; row++)
        {
            for (int c = first; c < classes; c++)
            {
                double error = p[row * classes + c] - (c == truth[row] ? 1 : 0);
                sum += w[row] * error * error;
            }
            total += w[row];
        }
        return sum / total;
    }

    /// <summary>Probabilities (n, C), where C is 2 if only that of class 1 was given.</summary>
    static (double[] P, int Classes, double[] Weights) Table<T>(string metric, ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities,
        ReadOnlySpan<double> weights) where T : struct, IFloatingPoint<T>
    {
        int columns = Check.Columns(metric, truth.Length, probabilities.Length), classes = Math.Max(2, columns);
        Check.Classes(metric, truth, classes);
        double[] p = Check.Probabilities(metric, probabilities);
        return (columns > 1 ? p : [.. p.SelectMany(p => (double[])[1 - p, p])], classes, Check.Weights(metric, truth.Length, weights));
    }
}
