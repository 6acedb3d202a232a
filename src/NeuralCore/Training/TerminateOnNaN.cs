namespace NeuralCore;

/// <summary>
/// Ends training where a loss is NaN or infinite, with the reason in the history; the model keeps the last finite weights. Without it that
/// is a <see cref="TrainingException"/>.
/// <para>As Keras's TerminateOnNaN, which looks at the training loss only and leaves the weights that were spoiled.</para>
/// </summary>
public sealed class TerminateOnNaN : Callback
{
    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Problem is not null) context.Stop(context.Problem);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Problem is not null) context.Stop(context.Problem);
    }
}
