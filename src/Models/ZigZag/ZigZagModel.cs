namespace NeuralCore.Models;

/// <summary>
/// zigzag: an LSTM that says, once a leg, whether it will end beyond the last turning point of its side (<see cref="LegEnds"/>); with the
/// leg's side known these are the four classes HH, LH, LL, HL. It is trained at decision points alone; asked at another candle, it says
/// what it would if the leg began to be known there.
/// </summary>
public sealed record ZigZagModel : NetworkModel
{
    /// <summary>Sets zigzag's own window, two classes, features, and how it is trained.</summary>
    public ZigZagModel()
    {
        (Window, NeutralShare, Features) = (24, 0, FeatureSet.Named("zigzag"));
        (Epochs, Patience, BatchSize, LearningRate) = (40, 6, 64, 1e-3f);
    }

    /// <inheritdoc/>
    public override string Name => "zigzag";

    /// <summary>Units of the LSTM.</summary>
    public int Hidden { get; init; } = 24;

    /// <summary>Dropout of its last state.</summary>
    public float Dropout { get; init; } = 0.2f;

    /// <inheritdoc/>
    public override Target Target => LegEnds.Target;

    /// <inheritdoc/>
    public override Target Judged => LegEnds.Target;

    /// <summary>The same model with other features, if they show the leg; with others, which do not even tell its side, it stays as it is.</summary>
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
        return columns.AsSpan().SequenceEqual([.. own.Features]) ? own : new FeatureSet($"{indicators.Name}+leg", indicators.Version, columns);
    }

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", new Lstm(features, Hidden, lastStep: true, weights: Initializers.XavierUniform(), recurrent: Initializers.Orthogonal(),
            forgetBias: 1f)),
        ("dropout", new Dropout(Dropout)),
        ("head", new Dense(Hidden, 3)));

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("hidden", Hidden), ("dropout", Exact(Dropout))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        _ => base.With(name, value),
    };
}
