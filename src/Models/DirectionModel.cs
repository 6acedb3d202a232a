using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// A direction model: its sizes and how it is trained. Every number can be set by name (<see cref="With"/>), as the configuration file does.
/// </summary>
public abstract record DirectionModel
{
    /// <summary>Name on the command line, for example <c>v3.1</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Candles of a window.</summary>
    public int Window { get; init; } = 20;

    /// <summary>Share of the training rows that the label NEUTRAL gets; 0: two classes, and no prediction gives NEUTRAL a probability.</summary>
    public double NeutralShare { get; init; } = 1.0 / 3;

    /// <summary>What the model sees of each candle.</summary>
    /// <exception cref="ArgumentException">
    /// The set has the name of one of <see cref="FeatureSet.All"/> but another version or other columns, or features that are not registered.
    /// </exception>
    public virtual FeatureSet Features { get; init => field = value.Checked(); } = FeatureSet.Named("week3");

    /// <summary>Whether training draws random numbers, so that another seed gives another model.</summary>
    public virtual bool IsRandom => false;

    /// <summary>All feature sets that the model, with its members if it has any, takes from a series.</summary>
    public virtual IReadOnlyList<FeatureSet> FeatureSets => [Features];

    /// <summary>The same model with other features; a model that fixes its own, such as v2, stays as it is.</summary>
    public virtual DirectionModel WithFeatures(FeatureSet features) => this with { Features = features };

    /// <summary>Refuses features other than the model's own, for a model that fixes them.</summary>
    /// <exception cref="ArgumentException">They are others.</exception>
    private protected void RequireOwn(FeatureSet set)
    {
        if (!Features.Equals(set)) throw new ArgumentException($"{Name}: expected features {Features.Name}, got {set?.Name}");
    }

    /// <summary>A predictor of this model, not yet trained.</summary>
    public abstract Predictor Create();

    /// <summary>All settings by name.</summary>
    public virtual IEnumerable<(string Name, double Value)> Settings => [("window", Window), ("neutral_share", NeutralShare)];

    /// <summary>The same model with one setting changed.</summary>
    /// <exception cref="ArgumentException">The model has no such setting, or the value is out of its range.</exception>
    public virtual DirectionModel With(string name, double value) => name switch
    {
        "window" => this with { Window = Whole(name, value) },
        "neutral_share" => this with { NeutralShare = value is >= 0 and < 1 ? value : throw OutOfRange(name, value, "a share in [0, 1)") },
        _ => throw new ArgumentException($"model {Name}: has no setting '{name}'; it has {string.Join(", ", Settings.Select(s => s.Name))}"),
    };

    /// <summary>All models by name, in the order of the tables.</summary>
    public static IReadOnlyList<DirectionModel> All { get; } =
    [
        new V2(), new LinearModel(), new Logistic(), new Forest(), new Boosting(), new V3(), new V31(), new V32(), new EnsembleModel(),
    ];

    /// <summary>The model of a name with its defaults.</summary>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public static DirectionModel Named(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"model '{name}': expected one of {string.Join(", ", All.Select(m => m.Name))}");

    /// <summary>A setting that is a whole number of at least <paramref name="least"/>.</summary>
    protected int Whole(string name, double value, int least = 1)
        => value >= least && value <= 1 << 20 && value == Math.Floor(value) ? (int)value
            : throw OutOfRange(name, value, $"a whole number of at least {least}");

    /// <summary>A setting that is a positive number.</summary>
    protected float Positive(string name, double value)
        => (float)value is > 0 and < float.PositiveInfinity and float single ? single : throw OutOfRange(name, value, "a positive number");

    /// <summary>A setting in [0, 1), as the single-precision number that is used.</summary>
    protected float Fraction(string name, double value, string expected)
        => (float)value is >= 0 and < 1 and float single ? single : throw OutOfRange(name, value, expected);

    /// <summary>The number that is written as the single-precision one is: 0.001f gives 0.001 and not 0.0010000000474974513.</summary>
    protected static double Exact(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The error for a value that a setting cannot have.</summary>
    protected ArgumentException OutOfRange(string name, double value, string expected)
        => new(Invariant($"model {Name}: expected {name} to be {expected}, got {value}"));
}

/// <summary>A direction model that is a network, trained by mini-batches with early stopping on later rows.</summary>
public abstract record NetworkModel : DirectionModel
{
    /// <summary>At most this many epochs.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Training ends after this many epochs without a better validation loss.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Rows of an optimizer step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rate of the first epoch.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Factor of the learning rate from epoch to epoch.</summary>
    public float Decay { get; init; } = 1f;

    /// <summary>The network for windows of <paramref name="features"/> values a candle, with logits of DOWN, NEUTRAL, UP first.</summary>
    public abstract Layer Build(int features);

