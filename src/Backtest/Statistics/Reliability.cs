namespace NeuralCore.Backtest;

/// <summary>The rows whose probability lies in one bin.</summary>
/// <param name="From">Smallest probability of the bin.</param>
/// <param name="To">Largest.</param>
/// <param name="N">Rows.</param>
/// <param name="MeanPredicted">Their mean probability.</param>
/// <param name="Observed">Share of them where it came true.</param>
/// <param name="Interval">Wilson's 95 % interval of that share.</param>
public sealed record ReliabilityBin(double From, double To, int N, double MeanPredicted, double Observed, Interval Interval);

/// <summary>
/// The Brier score (1/n) Σ (p_i - y_i)² taken apart by bins b with n_b rows, mean probability p̄_b and observed share ȳ_b:
/// <code>
/// reliability = Σ n_b/n (p̄_b - ȳ_b)²      what miscalibration costs
/// resolution  = Σ n_b/n (ȳ_b - ȳ)²        what telling rows apart gains
/// uncertainty = ȳ(1 - ȳ)                  the score of always saying ȳ
/// within      = (1/n) Σ (p_i - p̄_b)² - 2 (p_i - p̄_b)(y_i - ȳ_b)   rest of probabilities that differ within a bin
/// </code>
/// The score is reliability - resolution + uncertainty + within; within is 0 where a bin holds one probability only.
/// <para>Sources: Murphy, "A new vector partition of the probability score", Journal of Applied Meteorology 12 (1973); for the rest
/// Stephenson, Coelho and Jolliffe, "Two extra components in the Brier score decomposition", Weather and Forecasting 23 (2008).</para>
/// </summary>
/// <param name="Reliability">Less is better.</param>
/// <param name="Resolution">More is better.</param>
/// <param name="Uncertainty">A property of the rows alone.</param>
/// <param name="Within">The rest.</param>
public readonly record struct BrierParts(double Reliability, double Resolution, double Uncertainty, double Within)
{
    /// <summary>The Brier score.</summary>
    public double Score => Reliability - Resolution + Uncertainty + Within;
}

/// <summary>
/// Whether what is predicted with probability p comes true a share p of the time, in bins of equal mass: the rows in ascending order of p,
/// cut into parts of as near as possible n/B rows. Direction models rarely leave [0.45, 0.55]; bins of equal width
/// (<see cref="Metrics.Calibration"/>) would put all their rows into one or two. Rows of one probability stay together.
/// <para>Source: Nixon et al., "Measuring calibration in deep learning" (2019).</para>
/// </summary>
public sealed class Reliability
{
    Reliability(List<ReliabilityBin> bins, BrierParts brier) => (Bins, Brier) = (bins, brier);

    /// <summary>The bins that hold rows, in ascending order.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>The Brier score and its parts; NaN without rows.</summary>
    public BrierParts Brier { get; }

    /// <summary>Expected calibration error Σ n_b/n |ȳ_b - p̄_b|; NaN without rows.</summary>
    public double ExpectedError =>
        Bins.Count == 0 ? double.NaN : Bins.Sum(bin => bin.N * Math.Abs(bin.Observed - bin.MeanPredicted)) / Bins.Sum(bin => (double)bin.N);

    /// <summary>Bins the rows.</summary>
    /// <param name="truth">1 where it came true, else 0, for every row.</param>
    /// <param name="probabilities">Probability of 1.</param>
    /// <param name="bins">B, the number of bins.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value is out of its range.</exception>
    public static Reliability Of(ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities, int bins = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        Binary.Check("reliability", truth, probabilities);
        int n = truth.Length;
        double[] p = probabilities.ToArray();
        int[] y = truth.ToArray();
        Array.Sort(p, y);
        double share = (double)y.Sum() / n, reliability = 0, resolution = 0, within = 0;
        var table = new List<ReliabilityBin>();
        for (int first = 0, end; first < n; first = end)
        {
            int bin = Bin(p, first, bins, out end);
            for (int next; end < n && Bin(p, end, bins, out next) == bin;) end = next;
            ReliabilityBin b = Row(p.AsSpan(first..end), y.AsSpan(first..end));
            table.Add(b);
            reliability += (double)b.N / n * (b.MeanPredicted - b.Observed) * (b.MeanPredicted - b.Observed);
            resolution += (double)b.N / n * (b.Observed - share) * (b.Observed - share);
            for (int i = first; i < end; i++)
            {
                double away = p[i] - b.MeanPredicted;
                within += (away * away - 2 * away * (y[i] - b.Observed)) / n;
            }
        }
        return new Reliability(table, n == 0 ? new BrierParts(double.NaN, double.NaN, double.NaN, double.NaN)
            : new BrierParts(reliability, resolution, share * (1 - share), within));
    }

    // The bin in which the middle of the run of equal probabilities that starts at a row lies.
    static int Bin(double[] p, int first, int bins, out int end)
    {
        for (end = first + 1; end < p.Length && p[end] == p[first];) end++;
        return (int)((long)bins * ((long)first + end) / (2L * p.Length));
    }

    static ReliabilityBin Row(ReadOnlySpan<double> p, ReadOnlySpan<int> y)
    {
        double sum = 0;
        int hits = 0;
        for (int i = 0; i < p.Length; i++) (sum, hits) = (sum + p[i], hits + y[i]);
        double mean = p[0] == p[^1] ? p[0] : sum / p.Length;   // equal probabilities: exactly, not up to the rounding of the sum
        return new ReliabilityBin(p[0], p[^1], p.Length, mean, (double)hits / p.Length, Interval.Wilson(hits, p.Length));
    }
}
