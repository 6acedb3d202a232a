namespace NeuralCore;

/// <summary>Rows to train on or to predict: where the data lies is the implementation's business.</summary>
public interface ISamples
{
    /// <summary>Number of rows.</summary>
    int Count { get; }

    /// <summary>Shape of one row's input, without the batch axis.</summary>
    Shape InputShape { get; }

    /// <summary>Values of one row's target.</summary>
    int TargetColumns { get; }

    /// <summary>Writes the inputs (rows, InputShape) and the targets (rows, TargetColumns) of the given rows; either may be empty: not wanted.</summary>
    void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets);
}

/// <summary>Samples that lie in two arrays.</summary>
public sealed class ArraySamples : ISamples
{
    readonly float[] inputs, targets;

    /// <summary>Rows of <paramref name="inputShape"/> values each, and their targets.</summary>
    /// <exception cref="ArgumentException">The arrays' lengths do not fit together.</exception>
    public ArraySamples(float[] inputs, Shape inputShape, float[] targets, int targetColumns = 1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetColumns);
        Count = targets.Length / targetColumns;
        if (targets.Length != Count * targetColumns || inputs.Length != (long)Count * inputShape.Count)
            throw new ArgumentException($"samples: expected {Count} rows of {inputShape.Count} inputs and {targetColumns} targets, got {inputs.Length} and {targets.Length} values");
        (this.inputs, InputShape, this.targets, TargetColumns) = (inputs, inputShape, targets, targetColumns);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Shape InputShape { get; }

    /// <inheritdoc/>
    public int TargetColumns { get; }

    /// <inheritdoc/>
    public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
    {
        int width = InputShape.Count;
        for (int i = 0; i < rows.Length; i++)
        {
            if (!inputs.IsEmpty) this.inputs.AsSpan(rows[i] * width, width).CopyTo(inputs[(i * width)..]);
            if (!targets.IsEmpty) this.targets.AsSpan(rows[i] * TargetColumns, TargetColumns).CopyTo(targets[(i * TargetColumns)..]);
        }
    }
}
