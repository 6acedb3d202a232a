namespace NeuralCore.Backtest;

/// <summary>
/// Whether two forecasts have the same expected loss. With d_t the loss of the first less that of the second at time t, d̄ its mean, γ_k
/// its autocovariances (1/n) Σ (d_t - d̄)(d_t-k - d̄) and w_k the <see cref="LagWeights"/>,
/// <code>
/// V = (γ_0 + 2 Σ_{k &lt; h} w_k γ_k) / n,   DM = d̄ / √V,   DM* = DM √((n + 1 - 2h + h(h - 1)/n) / n)
/// </code>
/// and DM* is compared with Student's t of n - 1 degrees of freedom. d̄ &lt; 0 means that the first is better.
/// <para>Sources: Diebold and Mariano, "Comparing predictive accuracy", Journal of Business and Economic Statistics 13 (1995); Harvey,
/// Leybourne and Newbold, "Testing the equality of prediction mean squared errors", International Journal of Forecasting 13 (1997).</para>
/// </summary>
/// <param name="MeanDifference">d̄; NaN without rows.</param>
/// <param name="Test">DM* with its p-value; <see cref="Significance.None"/> where there are no more than h times.</param>
/// <param name="Weights">The weights used: Bartlett's where rectangular ones gave no positive variance.</param>
public readonly record struct DieboldMariano(double MeanDifference, Significance Test, LagWeights Weights)
{
    /// <summary>The test of two series of losses, one loss a time; <see cref="TimeMeans"/> makes such series of pooled pairs.</summary>
    /// <param name="first">Losses of the first forecast in order of time.</param>
    /// <param name="second">Losses of the second at the same times.</param>
    /// <param name="horizon">h, the steps that a forecast looks ahead: losses h apart share no future.</param>
    /// <param name="weights">Weights of the lags.</param>
    /// <param name="alternative">Less: the first forecast has the smaller loss.</param>
    /// <exception cref="ArgumentException">Lengths differ, a loss is not finite, or the horizon is less than 1.</exception>
    public static DieboldMariano Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int horizon = 1,
        LagWeights weights = LagWeights.Rectangular, Alternative alternative = Alternative.TwoSided)
    {
        if (horizon < 1) throw new ArgumentException($"Diebold-Mariano test: expected a horizon of at least 1, got {horizon}");
        double[] d = Differences(first, second);
        int n = d.Length;
        if (n == 0) return new DieboldMariano(double.NaN, Significance.None, weights);
        double mean = d.Average();
        if (n <= horizon) return new DieboldMariano(mean, Significance.None, weights);

        double variance = Variance(d, mean, horizon, weights);
        if (!(variance > 0)) variance = Variance(d, mean, horizon, weights = LagWeights.Bartlett);
        double correction = (n + 1 - 2.0 * horizon + (double)horizon * (horizon - 1) / n) / n;
        // Equal losses at all times are no difference; a difference that never varies is as clear as can be.
        double statistic = mean == 0 ? 0 : mean / Math.Sqrt(Math.Max(0, variance)) * Math.Sqrt(correction);
        double p = alternative switch
        {
            Alternative.Less => Tail.StudentAbove(-statistic, n - 1),
            Alternative.Greater => Tail.StudentAbove(statistic, n - 1),
            _ => 2 * Tail.StudentAbove(Math.Abs(statistic), n - 1),
        };
        return new DieboldMariano(mean, new Significance(statistic, p), weights);
    }

    static double Variance(double[] d, double mean, int horizon, LagWeights weights)
    {
        double sum = 0;
        for (int k = 0; k < horizon; k++)
        {
            double covariance = 0;
            for (int t = k; t < d.Length; t++) covariance += (d[t] - mean) * (d[t - k] - mean);
            double weight = weights == LagWeights.Bartlett ? 1 - (double)k / horizon : 1;
            sum += (k == 0 ? 1 : 2) * weight * covariance / d.Length;
        }
        return sum / d.Length;
    }

    static double[] Differences(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"Diebold-Mariano test: expected {first.Length} losses of the second forecast, "
                + $"got {second.Length}");
        var d = new double[first.Length];
        for (int t = 0; t < d.Length; t++)
        {
            d[t] = first[t] - second[t];
            if (!double.IsFinite(d[t]))
                throw new ArgumentException("Diebold-Mariano test: expected finite losses, got "
                    + $"{Format.Number(first[t])} and {Format.Number(second[t])} at {t}");
        }
        return d;
    }
}
