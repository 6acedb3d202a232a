namespace NeuralCore;

/// <summary>
/// All axes but the batch as one.   x (B, …), y (B, product of the rest)
/// <para>Sequences with lengths are refused: their padding would become features.</para>
/// </summary>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 2) throw ShapeError("input (batch, ...)", input);
        int columns = 1;
        for (int axis = 1; axis < input.Rank; axis++) columns *= input[axis];
        return new Shape(input[0], columns);
    }

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new(nameof(Flatten));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        if (x.HasLengths)
            throw new ArgumentException($"{this}: expected an input without lengths, because padding would become features, "
                + $"got {x.Shape} with lengths");
        tape.Push(this, x);
        return x.Reshape(OutputShape(x.Shape));
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        if (!x.NeedsGradient) return default;   // then the layer behind had nothing to give back
        RequireGradient(dY, OutputShape(x.Shape));
        return dY.Reshape(x.Shape);
    }
}
