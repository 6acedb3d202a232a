namespace NeuralCore.Onnx.Import;

/// <summary>What is left of the limits of a run.</summary>
sealed class Budget(long bytes, long operations)
{
    /// <summary>Multiply-adds that the run of a node in a body is taken for, and a byte that is given back.</summary>
    internal const int BodyNode = 1 << 14, GivenBack = 8;

    /// <summary>Bytes of a value beside its elements.</summary>
    internal const int ValueBytes = 128;

    /// <summary>Multiply-adds of the kernels for floats that a term of a plain loop is taken for.</summary>
    internal const int PlainTerm = 16;

    long bytes = bytes, operations = operations;

    /// <summary>Bytes that are left.</summary>
    internal long Bytes => bytes;

    /// <summary>Gives back bytes of values that nobody holds any more, so that only what is held at a time counts.</summary>
    internal void GiveBack(long count)
    {
        if (count <= 0) return;
        TakeOperations((double)GivenBack * count);
        bytes += count;
    }

    internal Budget(OnnxLimits limits) : this(limits.MaxBytes, limits.MaxOperations) { }

    /// <summary>Takes the bytes of a value before it is made.</summary>
    /// <exception cref="OverBudgetException">There are not so many left.</exception>
    internal void TakeBytes(long count)
    {
        if (count > bytes)
            throw new OverBudgetException($"expected values of at most {bytes} more bytes, got one of {count} (OnnxLimits.MaxBytes)");
        bytes -= count;
    }

    /// <summary>Takes the multiply-adds of a product before it is computed.</summary>
    /// <exception cref="OverBudgetException">There are not so many left.</exception>
    internal void TakeOperations(double count)
    {
        if (count > operations)
            throw new OverBudgetException($"expected products of at most {operations} more multiply-adds, "
                + $"got one of {count:F0} (OnnxLimits.MaxOperations)");
        operations -= (long)count;
    }
}

/// <summary>The elements that the values of a run hold, some of which are views of one another, and what was taken for them.</summary>
sealed class Held(Budget budget)
{
    readonly Dictionary<Array, (long Taken, int Values)> elements = new(ReferenceEqualityComparer.Instance);

    internal static long Bytes(OnnxTensor x)
        => x is OnnxSequence sequence ? sequence.Bytes : (long)x.Count * OnnxTensor.SizeOf(x.Type);

    /// <summary>Holds what a node made or handed on; gives back what the node took beyond that.</summary>
    /// <param name="made">Its outputs that somebody reads.</param>
    /// <param name="before">Bytes that were left before it.</param>
    internal void Add(IEnumerable<OnnxTensor> made, long before)
    {
        long taken = before - budget.Bytes;
        foreach (OnnxTensor x in made)
        {
            if (!elements.TryGetValue(x.Data, out (long Taken, int Values) known))
                taken -= known.Taken = Math.Min(taken, Bytes(x));   // 0 for views of inputs
            elements[x.Data] = (known.Taken, known.Values + 1);
        }
        budget.GiveBack(taken);
    }

    /// <summary>Lets go of a value, and gives back what was taken for its elements if it was the last that held them.</summary>
    internal void Remove(OnnxTensor x)
    {
        if (!elements.TryGetValue(x.Data, out (long Taken, int Values) known)) return;
        if (known.Values > 1) elements[x.Data] = (known.Taken, known.Values - 1);
        else if (elements.Remove(x.Data)) budget.GiveBack(known.Taken);
    }
}

/// <summary>A value would be larger, or a product longer, than the limits allow.</summary>
sealed class OverBudgetException(string message) : Exception(message)
{
    /// <summary>The node that asked for it.</summary>
    internal Node? Node { get; set; }
}
