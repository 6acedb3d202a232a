using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// The mean of the valid steps of each sequence, added in ascending order.   x (B, T, F), y (B, F)
/// <para>Keras: GlobalAveragePooling1D.</para>
/// </summary>
public sealed class MeanOverTime : Layer
{
    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[1] > 0 ? new Shape(input[0], input[2])
        : throw ShapeError("input (batch, time, features) with at least one step", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new(nameof(MeanOverTime));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Zeros(OutputShape(x.Shape));
        (int T, int F) = (x.Shape[1], x.Columns);
        for (int row = 0; row < y.Rows; row++)
        {
            int steps = x.HasLengths ? x.Lengths[row] : T;
            Elementwise.AddRows(x.Span[(row * T * F)..], steps, F, y.Row(row));
            foreach (ref float mean in y.Row(row)) mean /= steps;
        }
        tape.Push(this, x);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        RequireGradient(dY, OutputShape(x.Shape));
        if (!x.NeedsGradient) return default;
        Tensor dX = tape.Zeros(x.Shape);
        int T = x.Shape[1];
        for (int row = 0; row < dY.Rows; row++)
        {
            int steps = x.HasLengths ? x.Lengths[row] : T;
            for (int f = 0; f < x.Columns; f++) dX.Row(row * T)[f] = dY[row, f] / steps;
            for (int t = 1; t < steps; t++) dX.Row(row * T).CopyTo(dX.Row(row * T + t));
        }
        return dX;
    }
}
