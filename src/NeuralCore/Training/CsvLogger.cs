using System.Globalization;

namespace NeuralCore;

/// <summary>
/// Writes a CSV file with one line for each epoch: <c>epoch,training_loss,validation_loss,learning_rate</c>, numbers in the form that
/// reads back to the same bits whatever the culture, an empty field where there is no validation loss. The file is replaced after each
/// epoch, so that it is whole at any moment.
/// <para>As Keras's CSVLogger.</para>
/// </summary>
/// <param name="path">The file.</param>
/// <param name="append">Whether lines that the file has before training are kept.</param>
public sealed class CsvLogger(string path, bool append = false) : Callback
{
    const string Header = "epoch,training_loss,validation_loss,learning_rate";
    string[] kept = [];

    string Temporary => path + ".tmp";

    /// <summary>How many lines are of earlier trainings: those of this one are written anew from the history.</summary>
    public override CallbackState? State
    {
        get => new(("kept", kept.Length));
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            kept = [.. kept.Take((int)value.Numbers["kept"])];
        }
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingContext context)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.Delete(Temporary);
        kept = append && File.Exists(path) ? File.ReadAllLines(path) : [];
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        IEnumerable<string> before = kept.Length > 0 ? kept : [Header];
        File.WriteAllLines(Temporary, before.Concat(context.Epochs.Select(Line)));
        File.Move(Temporary, path, overwrite: true);
    }

    static string Line(Epoch e)
    {
        string validation = double.IsNaN(e.ValidationLoss) ? "" : e.ValidationLoss.ToString("R", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{e.Number},{e.TrainingLoss:R},{validation},{e.LearningRate:R}");
    }
}
