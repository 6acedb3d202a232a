using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Stochastic gradient descent, with momentum if wanted:   b = μ·b + g,   p = p - η·b   (b starts at 0, so the first b is the first g).
/// <para>The same as PyTorch's SGD. Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.</para>
/// </summary>
public sealed class Sgd : Optimizer
{
    readonly float momentum;
    float[]? b;

    /// <summary>Descent with step size <paramref name="learningRate"/> and momentum μ in [0, 1).</summary>
    public Sgd(float learningRate, float momentum = 0) : base(learningRate) => this.momentum = (float)Decay(momentum, nameof(momentum));

    /// <summary>The momentum buffer b; empty before the first step and without momentum.</summary>
    internal ReadOnlySpan<float> Momentum => b is null ? [] : AlignedArray.All(b);

    /// <inheritdoc/>
    public override void Step(Span<float> values, ReadOnlySpan<float> gradients)
    {
        if (momentum == 0)
        {
            if (gradients.Length != values.Length) throw new ArgumentException($"Sgd: expected {values.Length} gradients, got {gradients.Length}");
            Elementwise.AddScaled(-LearningRate, gradients, values);
            return;
        }
        Require(values, gradients, ref b);
        InPlace.Apply(new MomentumStep(values, gradients, AlignedArray.All(b!), LearningRate, momentum), values.Length);
    }
}
