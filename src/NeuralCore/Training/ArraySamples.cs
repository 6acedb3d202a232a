namespace NeuralCore;

/// <summary>Samples that lie in arrays.</summary>
public sealed class ArraySamples : ISamples
{
    readonly float[] inputs, targets;
    readonly float[]? weights;
    readonly int[]? lengths;

    /// <summary>Rows of <paramref name="inputShape"/> values each, and their targets.</summary>
    /// <param name="inputs">(rows, inputShape)</param>
    /// <param name="inputShape">Shape of one row.</param>
    /// <param name="targets">(rows, targetColumns)</param>
    /// <param name="targetColumns">Values of one row's target.</param>
    /// <param name="weights">How much each row counts; none: all alike.</param>
    /// <param name="lengths">Valid steps of each row, a sequence (time, ...); none: all steps are valid.</param>
    /// <exception cref="ArgumentException">The arrays' lengths do not fit together, or a weight or length is out of its range.</exception>
    public ArraySamples(float[] inputs, Shape inputShape, float[] targets, int targetColumns = 1, float[]? weights = null,
        int[]? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetColumns);
        Count = targets.Length / targetColumns;
        if (targets.Length != Count * targetColumns || inputs.Length != (long)Count * inputShape.Count)
            throw new ArgumentException($"samples: expected {Count} rows of {inputShape.Count} inputs and {targetColumns} targets, "
                + $"got {inputs.Length} and {targets.Length} values");
        (this.inputs, InputShape, this.targets, TargetColumns) = (inputs, inputShape, targets, targetColumns);
        if (weights is not null && weights.Length != Count)
            throw new ArgumentException($"samples: expected {Count} weights, got {weights.Length}");
        if (lengths is not null && lengths.Length != Count)
            throw new ArgumentException($"samples: expected {Count} lengths, got {lengths.Length}");
        foreach (float weight in weights ?? [])
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new ArgumentException($"samples: expected finite weights of at least 0, got {weight}");
        foreach (int length in lengths ?? [])
            if (inputShape.Rank < 1 || length < 1 || length > inputShape[0])
                throw new ArgumentException("samples: expected lengths from 1 to the steps of rows (time, ...), "
                    + $"got {length} for rows {inputShape}");
        (this.weights, this.lengths) = (weights, lengths);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Shape InputShape { get; }

    /// <inheritdoc/>
    public int TargetColumns { get; }

    /// <inheritdoc/>
    public bool HasWeights => weights is not null;

    /// <inheritdoc/>
    public bool HasLengths => lengths is not null;

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

    /// <inheritdoc/>
    public void CopyWeights(ReadOnlySpan<int> rows, Span<float> weights)
    {
        for (int i = 0; i < rows.Length; i++) weights[i] = this.weights?[rows[i]] ?? 1;
    }

    /// <inheritdoc/>
    public void CopyLengths(ReadOnlySpan<int> rows, Span<int> lengths)
    {
        for (int i = 0; i < rows.Length; i++) lengths[i] = this.lengths?[rows[i]] ?? InputShape[0];
    }
}
