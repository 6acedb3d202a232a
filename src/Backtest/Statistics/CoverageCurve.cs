namespace NeuralCore.Backtest;

/// <summary>Calls limited to the most confident rows.</summary>
/// <param name="Asked">Share of the rows that the thresholds keep on validation rows.</param>
/// <param name="Thresholds">Least confidence of a call, for every fold: -∞ where all rows are asked for, NaN without validation
/// rows.</param>
/// <param name="Realised">Share of the test rows that reach it.</param>
/// <param name="Days">Distinct days (UTC) with such a row.</param>
/// <param name="Rate">Rows, hits, accuracy and Wilson's 95 % interval.</param>
public sealed record CoveragePoint(double Asked, IReadOnlyList<double> Thresholds, double Realised, int Days, Rate Rate);

/// <summary>
/// Accuracy against coverage: how right is a model where it is confident? A threshold is the 1 - c quantile of the confidences of the
/// fold's validation rows, so no test row has a say in which rows are called, and the realised coverage differs from the one asked for.
/// <para>Sources: El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11 (2010); Geifman and
/// El-Yaniv, "Selective classification for deep neural networks" (2017).</para>
/// </summary>
public sealed class CoverageCurve
{
    const long Day = 86_400_000_000;

    CoverageCurve(IReadOnlyList<CoveragePoint> points) => Points = points;

    /// <summary>Coverages from all rows down to a hundredth.</summary>
    public static IReadOnlyList<double> Coverages { get; } = [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02, 0.01];

    /// <summary>The points in the order of the coverages.</summary>
    public IReadOnlyList<CoveragePoint> Points { get; }

    /// <summary>Measures every coverage.</summary>
    /// <param name="validation">Confidences of the validation rows of every fold.</param>
    /// <param name="folds">Fold of each test row.</param>
    /// <param name="confidences">Confidence of each test row.</param>
    /// <param name="hits">1 for a right call, 0 for a wrong one, ½ for none, for each test row.</param>
    /// <param name="times">Time of each test row, µs since 1970 UTC.</param>
    /// <param name="coverages">Coverages in (0, 1]; <see cref="Coverages"/> if null.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value is out of its range.</exception>
    public static CoverageCurve Of(IReadOnlyList<double[]> validation, ReadOnlySpan<int> folds, ReadOnlySpan<double> confidences,
        ReadOnlySpan<double> hits, ReadOnlySpan<long> times, IReadOnlyList<double>? coverages = null)
    {
        ArgumentNullException.ThrowIfNull(validation);
        Check(validation, folds, confidences, hits, times);
        double[][] ascending = [.. validation.Select(fold => fold.Order().ToArray())];
        var points = new List<CoveragePoint>();
        foreach (double coverage in coverages ?? Coverages)
        {
            if (!(coverage is > 0 and <= 1))
                throw new ArgumentException($"coverage curve: expected coverages over 0 up to 1, got {Format.Number(coverage)}");
            double[] thresholds = [.. ascending.Select(fold => Threshold(fold, coverage))];
            points.Add(Point(coverage, thresholds, folds, confidences, hits, times));
        }
        return new CoverageCurve(points);
    }

    /// <summary>
    /// The point of largest realised coverage whose accuracy is at least a target; null if there is none. The point is picked by the test
    /// rows and so flatters; its interval is that of a point named beforehand and does not allow for the picking.
    /// </summary>
    /// <param name="accuracy">The target.</param>
    /// <param name="fewest">Rows that a point must have to count.</param>
    public CoveragePoint? Reaching(double accuracy, int fewest = 30) =>
        Points.Where(point => point.Rate.N >= fewest && point.Rate.Accuracy >= accuracy).MaxBy(point => point.Realised);

    /// <summary>
    /// The same points with rates measured anew, for example of rows of several pairs, which need wider intervals than Wilson's.
    /// </summary>
    public CoverageCurve With(Func<CoveragePoint, Rate> rate) => new([.. Points.Select(point => point with { Rate = rate(point) })]);

    static double Threshold(double[] ascending, double coverage) =>
        coverage == 1 ? double.NegativeInfinity : ascending.Length == 0 ? double.NaN : BlockBootstrap.Quantile(ascending, 1 - coverage);

    /// <summary>The rows that reach the thresholds of their folds.</summary>
    internal static CoveragePoint Point(double coverage, double[] thresholds, ReadOnlySpan<int> folds, ReadOnlySpan<double> confidences,
        ReadOnlySpan<double> hits, ReadOnlySpan<long> times)
    {
        double right = 0;
        long n = 0;
        var days = new HashSet<long>();
        for (int i = 0; i < confidences.Length; i++)
        {
            if (!(confidences[i] >= thresholds[folds[i]])) continue;
            n++;
            right += hits[i];
            days.Add((long)Math.Floor(times[i] / (double)Day));
        }
        double realised = confidences.Length == 0 ? double.NaN : (double)n / confidences.Length;
        return new CoveragePoint(coverage, thresholds, realised, days.Count, new Rate(right, n, Interval.Wilson(right, n)));
    }

    static void Check(IReadOnlyList<double[]> validation, ReadOnlySpan<int> folds, ReadOnlySpan<double> confidences,
        ReadOnlySpan<double> hits, ReadOnlySpan<long> times)
    {
        int rows = confidences.Length;
        if (folds.Length != rows || hits.Length != rows || times.Length != rows)
            throw new ArgumentException(
                $"coverage curve: expected {rows} folds, hits and times, got {folds.Length}, {hits.Length} and {times.Length}");
        for (int fold = 0; fold < validation.Count; fold++)
            foreach (double confidence in validation[fold])
                if (!double.IsFinite(confidence))
                    throw new ArgumentException(
                        $"coverage curve: expected finite validation confidences in fold {fold}, got {Format.Number(confidence)}");
        for (int i = 0; i < rows; i++)
        {
            if (folds[i] < 0 || folds[i] >= validation.Count)
                throw new ArgumentException($"coverage curve: expected a fold under {validation.Count} in row {i}, got {folds[i]}");
            if (!double.IsFinite(confidences[i]))
                throw new ArgumentException($"coverage curve: expected a finite confidence in row {i}, "
                    + $"got {Format.Number(confidences[i])}");
            if (!(hits[i] is >= 0 and <= 1))
                throw new ArgumentException($"coverage curve: expected a hit from 0 to 1 in row {i}, got {Format.Number(hits[i])}");
        }
    }
}
