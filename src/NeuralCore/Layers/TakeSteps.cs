namespace NeuralCore;

/// <summary>
/// The last n steps of every k-th, the very last among them, and of each some features.   x (B, T, F), y (B, n, m)
/// <code>
/// y_s = x_(T-1 - (n-1-s)·k) [first .. first + m]      s = 0 ... n - 1
/// </code>
/// Several timeframes laid side by side into one sequence are cut apart with it. Sequences with lengths are refused: they have no common
/// last step to count from.
/// </summary>
public sealed class TakeSteps : Layer
{
    readonly int n, k, first, m;

    /// <summary>Takes <paramref name="steps"/> steps of <paramref name="features"/> features each.</summary>
    /// <param name="steps">Steps n of the output.</param>
    /// <param name="stride">Steps k of the input from one to the next.</param>
    /// <param name="first">The first feature taken.</param>
    /// <param name="features">Features m taken.</param>
    public TakeSteps(int steps, int stride, int first, int features)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        (n, k, this.first, m) = (steps, stride, first, features);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
        => input.Rank == 3 && input[1] > (n - 1L) * k && input[2] >= (long)first + m ? new Shape(input[0], n, m)
            : throw ShapeError($"input (batch, time, features) of at least {(n - 1L) * k + 1} steps and {(long)first + m} features", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
        => new LayerConfig(nameof(TakeSteps)).Set("steps", n).Set("stride", k).Set("first", first).Set("features", m);

    internal static Layer From(LayerConfig c)
        => new TakeSteps(c.Integer("steps"), c.Integer("stride"), c.Integer("first"), c.Integer("features"));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        if (x.HasLengths)
            throw new ArgumentException($"{this}: expected an input without lengths, whose rows end together, got {x.Shape} with lengths");
        Tensor y = tape.Tensor(OutputShape(x.Shape));
        for (int row = 0; row < y.Rows; row++) Taken(x, row).CopyTo(y.Row(row));
        tape.Push(this, x);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        if (!x.NeedsGradient) return default;
        RequireGradient(dY, OutputShape(x.Shape));
        Tensor dX = tape.Zeros(x.Shape);
        for (int row = 0; row < dY.Rows; row++) dY.Row(row).CopyTo(Taken(dX, row));
        return dX;
    }

    /// <summary>Where row b·n + s of the output lies in the input.</summary>
    Span<float> Taken(Tensor x, int row) => x.Row((row / n + 1) * x.Shape[1] - 1 - (n - 1 - row % n) * k).Slice(first, m);
}
