namespace NeuralCore.Backtest;

/// <summary>
/// How many independent rows it takes to see a difference: with them a two-sided test at <c>level</c> finds it with probability
/// <c>power</c>. z_α is the normal quantile of 1 - level/2 and z_β that of the power. Rows of pairs that move together are worth
/// fewer, so it takes more of them: multiply the rows given here by the design effect, the square of how many times wider the block
/// bootstrap's interval is than that of independent rows.
/// </summary>
public static class SampleSize
{
    /// <summary>
    /// Rows to tell two models apart that are judged on the same rows (<see cref="McNemar"/>):
    /// n = ((z_α √ψ + z_β √(ψ - δ²)) / δ)², ψ the share of rows on which exactly one of them is right and δ the difference of their
    /// accuracies. Models that mostly agree need far fewer rows than two that are judged on rows of their own.
    /// <para>Source: Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43
    /// (1987).</para>
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
