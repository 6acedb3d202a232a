using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Steps as long as the earlier ones were, over the size of the gradients:
/// <code>
/// g = gradient + λ·p
/// v = ρ·v + (1 - ρ)·g²
/// d = √(u + ε) / √(v + ε) · g
/// u = ρ·u + (1 - ρ)·d²
/// p = p - η·d
/// </code>
/// <para>The same as PyTorch's Adadelta. Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012.</para>
/// </summary>
public sealed class Adadelta : Optimizer
{
    readonly double rho, epsilon;
    readonly StateArray v, u;

    /// <summary>Adadelta with step size η, ρ in [0, 1), ε and λ of at least 0.</summary>
    public Adadelta(float learningRate = 1f, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0)
        : base(learningRate, weightDecay)
    {
        (this.rho, this.epsilon) = (Decay(rho, nameof(rho)), Positive(epsilon, nameof(epsilon)));
        (v, u) = (Array("square_avg"), Array("acc_delta"));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("rho", rho), ("epsilon", epsilon)];

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        var factors = new AdadeltaFactors(s.Coupled, (float)rho, (float)(1 - rho), (float)s.Rate, (float)epsilon);
        InPlace.Apply(new AdadeltaStep(s.Values, s.Gradients, s.Of(v), s.Of(u), factors), s.Values.Length);
    }
}
