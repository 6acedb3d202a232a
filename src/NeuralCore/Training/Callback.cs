namespace NeuralCore;

/// <summary>
/// Something that happens at fixed moments of a training: it watches, changes the learning rate, writes files or ends the training. All
/// moments are optional. Callbacks are called in the order in which <see cref="Trainer.Fit"/> was given them, on its thread.
/// </summary>
public abstract class Callback
{
    /// <summary>Before the first epoch; what was counted in an earlier training is forgotten here.</summary>
    public virtual void OnTrainBegin(TrainingContext context) { }

    /// <summary>Before each epoch's first step.</summary>
    public virtual void OnEpochBegin(TrainingContext context) { }

    /// <summary>After each optimizer step, also after one that was not taken because its loss or gradient is not finite.</summary>
    public virtual void OnBatchEnd(TrainingContext context) { }

    /// <summary>After each whole epoch and its validation; the epoch is the last of <see cref="TrainingContext.Epochs"/>.</summary>
    public virtual void OnEpochEnd(TrainingContext context) { }

    /// <summary>
    /// When training ends, also by an exception, unless <see cref="OnTrainBegin"/> of this callback threw or was not called.
    /// </summary>
    public virtual void OnTrainEnd(TrainingContext context) { }

    /// <summary>Settings that stay as they are, by name: what a <see cref="Checkpoint"/> compares before a training goes on.</summary>
    public virtual IEnumerable<(string Name, double Value)> Settings => [];

    /// <summary>
    /// What the callback has counted so far, for a <see cref="Checkpoint"/>; null if it counts nothing. It is set after
    /// <see cref="OnTrainBegin"/> when a training is resumed. A state that does not fit is an <see cref="ArgumentException"/> and
    /// changes nothing; the callbacks before then get the states back that they began with, and there is no training.
    /// </summary>
    public virtual CallbackState? State { get => null; set { } }
}

/// <summary>What a callback must know to go on where it stood: numbers and blocks of numbers by name.</summary>
/// <param name="Numbers">Single numbers, which need not be finite.</param>
/// <param name="Arrays">Blocks of numbers, for example weights.</param>
public sealed record CallbackState(IReadOnlyDictionary<string, double> Numbers, IReadOnlyDictionary<string, float[]> Arrays)
{
    /// <summary>A state of single numbers only.</summary>
    public CallbackState(params (string Name, double Value)[] numbers)
        : this(numbers.ToDictionary(n => n.Name, n => n.Value), new Dictionary<string, float[]>()) { }
}
