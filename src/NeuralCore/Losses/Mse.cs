namespace NeuralCore;

/// <summary>
/// Mean squared error over all elements: loss = (y - t)², dY = 2(y - t).   y, t (B, K); for one column t may be (B).
/// <para>The same as PyTorch's mse_loss: the mean divides by the number of elements.</para>
/// </summary>
public sealed class Mse : Loss
{
    /// <inheritdoc/>
    public override double Weight(Tensor target) => target.Count;

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        bool column = y.Shape.Rank == 2 && y.Columns == 1 && target.Shape == new Shape(y.Rows);
        if (target.Shape != y.Shape && !column) throw new ArgumentException($"Mse: expected targets of shape {y.Shape}, got {target.Shape}");
        RequireGradient(y, dY);
        ReadOnlySpan<float> prediction = y.Span, wanted = target.Span;
        Span<float> gradient = dY.Span;
        double sum = 0;
        for (int i = 0; i < prediction.Length; i++)
        {
            if (!float.IsFinite(wanted[i])) throw new ArgumentException($"Mse: expected finite targets, got {wanted[i]}");
            double error = (double)prediction[i] - wanted[i];
            sum += error * error;
            if (gradient.Length > 0) gradient[i] = (float)(scale * 2 * error);
        }
        return sum;
    }

    internal override double RowWeight(int targetColumns) => targetColumns;
}
