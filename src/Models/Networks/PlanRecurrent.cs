namespace NeuralCore.Models;

/// <summary>
/// plan-lstm and plan-gru: two recurrent layers with dropout after each; with attention, its mean over time instead of the last step.
/// </summary>
public sealed record PlanRecurrent : PlanModel
{
    /// <summary>Sets its own learning rate.</summary>
    public PlanRecurrent() => LearningRate = 0.003f;

    /// <inheritdoc/>
    public override string Name => Gru ? "plan-gru" : "plan-lstm";

    /// <summary>Whether the cells are GRUs.</summary>
    public bool Gru { get; init; }

    /// <summary>Units of the first recurrent layer.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Units of the second.</summary>
    public int HiddenTop { get; init; } = 64;

    /// <summary>Hidden values of the attention over the second layer's steps; 0: its last step alone.</summary>
    public int Attention { get; init; }

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
    [
        ("rnn1", Recurrent(features, Hidden, lastStep: false)), ("dropout1", new Dropout(Dropout)),
        ("rnn2", Recurrent(Hidden, HiddenTop, lastStep: Attention == 0)),
        .. Attention == 0 ? [] : new (string, Layer)[] { ("attention", new AdditiveAttention(HiddenTop, Attention)) },
        .. Head(HiddenTop),
    ]);

    Layer Recurrent(int inputs, int hidden, bool lastStep)
        => RecurrentModel.Cells(Gru, inputs, hidden, lastStep: lastStep, recurrent: Initializers.Orthogonal());

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("hidden", Hidden), ("hidden_top", HiddenTop), ("attention", Attention),
            .. Gru ? [("gru", 1.0)] : Array.Empty<(string, double)>()];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "hidden_top" => this with { HiddenTop = Whole(name, value) },
        "gru" => this with { Gru = Flag(name, value) },
        "attention" => this with { Attention = Whole(name, value, 0) },
        _ => base.With(name, value),
    };
}
