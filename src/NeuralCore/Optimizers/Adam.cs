using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Adaptive moment estimation, step t = 1, 2, ...
/// <code>
/// g = gradient + λ·p
/// m = β₁·m + (1 - β₁)·g      v = β₂·v + (1 - β₂)·g²
/// p = p - η / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)        AMSGrad: the largest v so far instead of v
/// </code>
/// <para>The same as PyTorch's Adam. Sources: Kingma and Ba, "Adam: a method for stochastic optimization", 2015; Reddi, Kale, Kumar,
/// "On the convergence of Adam and beyond", 2018 (AMSGrad).</para>
/// </summary>
public class Adam : Optimizer
{
    readonly double beta2, epsilon;
    readonly bool decoupled;
    readonly StateNumber power1, power2;   // β₁ᵗ, β₂ᵗ
    readonly StateArray m, v;
    readonly StateArray? largest;

    /// <summary>Adam with step size η, decay rates β₁ and β₂ in [0, 1), ε ≥ 0 and weight decay λ ≥ 0.</summary>
    public Adam(float learningRate = 1e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0,
        bool amsgrad = false)
        : this(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, decoupled: false)
    {
    }

    private protected Adam(float learningRate, double beta1, double beta2, double epsilon, double weightDecay, bool amsgrad, bool decoupled)
        : base(learningRate, weightDecay, beta1)
    {
        (this.beta2, this.epsilon) = (Decay(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));
        this.decoupled = decoupled;
        (power1, power2) = (Number("beta1_power", 1, 1), Number("beta2_power", 1, 1));
        (m, v) = (Array("exp_avg"), Array("exp_avg_sq"));
        if (amsgrad) largest = Array("max_exp_avg_sq");
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("beta2", beta2), ("epsilon", epsilon), ("amsgrad", largest is null ? 0 : 1)];

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
        Descent descent = decoupled ? s.Coupled with { WeightDecay = 0 } : s.Coupled;
        var factors = new AdamFactors(descent, (float)Momentum, (float)(1 - Momentum), (float)beta2, (float)(1 - beta2),
            (float)(s.Rate / (1 - power1.Value)), (float)(1 / Math.Sqrt(1 - power2.Value)), (float)epsilon,
            decoupled ? (float)(1 - s.Rate * s.WeightDecay) : 1);
        InPlace.Apply(new AdamStep(s.Values, s.Gradients, s.Of(m), s.Of(v), s.Of(largest), factors), s.Values.Length);
    }
}

/// <summary>
/// Adam whose weight decay is not part of the gradient but shrinks the weights: p = (1 - η·λ)·p, then the step of <see cref="Adam"/>.
/// <para>The same as PyTorch's AdamW. Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.</para>
/// </summary>
/// <param name="learningRate">Step size η.</param>
/// <param name="beta1">Decay rate β₁ in [0, 1).</param>
/// <param name="beta2">Decay rate β₂ in [0, 1).</param>
/// <param name="epsilon">ε ≥ 0.</param>
/// <param name="weightDecay">Weight decay λ ≥ 0.</param>
/// <param name="amsgrad">Whether the largest v so far is used instead of v.</param>
public sealed class AdamW(float learningRate = 1e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 0.01, bool amsgrad = false) : Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, decoupled: true);
