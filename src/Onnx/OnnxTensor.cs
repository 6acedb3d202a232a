namespace NeuralCore.Onnx;

/// <summary>Kinds of elements that are read here, with ONNX's numbers.</summary>
public enum OnnxType
{
    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>Whole numbers from 0 to 255.</summary>
    UInt8 = 2,

    /// <summary>Whole numbers from -128 to 127.</summary>
    Int8 = 3,

    /// <summary>32-bit whole numbers.</summary>
    Int32 = 6,

    /// <summary>64-bit whole numbers.</summary>
    Int64 = 7,

    /// <summary>Truth values.</summary>
    Bool = 9,

    /// <summary>16-bit floating point with 11 bits of precision.</summary>
    Float16 = 10,

    /// <summary>64-bit floating point.</summary>
    Double = 11,

    /// <summary>16-bit floating point with the range of 32 bits and 8 bits of precision.</summary>
    BFloat16 = 16,
}

/// <summary>A dense, row-major block of elements of one type with any number of axes: what goes into an ONNX graph and comes out.</summary>
public abstract class OnnxTensor
{
    /// <summary>Most axes of a tensor.</summary>
    public const int MaxRank = 16;

    const int LargestEmpty = 1 << 24;

    private protected OnnxTensor(int[] sizes)
        => Sizes = Possible(sizes) ? sizes
            : throw new ArgumentException($"tensor: expected at most {MaxRank} axes of possible sizes, got ({Text(sizes)})");

    /// <summary>
    /// Whether a tensor may have such sizes. Those of an empty one are bounded too, so that no product of some of them leaves the range of
    /// int and no loop over nothing takes long.
    /// </summary>
    internal static bool Possible(ReadOnlySpan<int> sizes)
    {
        (double count, bool empty) = (1, false);
        foreach (int size in sizes)
            (count, empty) = size >= 0 ? (count * Math.Max(size, 1), empty || size == 0) : (double.PositiveInfinity, true);
        return sizes.Length <= MaxRank && count <= (empty ? LargestEmpty : Array.MaxLength);
    }

    /// <summary>Sizes of the axes, outermost first; none for a single value.</summary>
    public IReadOnlyList<int> Shape => Sizes;

    /// <summary>Kind of the elements.</summary>
    public abstract OnnxType Type { get; }

    /// <summary>Number of elements.</summary>
    public abstract int Count { get; }

    internal int[] Sizes { get; }

    internal int Rank => Sizes.Length;

    internal abstract Array Data { get; }

