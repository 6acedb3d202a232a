using System.Runtime.InteropServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Normalisation of each row over the last axis, or over the last two.   x, y (…, F) or (…, T, F); γ <c>weight</c>, β <c>bias</c> (F) or
/// (T, F)
/// <code>
/// μ = Σ x / n    v = Σ (x - μ)² / n    x̂ = (x - μ) / √(v + ε)    y = γ∘x̂ + β        n = F or T·F
/// </code>
/// Sums are taken in double in an order that depends on n alone, and rows are independent.
/// <para>The same as PyTorch's nn.LayerNorm. Source: Ba, Kiros, Hinton, "Layer normalization", 2016.</para>
/// </summary>
public sealed class LayerNorm : Layer
{
    readonly Shape shape;
    readonly double epsilon;
    readonly Parameter? gamma, beta;

    /// <summary>Declares weight (1) and bias (0), both (features), if <paramref name="affine"/>; normalises over the last axis.</summary>
    public LayerNorm(int features, double epsilon = 1e-5, bool affine = true) : this(new Shape(features), epsilon, affine) { }

    /// <summary>
    /// Declares weight (1) and bias (0) of the given shape if <paramref name="affine"/>; normalises over as many last axes, one or two.
    /// </summary>
    public LayerNorm(Shape shape, double epsilon = 1e-5, bool affine = true)
    {
        if (shape.Rank is not (1 or 2) || shape.Count == 0)
            throw new ArgumentOutOfRangeException(nameof(shape), $"LayerNorm: expected one or two axes of at least 1, got {shape}");
        if (!(epsilon >= 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "LayerNorm: expected an epsilon of at least 0");
        (this.shape, this.epsilon) = (shape, epsilon);
        if (!affine) return;
        gamma = Parameter("weight", shape, 1f);
        beta = Parameter("bias", shape, 0f);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        bool fits = input.Rank >= shape.Rank;
        for (int axis = 1; fits && axis <= shape.Rank; axis++) fits = input[-axis] == shape[-axis];
        return fits ? input : throw ShapeError($"input (..., {shape.ToString()[1..]}", input);
    }

    /// <summary>Over two axes of an input (batch, features): the first of them is the batch.</summary>
    protected internal override bool NeedsWholeBatch => shape.Rank == 2;

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
    {
        LayerConfig config = new(nameof(LayerNorm));
        if (shape.Rank == 2) config.Set("steps", shape[0]);
        return config.Set("features", shape[-1]).Set("epsilon", epsilon).Set("affine", gamma is not null);
    }

    internal static Layer From(LayerConfig c)
    {
        (int steps, int features) = (c.Integer("steps", 0), c.Integer("features"));
        return new LayerNorm(steps == 0 ? new Shape(features) : new Shape(steps, features), c.Number("epsilon", 1e-5),
            c.Flag("affine", true));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        if (x.HasLengths && shape.Rank > x.Shape.Rank - 2)
            throw new ArgumentException($"{this}: expected an input without lengths, because it normalises over time, "
                + $"got {x.Shape} with lengths");
        int n = shape.Count;
        Tensor moments = tape.Tensor(x.Count / n, 3);
        RowNorm.Forward(n, x.Span, gamma is null ? [] : gamma.Value, beta is null ? [] : beta.Value, epsilon, y.Span, Moments(moments));
        tape.Push(this, x);
        tape.Push(this, moments);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor moments = tape.Pop(this), x = tape.Pop(this);
        RequireGradient(dY, x.Shape);
        int n = shape.Count;
        Tensor dX = x.NeedsGradient ? tape.Tensor(x.Shape) : default, normal = tape.Tensor(n);
        Span<float> dGamma = gamma is null ? [] : tape.Gradient(gamma), dBeta = beta is null ? [] : tape.Gradient(beta);
        RowNorm.Backward(n, x.Span, dY.Span, Moments(moments), gamma is null ? [] : gamma.Value, normal.Span, dGamma, dBeta, dX.Span);
        return dX;
    }

    static Span<RowMoments> Moments(Tensor moments) => MemoryMarshal.Cast<float, RowMoments>(moments.Span);
}
