namespace NeuralCore;

/// <summary>
/// Squared near the target, absolute far from it, as a mean over all elements (e = y - t):
/// <code>
/// loss = e²/2           dY = e             |e| ≤ δ
///      = δ(|e| - δ/2)      = δ sign e      otherwise
/// </code>
/// <para>The same as PyTorch's huber_loss. Source: Huber, "Robust estimation of a location parameter", Annals of Mathematical
/// Statistics 35 (1964).</para>
/// </summary>
public sealed class Huber : RegressionLoss
{
    readonly double delta;

    /// <summary>The loss that turns from squared to absolute at an error of <paramref name="delta"/>.</summary>
    /// <param name="delta">δ, finite and over 0, in units of the targets.</param>
    public Huber(double delta = 1)
    {
        if (!(delta > 0 && double.IsFinite(delta)))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "Huber: expected a finite delta over 0");
        this.delta = delta;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [("delta", delta)];

    private protected override (double Loss, double Slope) Of(double error)
    {
        double size = Math.Abs(error);
        return size > delta ? (delta * (size - 0.5 * delta), error > 0 ? delta : -delta) : (0.5 * error * error, error);
    }
}
