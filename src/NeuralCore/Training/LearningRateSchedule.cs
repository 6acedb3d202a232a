namespace NeuralCore;

/// <summary>
/// Sets learning rate and, where the schedule has one, momentum by a <see cref="Schedule"/>, whose step 0 is the first epoch or the first
/// batch. The base rate is that of the optimizer when training begins; before a second training set it back if it is not to go on from
/// there.
/// <para>As a scheduler of PyTorch whose <c>step()</c> is called after each epoch or batch.</para>
/// </summary>
/// <param name="schedule">The rates.</param>
/// <param name="perBatch">Whether a step is an optimizer step instead of an epoch.</param>
public sealed class LearningRateSchedule(Schedule schedule, bool perBatch = false) : Callback
{
    double baseRate;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [("per batch", perBatch ? 1 : 0)];

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(schedule);
        baseRate = context.Optimizer.LearningRate;
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        schedule.Apply(context.Optimizer, perBatch ? checked((int)context.Steps) : context.Epoch - 1, baseRate);
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (perBatch && context.Batch < context.Batches) schedule.Apply(context.Optimizer, checked((int)context.Steps), baseRate);
    }
}
