using System.Globalization;

namespace NeuralCore;

/// <summary>
/// Saves the model after each epoch and keeps the files of the best epoch and of the last ones. Each file appears whole or not at all.
/// <para>As Keras's ModelCheckpoint. To go on after a crash use <see cref="TrainerOptions.Checkpoint"/> instead: these files hold weights
/// only.</para>
/// </summary>
public sealed class ModelCheckpoint : Callback
{
    readonly string path;
    readonly int keepLast;
    readonly bool keepBest;
    readonly Func<Epoch, double> monitor;

    /// <summary>Saves models under a name for each epoch.</summary>
    /// <param name="path">Name of the files, in which <c>{epoch}</c> stands for the epoch's number; without it there is one file, which
    /// is replaced.</param>
    /// <param name="keepBest">Whether the file of the best epoch is kept.</param>
    /// <param name="keepLast">How many files of the last epochs are kept; 0: only the best one.</param>
    /// <param name="monitor">What should be lowest in the best epoch, by default the validation loss; while it is NaN, the last epoch is
    /// the best.</param>
    /// <exception cref="ArgumentException">Nothing would be kept, or one name would have to hold several models.</exception>
    public ModelCheckpoint(string path, bool keepBest = true, int keepLast = 1, Func<Epoch, double>? monitor = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(keepLast);
        int kept = keepLast + (keepBest ? 1 : 0);
        if (kept == 0) throw new ArgumentException("ModelCheckpoint: expected to keep the best or some last epochs, got neither");
        if (kept > 1 && !path.Contains("{epoch}", StringComparison.Ordinal))
            throw new ArgumentException($"ModelCheckpoint: expected {{epoch}} in the path of {kept} files, got {path}", nameof(path));
        (this.path, this.keepLast, this.keepBest, this.monitor) = (path, keepLast, keepBest, monitor ?? (epoch => epoch.ValidationLoss));
    }

    /// <summary>The file of an epoch.</summary>
    public string PathOf(int epoch) => path.Replace("{epoch}", epoch.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Makes the folder, and clears away what a killed process left half-written there.</summary>
    public override void OnTrainBegin(TrainingContext context)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Safetensors.DeleteTemporaries(path, "{epoch}");
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        HashSet<string> keep = [.. context.Epochs.TakeLast(keepLast).Select(e => PathOf(e.Number))];
        if (keepBest) keep.Add(PathOf(History.Best(context.Epochs, monitor)));
        if (keepLast > 0 || History.Best(context.Epochs, monitor) == context.Epoch) context.Model.Save(PathOf(context.Epoch));
        foreach (Epoch epoch in context.Epochs)
            if (!keep.Contains(PathOf(epoch.Number))) File.Delete(PathOf(epoch.Number));
    }
}
