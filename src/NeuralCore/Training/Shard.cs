using System.Runtime.ExceptionServices;

namespace NeuralCore;

/// <summary>
/// One thread's share of a batch: up to 32 rows, a tape of its own, and what one pass over them gives. Made once and used for every batch,
/// so that a warm step allocates nothing.
/// </summary>
sealed class Shard(Model model, Loss loss) : IThreadPoolWorkItem
{
    readonly int[] rows = new int[Trainer.ShardRows + 1], lengths = new int[Trainer.ShardRows + 1];
    readonly float[] weights = new float[Trainer.ShardRows + 1];
    readonly Tape tape = model.Tape();
    ISamples samples = null!;
    int count;
    bool training;
    double scale;
    ulong dropoutSeed;
    volatile bool running;
    ExceptionDispatchInfo? error;

    /// <summary>Sum of the losses of the rows.</summary>
    internal double Sum { get; private set; }

    /// <summary>What the mean loss of these rows alone divides by.</summary>
    internal double Weight { get; private set; }

    /// <summary>Gradient of scale times the sum.</summary>
    internal Span<float> Gradients => tape.Gradients;

    /// <summary>Says what to compute: a training pass whose gradient is scaled, or only the loss.</summary>
    internal void Set(ISamples samples, ReadOnlySpan<int> rows, bool training, double scale, ulong dropoutSeed)
    {
        (this.samples, this.training, this.scale, this.dropoutSeed, count) = (samples, training, scale, dropoutSeed, rows.Length);
        rows.CopyTo(this.rows);
    }

    /// <summary>Computes on another thread; <see cref="Wait"/> waits for it.</summary>
    internal void Fork()
    {
        running = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Waits until a forked pass is done.</summary>
    internal void Wait()
    {
        var wait = new SpinWait();
        while (running) wait.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>Throws what the pass threw.</summary>
    internal void ThrowIfFailed() => error?.Throw();

    /// <summary>Moves the running statistics by what the pass kept for them.</summary>
    internal void Commit() => tape.Commit();

    /// <summary>Computes on this thread.</summary>
    public void Execute()
    {
        error = null;
        try { Run(); }
        catch (Exception e) { error = ExceptionDispatchInfo.Capture(e); }
        finally { running = false; }
    }

    void Run()
    {
        tape.Begin(training, dropoutSeed);
        (Tensor x, Tensor target) = Batch();
        Weight = WeightOf(loss, target, Weights());
        Tensor y = model.Root.Forward(x, tape), dY = training ? tape.Tensor(y.Shape) : default;
        Sum = SumOf(y, target, dY);
        if (!training) return;
        tape.Gradients.Clear();
        model.Root.Backward(dY, tape);
        tape.End();
    }

    (Tensor X, Tensor Target) Batch()
    {
        Shape one = samples.InputShape;
        Shape shape = one.Rank switch
        {
            1 => new Shape(count, one[0]),
            2 => new Shape(count, one[0], one[1]),
            3 => new Shape(count, one[0], one[1], one[2]),
            _ => throw new ArgumentException($"Trainer: expected rows of one to three axes, (features) or (time, features), got {one}"),
        };
        Tensor x = tape.Tensor(shape).WithGradient(false), target = tape.Tensor(count, samples.TargetColumns).WithGradient(false);
        ReadOnlySpan<int> rows = this.rows.AsSpan(0, count);
        samples.Copy(rows, x.Span, target.Span);
        if (!samples.HasLengths) return (x, target);
        samples.CopyLengths(rows, lengths.AsSpan(0, count));
        foreach (int length in lengths.AsSpan(0, count))
            if (one.Rank < 2 || length < 1 || length > one[0])
                throw new ArgumentException($"Trainer: expected lengths from 1 to the steps of rows, got {length} for rows {one}");
        return (x.WithCheckedLengths(lengths), target);
    }

    ReadOnlySpan<float> Weights()
    {
        if (!samples.HasWeights) return [];
        samples.CopyWeights(rows.AsSpan(0, count), weights);
        return weights.AsSpan(0, count);
    }

    /// <summary>Σ w·loss over the rows, and its gradient.</summary>
    double SumOf(Tensor y, Tensor target, Tensor dY)
    {
        if (!samples.HasWeights) return loss.Sum(y, target, scale, dY);
        if (y.Shape[0] != count)
            throw new ArgumentException($"Trainer: expected one prediction for each of {count} weighted rows, got {y.Shape}");
        double sum = 0;
        for (int row = 0; row < count; row++)
            sum += weights[row] * loss.Sum(y.Slice(row), target.Slice(row), scale * weights[row], dY.IsEmpty ? default : dY.Slice(row));
        return sum;
    }

    /// <summary>What the mean divides by: the loss's own weight, or Σ w times that of each row.</summary>
    internal static double WeightOf(Loss loss, Tensor target, ReadOnlySpan<float> weights)
    {
        if (weights.IsEmpty) return loss.Weight(target);
        double sum = 0;
        for (int row = 0; row < weights.Length; row++)
            sum += weights[row] >= 0 && float.IsFinite(weights[row]) ? weights[row] * loss.Weight(target.Slice(row))
                : throw new ArgumentException($"Trainer: expected finite row weights of at least 0, got {weights[row]}");
        return sum;
    }
}
