namespace NeuralCore.Models;

/// <summary>
/// zigzag: an LSTM that says, once a leg, whether it will end beyond the last turning point of its side (<see cref="LegEnds"/>); with the
/// leg's side known these are the four classes HH, LH, LL, HL. It is trained and scored at decision points alone; asked at another candle,
/// it takes that for one.
/// </summary>
public sealed record ZigZagModel : NetworkModel
{
    /// <summary>Sets zigzag's own window, two classes, features, and how it is trained.</summary>
    public ZigZagModel()
    {
        (Window, NeutralShare, Features) = (16, 0, FeatureSet.Named("zigzag"));
        (Epochs, Patience, BatchSize, LearningRate) = (40, 6, 64, 3e-3f);
    }

    /// <inheritdoc/>
    public override string Name => "zigzag";

    /// <summary>Units of the LSTM: few, as an hourly pair has a leg a day.</summary>
    public int Hidden { get; init; } = 8;

    /// <summary>Dropout of what the head sees.</summary>
    public float Dropout { get; init; } = 0.2f;

    /// <summary>Weight decay of AdamW.</summary>
    public float WeightDecay { get; init; } = 0.01f;

    /// <inheritdoc/>
    public override Target Target => LegEnds.Target;

    /// <inheritdoc/>
    public override Target Judged => LegEnds.Target;

    /// <summary>
    /// The same model with other features, if they show the leg; with others, which do not even tell its side, it stays as it is.
    /// </summary>
    public override DirectionModel WithFeatures(FeatureSet features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return LegFeatures.All.All(leg => features.Features.Contains(leg.Name)) ? this with { Features = features } : this;
    }

    /// <summary>Indicators and, beside them, the leg: what the model may be given. <c>standard</c> gives the set <c>zigzag</c>.</summary>
    public static FeatureSet WithLeg(FeatureSet indicators)
    {
        ArgumentNullException.ThrowIfNull(indicators);
        string[] columns = [.. indicators.Features.Union(LegFeatures.All.Select(leg => leg.Name))];
        FeatureSet own = FeatureSet.Named("zigzag");
        return columns.AsSpan().SequenceEqual([.. own.Features]) ? own
            : new FeatureSet($"{indicators.Name}+leg", indicators.Version, columns);
    }

    /// <summary>
    /// The last state beside the last candle itself, so that the head need not learn to remember what stands there anyway.
    /// </summary>
    public override Layer Build(int features) => new Sequential(
        ("seen", new Concat(
            ("rnn", new Lstm(features, Hidden, lastStep: true, weights: Initializers.XavierUniform(), recurrent: Initializers.Orthogonal(),
                forgetBias: 1f)),
            ("last", new TakeLast()))),
        ("dropout", new Dropout(Dropout)),
        ("head", new Dense(Hidden + features, 3)));

    /// <inheritdoc/>
    public override Optimizer Optimizer() => new AdamW(LearningRate, weightDecay: WeightDecay);

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("hidden", Hidden), ("dropout", Exact(Dropout)),
        ("weight_decay", Exact(WeightDecay))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "weight_decay" => this with { WeightDecay = Fraction(name, value, "a number in [0, 1)") },
        _ => base.With(name, value),
    };
}
