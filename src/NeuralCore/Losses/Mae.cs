namespace NeuralCore;

/// <summary>
/// Mean absolute error over all elements: loss = |e|, dY = sign e (0 at 0), e = y - t.   y, t (B, K); for one column t may be (B).
/// <para>The same as PyTorch's l1_loss.</para>
/// </summary>
public sealed class Mae : RegressionLoss
{
    private protected override (double Loss, double Slope) Of(double error) => (Math.Abs(error), error > 0 ? 1 : error < 0 ? -1 : error);
}
