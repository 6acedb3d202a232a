namespace NeuralCore;

/// <summary>
/// Focal loss of logits y (…, C) and class indices t: cross-entropy that counts well classified rows less.
/// <code>
/// p     = softmax y        q = 1 - p_t
/// loss  = -α_t·q^γ·log p_t
/// dY_c  = α_t·q^γ·(1 - γ·p_t·log p_t / q)·(p_c - [c = t])
/// </code>
/// With γ = 0 it is <see cref="CrossEntropy"/> with class weights α; the mean divides by the sum of α_t of the rows that are not ignored.
/// <para>Source: Lin et al., "Focal loss for dense object detection", 2017, in its form for several classes.</para>
/// </summary>
public sealed class Focal : ClassLoss
{
    readonly double gamma;

    /// <summary>A focal loss.</summary>
    /// <param name="gamma">γ, at least 0: how much less an easy row counts.</param>
    /// <param name="alpha">α, one weight for each class, at least 0; none means 1 for each.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the sum nor in the mean's weight; their gradient is 0.</param>
    public Focal(double gamma = 2, ReadOnlySpan<float> alpha = default, int ignoreIndex = -100) : base(alpha, ignoreIndex)
    {
        if (!(gamma >= 0 && double.IsFinite(gamma)))
            throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "Focal: expected a finite gamma of at least 0");
        this.gamma = gamma;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("gamma", gamma)];

    private protected override double Row(ReadOnlySpan<float> y, int t, double scale, Span<float> dY)
    {
        double largest = y[0], others = 0;
        foreach (float logit in y) largest = logit > largest || float.IsNaN(logit) ? logit : largest;
        for (int c = 0; c < y.Length; c++)
            if (c != t) others += ScalarMath.Exp(y[c] - largest);
        double own = ScalarMath.Exp(y[t] - largest), total = own + others;
        // q is summed, not 1 - p_t, and -log p_t comes from it where p_t is near 1: neither loses digits.
        double p = own / total, q = others / total;
        double surprise = p > 0.5 ? ScalarMath.Log1p(others / own) : ScalarMath.Log(total) - (y[t] - largest);
        double weight = (ClassWeights is null ? 1 : ClassWeights[t]) * (gamma == 0 ? 1 : ScalarMath.Exp(gamma * ScalarMath.Log(q)));
        double slope = q > 0 ? weight * (1 + gamma * p * surprise / q) : weight * (1 + gamma);   // -log(1 - q) / q -> 1
        for (int c = 0; c < dY.Length; c++)
            dY[c] = (float)(scale * slope * (c == t ? -q : ScalarMath.Exp(y[c] - largest) / total));
        return weight * surprise;
    }
}
