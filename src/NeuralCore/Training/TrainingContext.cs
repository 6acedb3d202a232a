namespace NeuralCore;

/// <summary>Where a training stands: what <see cref="Callback"/>s see.</summary>
public sealed class TrainingContext
{
    readonly List<Epoch> epochs = [];

    internal TrainingContext(Model model, Optimizer optimizer, TrainerOptions options, int batches)
        => (Model, Optimizer, Options, Batches) = (model, optimizer, options, batches);

    /// <summary>The model as it is now.</summary>
    public Model Model { get; }

    /// <summary>The optimizer; a callback may change its learning rate.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>How the trainer trains.</summary>
    public TrainerOptions Options { get; }

    /// <summary>Number of the epoch, 1 for the first; 0 before it.</summary>
    public int Epoch { get; internal set; }

    /// <summary>
    /// Optimizer steps of this epoch so far: the number of the batch, 1 for the first, or of the batches that were gathered to one step.
    /// </summary>
    public int Batch { get; internal set; }

    /// <summary>Optimizer steps of an epoch.</summary>
    public int Batches { get; }

    /// <summary>Optimizer steps since the first epoch began.</summary>
    public long Steps => (long)Math.Max(0, Epoch - 1) * Batches + Batch;

    /// <summary>Mean loss of the last step's rows, dropout on; NaN if they weigh nothing, and before the epoch's first step.</summary>
    public double BatchLoss { get; internal set; } = double.NaN;

    /// <summary>
    /// Mean loss of this epoch's rows so far, each while it was learned; NaN if they weigh nothing, and before the first.
    /// </summary>
    public double TrainingLoss => Sum / Weight;

    /// <summary>Whole epochs, in order.</summary>
    public IReadOnlyList<Epoch> Epochs => epochs;

    /// <summary>Why training ends; null while it goes on.</summary>
    public string? StopReason { get; private set; }

    /// <summary>What is not finite, in words: the last step's loss, its gradient, or the validation loss; null if all is well. Training
    /// ends with a <see cref="TrainingException"/> unless a callback calls <see cref="Stop"/>.</summary>
    public string? Problem { get; internal set; }

    /// <summary>The sum of losses of this epoch, and the weight that it is a mean over.</summary>
    internal double Sum { get; set; }

    internal double Weight { get; set; }

    /// <summary>
    /// Ends training after this step or epoch. An epoch that is not whole is not validated and does not get into the history.
    /// </summary>
    /// <param name="reason">Why, in words: it becomes <see cref="History.StopReason"/>. The first reason stays.</param>
    public void Stop(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        StopReason ??= reason;
    }

    /// <summary>Whether an epoch has begun that is not in the history yet.</summary>
    internal bool InEpoch => Epoch > epochs.Count;

    internal History History => new([.. epochs], StopReason);

    internal void BeginEpoch() => (Epoch, Batch, Sum, Weight, BatchLoss) = (epochs.Count + 1, 0, 0, 0, double.NaN);

    internal void EndEpoch(double validationLoss) => epochs.Add(new Epoch(Epoch, TrainingLoss, validationLoss, Optimizer.LearningRate));

    internal void Restore(History history, int epoch, int batch, double sum, double weight, double batchLoss)
    {
        epochs.AddRange(history.Epochs);
        (Epoch, Batch, Sum, Weight, BatchLoss) = (epoch, batch, sum, weight, batchLoss);
        StopReason ??= history.StopReason;
    }
}
