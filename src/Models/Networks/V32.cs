namespace NeuralCore.Models;

/// <summary>v3.2: one small LSTM (v3.2-gru: GRU), fast to train and to ask.</summary>
public sealed record V32 : RecurrentModel
{
    /// <summary>Sets v3.2's own learning rate.</summary>
    public V32() => LearningRate = 0.002f;

    /// <inheritdoc/>
    public override string Name => Gru ? "v3.2-gru" : "v3.2";

    /// <summary>Units.</summary>
    public int Hidden { get; init; } = 32;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", Recurrent(features, Hidden, recurrent: Initializers.Orthogonal())),
        ("head", new Dense(Hidden, 3)));

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("hidden", Hidden)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "hidden" ? this with { Hidden = Whole(name, value) } : base.With(name, value);
}
