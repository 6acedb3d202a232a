namespace NeuralCore;

/// <summary>
/// Absolute error with its corner rounded, as a mean over all elements (e = y - t):
/// <code>
/// loss = e²/2β        dY = e/β         |e| &lt; β
///      = |e| - β/2       = sign e      otherwise
/// </code>
/// It is <see cref="Huber"/> with δ = β over β; β = 0 is <see cref="Mae"/>.
/// <para>The same as PyTorch's smooth_l1_loss. Source: Girshick, "Fast R-CNN", 2015.</para>
/// </summary>
public sealed class SmoothL1 : RegressionLoss
{
    readonly double beta;

    /// <summary>The loss that is squared up to an error of <paramref name="beta"/>.</summary>
    /// <param name="beta">β, finite and at least 0, in units of the targets.</param>
    public SmoothL1(double beta = 1)
    {
        if (!(beta >= 0 && double.IsFinite(beta)))
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "SmoothL1: expected a finite beta of at least 0");
        this.beta = beta;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [("beta", beta)];

    private protected override (double Loss, double Slope) Of(double error)
    {
        double size = Math.Abs(error);
        return size < beta ? (0.5 * error * error / beta, error / beta) : (size - 0.5 * beta, error > 0 ? 1 : error < 0 ? -1 : error);
    }
}
