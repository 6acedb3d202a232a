using System.Globalization;

namespace NeuralCore;

/// <summary>
/// Writes one line for each epoch: number, losses and learning rate. For a bar or a window of your own give <see cref="Trainer.Fit"/> a
/// function instead, for example <c>progress: report.Report</c> of an <see cref="IProgress{T}"/>.
/// </summary>
/// <param name="writer">Where the lines go; by default the console.</param>
public sealed class ProgressLines(TextWriter? writer = null) : Callback
{
    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Epoch epoch = context.Epochs[^1];
        string validation = double.IsNaN(epoch.ValidationLoss)
            ? "" : string.Create(CultureInfo.InvariantCulture, $", validation {epoch.ValidationLoss:G5}");
        (writer ?? Console.Out).WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Number}/{context.Options.Epochs}: loss {epoch.TrainingLoss:G5}{validation}, rate {epoch.LearningRate:G4}"));
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.StopReason is not null) (writer ?? Console.Out).WriteLine($"stopped: {context.StopReason}");
    }
}
