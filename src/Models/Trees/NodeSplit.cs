using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Models;

/// <summary>The best way found to cut a node: rows whose feature is in bins 0 to <see cref="Bin"/> go left.</summary>
/// <param name="width">Statistics of a row.</param>
sealed class NodeSplit(int width)
{
    internal int Feature, Bin;

    /// <summary>Where rows without the value go.</summary>
    internal bool MissingLeft;

    /// <summary>Score of both sides less that of the node; 0: no split is allowed and better than none.</summary>
    internal double Gain;

    /// <summary>Sums over the rows that go left.</summary>
    internal readonly double[] Left = new double[width];
}

/// <summary>
/// What makes a good split. A node's statistics are sums over its rows: targets t₁ ... t_m, weight w, and the number of rows. Its score is
/// Σ t² / (w + λ), and the gain of a split the sum of the sides' scores less the node's.
/// <para>With t the gradients and w the second derivatives of a loss, half the gain is what Newton steps of both sides take from the loss
/// (Chen and Guestrin, "XGBoost: a scalable tree boosting system", 2016, equation 7). With t weighted values it is the decrease of their
/// sum of squared errors, and with t the weights of classes, the first of which is what the others leave, that of the Gini impurity
/// times w (Breiman, Friedman, Olshen, Stone, "Classification and regression trees", 1984).</para>
/// </summary>
/// <param name="Targets">m.</param>
/// <param name="Rest">Whether what t leaves of w is a further class.</param>
/// <param name="L2">λ.</param>
/// <param name="MinWeight">Least w on each side.</param>
/// <param name="MinRows">Least number of rows on each side.</param>
sealed record SplitRule(int Targets, bool Rest, double L2, double MinWeight, int MinRows)
{
    const double Rounding = 1e-13;   // gains of this share of the score are not gains

    /// <summary>Statistics of one row: m targets, the weight and the count, in whole groups of four.</summary>
    internal int Width => (Targets + 5) / 4 * 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double Score(ref double s, int targets, bool hasRest, double l2)
    {
        double weight = Unsafe.Add(ref s, targets), rest = weight, score = 0;
        for (int j = 0; j < targets; j++)
        {
            double t = Unsafe.Add(ref s, j);
            score += t * t;
            rest -= t;
        }
        if (hasRest) score += rest * rest;
        return weight + l2 > 0 ? score / (weight + l2) : 0;
    }

    /// <summary>Whether rows are in more than one bin.</summary>
    internal bool Varies(ReadOnlySpan<double> histogram)
    {
        int filled = 0;
        for (int at = Targets + 1; at < histogram.Length && filled < 2; at += Width) filled += histogram[at] > 0 ? 1 : 0;
        return filled > 1;
    }

    /// <summary>
    /// Takes the best split of one feature if it is better than <paramref name="best"/>. Missing values go right while bins are moved to the
    /// left one by one, which ends with all but them on the left; then, if there are any, the other way round.
    /// </summary>
    internal void Search(int feature, int bins, ReadOnlySpan<double> histogram, ReadOnlySpan<double> total, NodeSplit best)
    {
        bool missing = histogram[BinnedFeatures.Missing * Width + Targets + 1] > 0;
        Scan(feature, 0, missing ? bins : bins - 1, 1, histogram, total, best);
        if (missing) Scan(feature, bins - 1, 0, -1, histogram, total, best);
    }

    /// <summary>Moves bins first, first + step ... (before end) from the far side to the near one, and looks at each split on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Scan(int feature, int first, int end, int step, ReadOnlySpan<double> histogram, ReadOnlySpan<double> total, NodeSplit best)
    {
        int m = Targets, width = Width;
        (double l2, double minWeight, double minRows, double all, bool rest) = (L2, MinWeight, MinRows, total[m + 1], Rest);
        Span<double> nearSums = stackalloc double[width], farSums = stackalloc double[width];
        nearSums.Clear();
        farSums.Clear();
        ref double near = ref MemoryMarshal.GetReference(nearSums), far = ref MemoryMarshal.GetReference(farSums);
        ref double node = ref MemoryMarshal.GetReference(total), h = ref MemoryMarshal.GetReference(histogram);
        double score = Score(ref node, m, rest, l2);
        for (int bin = first; bin != end; bin += step)
        {
            ref double sums = ref Unsafe.Add(ref h, bin * width);
            if (Unsafe.Add(ref sums, m + 1) == 0) continue;   // the same sides as before
            for (int j = 0; j <= m + 1; j++)
            {
                double moved = Unsafe.Add(ref near, j) + Unsafe.Add(ref sums, j);
                Unsafe.Add(ref near, j) = moved;
                Unsafe.Add(ref far, j) = Unsafe.Add(ref node, j) - moved;
            }
            if (Unsafe.Add(ref near, m + 1) < minRows || Unsafe.Add(ref near, m) < minWeight) continue;
            if (Unsafe.Add(ref far, m + 1) < minRows || Unsafe.Add(ref far, m) < minWeight) break;
            double sides = Score(ref near, m, rest, l2) + Score(ref far, m, rest, l2), gain = sides - score;
            if (!(gain > best.Gain && gain > Rounding * sides)) continue;
            (best.Feature, best.Bin, best.MissingLeft, best.Gain) = (feature, step > 0 ? bin : bin - 1, step < 0, gain);
            (step > 0 ? nearSums : farSums).CopyTo(best.Left);
        }
    }
}
