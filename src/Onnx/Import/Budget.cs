namespace NeuralCore.Onnx.Import;

/// <summary>What is left of the limits of a run.</summary>
sealed class Budget(long bytes, long operations)
{
    /// <summary>Multiply-adds that the run of a node in a body is taken for, and a byte that a body made and gave back.</summary>
    internal const int BodyNode = 1 << 14, GivenBack = 8;

    long bytes = bytes, operations = operations;

    /// <summary>Bytes that are left.</summary>
    internal long Bytes => bytes;

    /// <summary>Gives back what a step of a loop took beyond its results, so that only what is kept at a time counts.</summary>
    /// <param name="before">Bytes that were left before the step.</param>
    /// <param name="results">What stays.</param>
    internal void GiveBack(long before, IEnumerable<OnnxTensor> results)
    {
        long kept = results.Sum(x => (long)x.Count * OnnxTensor.SizeOf(x.Type)), back = Math.Max(0, before - bytes - kept);
        TakeOperations((double)GivenBack * back);
        bytes += back;
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

/// <summary>A value would be larger, or a product longer, than the limits allow.</summary>
sealed class OverBudgetException(string message) : Exception(message)
{
    /// <summary>The node that asked for it.</summary>
    internal Node? Node { get; set; }
}
