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
    readonly int start;

    internal Tensor(float[] data, int start, Shape shape, bool needsGradient)
    {
        this.data = data;
        this.start = start;
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

    /// <summary>Whether a gradient with respect to this tensor is wanted; where it is not, a layer may skip it in its backward pass.</summary>
    public bool NeedsGradient { get; }

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
    internal Tensor Part(int row, int column, int columns) => new(data, start + row * Columns + column, new Shape(1, columns), NeedsGradient);

    /// <summary>The element at the given position of a tensor of rank two.</summary>
    public float this[int row, int column] => Span[row * Columns + column];

    /// <summary>The same memory under another shape of the same size.</summary>
    public Tensor Reshape(Shape shape) => shape.Count == Shape.Count ? new Tensor(data, start, shape, NeedsGradient)
        : throw new ArgumentException($"tensor: cannot view shape {Shape} as {shape}");

    /// <summary>The same memory, marked as wanting a gradient or not.</summary>
    public Tensor WithGradient(bool needsGradient) => new(data, start, Shape, needsGradient);

    internal ref float Ref
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), start);
    }
}
