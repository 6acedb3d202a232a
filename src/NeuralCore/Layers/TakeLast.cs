namespace NeuralCore;

/// <summary>The last valid step of each sequence.   x (B, T, F), y (B, F)</summary>
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
        for (int row = 0; row < y.Rows; row++) x.Row(Last(x, row)).CopyTo(y.Row(row));
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
        for (int row = 0; row < dY.Rows; row++) dY.Row(row).CopyTo(dX.Row(Last(x, row)));
        return dX;
    }

    static int Last(Tensor x, int row) => row * x.Shape[1] + (x.HasLengths ? x.Lengths[row] : x.Shape[1]) - 1;
}
