namespace NeuralCore.Backtest;

/// <summary>
/// p-values of several tests, made so much larger that the probability of any false finding at level α stays at most α, however the
/// tests depend on each other. With m p-values ascending, p̃_(k) = max_{j ≤ k} min(1, (m - j + 1) p_(j)).
/// <para>Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).</para>
/// </summary>
public static class Holm
{
    /// <summary>The adjusted p-values, in the order given.</summary>
    /// <param name="pValues">p-values, for example one for each pair; NaN, a test that could not be made, stays NaN and does not
    /// count.</param>
    /// <exception cref="ArgumentException">A value lies outside of [0, 1].</exception>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        double[] p = pValues.ToArray();
        foreach (double value in p)
            if (value is < 0 or > 1) throw new ArgumentException($"Holm: expected p-values from 0 to 1, got {Format.Number(value)}");
        int[] order = [.. Enumerable.Range(0, p.Length).Where(i => !double.IsNaN(p[i])).OrderBy(i => p[i])];
        double largest = 0;
        for (int k = 0; k < order.Length; k++)
        {
            largest = Math.Max(largest, Math.Min(1, (order.Length - k) * p[order[k]]));
            p[order[k]] = largest;
        }
        return p;
    }
}
