namespace NeuralCore.Models;

/// <summary>
/// v3: a bidirectional LSTM (v3-gru: GRU), its two final states to three classes; SGD with decay, gradients clipped at ±5, Xavier.
/// </summary>
public sealed record V3 : RecurrentModel
{
    /// <summary>
    /// Sets v3's own learning rate, its fall, and a patience for all epochs: the loss of gradient descent swings too much to stop by.
    /// </summary>
    public V3() => (LearningRate, Decay, Patience) = (0.05f, 0.95f, 20);

    /// <inheritdoc/>
    public override string Name => Gru ? "v3-gru" : "v3";

    /// <summary>Units of each direction.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Momentum of SGD.</summary>
    public float Momentum { get; init; } = 0.95f;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", Recurrent(features, Hidden, bidirectional: true)),
        ("head", new Dense(2 * Hidden, 3, weights: Initializers.XavierUniform())));

    /// <inheritdoc/>
    public override Optimizer Optimizer() => new Sgd(LearningRate, Momentum);

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipValue = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("hidden", Hidden), ("momentum", Exact(Momentum))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "momentum" => this with { Momentum = Fraction(name, value, "a number in [0, 1)") },
        _ => base.With(name, value),
    };
}
