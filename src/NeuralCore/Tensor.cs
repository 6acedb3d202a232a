using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore;

/// <summary>
/// A dense row-major block of float32 with a shape: a view of an array, not a copy. Sequences are (batch, time, features).
/// Tensors made by a <see cref="Tape"/> live until that tape begins its next pass.
/// </summary>
public readonly struct Tensor
{
    readonly float[] data;
    readonly int[]? lengths;
    readonly int start, firstLength;   // where data and lengths begin

    internal Tensor(float[] data, int start, Shape shape, bool needsGradient, int[]? lengths = null, int firstLength = 0)
    {
        this.data = data;
        this.start = start;
        this.lengths = lengths;
        this.firstLength = firstLength;
        Shape = shape;
        NeedsGradient = needsGradient;
    }

    /// <summary>A zero tensor with memory of its own.</summary>
    public Tensor(params ReadOnlySpan<int> sizes) : this(new Shape(sizes)) { }

    /// <summary>A zero tensor with memory of its own.</summary>
    public Tensor(Shape shape) : this(new float[shape.Count], 0, shape, false) { }

    /// <summary>A view of <paramref name="data"/>, which is not copied.</summary>
    /// <exception cref="ArgumentException">The array's length is not the product of the sizes.</exception>
    public static Tensor From(float[] data, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(data);
        var shape = new Shape(sizes);
        return data.Length == shape.Count ? new Tensor(data, 0, shape, false)
            : throw new ArgumentException($"tensor: expected {shape.Count} values for shape {shape}, got {data.Length}");
    }

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// Whether a gradient with respect to this tensor is wanted; where it is not, a layer may skip it in its backward pass.
    /// </summary>
    public bool NeedsGradient { get; }

    /// <summary>
    /// Number of valid steps of each row of a sequence (batch, time, ...); what lies past them is padding. Empty: all steps are valid.
    /// </summary>
    public ReadOnlySpan<int> Lengths => lengths is null ? [] : lengths.AsSpan(firstLength, Shape[0]);

    /// <summary>Whether some steps may be padding, as <see cref="Lengths"/> tells.</summary>
    public bool HasLengths => lengths is not null;

    /// <summary>True for the default value, which stands for "no tensor".</summary>
    public bool IsEmpty => data is null;

    /// <summary>Number of elements.</summary>
    public int Count => Shape.Count;

    /// <summary>Number of rows when the last axis is taken as the row.</summary>
    public int Rows => Shape.Rows;

    /// <summary>Size of the last axis.</summary>
    public int Columns => Shape[-1];

    /// <summary>All elements.</summary>
    public Span<float> Span => new(data, start, data is null ? 0 : Shape.Count);

    /// <summary>One row along the last axis.</summary>
    public Span<float> Row(int row) => Span.Slice(row * Columns, Columns);

    /// <summary>A view of some columns of one row, as a tensor (1, columns).</summary>
    internal Tensor Part(int row, int column, int columns)
        => new(data, start + row * Columns + column, new Shape(1, columns), NeedsGradient);

    /// <summary>A view of some rows along the first axis, with their lengths.</summary>
    internal Tensor Slice(int row, int count = 1)
        => new(data, start + row * Shape.WithFirst(1).Count, Shape.WithFirst(count), NeedsGradient, lengths, firstLength + row);

    /// <summary>The element at the given position of a tensor of rank two.</summary>
    public float this[int row, int column] => Span[row * Columns + column];

    /// <summary>The same memory under another shape of the same size, without lengths.</summary>
    public Tensor Reshape(Shape shape) => shape.Count == Shape.Count ? new Tensor(data, start, shape, NeedsGradient)
        : throw new ArgumentException($"tensor: cannot view shape {Shape} as {shape}");

    /// <summary>The same numbers in memory of its own, which no later pass overwrites, without lengths; empty if this is.</summary>
    public Tensor Copy() => IsEmpty ? default : new Tensor(Span.ToArray(), 0, Shape, NeedsGradient);

    /// <summary>The same memory, marked as wanting a gradient or not.</summary>
    public Tensor WithGradient(bool needsGradient) => new(data, start, Shape, needsGradient, lengths, firstLength);

    /// <summary>
    /// The same memory as sequences (batch, time, ...) of different lengths, one for each row; the lengths are copied, the numbers are not.
    /// <para>In inference the padding may hold anything, NaN too, and has no influence on what lies within the lengths. In a training pass
    /// it must be finite for layers that treat every step alike (<see cref="Dense"/>, <see cref="LayerNorm"/>, activations, the queries of
    /// <see cref="MultiHeadAttention"/>): their backward passes multiply it with gradients of 0. <see cref="ClearPadding"/> makes it
    /// so.</para>
    /// </summary>
    /// <exception cref="ArgumentException">There is not one length for each row, or one is not from 1 to the number of steps.</exception>
    public Tensor WithLengths(params int[] lengths)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        if (Shape.Rank < 2) throw new ArgumentException($"tensor: expected shape (batch, time, ...) for lengths, got {Shape}");
        if (lengths.Length != Shape[0])
            throw new ArgumentException($"tensor: expected {Shape[0]} lengths for shape {Shape}, got {lengths.Length}");
        foreach (int length in lengths)
            if (length < 1 || length > Shape[1])
                throw new ArgumentException($"tensor: expected lengths from 1 to {Shape[1]} for shape {Shape}, got {length}");
        return new Tensor(data, start, Shape, NeedsGradient, [.. lengths]);
    }

    /// <summary>Writes zeros past the lengths of each row; nothing where there are none.</summary>
    public void ClearPadding()
    {
        if (!HasLengths || Count == 0) return;
        (int B, int T) = (Shape[0], Shape[1]);
        int size = Count / (B * T);
        for (int row = 0; row < B; row++) Span[((row * T + Lengths[row]) * size)..((row + 1) * T * size)].Clear();
    }

    /// <summary>
    /// The same memory with the lengths of <paramref name="x"/>, if this is a sequence (batch, time, features) over the same batch and time
    /// and has no lengths yet; else unchanged. A layer hands lengths on with this; <see cref="Sequential"/> does it for every layer.
    /// </summary>
    public Tensor WithLengthsOf(Tensor x) => x.lengths is not null && lengths is null && Shape.Rank >= 3 && Shape[0] == x.Shape[0]
        && Shape[1] == x.Shape[1]
        ? new Tensor(data, start, Shape, NeedsGradient, x.lengths, x.firstLength) : this;

    /// <summary>The lengths of a batch in an array that may be longer than the batch; their values were checked before.</summary>
    internal Tensor WithCheckedLengths(int[]? lengths) => new(data, start, Shape, NeedsGradient, lengths);

    internal ref float Ref
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), start);
    }
}
