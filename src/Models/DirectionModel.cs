using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// A direction model: its sizes and how it is trained. Every number can be set by name (<see cref="With"/>), as the configuration file
/// does.
/// </summary>
public abstract record DirectionModel
{
    /// <summary>Name on the command line, for example <c>v3.1</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Candles of a window.</summary>
    public int Window { get; init; } = 20;

    /// <summary>
    /// Share of the training rows that the label NEUTRAL gets; 0: two classes, and no prediction gives NEUTRAL a probability.
    /// </summary>
    public double NeutralShare { get; init; } = 1.0 / 3;

    /// <summary>What the model sees of each candle.</summary>
    /// <exception cref="ArgumentException">
    /// The set has the name of one of <see cref="FeatureSet.All"/> but another version or other columns, or features that are not
    /// registered.
    /// </exception>
    public virtual FeatureSet Features { get; init => field = value.Checked(); } = FeatureSet.Named("week3");

    /// <summary>The columns that it computes with: its <see cref="Features"/>, and what it derives of them for itself.</summary>
    public virtual FeatureSet Inputs => Features;

    /// <summary>Whether training draws random numbers, so that another seed gives another model.</summary>
    public virtual bool IsRandom => false;

    /// <summary>What the model is trained on.</summary>
    public virtual Target Target => Target.Direction;

    /// <summary>What the model is judged on: the direction from close to close, whatever a direction model is trained on.</summary>
    public virtual Target Judged => Target.Direction;

    /// <summary>Candles ahead of the returns that the model also forecasts as numbers (<see cref="Predictor.Forecast"/>).</summary>
    public virtual IReadOnlyList<int> Horizons => [];

    /// <summary>A backtest fits the model anew every so many calendar months of the test; 0: never.</summary>
    public virtual int RefitMonths => 0;

    /// <summary>
    /// Candles, up to the one that it is asked about, that the model reads: those of its window, and more where it looks at prices
    /// before it.
    /// </summary>
    public virtual int LookBack => Window;

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
        _ => throw Unknown(name),
    };

    /// <summary>Settings that folders of older versions name and that never did anything; loading passes them over.</summary>
    internal virtual IReadOnlyList<string> FormerSettings => [];

    /// <summary>Whether it has a setting of this name.</summary>
    public bool Has(string setting) => Settings.Any(s => s.Name == setting);

    /// <summary>The models that a backtest compares unless it is told which, in the order of the tables.</summary>
    public static IReadOnlyList<DirectionModel> Main { get; } =
    [
        new V2(), new LinearModel(), new Logistic(), new Forest(), new Boosting(), new V3(), new V31(), new V32(), new EnsembleModel(),
    ];

    /// <summary>All models by name, in the order of the tables.</summary>
    public static IReadOnlyList<DirectionModel> All { get; } =
    [
        .. Main,
        new ZigZagModel(),
        new V3 { Gru = true }, new V31 { Gru = true }, new V32 { Gru = true },
        new PlanRecurrent(), new PlanRecurrent { Gru = true }, new PlanTransformer(), new MultiTimeframeModel(),
        new MultiTimeframeModel { Timeframes = 1 }, new CryptoLstm(), new Tst(),
        new Rule3(), new ReversalNetwork(), new Blend(), new Volatility(),
        new Voting(), new Averaging(), new Tuned(), new Stacking(), new Adaptive(), new MetaLabel(), new Gated(), new Regimes(),
        new SeedAverage(), new PerPair(), new FineTuned(),
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

    /// <summary>A setting that is 0 or 1.</summary>
    protected bool Flag(string name, double value) => value is 0 or 1 ? value == 1 : throw OutOfRange(name, value, "0 or 1");

    /// <summary>The number that is written as the single-precision one is: 0.001f gives 0.001 and not 0.0010000000474974513.</summary>
    protected static double Exact(float value)
        => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The error for a setting that the model does not have.</summary>
    private protected ArgumentException Unknown(string name)
        => new($"model {Name}: has no setting '{name}'; it has {string.Join(", ", Settings.Select(s => s.Name))}");

    /// <summary>The error for a value that a setting cannot have.</summary>
    protected ArgumentException OutOfRange(string name, double value, string expected)
        => new(Invariant($"model {Name}: expected {name} to be {expected}, got {value}"));
}
