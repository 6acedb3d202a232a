namespace NeuralCore.Models;

/// <summary>The best way found to cut a node: rows whose feature is in bins 0 to <see cref="Bin"/> go left.</summary>
/// <param name="width">Statistics of a row.</param>
sealed class Split(int width)
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

    double Score(ReadOnlySpan<double> s)
    {
        double weight = s[Targets], rest = weight, score = 0;
        if (weight + L2 <= 0) return 0;
        foreach (double t in s[..Targets]) (score, rest) = (score + t * t, rest - t);
        return (Rest ? score + rest * rest : score) / (weight + L2);
    }

    /// <summary>The number of rows in a node's or a bin's sums.</summary>
    internal int Rows(ReadOnlySpan<double> sums) => (int)sums[Targets + 1];

    /// <summary>
    /// Takes the best split of one feature if it is better than <paramref name="best"/>. Missing values go right while bins are moved from
    /// right to left, which ends with all but them on the left; then, if there are any, the other way round.
    /// </summary>
    internal void Search(int feature, int bins, ReadOnlySpan<double> histogram, ReadOnlySpan<double> total, Split best)
    {
        bool missing = histogram[BinnedFeatures.Missing * Width + Targets + 1] > 0;
        double score = Score(total);
        Scan(feature, 0, missing ? bins : bins - 1, 1, histogram, total, score, best);
        if (missing) Scan(feature, bins - 1, 0, -1, histogram, total, score, best);
    }

    /// <summary>Moves bins first, first + step ... (before end) from the far side to the near one, and looks at each split on the way.</summary>
    void Scan(int feature, int first, int end, int step, ReadOnlySpan<double> histogram, ReadOnlySpan<double> total, double score, Split best)
    {
        Span<double> near = stackalloc double[Width], far = stackalloc double[Width];
        near.Clear();
        far.Clear();
        int rows = Rows(total), moved = 0;
        for (int bin = first; bin != end; bin += step)
        {
            ReadOnlySpan<double> sums = histogram.Slice(bin * Width, Width);
            if (Rows(sums) == 0) continue;   // the same sides as before
            moved += Rows(sums);
            for (int j = 0; j <= Targets; j++) (near[j], far[j]) = (near[j] + sums[j], total[j] - (near[j] + sums[j]));
            if (moved < MinRows || near[Targets] < MinWeight) continue;
            if (rows - moved < MinRows || far[Targets] < MinWeight) break;
            double sides = Score(near) + Score(far), gain = sides - score;
            if (!(gain > best.Gain && gain > Rounding * sides)) continue;
            (best.Feature, best.Bin, best.MissingLeft, best.Gain) = (feature, step > 0 ? bin : bin - 1, step < 0, gain);
            (near[Targets + 1], far[Targets + 1]) = (moved, rows - moved);
            (step > 0 ? near : far).CopyTo(best.Left);
        }
    }
}
