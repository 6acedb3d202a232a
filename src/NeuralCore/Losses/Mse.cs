namespace NeuralCore;

/// <summary>
/// Mean squared error over all elements: loss = e², dY = 2e, e = y - t.   y, t (B, K); for one column t may be (B).
/// <para>The same as PyTorch's mse_loss: the mean divides by the number of elements.</para>
/// </summary>
public sealed class Mse : RegressionLoss
{
    private protected override (double Loss, double Slope) Of(double error) => (error * error, 2 * error);
}
