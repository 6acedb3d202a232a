namespace NeuralCore;

/// <summary>
/// A model with the memory and the threads of one caller. A large batch is cut into shards of rows, which the threads take one after
/// another; the result has the bits of <see cref="Model.Predict"/> for any number of threads. A prediction forks once and, when warm,
/// allocates nothing; only a thread of the pool that has never run these kernels allocates its workspace, once. The model may be trained
/// between predictions; any number of sessions serve one model.
/// <code>
/// var session = new InferenceSession(model, threads: 4);
/// Tensor y = session.Predict(x);
/// </code>
/// </summary>
public sealed class InferenceSession
{
    readonly Model model;
    readonly RowShards shards = new();
    readonly Pass[] passes;
    int busy;

    /// <summary>A session of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="threads">Threads that share a batch: the caller's, and others of the pool for batches of more than 48 rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer threads than one.</exception>
    public InferenceSession(Model model, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (threads < 1)
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"InferenceSession: expected at least 1 thread, got {threads}");
        this.model = model;
        passes = [.. Enumerable.Range(0, threads).Select(i => new Pass(shards, model.Tape(), i))];
    }

    /// <summary>Runs the model without training. The result lives until the next call.</summary>
    /// <exception cref="ArgumentException">The model does not take this input.</exception>
    /// <exception cref="InvalidOperationException">Another prediction of this session is running.</exception>
    public Tensor Predict(Tensor x)
    {
        if (Interlocked.Exchange(ref busy, 1) != 0)
            throw new InvalidOperationException("InferenceSession: expected one prediction at a time, got another one while it runs "
                + "(a session for each caller; they may share the model)");
        try
        {
            shards.Cut(model, x, passes.Length);
            if (shards.Count > 0) Forkable.RunAll(passes.AsSpan(0, Math.Min(shards.Count, passes.Length)));
            return shards.Join(model, x, passes[0].Tape);
        }
        finally
        {
            shards.Release();
            Volatile.Write(ref busy, 0);
        }
    }

    /// <summary>
    /// What one thread runs. It begins with a shard of its own, so that all tapes have their memory after two predictions: the first tells
    /// how much a row takes, and so how many rows a shard has.
    /// </summary>
    sealed class Pass(RowShards shards, Tape tape, int index) : Forkable
    {
        internal Tape Tape => tape;

        protected override void Run() => shards.Run(tape, index);
    }
}
