using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Stochastic gradient descent, with momentum μ, dampening τ, weight decay λ and Nesterov's look-ahead if wanted:
/// <code>
/// g = gradient + λ·p
/// b = μ·b + (1 - τ)·g        the first b is the first g
/// p = p - η·b                Nesterov: p - η·(g + μ·b);  without momentum: p - η·g
/// </code>
/// <para>The same as PyTorch's SGD. Sources: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
/// Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.</para>
/// </summary>
public sealed class Sgd : Optimizer
{
    readonly double dampening;
    readonly bool nesterov;
    readonly StateArray? b;

    /// <summary>Descent with step size η, momentum and dampening in [0, 1), weight decay at least 0.</summary>
    /// <exception cref="ArgumentException">Nesterov without momentum, or with dampening.</exception>
    public Sgd(float learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
        : base(learningRate, weightDecay, momentum == 0 ? null : momentum)
    {
        if (nesterov && !(momentum > 0 && dampening == 0))
            throw new ArgumentException($"Sgd: expected a momentum and no dampening with Nesterov, got momentum {momentum} and "
                + $"dampening {dampening}");
        this.dampening = Decay(dampening, nameof(dampening));
        this.nesterov = nesterov;
        if (HasMomentum) b = Array("momentum_buffer");
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("dampening", dampening), ("nesterov", nesterov ? 1 : 0)];

    /// <inheritdoc/>
    protected override void Update(Segment s)
    {
        if (b is null)
        {
            InPlace.Apply(new DescentStep(s.Values, s.Gradients, s.Coupled, (float)s.Rate), s.Values.Length);
            return;
        }
        var factors = new MomentumFactors(s.Coupled, (float)s.Rate, (float)Momentum, StepCount == 1 ? 1 : (float)(1 - dampening), nesterov);
        InPlace.Apply(new MomentumStep(s.Values, s.Gradients, s.Of(b), factors), s.Values.Length);
    }
}
