namespace NeuralCore;

/// <summary>How <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>At most this many epochs; those of a resumed <see cref="Checkpoint"/> count.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>
    /// At most this many optimizer steps an epoch: each epoch goes on in the pass over the rows where the one before it ended, so that
    /// every row is learned once before one is learned twice. 0, or more than a pass has: an epoch is a pass. Keras's steps_per_epoch.
    /// </summary>
    public int StepsPerEpoch { get; init; }

    /// <summary>Rows of one batch.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// Batches of one optimizer step. Its gradient is that of the mean over all rows of these batches (for weighted losses their sum over
    /// the sum of their weights), so k batches of a multiple of 32 rows give the bits of one batch k times as large.
    /// </summary>
    public int AccumulatedBatches { get; init; } = 1;

    /// <summary>
    /// Every gradient value is clipped to ± this; infinite: not at all. First by value, then by parameter, then as a whole.
    /// </summary>
    public float ClipValue { get; init; } = float.PositiveInfinity;

    /// <summary>The gradient of each parameter is scaled down to this norm; infinite: not at all.</summary>
    public float ClipParameterNorm { get; init; } = float.PositiveInfinity;

    /// <summary>The whole gradient, without frozen parameters, is scaled down to this norm; infinite: not at all.</summary>
    public float ClipNorm { get; init; } = float.PositiveInfinity;

    /// <summary>Which norm: 2 for the Euclidean one, infinite for the largest absolute value.</summary>
    public double ClipNormType { get; init; } = 2;

    /// <summary>Seed of the order of rows and of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Threads that share a batch, 32 rows each at a time; the result has the same bits for any number. With more than one, samples and
    /// loss are called on several threads at once; those of the library may be.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where the training is saved while it runs, and resumed from; null: nowhere.</summary>
    public Checkpoint? Checkpoint { get; init; }

    internal void Validate()
    {
        Require(Epochs >= 0, nameof(Epochs), "at least 0", Epochs);
        Require(StepsPerEpoch >= 0, nameof(StepsPerEpoch), "at least 0", StepsPerEpoch);
        Require(BatchSize >= 1, nameof(BatchSize), "at least 1", BatchSize);
        Require(AccumulatedBatches >= 1 && (long)AccumulatedBatches * BatchSize <= int.MaxValue, nameof(AccumulatedBatches),
            "at least 1, and its product with BatchSize under 2³¹", AccumulatedBatches);
        Require(Threads >= 1, nameof(Threads), "at least 1", Threads);
        Require(ClipValue > 0, nameof(ClipValue), "a limit over 0", ClipValue);
        Require(ClipParameterNorm > 0, nameof(ClipParameterNorm), "a limit over 0", ClipParameterNorm);
        Require(ClipNormType > 0, nameof(ClipNormType), "over 0", (float)ClipNormType);
        Require(ClipNorm > 0, nameof(ClipNorm), "a limit over 0", ClipNorm);
        if (Checkpoint is null) return;
        Require(Checkpoint.EveryEpochs >= 0, nameof(Checkpoint.EveryEpochs), "at least 0", Checkpoint.EveryEpochs);
        Require(Checkpoint.EveryBatches >= 0, nameof(Checkpoint.EveryBatches), "at least 0", Checkpoint.EveryBatches);

        static void Require(bool holds, string name, string expected, float actual)
        {
            if (!holds)
                throw new ArgumentOutOfRangeException(name, actual, $"TrainerOptions: expected {name} to be {expected}, got {actual}");
        }
    }
}
