namespace NeuralCore.Models;

/// <summary>
/// tst: a time-series Transformer over 60 candles, D 128, 6 layers of 4 heads, with heads for the next candle's direction (its confidence
/// is the softmax) and for the returns of the next 5, 10 and 30 candles, trained together: cross-entropy, and Huber's loss of the returns
/// over their deviations. Rows are trained on where all of these are known.
/// </summary>
public sealed record Tst : NetworkModel
{
    /// <summary>Sets its own defaults.</summary>
    public Tst() => (Window, NeutralShare, LearningRate, Decay, StepsPerEpoch) = (60, 0, 0.001f, 0.9f, 500);

    /// <inheritdoc/>
    public override string Name => "tst";

    /// <inheritdoc/>
    public override FeatureSet Features { get; init => field = value.Checked(); } = FeatureSet.Named("standard");

    /// <summary>Values D of a step.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Heads of the attention, which divide D.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 6;

    /// <summary>Values between the two linear layers of an encoder layer.</summary>
    public int FeedForward { get; init; } = 512;

    /// <summary>Dropout within the encoder.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Weight of the returns' loss beside that of the direction.</summary>
    public float ReturnWeight { get; init; } = 0.1f;

    /// <summary>Candles ahead of the first return.</summary>
    public int Horizon1 { get; init; } = 5;

    /// <summary>Candles ahead of the second return, more than of the first.</summary>
    public int Horizon2 { get; init; } = 10;

    /// <summary>Candles ahead of the third return, more than of the second.</summary>
    public int Horizon3 { get; init; } = 30;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Horizons => [Horizon1, Horizon2, Horizon3];

    /// <inheritdoc/>
    public override int Classes => NeutralShare == 0 ? 2 : 3;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The heads do not divide D, or the horizons do not rise.</exception>
    public override Predictor Create()
    {
        if (Hidden % Heads != 0) throw OutOfRange("heads", Heads, $"a divisor of hidden, {Hidden}");
        return Horizon1 < Horizon2 && Horizon2 < Horizon3 ? base.Create()
            : throw new ArgumentException($"model {Name}: expected horizon_1 to horizon_3 to rise, got {string.Join(", ", Horizons)}");
    }

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
    [
        .. PlanTransformer.Encoder(features, Window, Hidden, Heads, Layers, FeedForward, Dropout),
        ("heads", new Concat(("direction", new Dense(Hidden, Classes)), ("returns", new Dense(Hidden, Horizons.Count)))),
    ]);

    /// <inheritdoc/>
    public override Loss Loss()
        => new JointLoss((new CrossEntropy(), Classes, 1, 1f), (new Huber(), Horizons.Count, Horizons.Count, ReturnWeight));

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 1f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
    [
        .. base.Settings, ("hidden", Hidden), ("heads", Heads), ("layers", Layers), ("feed_forward", FeedForward),
        ("dropout", Exact(Dropout)), ("return_weight", Exact(ReturnWeight)),
        ("horizon_1", Horizon1), ("horizon_2", Horizon2), ("horizon_3", Horizon3),
    ];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "heads" => this with { Heads = Whole(name, value) },
        "layers" => this with { Layers = value <= 100 ? Whole(name, value) : throw OutOfRange(name, value, "at most 100") },
        "feed_forward" => this with { FeedForward = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "return_weight" => this with { ReturnWeight = Positive(name, value) },
        "horizon_1" => this with { Horizon1 = Whole(name, value) },
        "horizon_2" => this with { Horizon2 = Whole(name, value) },
        "horizon_3" => this with { Horizon3 = Whole(name, value) },
        _ => base.With(name, value),
    };
}
