namespace NeuralCore.Onnx.Import;

/// <summary>What is left of the limits of a run.</summary>
sealed class Budget(long bytes, long operations)
{
    long bytes = bytes, operations = operations;

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
sealed class OverBudgetException(string message) : Exception(message);
