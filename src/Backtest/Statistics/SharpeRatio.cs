namespace NeuralCore.Backtest;

/// <summary>
/// What a Sharpe ratio is worth. Ratios here are per period, as the returns are: of daily returns the yearly one over √365. Kurtosis is
/// raw: 3 for normal returns.
/// <para>Sources: Bailey and López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012); the same, "The deflated
/// Sharpe ratio: correcting for selection bias, backtest overfitting and non-normality", Journal of Portfolio Management 40 (2014).</para>
/// </summary>
public static class SharpeRatio
{
    const double EulerMascheroni = 0.57721566490153286061;

    /// <summary>Mean over standard deviation (n - 1) of returns; NaN for fewer than two or equal ones.</summary>
    public static double Of(ReadOnlySpan<double> returns)
    {
        var moments = Moments.Of(returns);
        return moments.Deviation > 0 ? moments.Mean / moments.Deviation : double.NaN;
    }

    /// <summary>
    /// PSR(S*), the probability that the true ratio exceeds S*: Φ((S - S*) √(n - 1) / √(1 - γ₃ S + (γ₄ - 1)/4 S²)).
    /// </summary>
    /// <param name="sharpe">S, the ratio that was seen.</param>
    /// <param name="benchmark">S*.</param>
    /// <param name="n">Number of returns, at least 2.</param>
    /// <param name="skewness">γ₃ of the returns.</param>
    /// <param name="kurtosis">γ₄, raw.</param>
    /// <returns>NaN where an argument is, and where no returns have such moments (the root is not of a positive number).</returns>
    public static double Probabilistic(double sharpe, double benchmark, long n, double skewness = 0, double kurtosis = 3)
    {
        if (n < 2) throw new ArgumentException($"Sharpe ratio: expected at least 2 returns, got {n}");
        double variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe;
        return variance > 0 ? Tail.NormalBelow((sharpe - benchmark) * Math.Sqrt(n - 1) / Math.Sqrt(variance)) : double.NaN;
    }

    /// <summary>
    /// The largest ratio to be expected of N trials that are all worth nothing: √V ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e))) with
    /// the variance V of the trials' ratios and the Euler-Mascheroni constant γ; 0 for one trial, among which nothing is chosen.
    /// </summary>
    /// <param name="variance">V.</param>
    /// <param name="trials">N, at least 1.</param>
    public static double ExpectedMaximum(double variance, long trials)
    {
        if (trials < 1) throw new ArgumentException($"Sharpe ratio: expected at least 1 trial, got {trials}");
        if (variance < 0) throw new ArgumentException($"Sharpe ratio: expected a variance of at least 0, got {Format.Number(variance)}");
        if (trials == 1) return 0;
        return Math.Sqrt(variance) * ((1 - EulerMascheroni) * ScalarMath.NormalQuantile(1 - 1.0 / trials)
            + EulerMascheroni * ScalarMath.NormalQuantile(1 - 1 / (trials * Math.E)));
    }

    /// <summary>
    /// DSR, the <see cref="Probabilistic"/> ratio against the <see cref="ExpectedMaximum"/> of the trials among which the strategy was
    /// chosen.
    /// </summary>
    /// <param name="sharpe">Ratio of the strategy chosen.</param>
    /// <param name="variance">Variance of the ratios of all trials.</param>
    /// <param name="trials">Number of trials.</param>
    /// <param name="n">Number of returns.</param>
    /// <param name="skewness">Skewness of the returns.</param>
    /// <param name="kurtosis">Raw kurtosis of the returns.</param>
    public static double Deflated(double sharpe, double variance, long trials, long n, double skewness = 0, double kurtosis = 3) =>
        Probabilistic(sharpe, ExpectedMaximum(variance, trials), n, skewness, kurtosis);
}
