namespace NeuralCore.Models;

/// <summary>
/// tst: a time-series Transformer over 60 candles, D 128, 6 layers of 4 heads, with heads for the next candle's direction (its confidence
/// is the softmax) and for the returns of the next 5, 10 and 30 candles, trained together: cross-entropy, and Huber's loss of the returns
/// over their deviations. Rows are trained on where all of these are known.
/// </summary>
public sealed record Tst : NetworkModel
{
    static readonly int[] Ahead = [5, 10, 30];

    /// <summary>Sets its own defaults.</summary>
    public Tst() => (Window, NeutralShare, LearningRate, Decay, BatchSize) = (60, 0, 0.001f, 0.9f, 64);

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

    /// <inheritdoc/>
    public override IReadOnlyList<int> Horizons => Ahead;

    /// <inheritdoc/>
    public override int Classes => NeutralShare == 0 ? 2 : 3;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
    [
        .. PlanTransformer.Encoder(features, Window, Hidden, Heads, Layers, FeedForward, Dropout),
        ("heads", new Concat(("direction", new Dense(Hidden, Classes)), ("returns", new Dense(Hidden, Ahead.Length)))),
    ]);

    /// <inheritdoc/>
    public override Loss Loss()
        => new JointLoss((new CrossEntropy(), Classes, 1, 1f), (new Huber(), Ahead.Length, Ahead.Length, ReturnWeight));

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 1f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
    [
        .. base.Settings, ("hidden", Hidden), ("heads", Heads), ("layers", Layers), ("feed_forward", FeedForward),
        ("dropout", Exact(Dropout)), ("return_weight", Exact(ReturnWeight)),
    ];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "heads" => this with { Heads = Whole(name, value) },
        "layers" => this with { Layers = Whole(name, value) },
        "feed_forward" => this with { FeedForward = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "return_weight" => this with { ReturnWeight = Positive(name, value) },
        _ => base.With(name, value),
    };
}
