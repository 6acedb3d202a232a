namespace NeuralCore;

/// <summary>
/// A prediction over many rows, cut into shards of 32 whose activations stay in cache; their outputs stand side by side in memory of its own.
/// Several threads may run shards, each with a tape of its own: which one runs which decides no bit.
/// </summary>
sealed class RowShards
{
    Model? model;
    Shape input, output;      // of the model's last batch; an output without axes: it cannot be cut
    Tensor x, y;
    float[] memory = [];
    int[] lengths = [];
    int next;
    volatile bool ragged;     // whether outputs have lengths

    /// <summary>Number of shards; 0 for a batch that stays whole: of up to 32 rows, or of a model that needs it whole.</summary>
    internal int Count { get; private set; }

    /// <summary>Takes a batch, of which <paramref name="passes"/> calls of <see cref="Run"/> compute the shards.</summary>
    internal void Cut(Model model, Tensor x, int passes = 1)
    {
        Count = 0;
        if (x.Shape.Rank < 2 || x.Shape[0] <= Trainer.ShardRows || model.NeedsWholeBatch) return;
        int rows = x.Shape[0];
        if (model != this.model || x.Shape != input)
        {
            output = model.Root.OutputShape(x.Shape);
            (this.model, input) = (model, x.Shape);
            if (output.Rank == 0 || output[0] != rows) output = default;
        }
        if (output.Rank == 0) return;
        if (memory.Length == 0 || AlignedArray.All(memory).Length < output.Count) memory = AlignedArray.New(output.Count);
        if (lengths.Length < rows) lengths = new int[rows];
        Count = (rows + Trainer.ShardRows - 1) / Trainer.ShardRows;
        (this.x, y, ragged) = (x, new Tensor(memory, AlignedArray.Start(memory), output, needsGradient: true), false);
        next = Math.Min(passes, Count) - 1;
    }

    /// <summary>Runs the shard of number <paramref name="shard"/>, then one after another that nobody has taken yet.</summary>
    internal void Run(Tape tape, int shard = 0)
    {
        for (; shard < Count; shard = Interlocked.Increment(ref next))
        {
            int first = shard * Trainer.ShardRows, count = Math.Min(Trainer.ShardRows, x.Shape[0] - first);
            tape.Begin(training: false);
            Tensor part = model!.Root.Forward(x.Slice(first, count), tape), place = y.Slice(first, count);
            if (part.Shape != place.Shape)
            {
                output = default;
                return;
            }
            part.Span.CopyTo(place.Span);
            if (!part.HasLengths) continue;
            part.Lengths.CopyTo(lengths.AsSpan(first));
            ragged = true;
        }
    }

    /// <summary>
    /// The output of all rows: that of the shards, or of the whole batch where it was not cut or a layer's OutputShape does not tell what
    /// its Forward gives.
    /// </summary>
    internal Tensor Join(Model model, Tensor x, Tape tape)
    {
        (this.x, bool cut) = (default, Count > 0 && output.Rank > 0);
        if (cut) return ragged ? y.WithCheckedLengths(lengths) : y;
        tape.Begin(training: false);
        return model.Root.Forward(x, tape);
    }
}
