namespace NeuralCore;

/// <summary>
/// One thread's share of a batch: up to 32 rows, a tape of its own, and what one pass over them gives. Made once and used for every batch,
/// so that a warm step allocates nothing.
/// </summary>
sealed class Shard(Model model, Loss loss) : Forkable
{
    readonly int[] rows = new int[Trainer.ShardRows + 1];
    readonly Tape tape = model.Tape();
    readonly Targets targets = new(model, loss);
    ISamples samples = null!;
    int count;
    bool training;
    double scale;
    ulong dropoutSeed;

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

    /// <summary>Moves the running statistics by what the pass kept for them.</summary>
    internal void Commit() => tape.Commit();

    protected override void Run()
    {
        tape.Begin(training, dropoutSeed);
        Tensor x = Load();
        Weight = targets.Weight();
        Tensor y = model.Root.Forward(x, tape), dY = training ? tape.Tensor(y.Shape) : default;
        Sum = targets.Sum(y, scale, dY);
        if (!training) return;
        tape.Gradients.Clear();
        model.Root.Backward(dY, tape);
        tape.End();
    }

    /// <summary>Reads the rows. Padding becomes zero: what is not finite there would reach gradients of weights as 0·NaN.</summary>
    Tensor Load()
    {
        Tensor x = tape.Tensor(Targets.Batch(count, samples.InputShape)).WithGradient(false);
        targets.Load(samples, rows.AsSpan(0, count), x.Span);
        x = x.WithCheckedLengths(targets.Lengths);
        x.ClearPadding();
        return x;
    }
}
