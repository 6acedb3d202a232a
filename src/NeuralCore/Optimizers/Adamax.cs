using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Adam with the largest gradient instead of the mean square, step t = 1, 2, ...
/// <code>
/// g = gradient + λ·p
/// m = β₁·m + (1 - β₁)·g      u = max(β₂·u, |g| + ε)
/// p = p - η / (1 - β₁ᵗ) · m / u
/// </code>
/// <para>The same as PyTorch's Adamax. Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, section 7.</para>
/// </summary>
public sealed class Adamax : Optimizer
{
    readonly double beta2, epsilon;
    readonly StateNumber power1;   // β₁ᵗ
    readonly StateArray m, u;

    /// <summary>Adamax with step size η, decay rates β₁ and β₂ in [0, 1), ε and λ of at least 0.</summary>
    public Adamax(float learningRate = 2e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(learningRate, weightDecay, beta1)
    {
        (this.beta2, this.epsilon) = (Decay(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));
        power1 = Number("beta1_power", 1, 1);
        (m, u) = (Array("exp_avg"), Array("exp_inf"));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("beta2", beta2), ("epsilon", epsilon)];

    /// <inheritdoc/>
    protected override void Advance() => power1.Value *= Momentum;

    /// <inheritdoc/>
    protected override void MomentumChanged() => power1.Value = ScalarMath.Pow(Momentum, StepCount);

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        var factors = new AdamFactors(s.Coupled, (float)Momentum, (float)(1 - Momentum), (float)beta2, 0,
            (float)(s.Rate / (1 - power1.Value)), 0, (float)epsilon);
        InPlace.Apply(new AdamaxStep(s.Values, s.Gradients, s.Of(m), s.Of(u), factors), s.Values.Length);
    }
}
