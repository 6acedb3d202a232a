using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Adam with Nesterov's look-ahead and a momentum that grows towards β₁, step t = 1, 2, ...
/// <code>
/// g = gradient + λ·p         m and v as in <see cref="Adam"/>
/// μₜ = β₁·(1 - ½·0.96^(t·ψ))      Πₜ = μ₁·μ₂· ... ·μₜ
/// p = p - η·((1 - μₜ) / (1 - Πₜ)·g + μₜ₊₁ / (1 - Πₜ₊₁)·m) / (√v / √(1 - β₂ᵗ) + ε)
/// </code>
/// <para>The same as PyTorch's NAdam. Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.</para>
/// </summary>
public sealed class NAdam : Optimizer
{
    readonly double beta2, epsilon, decay;                // decay is 0.96^ψ
    readonly StateNumber power2, decayPower, product;     // β₂ᵗ, 0.96^(t·ψ), Πₜ
    readonly StateArray m, v;

    /// <summary>NAdam with step size η, decay rates β₁ and β₂ in [0, 1), ε, λ and ψ of at least 0.</summary>
    public NAdam(float learningRate = 2e-3f, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3)
        : base(learningRate, weightDecay, beta1)
    {
        (this.beta2, this.epsilon) = (Decay(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));
        decay = ScalarMath.Pow(0.96, Positive(momentumDecay, nameof(momentumDecay)));
        (power2, decayPower, product) = (Number("beta2_power", 1, 1), Number("momentum_decay_power", 1, 1), Number("mu_product", 1, 1));
        (m, v) = (Array("exp_avg"), Array("exp_avg_sq"));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("beta2", beta2), ("epsilon", epsilon), ("momentum decay per step", decay)];

    double Mu(double power) => Momentum * (1 - 0.5 * power);

    /// <inheritdoc/>
    protected override void Advance()
    {
        power2.Value *= beta2;
        decayPower.Value *= decay;
        product.Value *= Mu(decayPower.Value);
    }

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        double mu = Mu(decayPower.Value), next = Mu(decayPower.Value * decay);
        var factors = new AdamFactors(s.Coupled, (float)Momentum, (float)(1 - Momentum), (float)beta2, (float)(1 - beta2),
            (float)(s.Rate * next / (1 - product.Value * next)), (float)(1 / Math.Sqrt(1 - power2.Value)), (float)epsilon);
        var gradientRate = (float)(s.Rate * (1 - mu) / (1 - product.Value));
        InPlace.Apply(new NAdamStep(s.Values, s.Gradients, s.Of(m), s.Of(v), factors, gradientRate), s.Values.Length);
    }
}
