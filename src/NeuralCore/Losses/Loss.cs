namespace NeuralCore;

/// <summary>
/// What training minimises. A mean over a batch is a sum divided by a weight, so that a batch may be cut into shards: every shard adds to
/// the sum, and its gradient is scaled by one over the weight of the whole batch.
/// </summary>
public abstract class Loss
{
    /// <summary>What the mean over these targets divides by: the number of rows, or the sum of their weights.</summary>
    public abstract double Weight(Tensor target);

    /// <summary>Returns the sum of the losses of all rows and writes <paramref name="scale"/> times its gradient to <paramref name="dY"/>.</summary>
    /// <param name="y">Predictions (B, C).</param>
    /// <param name="target">Targets (B, K); K and their meaning are the loss's.</param>
    /// <param name="scale">Factor of the gradient, one over the batch's weight for a mean.</param>
    /// <param name="dY">Gradient (B, C), overwritten; empty if it is not wanted.</param>
    public abstract double Sum(Tensor y, Tensor target, double scale, Tensor dY);

    /// <summary>The share of one row in <see cref="Weight"/> as a <see cref="JointLoss"/> counts it: 1 unless the mean runs over elements.</summary>
    internal virtual double RowWeight(int targetColumns) => 1;

    private protected void RequireGradient(Tensor y, Tensor dY)
    {
        if (!dY.IsEmpty && dY.Shape != y.Shape)
            throw new ArgumentException($"{GetType().Name}: expected a gradient of shape {y.Shape}, got {dY.Shape}");
    }
}