    /// <summary>The optimizer.</summary>
    public virtual Optimizer Optimizer() => new Adam(LearningRate);

    /// <summary>What training minimises.</summary>
    public virtual Loss Loss() => new CrossEntropy();

    /// <summary>Whether the network also estimates how large the move will be, in a fourth output.</summary>
    public virtual bool HasMagnitudeHead => false;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <summary>How the trainer runs.</summary>
    public virtual TrainerOptions Training(ulong seed)
        => new() { Epochs = Epochs, BatchSize = BatchSize, Seed = seed };

    /// <summary>When training ends and how its learning rate falls: the model keeps the weights of the best epoch.</summary>
    public IReadOnlyList<Callback> Callbacks()
        => [new EarlyStopping(Patience, restoreBest: true), new LearningRateScheduler((epoch, rate) => epoch == 1 ? rate : rate * Decay)];

    /// <inheritdoc/>
    public override Predictor Create() => new NetworkPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
        [.. base.Settings, ("epochs", Epochs), ("patience", Patience), ("batch_size", BatchSize), ("learning_rate", Exact(LearningRate)),
            ("decay", Exact(Decay))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "epochs" => this with { Epochs = Whole(name, value) },
        "patience" => this with { Patience = Whole(name, value) },
        "batch_size" => this with { BatchSize = Whole(name, value) },
        "learning_rate" => this with { LearningRate = Positive(name, value) },
        "decay" => this with { Decay = Positive(name, value) },
        _ => base.With(name, value),
    };
}

/// <summary>One Dense on the flattened window: what every network has to beat.</summary>
public sealed record LinearModel : NetworkModel
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override Layer Build(int features)
        => new Sequential(new Flatten(), new Dense(Window * features, 3, weights: Initializers.XavierUniform()));
}

/// <summary>v3: a bidirectional LSTM, its two final states to three classes; SGD with decay, gradients clipped at ±5, Xavier.</summary>
public sealed record V3 : NetworkModel
{
    /// <summary>Sets v3's own defaults.</summary>
    public V3() => (LearningRate, Decay) = (0.03f, 0.95f);

    /// <inheritdoc/>
    public override string Name => "v3";

    /// <summary>Units of each direction.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Momentum of SGD.</summary>
    public float Momentum { get; init; } = 0.95f;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", new Lstm(features, Hidden, bidirectional: true, lastStep: true, weights: Initializers.XavierUniform(), forgetBias: 1f)),
        ("head", new Dense(2 * Hidden, 3, weights: Initializers.XavierUniform())));

    /// <inheritdoc/>
    public override Optimizer Optimizer() => new Sgd(LearningRate, Momentum);

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipValue = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("hidden", Hidden), ("momentum", Exact(Momentum))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "hidden" => this with { Hidden = Whole(name, value) },
        "momentum" => this with { Momentum = Fraction(name, value, "a number in [0, 1)") },
        _ => base.With(name, value),
    };
}

/// <summary>
/// v3.1: a bidirectional LSTM, attention over time beside the last step, a dense layer with dropout, and two heads: the direction, and how
/// large the move will be.
/// </summary>
public sealed record V31 : NetworkModel
{
    /// <summary>Sets v3.1's own learning rate, its fall, and the patience that a faint signal takes.</summary>
    public V31() => (LearningRate, Decay, Patience) = (0.002f, 0.9f, 5);

    /// <inheritdoc/>
    public override string Name => "v3.1";

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
        ("rnn", new Lstm(features, Hidden, bidirectional: true, weights: Initializers.XavierUniform(), forgetBias: 1f)),
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
        ("hidden", Hidden), ("attention", Attention), ("units", Units), ("dropout", Exact(Dropout)), ("magnitude_weight", Exact(MagnitudeWeight))];

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

/// <summary>v3.2: one small LSTM, fast to train and to ask.</summary>
public sealed record V32 : NetworkModel
{
    /// <summary>Sets v3.2's own learning rate.</summary>
    public V32() => LearningRate = 0.002f;

    /// <inheritdoc/>
    public override string Name => "v3.2";

    /// <summary>Units.</summary>
    public int Hidden { get; init; } = 32;

    /// <inheritdoc/>
    public override Layer Build(int features) => new Sequential(
        ("rnn", new Lstm(features, Hidden, lastStep: true, weights: Initializers.XavierUniform(), recurrent: Initializers.Orthogonal(),
            forgetBias: 1f)),
        ("head", new Dense(Hidden, 3)));

    /// <inheritdoc/>
    public override TrainerOptions Training(ulong seed) => base.Training(seed) with { ClipNorm = 5f };

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("hidden", Hidden)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "hidden" ? this with { Hidden = Whole(name, value) } : base.With(name, value);
}
