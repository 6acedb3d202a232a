using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>y = x + f(x).   x (…), y (…)</summary>
public sealed class Residual : Layer
{
    readonly Layer inner;

    /// <summary>Adds the input to the output of <paramref name="inner"/>, which keeps the shape.</summary>
    public Residual(Layer inner) => this.inner = Child("inner", inner);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(Residual)).Set("inner", inner);

    internal static Layer From(LayerConfig c) => new Residual(c.Layer("inner"));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => inner.OutputShape(input) is var shape && shape == input ? shape
        : throw ShapeError($"an inner layer that keeps the shape {input}", shape);

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => [(inner, input)];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        Elementwise.Apply<Add>(x.Span, inner.Forward(x, tape).Span, y.Span);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor d = inner.Backward(dY, tape);
        if (d.IsEmpty) return default;
        Tensor dX = tape.Tensor(d.Shape);
        Elementwise.Apply<Add>(d.Span, dY.Span, dX.Span);
        return dX;
    }
}
