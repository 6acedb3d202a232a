namespace NeuralCore;

/// <summary>How <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>At most this many passes over the training rows.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Rows of one optimizer step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Training ends after this many epochs, at least 1, without a better validation loss.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>The learning rate is multiplied by this after every epoch.</summary>
    public float Decay { get; init; } = 1f;

    /// <summary>Every gradient value is clipped to ± this; infinite: not at all.</summary>
    public float ClipValue { get; init; } = float.PositiveInfinity;

    /// <summary>The gradient is scaled down to this Euclidean norm; infinite: not at all.</summary>
    public float ClipNorm { get; init; } = float.PositiveInfinity;

    /// <summary>Seed of the order of rows and of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that share a batch, 32 rows each at a time; the result has the same bits for any number.</summary>
    public int Threads { get; init; } = 1;

    internal void Validate()
    {
        Require(Epochs >= 0, nameof(Epochs), "at least 0", Epochs);
        Require(BatchSize >= 1, nameof(BatchSize), "at least 1", BatchSize);
        Require(Threads >= 1, nameof(Threads), "at least 1", Threads);
        Require(Patience >= 1, nameof(Patience), "at least 1", Patience);
        Require(Decay > 0 && float.IsFinite(Decay), nameof(Decay), "a finite factor over 0", Decay);
        Require(ClipValue > 0, nameof(ClipValue), "a limit over 0", ClipValue);
        Require(ClipNorm > 0, nameof(ClipNorm), "a limit over 0", ClipNorm);

        static void Require(bool holds, string name, string expected, float actual)
        {
            if (!holds) throw new ArgumentOutOfRangeException(name, actual, $"TrainerOptions: expected {name} to be {expected}, got {actual}");
        }
    }
}

/// <summary>What one pass over the training rows gave.</summary>
/// <param name="Number">1 for the first epoch.</param>
/// <param name="TrainingLoss">Mean loss over the training rows while they were learned, dropout on.</param>
/// <param name="ValidationLoss">Mean loss over the validation rows after the epoch; NaN without validation rows.</param>
/// <param name="LearningRate">Learning rate of the epoch.</param>
public sealed record Epoch(int Number, double TrainingLoss, double ValidationLoss, float LearningRate);

/// <summary>All epochs of a training run; the model keeps the weights of the best one.</summary>
/// <param name="Epochs">In order.</param>
/// <param name="BestEpoch">Number of the epoch with the lowest validation loss; the last one without validation rows.</param>
public sealed record History(IReadOnlyList<Epoch> Epochs, int BestEpoch);

/// <summary>Training met a loss or weights that are NaN or infinite; the model holds the best weights before that.</summary>
public sealed class TrainingException(string message) : Exception(message);

/// <summary>
/// Mini-batch training with early stopping. A batch is cut into shards of 32 rows whatever its size; every shard's gradient starts at
/// zero and shards are added in order, so that the sum has the same bits however the shards are computed.
/// </summary>
public sealed class Trainer
{
    /// <summary>Rows of a shard.</summary>
    public const int ShardRows = 32;

    readonly Model model;
    readonly Loss loss;
    readonly Optimizer optimizer;
    readonly TrainerOptions options;
    readonly Shard[] shards;
    readonly float[] gradient;
    float[] targets = [];

