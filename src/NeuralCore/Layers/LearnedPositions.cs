using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Tells steps apart by adding a learned vector for each position.   x (B, T, D), y (B, T, D)
/// <code>
/// y_t = x_t + W_t
/// </code>
/// Parameter: W <c>weight</c> (maxLength, D), as that of an nn.Embedding over the positions 0, 1, ..., T - 1.
/// </summary>
public sealed class LearnedPositions : Layer
{
    readonly int maxLength, D;
    readonly Parameter w;
    float[] floats = [];   // W of a quantised model

    /// <summary>Declares weight (maxLength, D), by default standard normal as PyTorch's nn.Embedding.</summary>
    public LearnedPositions(int maxLength, int features, Initializer? weights = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        (this.maxLength, D) = (maxLength, features);
        w = Table("weight", new Shape(maxLength, features), weights ?? Initializers.Normal());
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[1] <= maxLength && input[2] == D ? input
        : throw ShapeError($"input (batch, time, {D}) of at most {maxLength} steps", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(LearnedPositions)).Set("maxLength", maxLength)
        .Set("features", D);

    internal static Layer From(LayerConfig c) => new LearnedPositions(c.Integer("maxLength"), c.Integer("features"));

    /// <inheritdoc/>
    protected internal override void ParametersChanged() => floats = w.IsInt8 ? w.Floats() : [];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        ReadOnlySpan<float> values = (w.IsInt8 ? floats : w.Value)[..(x.Shape[1] * D)];
        for (int at = 0; at < x.Count; at += values.Length)
            Elementwise.Apply<Add>(x.Span.Slice(at, values.Length), values, y.Span[at..]);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        // dW += Σ dY over the batch
        OutputShape(dY.Shape);
        Elementwise.AddRows(dY.Span, dY.Shape[0], dY.Shape[1] * D, tape.Gradient(w)[..(dY.Shape[1] * D)]);
        return dY;
    }
}
