using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Rectified Adam: plain momentum until enough squares were seen, then Adam's step times r, step t = 1, 2, ...
/// <code>
/// g = gradient + λ·p         m and v as in <see cref="Adam"/>
/// ρ∞ = 2 / (1 - β₂) - 1      ρ = ρ∞ - 2·t·β₂ᵗ / (1 - β₂ᵗ)
/// ρ > 5:  r = √((ρ - 4)(ρ - 2)·ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)·ρ)),   p = p - η / (1 - β₁ᵗ) · r·√(1 - β₂ᵗ) · m / (√v + ε)
/// else    p = p - η / (1 - β₁ᵗ) · m
/// </code>
/// <para>The same as PyTorch's RAdam. Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020.</para>
/// </summary>
public sealed class RAdam : Optimizer
{
    readonly double beta2, epsilon;
    readonly StateNumber power1, power2;   // β₁ᵗ, β₂ᵗ
    readonly StateArray m, v;

    /// <summary>RAdam with step size η, decay rates β₁ and β₂ in [0, 1), ε and λ of at least 0.</summary>
    public RAdam(float learningRate = 1e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(learningRate, weightDecay, beta1)
    {
        (this.beta2, this.epsilon) = (Decay(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));
        (power1, power2) = (Number("beta1_power", 1, 1), Number("beta2_power", 1, 1));
        (m, v) = (Array("exp_avg"), Array("exp_avg_sq"));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("beta2", beta2), ("epsilon", epsilon)];

    /// <inheritdoc/>
    protected override void Advance()
    {
        power1.Value *= Momentum;
        power2.Value *= beta2;
    }

    /// <inheritdoc/>
    protected override void MomentumChanged() => power1.Value = ScalarMath.Pow(Momentum, StepCount);

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        double last = 2 / (1 - beta2) - 1, rho = last - 2 * StepCount * power2.Value / (1 - power2.Value);
        bool adapts = rho > 5;
        double r = adapts ? Math.Sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho) * (1 - power2.Value)) : 1;
        // Without adaptation the denominator √v·0 + 1 of Adam's kernel is 1.
        var factors = new AdamFactors(s.Coupled, (float)Momentum, (float)(1 - Momentum), (float)beta2, (float)(1 - beta2),
            (float)(s.Rate / (1 - power1.Value) * r), adapts ? 1 : 0, adapts ? (float)epsilon : 1);
        InPlace.Apply(new AdamStep(s.Values, s.Gradients, s.Of(m), s.Of(v), [], factors), s.Values.Length);
    }
}
