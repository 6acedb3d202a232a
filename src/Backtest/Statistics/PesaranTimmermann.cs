namespace NeuralCore.Backtest;

/// <summary>
/// Whether directions are called right more often than by calls that have the same share of rises but know nothing: a rising market
/// called up every day is no skill. With the shares p_x of rises called, p_y of rises that came and P̂ of right calls,
/// <code>
/// P* = p_x p_y + (1 - p_x)(1 - p_y)
/// V(P̂) = P*(1 - P*) / n
/// V(P*) = ((2p_y - 1)² p_x(1 - p_x) + (2p_x - 1)² p_y(1 - p_y) + 4 p_x p_y (1 - p_x)(1 - p_y) / n) / n
/// S = (P̂ - P*) / √(V(P̂) - V(P*)), about standard normal
/// </code>
/// Written out, V(P̂) - V(P*) = 4 p_x(1 - p_x) p_y(1 - p_y)(n - 1)/n², which is never negative, so S = φ n/√(n - 1) with Matthews'
/// correlation φ. It assumes that rows are independent, so it serves one pair and not pooled ones.
/// <para>Source: Pesaran and Timmermann, "A simple nonparametric test of predictive performance", Journal of Business and Economic
/// Statistics 10 (1992), equation 6.</para>
/// </summary>
public static class PesaranTimmermann
{
    /// <summary>The test against independence in favour of skill.</summary>
    /// <param name="called">Sign of the direction called for each row. Rows with 0 here or in <paramref name="came"/> have no direction and are left out.</param>
    /// <param name="came">Sign of the direction that came.</param>
    /// <returns>S with the one-sided P(Z > S); <see cref="Significance.None"/> where all calls, or all directions that came, are alike.</returns>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static Significance Test(ReadOnlySpan<int> called, ReadOnlySpan<int> came)
    {
        if (called.Length != came.Length)
            throw new ArgumentException($"Pesaran-Timmermann test: expected {called.Length} directions that came, got {came.Length}");
        double n = 0, calledUp = 0, cameUp = 0, right = 0;
        for (int i = 0; i < called.Length; i++)
        {
            if (called[i] == 0 || came[i] == 0) continue;
            n++;
            if (called[i] > 0) calledUp++;
            if (came[i] > 0) cameUp++;
            if (called[i] > 0 == came[i] > 0) right++;
        }
        double px = calledUp / n, py = cameUp / n, byChance = px * py + (1 - px) * (1 - py);
        double variance = 4 * px * (1 - px) * py * (1 - py) * (n - 1) / (n * n);
        if (!(variance > 0)) return Significance.None;
        double s = (right / n - byChance) / Math.Sqrt(variance);
        return new Significance(s, Tail.NormalAbove(s));
    }
}
