namespace NeuralCore.Onnx.Import;

/// <summary>What an operator does with a node's inputs. Outputs that nobody wants may be null.</summary>
delegate OnnxTensor?[] Kernel(Call call);

/// <summary>One execution of a node: its inputs, and what is left of the limits.</summary>
readonly struct Call(Node node, OnnxTensor?[] inputs, Budget budget)
{
    internal Node Node => node;

    internal Budget Budget => budget;

    /// <summary>Number of inputs, with those that are left out in the middle.</summary>
    internal int Count => node.Inputs.Length;

    /// <summary>Runs one of the node's graphs.</summary>
    internal OnnxTensor[] Run(Graph body, params OnnxTensor[] given)
    {
        int first = Count;
        for (int i = 0; node.Bodies[i] != body; i++) first += node.Bodies[i].Captured.Count();
        return body.Run(given, inputs[first..], budget);
    }

    /// <summary>Type of the first input of 16-bit floats; null where there is none.</summary>
    internal OnnxType? Narrow => inputs.FirstOrDefault(x => x?.Type is OnnxType.Float16 or OnnxType.BFloat16)?.Type;

    /// <summary>The first input that is a sequence; null where there is none.</summary>
    internal OnnxSequence? Sequence => inputs.OfType<OnnxSequence>().FirstOrDefault();

    /// <summary>The same call with 16-bit floats in 32 bits, which hold them exactly.</summary>
    internal Call Wide()
    {
        Call own = this;
        return new Call(node,
            [.. inputs.Select(x => x?.Type is OnnxType.Float16 or OnnxType.BFloat16 ? Casting.To(own, x, OnnxType.Float) : x)], budget);
    }

    /// <summary>An input that must be there.</summary>
    internal OnnxTensor this[int index] => Optional(index) ?? throw Error($"expected an input {index}, got none");

    internal OnnxTensor? Optional(int index) => index < Count ? inputs[index] : null;

    /// <summary>An input of one type that must be there.</summary>
    internal OnnxTensor<T> Get<T>(int index) where T : unmanaged => Typed<T>(index, this[index]);

    internal OnnxTensor<T>? Optional<T>(int index) where T : unmanaged => Optional(index) is { } x ? Typed<T>(index, x) : null;

    OnnxTensor<T> Typed<T>(int index, OnnxTensor x) where T : unmanaged
        => x as OnnxTensor<T> ?? throw Error($"expected input {index} of type {OnnxTensor<T>.ElementType}, got {x}");

    /// <summary>An input of one type with the given sizes; -1 stands for any.</summary>
    internal OnnxTensor<T> Sized<T>(int index, params ReadOnlySpan<int> sizes) where T : unmanaged
    {
        OnnxTensor<T> x = Get<T>(index);
        bool fits = x.Rank == sizes.Length;
        for (int axis = 0; fits && axis < sizes.Length; axis++) fits = sizes[axis] < 0 || x.Sizes[axis] == sizes[axis];
        return fits ? x : throw Error($"expected input {index} to be {OnnxTensor<T>.ElementType} ({OnnxTensor.Text(sizes)}), got {x}");
    }

    internal OnnxTensor<float> Floats(int index, params ReadOnlySpan<int> sizes) => Sized<float>(index, sizes);

    internal OnnxTensor<float>? OptionalFloats(int index, params ReadOnlySpan<int> sizes)
        => Optional(index) is null ? null : Floats(index, sizes);

    /// <summary>Whole numbers: an input of type int64 or int32, of any shape.</summary>
    internal long[] Integers(int index) => this[index] switch
    {
        OnnxTensor<long> x => x.Values,
        OnnxTensor<int> x => ((OnnxTensor<long>)Casting.To(this, x, OnnxType.Int64)).Values,
        OnnxTensor x => throw Error($"expected input {index} of whole numbers, got {x}"),
    };

    internal long[]? OptionalIntegers(int index) => Optional(index) is null ? null : Integers(index);

    /// <summary>A single whole number.</summary>
    internal int Integer(int index) => Integers(index) is [var one] && (int)one == one ? (int)one
        : throw Error($"expected input {index} to be one whole number of 32 bits, got {this[index]}");

    /// <summary>An axis from its number, which counts from the end where it is negative.</summary>
    internal int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw Error($"expected an axis from {-rank} to {rank - 1}, got {axis}");

    /// <summary>Different axes from their numbers.</summary>
    internal int[] Axes(long[] axes, int rank)
    {
        if (axes.Length > rank) throw Error($"expected at most {rank} axes, got {axes.Length}");
        var places = new int[axes.Length];
        for (int i = 0; i < axes.Length; i++) places[i] = Axis(axes[i], rank);
        return places.Distinct().Count() == places.Length ? places : throw Error($"expected different axes, got {OnnxTensor.Text(places)}");
    }

    /// <summary>A new value, zero, taken from the limits.</summary>
    internal OnnxTensor<T> New<T>(params int[] sizes) where T : unmanaged
        => new(new T[Take(sizes, OnnxTensor.SizeOf(OnnxTensor<T>.ElementType))], sizes);

    /// <summary>A new value of the same type as another, taken from the limits.</summary>
    internal OnnxTensor Like(OnnxTensor x, params int[] sizes)
    {
        Take(sizes, OnnxTensor.SizeOf(x.Type));
        return x.Empty(sizes);
    }

    int Take(int[] sizes, int size)
    {
        if (!OnnxTensor.Possible(sizes))
            throw Error($"expected at most {OnnxTensor.MaxRank} axes of possible sizes, got ({OnnxTensor.Text(sizes)})");
        int count = OnnxTensor.Product(sizes);
        budget.TakeBytes((long)count * size);
        return count;
    }

    /// <summary>Elements x[offset + Σ i_k·stride_k] over the given sizes.</summary>
    internal OnnxTensor Strided(OnnxTensor x, int[] sizes, int offset, ReadOnlySpan<int> strides)
    {
        OnnxTensor y = Like(x, sizes);
        x.CopyTo(y, offset, strides);
        return y;
    }

    internal InvalidDataException Error(string problem) => node.Error(problem);
}
