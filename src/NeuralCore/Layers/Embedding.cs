using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// A vector for each index: y = W[x].   x (…) whole numbers from 0 to V - 1, y (…, D), W <c>weight</c> (V, D)
/// Past the length of a sequence any number may stand; outputs there are 0.
/// <para>The same as PyTorch's nn.Embedding.</para>
/// </summary>
public sealed class Embedding : Layer
{
    const int Largest = 1 << 24;   // up to here every whole number is a float

    readonly int V, D;
    readonly int? paddingIndex;
    readonly Parameter w;

    /// <summary>Declares weight (count, features), by default drawn from the standard normal distribution.</summary>
    /// <param name="count">Number of indices V, at most 2²⁴: larger ones are not exact as float32.</param>
    /// <param name="features">Size D of a vector.</param>
    /// <param name="paddingIndex">An index whose vector starts as zeros and gets no gradient, if any.</param>
    /// <param name="weights">First values.</param>
    public Embedding(int count, int features, int? paddingIndex = null, Initializer? weights = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (count > Largest) throw new ArgumentOutOfRangeException(nameof(count), count, $"Embedding: expected at most {Largest} indices");
        if (paddingIndex is int p && (p < 0 || p >= count))
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), p, $"Embedding: expected an index from 0 to {count - 1}");
        (V, D, this.paddingIndex) = (count, features, paddingIndex);
        w = Parameter("weight", new Shape(V, D), new WithoutRow(weights ?? Initializers.Normal(), paddingIndex));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank switch
    {
        1 => new Shape(input[0], D),
        2 => new Shape(input[0], input[1], D),
        3 => new Shape(input[0], input[1], input[2], D),
        _ => throw ShapeError("indices (...) of one to three axes", input),
    };

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
    {
        LayerConfig config = new LayerConfig(nameof(Embedding)).Set("count", V).Set("features", D);
        return paddingIndex is int p ? config.Set("paddingIndex", p) : config;
    }

    internal static Layer From(LayerConfig c)
        => new Embedding(c.Integer("count"), c.Integer("features"), c.Integer("paddingIndex", -1) is var p and not -1 ? p : null);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value is not a whole number from 0 to V - 1.</exception>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        ReadOnlySpan<float> weight = w.Value, indices = x.Span;
        for (int i = 0; i < indices.Length; i++)
            if (IsPadding(x, i)) y.Row(i).Clear();
            else weight.Slice(Index(x, i) * D, D).CopyTo(y.Row(i));
        tape.Push(this, x);
        return y;
    }

    /// <inheritdoc/>
    /// <remarks>Indices have no gradient; where one is asked for it is zero.</remarks>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        RequireGradient(dY, OutputShape(x.Shape));
        Span<float> dW = tape.Gradient(w);
        for (int i = 0; i < x.Count; i++)
        {
            if (IsPadding(x, i)) continue;
            int index = Index(x, i);
            Span<float> row = dW.Slice(index * D, D);
            if (index != paddingIndex) Elementwise.Apply<Add>(row, dY.Row(i), row);
        }
        return x.NeedsGradient ? tape.Zeros(x.Shape) : default;
    }

    /// <summary>Whether position i lies past its sequence's length, where anything may stand.</summary>
    static bool IsPadding(Tensor x, int i)
    {
        if (!x.HasLengths) return false;
        int row = x.Count / x.Shape[0], step = row / x.Shape[1];
        return i % row / step >= x.Lengths[i / row];
    }

    int Index(Tensor x, int i)
    {
        float value = x.Span[i];
        return value >= 0 && value < V && value == (int)value ? (int)value
            : throw new ArgumentException($"{this}: expected whole numbers from 0 to {V - 1}, got {value:R} at position {i} of {x.Shape}");
    }

    /// <summary>Another initializer, but one row is zero.</summary>
    sealed class WithoutRow(Initializer inner, int? row) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            inner.Fill(values, shape, ref random);
            if (row is int r) values.Slice(r * shape[1], shape[1]).Clear();
        }
    }
}
