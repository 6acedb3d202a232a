namespace NeuralCore.Backtest;

/// <summary>
/// Whether two models are right equally often on the same rows. Rows on which both are right or both wrong say nothing; of the
/// b + c others each model has half if they are equally good. It assumes that rows are independent, so it serves one pair; pooled rows
/// have <see cref="BlockBootstrap.Difference"/>.
/// <para>Sources: McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
/// Psychometrika 12 (1947); Edwards, "Note on the correction for continuity in testing the significance of the difference between
/// correlated proportions", Psychometrika 13 (1948).</para>
/// </summary>
/// <param name="OnlyFirst">b, rows on which only the first model is right.</param>
/// <param name="OnlySecond">c, rows on which only the second is.</param>
public readonly record struct McNemar(long OnlyFirst, long OnlySecond)
{
    /// <summary>Counts the rows on which the two differ.</summary>
    /// <param name="first">Whether the first model is right, for every row.</param>
    /// <param name="second">Whether the second is.</param>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static McNemar Of(ReadOnlySpan<bool> first, ReadOnlySpan<bool> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"McNemar test: expected {first.Length} hits of the second model, got {second.Length}");
        long onlyFirst = 0, onlySecond = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] && !second[i]) onlyFirst++;
            if (second[i] && !first[i]) onlySecond++;
        }
        return new McNemar(onlyFirst, onlySecond);
    }

    /// <summary>
    /// The exact test: statistic min(b, c), p = min(1, 2 P(X ≤ min(b, c))) with X binomial(b + c, ½). No differing row gives p = 1.
    /// </summary>
    public Significance Exact
    {
        get
        {
            long n = OnlyFirst + OnlySecond, least = Math.Min(OnlyFirst, OnlySecond);
            // C(n, i) for i = n/2, n/2 - 1, ..., 0 relative to the first. Their ratios need no factorials of large n, and the terms
            // vanish some √n steps from the middle.
            double weight = 1, half = 0, tail = 0;
            for (long i = n / 2; i >= 0 && weight > 0; i--)
            {
                half += weight;
                if (i <= least) tail += weight;
                weight *= i / (double)(n - i + 1);
            }
            double all = 2 * half - (n % 2 == 0 ? 1 : 0);   // the middle term of an even n is its own mirror image
            return new Significance(least, Math.Min(1, 2 * tail / all));
        }
    }

    /// <summary>
    /// The test for many differing rows, with the correction for continuity: χ² = (|b - c| - 1)² / (b + c), one degree of freedom; 0 where b = c.
    /// </summary>
    public Significance ChiSquare
    {
        get
        {
            if (OnlyFirst == OnlySecond) return new Significance(0, 1);
            double excess = Math.Abs(OnlyFirst - OnlySecond) - 1.0, x = excess * excess / ((double)OnlyFirst + OnlySecond);
            return new Significance(x, Tail.ChiSquareAbove(x));
        }
    }
}
