using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Normalisation of each row over the last axis, or over the last two.   x, y (…, F) or (…, T, F); γ <c>weight</c>, β <c>bias</c> (F) or (T, F)
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

    /// <summary>Declares weight (1) and bias (0) of the given shape if <paramref name="affine"/>; normalises over as many last axes, one or two.</summary>
    public LayerNorm(Shape shape, double epsilon = 1e-5, bool affine = true)
    {
        if (shape.Rank is not (1 or 2) || shape.Count == 0)
            throw new ArgumentOutOfRangeException(nameof(shape), $"LayerNorm: expected one or two axes of at least 1, got {shape}");
        if (!(epsilon >= 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "LayerNorm: expected an epsilon of at least 0");
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
        return new LayerNorm(steps == 0 ? new Shape(features) : new Shape(steps, features), c.Number("epsilon", 1e-5), c.Flag("affine", true));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        if (x.HasLengths && shape.Rank > x.Shape.Rank - 2)
            throw new ArgumentException($"{this}: expected an input without lengths, because it normalises over time, got {x.Shape} with lengths");
        int n = shape.Count;
        Tensor moments = tape.Tensor(x.Count / n, 3);
        for (int row = 0; row < moments.Rows; row++)
        {
            Span<float> yRow = y.Span.Slice(row * n, n), xRow = x.Span.Slice(row * n, n);
            double mean = RowSums.Sum(xRow) / n;
            InPlace.Apply(new Standardize(xRow, new RowMoments(mean, 1), yRow), n);
            var m = new RowMoments(mean, 1 / Math.Sqrt(RowSums.Dot(yRow, yRow) / n + epsilon));
            if (gamma is null) InPlace.Apply(new Scale(yRow, m.Inverse), n);
            else InPlace.Apply(new ScaleShift(yRow, m.Inverse, gamma.Value, beta!.Value), n);
            (moments.Row(row)[0], moments.Row(row)[1], moments.Row(row)[2]) = m;
        }
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
        for (int row = 0; row < moments.Rows; row++)
        {
            // dβ += dY,  dγ += dY∘x̂,  g = dY∘γ,  dX = (g - Σg/n - x̂·Σ(g∘x̂)/n) / √(v + ε)
            ReadOnlySpan<float> dRow = dY.Span.Slice(row * n, n), m = moments.Row(row);
            InPlace.Apply(new Standardize(x.Span.Slice(row * n, n), new RowMoments(m[0], m[1], m[2]), normal.Span), n);
            if (gamma is not null) InPlace.Apply(new AddProduct(dRow, normal.Span, tape.Gradient(gamma)), n);
            if (dX.IsEmpty) continue;
            Span<float> g = dX.Span.Slice(row * n, n);
            if (gamma is null) dRow.CopyTo(g);
            else Elementwise.Apply<Product>(dRow, gamma.Value, g);
            InPlace.Apply(new ProjectGradient(g, normal.Span, m[2], (float)(RowSums.Sum(g) / n), (float)(RowSums.Dot(g, normal.Span) / n)), n);
        }
        if (beta is not null) Elementwise.AddRows(dY.Span, moments.Rows, n, tape.Gradient(beta));
        return dX;
    }
}
