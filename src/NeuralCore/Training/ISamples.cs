namespace NeuralCore;

/// <summary>Rows to train on or to predict: where the data lies is the implementation's business.</summary>
/// <remarks>
/// With <see cref="TrainerOptions.Threads"/> over 1 a <see cref="Trainer"/> calls <see cref="Copy"/>, <see cref="CopyWeights"/> and
/// <see cref="CopyLengths"/> on several threads at once, for different rows: they must not share a buffer or a position in a file.
/// </remarks>
public interface ISamples
{
    /// <summary>Number of rows.</summary>
    int Count { get; }

    /// <summary>Shape of one row's input, without the batch axis: (features), (time, features), (time) of indices for an
    /// <see cref="Embedding"/>, or one of three axes.</summary>
    Shape InputShape { get; }

    /// <summary>
    /// Values of one row's target. For a model whose output is a sequence (batch, T, ...) over the T steps of its input they are those of
    /// the first step, then those of the second and so on; the loss sees them as (rows, T, K).
    /// </summary>
    int TargetColumns { get; }

    /// <summary>Whether rows count differently, as <see cref="CopyWeights"/> tells.</summary>
    bool HasWeights => false;

    /// <summary>Whether the rows are sequences of different lengths, as <see cref="CopyLengths"/> tells.</summary>
    bool HasLengths => false;

    /// <summary>
    /// Writes the inputs (rows, InputShape) and the targets (rows, TargetColumns) of the given rows; either may be empty: not wanted.
    /// </summary>
    void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets);

    /// <summary>
    /// Writes one finite weight of at least 0 for each of the given rows. The loss of a batch is then Σ weight·loss / Σ weight, where a
    /// class weight of the loss multiplies the row's. Asked only with <see cref="HasWeights"/>.
    /// </summary>
    void CopyWeights(ReadOnlySpan<int> rows, Span<float> weights) => weights.Fill(1);

    /// <summary>
    /// Writes the number of valid steps, 1 to the size of the time axis, of each of the given rows. What the row holds past them reaches
    /// neither the model, which gets zeros, nor, for a target at each step, the loss. Asked only with <see cref="HasLengths"/>.
    /// </summary>
    void CopyLengths(ReadOnlySpan<int> rows, Span<int> lengths) => lengths.Fill(InputShape[0]);
}
