namespace NeuralCore;

/// <summary>
/// Multiplies the learning rate by a factor when the validation loss has not fallen for some epochs. Without validation rows it does
/// nothing.
/// <para>The same as Keras's ReduceLROnPlateau: its patience counts the epochs up to the cut, PyTorch's those that are put up with, one
/// less; so does its cooldown.</para>
/// </summary>
public sealed class ReduceLROnPlateau : Callback
{
    readonly Func<ReduceOnPlateau> start;
    readonly Func<Epoch, double> monitor;
    ReduceOnPlateau plateau;

    /// <summary>Cuts of the learning rate.</summary>
    /// <param name="factor">What the rate is multiplied by, in [0, 1).</param>
    /// <param name="patience">Epochs without an improvement after which it is cut; 0 is taken as 1, as in Keras.</param>
    /// <param name="minDelta">A loss must fall by more than this to count as an improvement.</param>
    /// <param name="cooldown">Epochs after a cut before epochs are counted again.</param>
    /// <param name="minRate">Lowest rate.</param>
    /// <param name="monitor">What should fall, by default the validation loss; NaN: nothing is known of this epoch.</param>
    public ReduceLROnPlateau(double factor = 0.1, int patience = 10, double minDelta = 1e-4, int cooldown = 0, double minRate = 0,
        Func<Epoch, double>? monitor = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(cooldown);
        start = () => new ReduceOnPlateau
        {
            Factor = factor,
            Patience = Math.Max(0, patience - 1),
            Threshold = minDelta,
            AbsoluteThreshold = true,
            Cooldown = Math.Max(0, cooldown - 1),
            Minimum = minRate,
            Epsilon = 0,
        };
        (plateau, this.monitor) = (start(), monitor ?? (epoch => epoch.ValidationLoss));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [("factor", plateau.Factor), ("patience", plateau.Patience + 1),
        ("min delta", plateau.Threshold), ("cooldown", plateau.Cooldown + 1), ("min rate", plateau.Minimum)];

    /// <inheritdoc/>
    public override CallbackState? State
    {
        get => new(plateau.State, new Dictionary<string, float[]>());
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            plateau.State = value.Numbers;
        }
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingContext context) => plateau = start();

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        double value = monitor(context.Epochs[^1]);
        if (!double.IsNaN(value)) context.Optimizer.LearningRate = (float)plateau.Next(value, context.Optimizer.LearningRate);
    }
}
