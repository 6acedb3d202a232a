namespace NeuralCore;

/// <summary>
/// The largest value of each feature over the valid steps of each sequence; NaN counts as the largest.   x (B, T, F), y (B, F)
/// <para>The gradient goes to the first step that has the value. Keras: GlobalMaxPooling1D; PyTorch: max(dim=1).</para>
/// </summary>
public sealed class MaxOverTime : Layer
{
    const int MostSteps = 1 << 24;   // up to here every whole number is a float

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[1] is > 0 and <= MostSteps ? new Shape(input[0], input[2])
        : throw ShapeError($"input (batch, time, features) with at least one step and at most {MostSteps}", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new(nameof(MaxOverTime));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)), steps = tape.Zeros(y.Shape);   // the step that has the value, as a float
        int T = x.Shape[1];
        for (int row = 0; row < y.Rows; row++)
        {
            Span<float> largest = y.Row(row), step = steps.Row(row);
            x.Row(row * T).CopyTo(largest);
            for (int t = 1; t < (x.HasLengths ? x.Lengths[row] : T); t++)
            {
                ReadOnlySpan<float> now = x.Row(row * T + t);
                for (int f = 0; f < now.Length; f++)
                    if (now[f] > largest[f] || (float.IsNaN(now[f]) && !float.IsNaN(largest[f]))) (largest[f], step[f]) = (now[f], t);
            }
        }
        tape.Push(this, x);
        tape.Push(this, steps);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor steps = tape.Pop(this), x = tape.Pop(this);
        RequireGradient(dY, steps.Shape);
        if (!x.NeedsGradient) return default;
        Tensor dX = tape.Zeros(x.Shape);
        int T = x.Shape[1];
        for (int row = 0; row < dY.Rows; row++)
            for (int f = 0; f < x.Columns; f++) dX.Row(row * T + (int)steps[row, f])[f] = dY[row, f];
        return dX;
    }
}