    /// <summary>A tensor over an array, which is not copied.</summary>
    /// <typeparam name="T">float, double, Half, long, int, bool, byte or sbyte.</typeparam>
    /// <exception cref="ArgumentException">The array's length is not the product of the sizes, or ONNX has no such type.</exception>
    public static OnnxTensor<T> From<T>(T[] values, params ReadOnlySpan<int> sizes) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        double count = 1;
        foreach (int size in sizes) count *= size;
        return count == values.Length ? new(values, sizes.ToArray())
            : throw new ArgumentException($"tensor: expected {count} values for shape ({Text(sizes)}), got {values.Length}");
    }

    /// <summary>A copy of a tensor of floats.</summary>
    public static OnnxTensor<float> From(Tensor tensor)
    {
        var sizes = new int[tensor.Shape.Rank];
        for (int axis = 0; axis < sizes.Length; axis++) sizes[axis] = tensor.Shape[axis];
        return new(tensor.Span.ToArray(), sizes);
    }

    /// <summary>The elements as floats: the array itself where they are, else converted.</summary>
    public float[] Floats() => this is OnnxTensor<float> own ? own.Values
        : ((OnnxTensor<float>)Import.Casting.To(this, OnnxType.Float)).Values;

    /// <summary>The same elements under other sizes of the same product.</summary>
    internal abstract OnnxTensor Reshape(int[] sizes);

    /// <summary>Elements of the same type, not yet written.</summary>
    internal abstract OnnxTensor Empty(int[] sizes);

    /// <summary>Writes y[i…] = x[offset + Σ i_k·stride_k] over the sizes of y, which is of the same type.</summary>
    internal abstract void CopyTo(OnnxTensor y, int offset, ReadOnlySpan<int> strides);

    /// <summary>Product of some sizes.</summary>
    internal static int Product(ReadOnlySpan<int> sizes)
    {
        int product = 1;
        foreach (int size in sizes) product *= size;
        return product;
    }

    /// <summary>Bytes of an element of a type.</summary>
    internal static int SizeOf(OnnxType type) => type switch
    {
        OnnxType.Float or OnnxType.Int32 => 4,
        OnnxType.Int64 or OnnxType.Double => 8,
        OnnxType.Float16 or OnnxType.BFloat16 => 2,
        _ => 1,
    };

    /// <summary>Distance of neighbours along each axis in a dense block.</summary>
    internal int[] Strides()
    {
        var strides = new int[Rank];
        int stride = 1;
        for (int axis = Rank - 1; axis >= 0; axis--) (strides[axis], stride) = (stride, stride * Math.Max(Sizes[axis], 1));
        return strides;
    }

    /// <summary>Sizes for an error, of very many the first ones.</summary>
    internal static string Text(ReadOnlySpan<int> sizes)
        => string.Join(", ", sizes[..Math.Min(sizes.Length, MaxRank)].ToArray())
            + (sizes.Length > MaxRank ? $", ... {sizes.Length} of them" : "");

    /// <summary>Type and sizes, for example <c>Float (4, 8, 6)</c>.</summary>
    public override string ToString() => $"{Type} ({Text(Sizes)})";
}

/// <summary>A dense, row-major block of elements of type <typeparamref name="T"/>.</summary>
public sealed class OnnxTensor<T> : OnnxTensor where T : unmanaged
{
    internal OnnxTensor(T[] values, int[] sizes) : base(sizes) => Values = values;

    /// <summary>The elements.</summary>
    public T[] Values { get; }

    /// <inheritdoc/>
    public override OnnxType Type => ElementType;

    internal static OnnxType ElementType { get; } = TypeOf();

    /// <inheritdoc/>
    public override int Count => Values.Length;

    internal override Array Data => Values;

    internal override OnnxTensor Reshape(int[] sizes) => From(Values, sizes);

    internal override OnnxTensor Empty(int[] sizes)
    {
        return new OnnxTensor<T>(new T[Product(sizes)], sizes);
    }

    internal override void CopyTo(OnnxTensor y, int offset, ReadOnlySpan<int> strides)
    {
        T[] to = ((OnnxTensor<T>)y).Values;
        int[] sizes = y.Sizes;
        if (to.Length == 0) return;
        int last = sizes.Length - 1, run = last < 0 ? 1 : sizes[last], step = last < 0 ? 1 : strides[last];
        var index = new int[sizes.Length];
        for (int at = 0; ; at += run)
        {
            if (step == 1) Values.AsSpan(offset, run).CopyTo(to.AsSpan(at));
            else if (step == 0) to.AsSpan(at, run).Fill(Values[offset]);
            else for (int i = 0; i < run; i++) to[at + i] = Values[offset + i * step];
            int axis = last - 1;
            for (; axis >= 0 && ++index[axis] == sizes[axis]; axis--)   // on to the next row, as an odometer turns
            {
                offset -= (sizes[axis] - 1) * strides[axis];
                index[axis] = 0;
            }
            if (axis < 0) return;
            offset += strides[axis];
        }
    }

    static OnnxType TypeOf() => default(T) switch
    {
        float => OnnxType.Float,
        double => OnnxType.Double,
        Half => OnnxType.Float16,
        BFloat16 => OnnxType.BFloat16,
        long => OnnxType.Int64,
        int => OnnxType.Int32,
        bool => OnnxType.Bool,
        byte => OnnxType.UInt8,
        sbyte => OnnxType.Int8,
        _ => throw new ArgumentException("tensor: expected elements of type float, double, Half, long, int, bool, byte or sbyte, "
            + $"got {typeof(T).Name}"),
    };
}
