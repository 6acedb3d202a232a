namespace NeuralCore.Models;

/// <summary>plan-transformer: the candles as vectors of 64 with learned positions, two encoder layers of 4 heads, and the last step.</summary>
public sealed record PlanTransformer : PlanModel
{
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

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential([.. Encoder(features, Window, Hidden, Heads, Layers, FeedForward, Dropout), .. Head(Hidden)]);

    /// <summary>Pre-norm encoder layers over projected candles with learned positions; the last step.   (B, T, I) to (B, D)</summary>
    internal static (string, Layer)[] Encoder(int features, int window, int hidden, int heads, int layers, int feedForward, float dropout) =>
    [
        ("embed", new Dense(features, hidden, weights: Initializers.XavierUniform())),
        ("positions", new LearnedPositions(window, hidden, Initializers.Normal(0.02))),
        ("encoder", new TransformerEncoder(layers, hidden, heads, feedForward, dropout, normFirst: true, finalNorm: true)),
        ("last", new TakeLast()),
    ];

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("hidden", Hidden), ("heads", Heads), ("layers", Layers), ("feed_forward", FeedForward)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "heads" => this with { Heads = Whole(name, value) },
        "layers" => this with { Layers = Whole(name, value) },
        "feed_forward" => this with { FeedForward = Whole(name, value) },
        _ => base.With(name, value),
    };
}
