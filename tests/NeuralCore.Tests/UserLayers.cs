namespace NeuralCore.Tests;

/// <summary>A user's layer: y = x ∘ s.   x, y (…, F); s (F)</summary>
sealed class UserScale : Layer
{
    readonly Parameter s;

    public UserScale(int features) => s = Parameter("s", new Shape(features), 1f);

    static UserScale() => Architecture.Register(nameof(UserScale), c => new UserScale(c.Integer("features")));

    protected internal override LayerConfig Describe() => new LayerConfig(nameof(UserScale)).Set("features", s.Shape[0]);

    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(x.Shape);
        for (int row = 0; row < x.Rows; row++)
            for (int f = 0; f < x.Columns; f++) y.Row(row)[f] = x.Row(row)[f] * s.Value[f];
        tape.Push(this, x);
        return y;
    }

    public override Tensor Backward(Tensor dY, Tape tape) => throw new NotSupportedException("is not trained here");
}

/// <summary>A user's layer of several parts, each of which scales the output of the one before.</summary>
sealed class UserStack : Layer
{
    readonly int features, depth;
    readonly UserScale[] parts;

    public UserStack(int features, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        (this.features, this.depth) = (features, depth);
        parts = [.. Enumerable.Range(0, depth).Select(i => Child($"layers.{i}", new UserScale(features)))];
    }

    static UserStack() => Architecture.Register(nameof(UserStack), c => new UserStack(c.Integer("features"), c.Parts("depth", 1)));

    protected internal override LayerConfig Describe() => new LayerConfig(nameof(UserStack)).Set("features", features).Set("depth", depth);

    public override Tensor Forward(Tensor x, Tape tape)
    {
        foreach (UserScale part in parts) x = part.Forward(x, tape);
        return x;
    }

    public override Tensor Backward(Tensor dY, Tape tape) => throw new NotSupportedException("is not trained here");
}
