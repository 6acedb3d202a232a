namespace NeuralCore.Models;

/// <summary>
/// reversal: a small GRU for the short-term reversal of hourly candles, one for all pairs. Its head sees the state after the last candle
/// beside that candle itself, whose part is mostly linear.
/// <code>
/// h = GRU(x_1 … x_T)                                 (B, H)
/// y = W [dropout(h), x_T] + b                        logits of DOWN and UP; nothing is NEUTRAL
/// </code>
/// Trained for few epochs on the sign of the return from the next open on (<see cref="Target.Fill"/>), since the close that a candle was
/// decided on may be a price that nobody was filled at; candles without a move train nothing. The learning rate falls to zero along a
/// cosine, and validation rows do not stop it. It is judged from close to close as all direction models.
/// </summary>
public sealed record ReversalNetwork : NetworkModel
{
    /// <summary>Sets reversal's own training: 16 candles, 2 epochs, batches of 1,024.</summary>
    public ReversalNetwork() => (Window, NeutralShare, Epochs, BatchSize, LearningRate) = (16, 0, 2, 1024, 2e-3f);

    /// <inheritdoc/>
    public override string Name => "reversal";

    /// <summary>Whether it sees <c>reversal12</c> instead of <c>reversal7</c>.</summary>
    public bool Wide { get; init; }

    /// <summary>Units; where none are set 16, or 32 with <see cref="Wide"/>.</summary>
    public int Hidden { get => hidden ?? (Wide ? 32 : 16); init => hidden = value; }

    readonly int? hidden;

    /// <summary>Dropout of the state before the head.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>By what each step shrinks the weights, in learning rates.</summary>
    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>reversal7, or reversal12 for <see cref="Wide"/>; it reads no others.</summary>
    /// <exception cref="ArgumentException">Another set was given.</exception>
    public override FeatureSet Features
    {
        get => FeatureSet.Named(Wide ? "reversal12" : "reversal7");
        init => RequireOwn(value);
    }

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;

    /// <inheritdoc/>
    public override Target Target => Target.Fill;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("seen", new Concat(
            ("rnn", new Sequential(("gru", new Gru(features, Hidden, lastStep: true)), ("dropout", new Dropout(Dropout)))),
            ("last", new TakeLast()))),
        ("head", new Dense(Hidden + features, Classes)));

    /// <inheritdoc/>
    public override Optimizer Optimizer() => new AdamW(LearningRate, weightDecay: Exact(WeightDecay));

    /// <inheritdoc/>
    public override int Classes => NeutralShare == 0 ? 2 : 3;

    /// <summary>The fall of the learning rate; nothing ends the training early.</summary>
    public override IReadOnlyList<Callback> Callbacks() => [new CosineToZero()];

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
    [
        .. base.Settings.Where(s => s.Name is not ("patience" or "decay")), ("wide", Wide ? 1 : 0), ("hidden", Hidden),
        ("dropout", Exact(Dropout)), ("weight_decay", Exact(WeightDecay)),
    ];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "wide" => this with { Wide = Flag(name, value) },
        "hidden" => this with { Hidden = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "weight_decay" => this with { WeightDecay = Fraction(name, value, "a number in [0, 1)") },
        "patience" or "decay" => throw Unknown(name),
        _ => base.With(name, value),
    };

    /// <summary>Whether it is the same network, units that were set and those that go without saying being the same.</summary>
    public bool Equals(ReversalNetwork? other) => base.Equals(other) && Settings.SequenceEqual(other.Settings);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Wide, Hidden, Dropout, WeightDecay);
}

/// <summary>The learning rate of every step along a cosine, from the optimizer's at the start to zero after the last epoch.</summary>
sealed class CosineToZero : Callback
{
    float start;

    public override void OnTrainBegin(TrainingContext context) => start = context.Optimizer.LearningRate;

    public override void OnEpochBegin(TrainingContext context) => Apply(context);

    public override void OnBatchEnd(TrainingContext context)
    {
        if (context.Batch < context.Batches) Apply(context);
    }

    void Apply(TrainingContext context) => Schedules.Cosine(checked(context.Options.Epochs * context.Batches))
        .Apply(context.Optimizer, checked((int)context.Steps), start);
}
