using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Adaptive moment estimation, step t = 1, 2, ...
/// <code>
/// m = β₁·m + (1 - β₁)·g      v = β₂·v + (1 - β₂)·g²
/// p = p - η / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
/// </code>
/// <para>The same as PyTorch's Adam. Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.</para>
/// </summary>
public sealed class Adam : Optimizer
{
    readonly double beta1, beta2, epsilon;
    double power1 = 1, power2 = 1;   // β₁ᵗ, β₂ᵗ
    float[]? m, v;

    /// <summary>Adam with step size η, decay rates β₁ and β₂ in [0, 1) and ε ≥ 0.</summary>
    public Adam(float learningRate = 1e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : base(learningRate)
    {
        (this.beta1, this.beta2) = (Decay(beta1, nameof(beta1)), Decay(beta2, nameof(beta2)));
        this.epsilon = epsilon >= 0 ? epsilon
            : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Adam: expected epsilon of at least 0");
    }

    /// <summary>The mean m of the gradients; empty before the first step.</summary>
    internal ReadOnlySpan<float> FirstMoment => m is null ? [] : AlignedArray.All(m);

    /// <summary>The mean v of their squares; empty before the first step.</summary>
    internal ReadOnlySpan<float> SecondMoment => v is null ? [] : AlignedArray.All(v);

    /// <inheritdoc/>
    public override void Step(Span<float> values, ReadOnlySpan<float> gradients)
    {
        Require(values, gradients, ref m);
        Require(values, gradients, ref v);
        power1 *= beta1;
        power2 *= beta2;
        var factors = new AdamFactors((float)beta1, (float)(1 - beta1), (float)beta2, (float)(1 - beta2),
            (float)(LearningRate / (1 - power1)), (float)(1 / Math.Sqrt(1 - power2)), (float)epsilon);
        InPlace.Apply(new AdamStep(values, gradients, AlignedArray.All(m!), AlignedArray.All(v!), factors), values.Length);
    }
}
