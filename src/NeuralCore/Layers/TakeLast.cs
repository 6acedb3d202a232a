namespace NeuralCore;

/// <summary>The last step of a sequence.   x (B, T, F), y (B, F)</summary>
public sealed class TakeLast : Layer
{
    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[1] > 0 ? new Shape(input[0], input[2])
        : throw ShapeError("input (batch, time, features) with at least one step", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new(nameof(TakeLast));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape));
        int T = x.Shape[1];
        for (int row = 0; row < y.Rows; row++) x.Row(row * T + T - 1).CopyTo(y.Row(row));
        tape.Push(this, x);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        if (!x.NeedsGradient) return default;
        Tensor dX = tape.Zeros(x.Shape);
        int T = x.Shape[1];
        for (int row = 0; row < dY.Rows; row++) dY.Row(row).CopyTo(dX.Row(row * T + T - 1));
        return dX;
    }
}
