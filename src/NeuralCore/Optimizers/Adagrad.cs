using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Steps divided by the root of the sum of all squared gradients so far, step t = 1, 2, ...
/// <code>
/// g = gradient + λ·p
/// s = s + g²
/// p = p - η / (1 + (t - 1)·decay) · g / (√s + ε)
/// </code>
/// <para>The same as PyTorch's Adagrad. Source: Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
/// optimization", 2011.</para>
/// </summary>
public sealed class Adagrad : Optimizer
{
    readonly double decay, epsilon, initial;
    readonly StateArray sum;

    /// <summary>
    /// Adagrad with step size η, decay of the step size, λ and ε of at least 0; s starts at <paramref name="initialAccumulator"/>.
    /// </summary>
    public Adagrad(float learningRate = 1e-2f, double learningRateDecay = 0, double weightDecay = 0, double initialAccumulator = 0,
        double epsilon = 1e-10)
        : base(learningRate, weightDecay)
    {
        (decay, this.epsilon) = (Positive(learningRateDecay, nameof(learningRateDecay)), Positive(epsilon, nameof(epsilon)));
        initial = Positive(initialAccumulator, nameof(initialAccumulator));
        sum = Array("sum", (float)initial);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("learning rate decay", decay), ("epsilon", epsilon), ("initial accumulator", initial)];

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        double rate = s.Rate / (1 + (StepCount - 1) * decay);
        InPlace.Apply(new AdagradStep(s.Values, s.Gradients, s.Of(sum), s.Coupled, (float)rate, (float)epsilon), s.Values.Length);
    }
}
