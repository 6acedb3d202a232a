using System.Numerics;

namespace NeuralCore.Metrics;

/// <summary>The rows whose probability lies in one bin.</summary>
/// <param name="Count">Number of rows.</param>
/// <param name="MeanPredicted">Their mean probability; NaN in an empty bin.</param>
/// <param name="Observed">Share of them where it came true; NaN in an empty bin.</param>
public readonly record struct CalibrationBin(int Count, double MeanPredicted, double Observed)
{
    internal double Gap => Count == 0 ? 0 : Math.Abs(Observed - MeanPredicted);
}

/// <summary>
/// Whether what is predicted with probability p comes true a share p of the time: rows in bins of equal width over [0, 1], for ten bins
/// (0, 0.1], (0.1, 0.2], ..., 0 belonging to the first. The bins that are not empty are scikit-learn's calibration_curve.
/// <para>Source: Guo et al., "On calibration of modern neural networks", 2017.</para>
/// </summary>
public sealed class Calibration
{
    Calibration(double[] predicted, bool[] cameTrue, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        double[] edges = [.. Enumerable.Range(1, bins - 1).Select(b => b * (1.0 / bins))], sums = new double[bins];
        int[] counts = new int[bins], hits = new int[bins];
        for (int row = 0; row < predicted.Length; row++)
        {
            int at = Array.BinarySearch(edges, predicted[row]), bin = at < 0 ? ~at : at;   // an edge belongs to the bin below it
            counts[bin]++;
            sums[bin] += predicted[row];
            if (cameTrue[row]) hits[bin]++;
        }
        Bins = [.. counts.Select((n, b) => new CalibrationBin(n, sums[b] / n, (double)hits[b] / n))];
    }

    /// <summary>The bins in ascending order.</summary>
    public IReadOnlyList<CalibrationBin> Bins { get; }

    /// <summary>Expected calibration error Σ_b n_b/n·|observed_b - mean predicted_b|.</summary>
    public double ExpectedError => Bins.Sum(bin => bin.Count * bin.Gap) / Bins.Sum(bin => (double)bin.Count);

    /// <summary>Maximum calibration error, the largest |observed_b - mean predicted_b|.</summary>
    public double MaximumError => Bins.Max(bin => bin.Gap);

    /// <summary>The probability of class 1 against the share of class 1.</summary>
    /// <param name="truth">True classes (n), 0 or 1.</param>
    /// <param name="probabilities">Probabilities of class 1 (n).</param>
    /// <param name="bins">Number of bins.</param>
    /// <exception cref="ArgumentException">There are no rows, lengths differ, or a value is out of its range.</exception>
    public static Calibration OfPositiveClass<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities, int bins = 10)
        where T : struct, IFloatingPoint<T>
    {
        Check.Lengths("Calibration", truth.Length, probabilities.Length);
        Check.Classes("Calibration", truth, 2);
        return new Calibration(Check.Probabilities("Calibration", probabilities), [.. truth.ToArray().Select(t => t == 1)], bins);
    }

    /// <summary>
    /// The largest probability of each row against the share of rows where its class, the first of equals, is the true one.
    /// </summary>
    /// <param name="truth">True classes (n), 0 to C - 1.</param>
    /// <param name="probabilities">Probabilities (n, C), or of class 1 (n), which is then predicted from ½ on.</param>
    /// <param name="bins">Number of bins.</param>
    /// <exception cref="ArgumentException">There are no rows, lengths do not fit, or a value is out of its range.</exception>
    public static Calibration OfTopClass<T>(ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities, int bins = 10)
        where T : struct, IFloatingPoint<T>
    {
        int columns = Check.Columns("Calibration", truth.Length, probabilities.Length);
        Check.Classes("Calibration", truth, Math.Max(2, columns));
        double[] p = Check.Probabilities("Calibration", probabilities);
        int[] t = truth.ToArray(),
            predicted = columns == 1 ? [.. p.Select(p => p >= 0.5 ? 1 : 0)] : Classification.LargestClass<double>(p, columns);
        double[] confidence = columns == 1 ? [.. p.Select(p => Math.Max(p, 1 - p))]
            : [.. predicted.Select((c, row) => p[row * columns + c])];
        return new Calibration(confidence, [.. predicted.Select((c, row) => c == t[row])], bins);
    }
}
