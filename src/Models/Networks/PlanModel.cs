namespace NeuralCore.Models;

/// <summary>
/// What the plan's networks share: 60 candles of the standard features, and after what reads them dropout, a dense layer of 32 with relu,
/// and the logits of SELL and BUY, the sign of the next candle's return (with a neutral share a class between them).
/// </summary>
public abstract record PlanModel : NetworkModel
{
    /// <summary>Sets the plan's own defaults.</summary>
    private protected PlanModel()
        => (Window, NeutralShare, LearningRate, Decay, Epochs, StepsPerEpoch, Patience) = (60, 0, 0.001f, 0.9f, 12, 1000, 4);

    /// <inheritdoc/>
    public override FeatureSet Features { get; init => field = value.Checked(); } = FeatureSet.Named("standard");

    /// <summary>Units of the dense layer.</summary>
    public int Units { get; init; } = 32;

    /// <summary>Dropout.</summary>
    public float Dropout { get; init; } = 0.2f;

    /// <inheritdoc/>
    public override int Classes => NeutralShare == 0 ? 2 : 3;

    /// <summary>From what the trunk says of a window (B, I) to the logits.</summary>
    private protected (string, Layer)[] Head(int inputs) =>
    [
        ("dropout", new Dropout(Dropout)), ("fc", new Dense(inputs, Units, weights: Initializers.HeUniform())), ("relu", Activation.Relu()),
        ("head", new Dense(Units, Classes, weights: Initializers.XavierUniform())),
    ];

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("units", Units), ("dropout", Exact(Dropout))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "units" => this with { Units = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        _ => base.With(name, value),
    };
}
