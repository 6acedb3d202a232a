using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Steps divided by the root of the mean squared gradient:
/// <code>
/// g = gradient + λ·p
/// v = α·v + (1 - α)·g²
/// d = g / (√v + ε)                       centered: √(v - a²) with a = α·a + (1 - α)·g
/// p = p - η·d                            with momentum: b = μ·b + d,  p = p - η·b
/// </code>
/// <para>The same as PyTorch's RMSprop. Sources: Tieleman and Hinton, "Lecture 6.5: RMSprop", 2012; Graves, "Generating sequences with
/// recurrent neural networks", 2013 (centered).</para>
/// </summary>
public sealed class RMSprop : Optimizer
{
    readonly double alpha, epsilon;
    readonly StateArray v;
    readonly StateArray? a, b;

    /// <summary>RMSprop with step size η, α and μ in [0, 1), ε ≥ 0 and weight decay λ ≥ 0.</summary>
    public RMSprop(float learningRate = 1e-2f, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0,
        bool centered = false)
        : base(learningRate, weightDecay, momentum == 0 ? null : momentum)
    {
        (this.alpha, this.epsilon) = (Decay(alpha, nameof(alpha)), Positive(epsilon, nameof(epsilon)));
        v = Array("square_avg");
        if (centered) a = Array("grad_avg");
        if (HasMomentum) b = Array("momentum_buffer");
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("alpha", alpha), ("epsilon", epsilon), ("centered", a is null ? 0 : 1)];

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        var factors = new RmsFactors(s.Coupled, (float)alpha, (float)(1 - alpha), (float)s.Rate, (float)Momentum, (float)epsilon);
        InPlace.Apply(new RmsStep(s.Values, s.Gradients, s.Of(v), s.Of(a), s.Of(b), factors), s.Values.Length);
    }
}
