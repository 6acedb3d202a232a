namespace NeuralCore.Backtest;

/// <summary>Moments of values, computed around their mean in a second pass.</summary>
/// <param name="N">Number of values.</param>
/// <param name="Mean">Their mean; NaN without values.</param>
/// <param name="Deviation">Standard deviation with n - 1; NaN for fewer than two values, exactly 0 for equal ones.</param>
/// <param name="Skewness">m₃ / m₂^1.5, m_k the mean of (x - mean)^k; NaN where nothing varies.</param>
/// <param name="Kurtosis">m₄ / m₂², 3 for a normal distribution; NaN where nothing varies.</param>
public readonly record struct Moments(int N, double Mean, double Deviation, double Skewness, double Kurtosis)
{
    /// <summary>The moments of finite values.</summary>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static Moments Of(ReadOnlySpan<double> values)
    {
        int n = values.Length;
        double sum = 0, m2 = 0, m3 = 0, m4 = 0;
        bool alike = true;
        foreach (double x in values)
        {
            if (!double.IsFinite(x)) throw new ArgumentException($"moments: expected finite values, got {Format.Number(x)}");
            sum += x;
            alike &= x == values[0];
        }
        double mean = alike && n > 0 ? values[0] : sum / n;   // the rounding of a mean must not make equal values vary
        foreach (double x in values)
        {
            double d = x - mean;
            m2 += d * d / n;
            m3 += d * d * d / n;
            m4 += d * d * d * d / n;
        }
        return new Moments(n, mean, n < 2 ? double.NaN : Math.Sqrt(m2 * n / (n - 1)), m3 / Math.Pow(m2, 1.5), m4 / (m2 * m2));
    }
}
