namespace NeuralCore.Models;

/// <summary>
/// crypto-lstm: a regression. Two LSTM layers over 10 candles, dense layers of 64 and 32, and the return of the next 5 candles; Adam, whose
/// rate falls when the validation loss does not. The sign of the forecast is its call.
/// </summary>
public sealed record CryptoLstm : NetworkModel
{
    /// <summary>Sets its own defaults.</summary>
    public CryptoLstm() => (Window, NeutralShare, Epochs, StepsPerEpoch, Patience, BatchSize) = (10, 0, 60, 250, 20, 256);

    /// <inheritdoc/>
    public override string Name => "crypto-lstm";

    /// <inheritdoc/>
    public override FeatureSet Features { get; init => field = value.Checked(); } = FeatureSet.Named("extended");

    /// <summary>Candles ahead of the forecast return.</summary>
    public int Horizon { get; init; } = 5;

    /// <summary>Units of each recurrent layer.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Recurrent layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Units of the first dense layer; the second has half as many.</summary>
    public int Units { get; init; } = 64;

    /// <summary>Dropout between the recurrent layers.</summary>
    public float Dropout { get; init; } = 0.2f;

    /// <summary>
    /// What the learning rate is multiplied by where the validation loss has not fallen for <see cref="PlateauPatience"/> epochs.
    /// </summary>
    public float PlateauFactor { get; init; } = 0.5f;

    /// <summary>Epochs without a lower validation loss before the learning rate falls.</summary>
    public int PlateauPatience { get; init; } = 3;

    /// <inheritdoc/>
    public override Target Target => HorizonReturn.Of(Horizon);

    /// <inheritdoc/>
    public override Target Judged => Target;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Horizons => [Horizon];

    /// <inheritdoc/>
    public override int Classes => 0;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", new Lstm(features, Hidden, Layers, dropout: Dropout, lastStep: true, weights: Initializers.XavierUniform(),
            recurrent: Initializers.Orthogonal(), forgetBias: 1f)),
        ("fc1", new Dense(Hidden, Units, weights: Initializers.HeUniform())), ("relu1", Activation.Relu()),
        ("fc2", new Dense(Units, (Units + 1) / 2, weights: Initializers.HeUniform())), ("relu2", Activation.Relu()),
        ("head", new Dense((Units + 1) / 2, 1, weights: Initializers.XavierUniform())));

    /// <inheritdoc/>
    public override Loss Loss() => new Mse();

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IReadOnlyList<Callback> Callbacks() => [.. base.Callbacks(), new ReduceLROnPlateau(PlateauFactor, PlateauPatience)];

    internal override IReadOnlyList<string> FormerSettings => ["neutral_share"];

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
    [
        .. base.Settings.Where(s => s.Name != "neutral_share"), ("horizon", Horizon), ("hidden", Hidden), ("layers", Layers),
        ("units", Units), ("dropout", Exact(Dropout)), ("plateau_factor", Exact(PlateauFactor)), ("plateau_patience", PlateauPatience),
    ];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "horizon" => this with { Horizon = Whole(name, value) },
        "hidden" => this with { Hidden = Whole(name, value) },
        "layers" => this with { Layers = value <= 100 ? Whole(name, value) : throw OutOfRange(name, value, "at most 100") },
        "units" => this with { Units = Whole(name, value) },
        "dropout" => this with { Dropout = Fraction(name, value, "a probability in [0, 1)") },
        "plateau_factor" => this with { PlateauFactor = Fraction(name, value, "a number in [0, 1)") },
        "plateau_patience" => this with { PlateauPatience = Whole(name, value) },
        "neutral_share" => throw Unknown(name),
        _ => base.With(name, value),
    };
}
