namespace NeuralCore;

/// <summary>
/// A prediction over many rows, cut into shards whose activations stay in cache; their outputs stand side by side in memory of its own.
/// Several threads may run shards, each with a tape of its own. How rows are cut, and who runs them, decides no bit.
/// </summary>
/// <param name="scratch">Bytes of a shard's activations: 4 to 8 MB were fastest beside a second-level cache of 1 MB.</param>
sealed class RowShards(long scratch = 6 << 20)
{
    const int Least = 48;   // rows: a multiple of the 6 of a tile, and enough to hide what each pass costs beside its rows

    Model? model;
    Shape input, output;            // of the model's last batch; an output without axes: it cannot be cut
    long rowBytes;                  // activations of one row; 0 before they are known
    Tensor x, y;
    float[] memory = [];
    int[] lengths = [];
    int size, next;
    volatile bool ragged;           // whether outputs have lengths

    /// <summary>Number of shards; 0 for a batch that stays whole, because it is small or the model needs it whole.</summary>
    internal int Count { get; private set; }

    /// <summary>Takes a batch, of which <paramref name="passes"/> calls of <see cref="Run"/> compute the shards.</summary>
    internal void Cut(Model model, Tensor x, int passes = 1)
    {
        Count = 0;
        if (x.Shape.Rank < 2 || x.Shape[0] <= Least || model.NeedsWholeBatch) return;
        int rows = x.Shape[0];
        if (model != this.model || x.Shape != input) Learn(model, x.Shape);
        int fits = rowBytes == 0 ? Least : (int)Math.Min(rows, scratch / rowBytes), share = passes == 1 ? rows : rows / (2 * passes);
        size = Math.Max(Least, Math.Min(fits, share) / Least * Least);
        if (output.Rank == 0 || Math.Min(fits, share) == rows) return;
        if (memory.Length == 0 || AlignedArray.All(memory).Length < output.Count) memory = AlignedArray.New(output.Count);
        if (lengths.Length < rows) lengths = new int[rows];
        Count = (rows + size - 1) / size;
        (this.x, y, ragged) = (x, new Tensor(memory, AlignedArray.Start(memory), output, needsGradient: true), false);
        next = Math.Min(passes, Count) - 1;
    }

    void Learn(Model model, Shape batch)
    {
        if (model != this.model || batch.WithFirst(1) != input.WithFirst(1)) rowBytes = 0;
        output = model.Root.OutputShape(batch);
        (this.model, input) = (model, batch);
        if (output.Rank == 0 || output[0] != batch[0]) output = default;
    }

    /// <summary>Runs the shard of number <paramref name="shard"/>, then one after another that nobody has taken yet.</summary>
    internal void Run(Tape tape, int shard = 0)
    {
        for (; shard < Count; shard = Interlocked.Increment(ref next))
        {
            int first = shard * size, count = Math.Min(size, x.Shape[0] - first);
            tape.Begin(training: false);
            Tensor part = model!.Root.Forward(x.Slice(first, count), tape), place = y.Slice(first, count);
            if (part.Shape != place.Shape)
            {
                output = default;
                return;
            }
            part.Span.CopyTo(place.Span);
            if (shard == 0) rowBytes = tape.PeakBytes / count + 1;
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
        if (Count > 0 && output.Rank > 0) return ragged ? y.WithCheckedLengths(lengths) : y;
        tape.Begin(training: false);
        return model.Root.Forward(x, tape);
    }

    /// <summary>Lets go of the batch, however its passes ended.</summary>
    internal void Release() => x = default;
}
