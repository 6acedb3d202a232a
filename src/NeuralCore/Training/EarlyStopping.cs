namespace NeuralCore;

/// <summary>
/// Ends training after <c>patience</c> epochs in a row without a validation loss that is lower than the best before by more than minDelta.
/// Without validation rows it does nothing.
/// <para>The same as Keras's EarlyStopping; there the count of epochs is called wait.</para>
/// </summary>
public sealed class EarlyStopping : Callback
{
    readonly int patience, startFromEpoch;
    readonly double minDelta;
    readonly bool restoreBest;
    readonly Func<Epoch, double> monitor;
    float[] weights = [];
    double best = double.PositiveInfinity;
    int wait, values;

    /// <summary>Early stopping.</summary>
    /// <param name="patience">Epochs without an improvement after which training ends; 0 is taken as 1, as in Keras.</param>
    /// <param name="minDelta">A loss must fall by more than this to count as an improvement.</param>
    /// <param name="restoreBest">Whether the model gets the weights of the best epoch back, however training ends; else it keeps the
    /// last.</param>
    /// <param name="monitor">What should fall, by default the validation loss; NaN: nothing is known of this epoch.</param>
    /// <param name="startFromEpoch">The first epoch that counts.</param>
    public EarlyStopping(int patience, double minDelta = 0, bool restoreBest = false, Func<Epoch, double>? monitor = null,
        int startFromEpoch = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        if (!(minDelta >= 0))
            throw new ArgumentOutOfRangeException(nameof(minDelta), minDelta, "EarlyStopping: expected minDelta of at least 0");
        (this.patience, this.minDelta, this.restoreBest, this.startFromEpoch) = (patience, minDelta, restoreBest, startFromEpoch);
        this.monitor = monitor ?? (epoch => epoch.ValidationLoss);
    }

    /// <summary>Number of the best epoch; 0 before there is one.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Number of the epoch after which training was ended; 0 if it was not ended.</summary>
    public int StoppedEpoch { get; private set; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [("patience", patience), ("min delta", minDelta), ("restore best", restoreBest ? 1 : 0), ("start from epoch", startFromEpoch)];

    /// <inheritdoc/>
    public override CallbackState? State
    {
        get => new(new Dictionary<string, double>
        {
            ["best"] = best, ["best_epoch"] = BestEpoch, ["wait"] = wait,
            ["stopped_epoch"] = StoppedEpoch
        },
            new Dictionary<string, float[]> { ["weights"] = weights });
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            int length = value.Arrays["weights"].Length;
            if (length != 0 && length != values)
                throw new ArgumentException($"EarlyStopping: expected {values} weights of the best epoch, got {length}");
            (best, BestEpoch, wait) = (value.Numbers["best"], (int)value.Numbers["best_epoch"], (int)value.Numbers["wait"]);
            (StoppedEpoch, weights) = ((int)value.Numbers["stopped_epoch"], value.Arrays["weights"]);
        }
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        (best, BestEpoch, wait, StoppedEpoch, weights, values) = (double.PositiveInfinity, 0, 0, 0, [], context.Model.State.Length);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        double value = monitor(context.Epochs[^1]);
        if (double.IsNaN(value) || context.Epoch < startFromEpoch) return;
        wait++;
        if (value + minDelta < best)
        {
            (best, BestEpoch, wait) = (value, context.Epoch, 0);
            if (!restoreBest) return;
            if (weights.Length == 0) weights = new float[values];
            context.Model.State.CopyTo(weights);
        }
        else if (wait >= patience)
        {
            StoppedEpoch = context.Epoch;
            context.Stop($"no better epoch than {BestEpoch} in {wait} epochs");
        }
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (weights.Length == 0) return;
        weights.CopyTo(context.Model.State);
        context.Model.ParametersChanged();
    }
}