    /// <summary>A trainer of one model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public Trainer(Model model, Loss loss, Optimizer optimizer, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (this.model, this.loss, this.optimizer, this.options) = (model, loss, optimizer, options);
        shards = [.. Enumerable.Range(0, options.Threads).Select(_ => new Shard(model, loss))];
        gradient = new float[model.Count];
    }

    /// <summary>Trains until the validation loss stops falling, and leaves the best weights in the model. A second call goes on from them, with the
    /// optimizer as the last step left it.</summary>
    /// <param name="training">Rows to learn from.</param>
    /// <param name="validation">Rows that decide when to stop; none: all epochs are run.</param>
    /// <param name="progress">Called after each epoch, while the model holds that epoch's weights.</param>
    /// <param name="cancellation">Ends training with an <see cref="OperationCanceledException"/> before the next batch.</param>
    /// <exception cref="ArgumentException">There are no training rows.</exception>
    /// <exception cref="TrainingException">A loss was NaN or infinite; the message names epoch and batch.</exception>
    /// <remarks>However training ends, the model holds the best weights so far: those of the epoch with the lowest validation loss, of the
    /// last whole epoch without validation rows, and before the first epoch those it began with.</remarks>
    public History Fit(ISamples training, ISamples? validation = null, Action<Epoch>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (training.Count == 0) throw new ArgumentException("Trainer: expected training rows, got none");
        var epochs = new List<Epoch>();
        float[] best = model.State.ToArray();
        int bestEpoch = 0;
        double bestLoss = double.PositiveInfinity;
        int[] order = [.. Enumerable.Range(0, training.Count)];
        float firstRate = optimizer.LearningRate;
        try
        {
            for (int epoch = 1; epoch <= options.Epochs && epoch - bestEpoch <= options.Patience; epoch++)
            {
                new CounterRandom(options.Seed, (ulong)epoch).Shuffle<int>(order);
                double trainingLoss = RunEpoch(training, order, epoch, cancellation);
                bool validated = validation is { Count: > 0 };
                double validationLoss = validated ? Evaluate(validation!, cancellation) : double.NaN;
                if (validated && !double.IsFinite(validationLoss))
                    throw new TrainingException($"training: the validation loss is {validationLoss} after epoch {epoch}; the best weights before are kept");
                epochs.Add(new Epoch(epoch, trainingLoss, validationLoss, optimizer.LearningRate));
                if (validationLoss < bestLoss || !validated)
                {
                    (bestLoss, bestEpoch) = (validationLoss, epoch);
                    model.State.CopyTo(best);
                }
                progress?.Invoke(epochs[^1]);
                optimizer.LearningRate *= options.Decay;
            }
        }
        finally
        {
            best.CopyTo(model.State);
            model.ParametersChanged();
            optimizer.LearningRate = firstRate;
        }
        return new History(epochs, bestEpoch);
    }

    double RunEpoch(ISamples samples, int[] order, int epoch, CancellationToken cancellation)
    {
        double sum = 0, weight = 0;
        for (int start = 0, batch = 1; start < order.Length; start += options.BatchSize, batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            ulong step = ((ulong)epoch << 32) | (uint)batch;
            (double batchSum, double batchWeight) = Step(samples, order.AsSpan(start, Math.Min(options.BatchSize, order.Length - start)), step);
            if (!double.IsFinite(batchSum))
                throw new TrainingException($"training: the loss is {batchSum} in epoch {epoch}, batch {batch}; the best weights before are kept");
            sum += batchSum;
            weight += batchWeight;
        }
        // A step may overflow although its loss was finite; after the last batch no further loss would tell.
        foreach (float value in model.State)
            if (!float.IsFinite(value))
                throw new TrainingException($"training: a weight is {value} after the last batch of epoch {epoch}; the best weights before are kept");
        return sum / weight;
    }

    /// <summary>
    /// One optimizer step on the given rows, none if no row has a weight; returns the sum of losses and the weight it is a mean over.
    /// </summary>
    internal (double Sum, double Weight) Step(ISamples samples, ReadOnlySpan<int> rows, ulong step)
    {
        double sum = 0, weight = BatchWeight(samples, rows);
        if (weight == 0) return (0, 0);   // a mean over nothing: 0 / 0 would reach the weights
        gradient.AsSpan().Clear();
        for (int first = 0; first < rows.Length;)
        {
            int used = 0;
            for (; used < shards.Length && first < rows.Length; used++, first += ShardRows)
                shards[used].Set(samples, rows.Slice(first, Math.Min(ShardRows, rows.Length - first)), training: true, 1 / weight, DropoutSeed(step, first / ShardRows));
            Run(used);
            foreach (Shard shard in shards.AsSpan(0, used))
            {
                sum += shard.Sum;
                Kernels.Elementwise.Apply<Kernels.Add>(gradient, shard.Gradients, gradient);
                shard.Commit();
            }
        }
        if (!double.IsFinite(sum)) return (sum, weight);
        if (float.IsFinite(options.ClipValue)) GradientClipping.ByValue(gradient, options.ClipValue);
        if (float.IsFinite(options.ClipNorm)) GradientClipping.ByNorm(gradient, options.ClipNorm);
        optimizer.Step(model, gradient);
        return (sum, weight);
    }

    internal ulong DropoutSeed(ulong step, int shard) => options.Seed + (step << 8) + (ulong)shard;

    /// <summary>Runs the first shards side by side, the first of them on this thread.</summary>
    void Run(int used)
    {
        for (int i = 1; i < used; i++) shards[i].Fork();
        shards[0].Execute();
        for (int i = 1; i < used; i++) shards[i].Wait();
        for (int i = 0; i < used; i++) shards[i].ThrowIfFailed();
    }

    /// <summary>What the mean over the whole batch divides by, which every shard's gradient needs before the first one runs.</summary>
    double BatchWeight(ISamples samples, ReadOnlySpan<int> rows)
    {
        int count = rows.Length * samples.TargetColumns;
        if (targets.Length < count) targets = new float[count];
        samples.Copy(rows, default, targets);
        return loss.Weight(new Tensor(targets, 0, new Shape(rows.Length, samples.TargetColumns), needsGradient: false));
    }

    /// <summary>Mean loss over all rows, without training; NaN if there are none.</summary>
    public double Evaluate(ISamples samples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Span<int> rows = stackalloc int[ShardRows];
        double sum = 0, weight = 0;
        for (int first = 0; first < samples.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            int used = 0;
            for (; used < shards.Length && first < samples.Count; used++)
            {
                Span<int> shard = rows[..Math.Min(ShardRows, samples.Count - first)];
                for (int i = 0; i < shard.Length; i++) shard[i] = first++;
                shards[used].Set(samples, shard, training: false, 0, 0);
            }
            Run(used);
            foreach (Shard shard in shards.AsSpan(0, used)) (sum, weight) = (sum + shard.Sum, weight + shard.Weight);
        }
        return sum / weight;
    }
}
