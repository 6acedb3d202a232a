namespace NeuralCore;

/// <summary>
/// Quantile loss: whose minimum is the τ-quantile of the target, for one or several τ at once.
/// <code>
/// loss = τ·(t - y)          dY = -τ          y &lt; t
///      = (1 - τ)·(y - t)       = 1 - τ       y &gt; t          (0 at y = t)
/// </code>
/// t (…, K), or (B) for one value a row; y (…, K·Q), the Q quantiles of each target side by side. The mean runs over all K·Q elements.
/// <para>Source: Koenker and Bassett, "Regression quantiles", Econometrica 46 (1978).</para>
/// </summary>
public sealed class Pinball : Loss
{
    readonly double[] quantiles;

    /// <summary>The loss of these quantiles.</summary>
    /// <param name="quantiles">Each τ in (0, 1), in the order of the predictions' columns.</param>
    public Pinball(params ReadOnlySpan<double> quantiles)
    {
        if (quantiles.IsEmpty) throw new ArgumentException("Pinball: expected at least one quantile", nameof(quantiles));
        foreach (double tau in quantiles)
            if (!(tau > 0 && tau < 1))
                throw new ArgumentException($"Pinball: expected quantiles between 0 and 1, got {tau}", nameof(quantiles));
        this.quantiles = quantiles.ToArray();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. quantiles.Select((q, i) => ($"quantile {i}", q))];

    /// <inheritdoc/>
    public override double Weight(Tensor target) => Valid(target, target.Count) * quantiles.Length;

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        int Q = quantiles.Length;
        if (y.Columns % Q != 0)
            throw new ArgumentException($"Pinball: expected a multiple of {Q} columns, one for each quantile, got {y.Shape}");
        RequireTargets(target, y.Shape.WithLast(y.Columns / Q));
        RequireGradient(y, dY);
        double sum = 0;
        for (int i = 0; i < y.Count; i++)
        {
            bool counts = Counts(target, i, y.Count);
            double slope = 0;
            if (counts)
            {
                double tau = quantiles[i % Q], error = (double)y.Span[i] - Finite(target.Span[i / Q]);
                slope = error > 0 ? 1 - tau : error < 0 ? -tau : error;
                sum += slope * error;
            }
            if (!dY.IsEmpty) dY.Span[i] = (float)(scale * slope);
        }
        return sum;
    }

    /// <inheritdoc/>
    protected internal override double RowWeight(int targetColumns) => targetColumns * quantiles.Length;
}
