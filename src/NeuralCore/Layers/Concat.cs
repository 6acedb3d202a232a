namespace NeuralCore;

/// <summary>
/// Branches over one input, side by side in the last axis: several heads on a trunk.   x (…, I), y (…, O₁ + O₂ + …)
/// </summary>
public sealed class Concat : Layer
{
    readonly Layer[] branches;

    /// <summary>Runs every branch on the same input; branches are named 0, 1, ...</summary>
    public Concat(params Layer[] branches)
    {
        ArgumentNullException.ThrowIfNull(branches);
        if (branches.Length == 0) throw new ArgumentException("Concat: expected at least one branch, got none");
        this.branches = [.. branches];
        for (int i = 0; i < branches.Length; i++) Child($"{i}", branches[i]);
    }

    /// <summary>Runs every branch on the same input, under names of their own.</summary>
    public Concat(params (string Name, Layer Layer)[] branches)
    {
        ArgumentNullException.ThrowIfNull(branches);
        if (branches.Length == 0) throw new ArgumentException("Concat: expected at least one branch, got none");
        this.branches = [.. branches.Select(b => Child(b.Name, b.Layer))];
    }

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(Concat)).Set("branches", Children);

    internal static Layer From(LayerConfig c) => new Concat(c.Layers("branches"));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        Shape first = branches[0].OutputShape(input);
        int columns = first[-1];
        foreach (Layer branch in branches.AsSpan(1))
        {
            Shape shape = branch.OutputShape(input);
            if (shape.Rank != first.Rank || shape.WithLast(1) != first.WithLast(1))
                throw ShapeError($"branches that agree in all axes but the last, as {first} of {branches[0]}", shape);
            columns += shape[-1];
        }
        return first.WithLast(columns);
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => branches.Select(b => (b, input));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        int column = 0;
        foreach (Layer branch in branches)
        {
            Tensor part = branch.Forward(x, tape);
            for (int row = 0; row < y.Rows; row++) part.Row(row).CopyTo(y.Row(row)[column..]);
            column += part.Columns;
            tape.Push(this, part);
        }
        tape.Push(this, y);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor y = tape.Pop(this), dX = default;
        RequireGradient(dY, y.Shape);
        int column = dY.Columns;
        for (int i = branches.Length - 1; i >= 0; i--)
        {
            Tensor part = tape.Pop(this), dPart = tape.Tensor(part.Shape);
            column -= part.Columns;
            for (int row = 0; row < dY.Rows; row++) dY.Row(row).Slice(column, part.Columns).CopyTo(dPart.Row(row));
            Tensor d = branches[i].Backward(dPart, tape);
            if (d.IsEmpty) continue;
            if (dX.IsEmpty) dX = tape.Zeros(d.Shape);
            Kernels.Elementwise.Apply<Kernels.Add>(dX.Span, d.Span, dX.Span);
        }
        return dX;
    }
}
