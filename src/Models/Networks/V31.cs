namespace NeuralCore.Models;

/// <summary>
/// v3.1: a bidirectional LSTM (v3.1-gru: GRU), attention over time beside the last step, a dense layer with dropout, and two heads: the
/// direction, and how large the move will be.
/// </summary>
public sealed record V31 : RecurrentModel
{
    /// <summary>Sets v3.1's own learning rate, its fall, and the patience that a faint signal takes.</summary>
    public V31() => (LearningRate, Decay, Patience) = (0.002f, 0.9f, 5);

    /// <inheritdoc/>
    public override string Name => Gru ? "v3.1-gru" : "v3.1";

    /// <summary>Units of each direction.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Hidden values of the attention.</summary>
    public int Attention { get; init; } = 64;

    /// <summary>Units of the dense layer.</summary>
    public int Units { get; init; } = 64;

    /// <summary>Dropout after the dense layer.</summary>
    public float Dropout { get; init; } = 0.3f;

    /// <summary>Weight of the magnitude head's loss beside that of the direction.</summary>
    public float MagnitudeWeight { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", Recurrent(features, Hidden, bidirectional: true, lastStep: false)),
        ("pool", new Concat(("attention", new AdditiveAttention(2 * Hidden, Attention)), ("last", new TakeLast()))),
        ("fc", new Dense(4 * Hidden, Units, weights: Initializers.HeUniform())),
        ("relu", Activation.Relu()),
        ("dropout", new Dropout(Dropout)),
        ("heads", new Concat(("direction", new Dense(Units, 3)), ("magnitude", new Dense(Units, 1)))));

    /// <inheritdoc/>
    public override Loss Loss() => new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Mse(), 1, 1, MagnitudeWeight));

    /// <inheritdoc/>
    public override bool HasMagnitudeHead => true;

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings,
        ("hidden", Hidden), ("attention", Attention), ("units", Units), ("dropout", Exact(Dropout)),
        ("magnitude_weight", Exact(MagnitudeWeight))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "attention" => this with { Attention = Whole(name, value) },
        "units" => this with { Units = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "magnitude_weight" => this with { MagnitudeWeight = Positive(name, value) },
        _ => base.With(name, value),
    };
}
