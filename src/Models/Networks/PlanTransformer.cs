namespace NeuralCore.Models;

/// <summary>
/// plan-transformer: the candles as vectors of 64 with learned positions, two encoder layers of 4 heads, and the last step.
/// </summary>
public sealed record PlanTransformer : PlanModel
{
    /// <summary>Sets its own learning rate.</summary>
    public PlanTransformer() => LearningRate = 0.002f;

    /// <inheritdoc/>
    public override string Name => "plan-transformer";

    /// <summary>Values D of a step.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Heads of the attention, which divide D.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Values between the two linear layers of an encoder layer.</summary>
    public int FeedForward { get; init; } = 256;

    /// <summary>Dropout within the encoder; <see cref="PlanModel.Dropout"/> is that before the dense layer.</summary>
    public float EncoderDropout { get; init; } = 0.1f;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The heads do not divide D.</exception>
    public override Predictor Create()
        => Hidden % Heads == 0 ? base.Create() : throw OutOfRange("heads", Heads, $"a divisor of hidden, {Hidden}");

    /// <inheritdoc/>
    public override Layer Build(int features)
        => new Sequential([.. Encoder(features, Window, Hidden, Heads, Layers, FeedForward, EncoderDropout), .. Head(Hidden)]);

    /// <summary>Pre-norm encoder layers over projected candles with learned positions; the last step.   (B, T, I) to (B, D)</summary>
    internal static (string, Layer)[] Encoder(
        int features, int window, int hidden, int heads, int layers, int feedForward, float dropout) =>
    [
        ("embed", new Dense(features, hidden, weights: Initializers.XavierUniform())),
        ("positions", new LearnedPositions(window, hidden)),     // standard normal: told apart from the first step on
        ("encoder", new TransformerEncoder(layers, hidden, heads, feedForward, dropout, normFirst: true, finalNorm: true)),
        ("last", new TakeLast()),
    ];

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("hidden", Hidden), ("heads", Heads), ("layers", Layers), ("feed_forward", FeedForward),
            ("encoder_dropout", Exact(EncoderDropout))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "heads" => this with { Heads = Whole(name, value) },
        "layers" => this with { Layers = value <= 100 ? Whole(name, value) : throw OutOfRange(name, value, "at most 100") },
        "feed_forward" => this with { FeedForward = Whole(name, value) },
        "encoder_dropout" => this with { EncoderDropout = Fraction(name, value, "a probability in [0, 1)") },
        _ => base.With(name, value),
    };
}
