namespace NeuralCore.Backtest;

/// <summary>
/// How many independent rows it takes to see a difference: with them a two-sided test at <c>level</c> finds it with probability
/// <c>power</c>. z_α is the normal quantile of 1 - level/2 and z_β that of the power. Rows of pairs that move together are worth fewer:
/// divide them by the square of how much wider the block bootstrap's interval is than Wilson's.
/// </summary>
public static class SampleSize
{
    /// <summary>
    /// Rows to tell a share from a fixed one, such as a model from a coin: n = ((z_α √(p₀(1 - p₀)) + z_β √(p₁(1 - p₁))) / (p₁ - p₀))².
    /// <para>Source: Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions", 3rd edition (2003), section 2.4.</para>
    /// </summary>
    /// <param name="expected">p₀, the share under the null hypothesis.</param>
    /// <param name="actual">p₁, the true share.</param>
    /// <param name="power">Probability of seeing the difference.</param>
    /// <param name="level">Level of the test.</param>
    /// <returns>A whole number; ∞ where there is no difference.</returns>
    public static double OneShare(double expected, double actual, double power = 0.8, double level = 0.05)
    {
        Require("a share from 0 to 1", expected is >= 0 and <= 1, expected);
        Require("a share from 0 to 1", actual is >= 0 and <= 1, actual);
        (double zAlpha, double zBeta) = Quantiles(power, level);
        return Rows(zAlpha * Deviation(expected) + zBeta * Deviation(actual), actual - expected);
    }

    /// <summary>
    /// Rows in each of two samples to tell their shares apart, such as one model on two markets:
    /// n = ((z_α √(2 p̄(1 - p̄)) + z_β √(p₁(1 - p₁) + p₂(1 - p₂))) / (p₁ - p₂))² with p̄ = (p₁ + p₂)/2.
    /// <para>Source: as <see cref="OneShare"/>, section 4.2, without the correction for continuity.</para>
    /// </summary>
    /// <param name="first">p₁.</param>
    /// <param name="second">p₂.</param>
    /// <param name="power">Probability of seeing the difference.</param>
    /// <param name="level">Level of the test.</param>
    /// <returns>A whole number for each sample; ∞ where there is no difference.</returns>
    public static double TwoShares(double first, double second, double power = 0.8, double level = 0.05)
    {
        Require("a share from 0 to 1", first is >= 0 and <= 1, first);
        Require("a share from 0 to 1", second is >= 0 and <= 1, second);
        (double zAlpha, double zBeta) = Quantiles(power, level);
        double apart = Math.Sqrt(first * (1 - first) + second * (1 - second));
        return Rows(zAlpha * Math.Sqrt(2) * Deviation((first + second) / 2) + zBeta * apart, first - second);
    }

    /// <summary>
    /// Rows to tell two models apart that are judged on the same rows (<see cref="McNemar"/>):
    /// n = ((z_α √ψ + z_β √(ψ - δ²)) / δ)², ψ the share of rows on which exactly one of them is right and δ the difference of their
    /// accuracies. Models that mostly agree need far fewer rows than <see cref="TwoShares"/>.
    /// <para>Source: Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43 (1987).</para>
    /// </summary>
    /// <param name="discordant">ψ, at least |δ|.</param>
    /// <param name="difference">δ.</param>
    /// <param name="power">Probability of seeing the difference.</param>
    /// <param name="level">Level of the test.</param>
    /// <returns>A whole number; ∞ where there is no difference.</returns>
    public static double PairedModels(double discordant, double difference, double power = 0.8, double level = 0.05)
    {
        Require("a share of differing rows from |difference| to 1", discordant >= Math.Abs(difference) && discordant <= 1, discordant);
        (double zAlpha, double zBeta) = Quantiles(power, level);
        return Rows(zAlpha * Math.Sqrt(discordant) + zBeta * Math.Sqrt(discordant - difference * difference), difference);
    }

    static double Deviation(double p) => Math.Sqrt(p * (1 - p));

    // Without a difference there is none to see, also where nothing varies (0/0).
    static double Rows(double above, double difference) =>
        difference == 0 ? double.PositiveInfinity : Math.Max(1, Math.Ceiling(above / difference * (above / difference)));

    static (double Alpha, double Beta) Quantiles(double power, double level)
    {
        Require("a level between 0 and 1", level is > 0 and < 1, level);
        Require("a power from the level to 1", power >= level && power < 1, power);
        return (ScalarMath.NormalQuantile(1 - level / 2), ScalarMath.NormalQuantile(power));
    }

    static void Require(string expected, bool holds, double actual)
    {
        if (!holds) throw new ArgumentException($"sample size: expected {expected}, got {Format.Number(actual)}");
    }
}
