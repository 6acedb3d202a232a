namespace NeuralCore;

/// <summary>
/// Sets the learning rate before each epoch to a function of the epoch's number, 1 for the first, and the rate before:
/// <c>new LearningRateScheduler((epoch, rate) => epoch &lt;= 10 ? rate : rate * 0.95f)</c>.
/// <para>As Keras's LearningRateScheduler, which counts epochs from 0.</para>
/// </summary>
/// <param name="rate">The rate of an epoch, finite and at least 0.</param>
public sealed class LearningRateScheduler(Func<int, float, float> rate) : Callback
{
    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        float next = rate(context.Epoch, context.Optimizer.LearningRate);
        if (!(next >= 0 && float.IsFinite(next)))
            throw new InvalidOperationException(
                $"LearningRateScheduler: expected a finite learning rate of at least 0 for epoch {context.Epoch}, got {next}");
        context.Optimizer.LearningRate = next;
    }
}
