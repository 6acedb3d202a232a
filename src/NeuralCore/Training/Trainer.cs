namespace NeuralCore;

/// <summary>
/// Mini-batch training. A batch is cut into shards of 32 rows whatever its size; every shard's gradient starts at zero and shards are added
/// in order, so that the sum has the same bits however the shards are computed. In a model whose layers need two rows
/// (<see cref="Layer.NeedsTwoRows"/>) a last row of a step that would be alone joins the shard before it.
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
    readonly float[] gradient, before;
    readonly Targets targets;
    readonly bool twoRows;
    string? problem;

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
        (gradient, before) = (new float[model.Count], new float[model.State.Length]);
        (targets, twoRows) = (new Targets(model, loss), model.NeedsTwoRows);
    }

    /// <summary>
    /// Trains and leaves the last weights in the model, unless a callback puts others there (<see cref="EarlyStopping"/>). A second call
    /// goes on from them, with the optimizer's state and learning rate as the first left them, and counts epochs from 1 again.
    /// </summary>
    /// <param name="training">Rows to learn from.</param>
    /// <param name="validation">Rows whose loss is taken after each epoch.</param>
    /// <param name="callbacks">What else happens while the model learns, in order.</param>
    /// <param name="progress">Called after each epoch, while the model holds that epoch's weights.</param>
    /// <param name="cancellation">Ends training with an <see cref="OperationCanceledException"/> before the next batch.</param>
    /// <exception cref="ArgumentException">There are no training rows.</exception>
    /// <exception cref="TrainingException">A loss, a gradient or a weight was NaN or infinite; the message names epoch and batch. The
    /// step is not taken, the model holds the last finite weights.</exception>
    /// <exception cref="InvalidDataException">The file of <see cref="TrainerOptions.Checkpoint"/> is of another training.</exception>
    public History Fit(ISamples training, ISamples? validation = null, IReadOnlyList<Callback>? callbacks = null,
        Action<Epoch>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (training.Count == 0) throw new ArgumentException("Trainer: expected training rows, got none");
        Callback[] called = [.. callbacks ?? []];
        var order = new Order(training.Count, (long)options.BatchSize * options.AccumulatedBatches, options.Seed);
        var c = new TrainingContext(model, optimizer, options,
            options.StepsPerEpoch == 0 ? order.Steps : Math.Min(order.Steps, options.StepsPerEpoch));
        TrainingFile? file = options.Checkpoint is null ? null : new TrainingFile(options.Checkpoint, c, called,
            TrainingIdentity.Of(c, loss, training, validation, called));
        Safetensors? saved = file?.Open();
        int begun = 0;
        try
        {
            for (; begun < called.Length; begun++) called[begun].OnTrainBegin(c);
            if (saved is not null) file!.Resume(saved);
            else file?.Write();   // before a callback writes files of its own: what they held then is part of its state
            while (c.StopReason is null && (c.InEpoch || c.Epoch < options.Epochs))
            {
                if (!c.InEpoch)
                {
                    c.BeginEpoch();
                    foreach (Callback callback in called) callback.OnEpochBegin(c);
                }
                if (!RunBatches(training, order, c, called, file, cancellation)) break;
                EndEpoch(validation, c, called, cancellation);
                progress?.Invoke(c.Epochs[^1]);
                file?.EpochEnded();
            }
            file?.Write();
        }
        finally
        {
            foreach (Callback callback in called.AsSpan(0, begun)) callback.OnTrainEnd(c);
        }
        return c.History;
    }

    /// <summary>The steps of an epoch that were not taken yet; false if training was stopped before the last one.</summary>
    bool RunBatches(ISamples training, Order order, TrainingContext c, Callback[] callbacks, TrainingFile? file,
        CancellationToken cancellation)
    {
        while (c.Batch < c.Batches)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> rows = order.Rows(c.Steps);
            c.Batch++;
            (double sum, double weight) = Step(training, rows, ((ulong)c.Epoch << 32) | (uint)c.Batch);
            c.BatchLoss = sum / weight;
            c.Problem = problem is null ? null : $"{problem} in epoch {c.Epoch}, batch {c.Batch}";
            if (problem is null) (c.Sum, c.Weight) = (c.Sum + sum, c.Weight + weight);
            foreach (Callback callback in callbacks) callback.OnBatchEnd(c);
            if (c.Problem is not null) return c.StopReason is not null ? false : throw NotFinite(c.Problem);
            if (c.StopReason is not null && c.Batch < c.Batches) return false;
            if (c.StopReason is null) file?.BatchEnded();   // a stop at the last step is saved after the epoch's end, which it still has
        }
        return true;
    }

    void EndEpoch(ISamples? validation, TrainingContext c, Callback[] callbacks, CancellationToken cancellation)
    {
        (double sum, double weight) = validation is null ? (0, 0) : Total(validation, cancellation);
        double loss = sum / weight;
        if (weight != 0 && !double.IsFinite(loss)) c.Problem = $"the validation loss is {loss} after epoch {c.Epoch}";
        c.EndEpoch(loss);
        foreach (Callback callback in callbacks) callback.OnEpochEnd(c);
        if (c.Problem is not null && c.StopReason is null) throw NotFinite(c.Problem);
    }

    static TrainingException NotFinite(string problem) => new($"training: {problem}; the last finite weights are kept");

    /// <summary>
    /// One optimizer step on the given rows, cut into batches, none if no row has a weight; returns the sum of losses and the weight it
    /// is a mean over. If something is not finite, <see cref="problem"/> says what and the model stays as it was.
    /// </summary>
    internal (double Sum, double Weight) Step(ISamples samples, ReadOnlySpan<int> rows, ulong step)
    {
        double weight = StepWeight(samples, rows);
        problem = null;
        if (weight == 0) return (0, 0);   // a mean over nothing: 0 / 0 would reach the weights
        model.State.CopyTo(before);
        double sum = Gradient(samples, rows, step, 1 / weight);
        if (float.IsFinite(options.ClipValue)) GradientClipping.ByValue(gradient, options.ClipValue);
        if (float.IsFinite(options.ClipParameterNorm))
            GradientClipping.ByParameterNorm(model, gradient, options.ClipParameterNorm, options.ClipNormType);
        if (float.IsFinite(options.ClipNorm)) GradientClipping.ByNorm(model, gradient, options.ClipNorm, options.ClipNormType);
        if (!double.IsFinite(sum)) problem = $"the loss is {sum}";
        else if (!Finite(gradient)) problem = "a gradient is not finite";
        else
        {
            optimizer.Step(model, gradient);
            if (Finite(model.State)) return (sum, weight);
            problem = "a weight is not finite after the step";
        }
        before.CopyTo(model.State);
        model.ParametersChanged();
        return (sum, weight);

        static bool Finite(ReadOnlySpan<float> values) => double.IsFinite(GradientClipping.SumOfSquares(values));
    }

    /// <summary>The gradient of scale·Σ loss, its shards added in order; returns Σ loss.</summary>
    double Gradient(ISamples samples, ReadOnlySpan<int> rows, ulong step, double scale)
    {
        double sum = 0;
        gradient.AsSpan().Clear();
        for (int first = 0, shard = 0; first < rows.Length;)
        {
            int used = 0;
            for (; used < shards.Length && first < rows.Length; used++, shard++)
            {
                int size = ShardSize(first, rows.Length, options.BatchSize);
                shards[used].Set(samples, rows.Slice(first, size), training: true, scale, DropoutSeed(step, shard));
                first += size;
            }
            Forkable.RunAll(shards.AsSpan(0, used));
            foreach (Shard done in shards.AsSpan(0, used))
            {
                sum += done.Sum;
                Kernels.Elementwise.Apply<Kernels.Add>(gradient, done.Gradients, gradient);
                done.Commit();
            }
        }
        return sum;
    }

    /// <summary>
    /// Another seed for each shard of each step; the odd factor keeps more than 256 shards clear of the next steps' seeds.
    /// </summary>
    internal ulong DropoutSeed(ulong step, int shard)
        => options.Seed + (step << 8) + ((ulong)shard & 255) + ((ulong)shard >> 8) * 0x9E3779B97F4A7C15;

    /// <summary>What the mean over all rows of a step divides by, which every shard's gradient needs before the first one runs.</summary>
    double StepWeight(ISamples samples, ReadOnlySpan<int> rows)
    {
        targets.Load(samples, rows, default);
        return targets.Weight();
    }

    /// <summary>
    /// Rows of the shard that begins at row <paramref name="first"/> of all <paramref name="rows"/>, which are cut into batches first.
    /// Where layers need two rows, a last one of a step that would be alone joins the shard before it.
    /// </summary>
    int ShardSize(int first, int rows, int batch)
    {
        int end = (int)Math.Min(rows, (first / batch + 1L) * batch);
        if (twoRows && rows - end == 1) end = rows;
        int left = end - first;
        return twoRows && left == ShardRows + 1 ? left : Math.Min(left, ShardRows);
    }

    /// <summary>Mean loss over all rows, without training; NaN if there are none or they weigh nothing.</summary>
    public double Evaluate(ISamples samples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        (double sum, double weight) = Total(samples, cancellation);
        return sum / weight;
    }

    /// <summary>The sum of losses over all rows, and the weight that it is a mean over.</summary>
    (double Sum, double Weight) Total(ISamples samples, CancellationToken cancellation)
    {
        Span<int> rows = stackalloc int[ShardRows + 1];
        double sum = 0, weight = 0;
        for (int first = 0; first < samples.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            int used = 0;
            for (; used < shards.Length && first < samples.Count; used++)
            {
                Span<int> shard = rows[..ShardSize(first, samples.Count, samples.Count)];
                for (int i = 0; i < shard.Length; i++) shard[i] = first++;
                shards[used].Set(samples, shard, training: false, 0, 0);
            }
            Forkable.RunAll(shards.AsSpan(0, used));
            foreach (Shard shard in shards.AsSpan(0, used)) (sum, weight) = (sum + shard.Sum, weight + shard.Weight);
        }
        return (sum, weight);
    }
}
