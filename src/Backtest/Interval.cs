namespace NeuralCore.Backtest;

/// <summary>A confidence interval; NaN on both sides where there is nothing to estimate.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The interval of no observations.</summary>
    public static Interval None => new(double.NaN, double.NaN);

    /// <summary>Half of its width.</summary>
    public double HalfWidth => (High - Low) / 2;

    /// <summary>Whether <paramref name="value"/> lies in it, ends included.</summary>
    public bool Contains(double value) => Low <= value && value <= High;

    /// <summary>
    /// Wilson's score interval of a binomial share: the values p for which |hits/n - p| ≤ z √(p(1 - p)/n).
    /// It assumes independent trials, so it serves a single pair and not pooled ones.
    /// <para>Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).</para>
    /// </summary>
    /// <param name="hits">Successes; halves are possible where ties count half.</param>
    /// <param name="n">Trials; 0 gives <see cref="None"/>.</param>
    /// <param name="level">Confidence level.</param>
    public static Interval Wilson(double hits, long n, double level = 0.95)
    {
        if (!(hits >= 0 && hits <= n)) throw new ArgumentException($"Wilson interval: expected 0 to {n} hits, got {Format.Number(hits)}");
        if (!(level is > 0 and < 1))
            throw new ArgumentException($"Wilson interval: expected a level between 0 and 1, got {Format.Number(level)}");
        if (n == 0) return None;
        double z = ScalarMath.NormalQuantile(0.5 + level / 2), p = hits / n, z2 = z * z;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = z / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4.0 * n * n));
        // At 0 and n hits an end is exactly 0 or 1; rounding must not move it off.
        return new Interval(hits == 0 ? 0 : centre - half, hits == n ? 1 : centre + half);
    }
}
