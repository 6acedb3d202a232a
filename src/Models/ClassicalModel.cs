namespace NeuralCore.Models;

/// <summary>
/// A direction model that is fitted on rows and not on sequences: a row is the features of the window's last <see cref="Lags"/> candles
/// side by side, the latest last. Its classes are DOWN, NEUTRAL and UP as for every model; with <see cref="DirectionModel.NeutralShare"/> 0
/// they are DOWN and UP, and candles without a move are no training rows.
/// </summary>
public abstract record ClassicalModel : DirectionModel
{
    /// <summary>Candles whose features the model sees, up to those of the window. Features look back themselves.</summary>
    public int Lags { get; init; } = 1;

    /// <summary>Whether it sees the features scaled and bounded, as networks do, or raw.</summary>
    public virtual bool IsScaled => false;

    /// <summary>The type of the models that <see cref="Fit"/> gives.</summary>
    public abstract Type FittedType { get; }

    /// <summary>Learns from the training rows.</summary>
    /// <param name="training">Rows of classes.</param>
    /// <param name="validation">Later rows that may decide when to stop; null: there are none.</param>
    /// <param name="context">Seed, threads and cancellation.</param>
    public abstract TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context);

    /// <summary>
    /// Rows that a leaf must have: those of the setting, but at most a twentieth of the training rows, so that trees grow on few rows too.
    /// </summary>
    public static int RowsOfLeaf(int wanted, int trainingRows) => Math.Max(1, Math.Min(wanted, trainingRows / 20));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model would see more candles than a window has.</exception>
    public override Predictor Create() => new TabularPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("lags", Lags)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "lags" ? this with { Lags = Whole(name, value) } : base.With(name, value);

    /// <summary>A setting from 0, or over 0, to 1e6.</summary>
    private protected double Number(string name, double value, bool orZero = false) => (value > 0 || (orZero && value == 0)) && value <= 1e6
        ? value : throw OutOfRange(name, value, orZero ? "a number from 0 to 1e6" : "a number over 0 and up to 1e6");
}

/// <summary>Multinomial logistic regression with an L2 penalty on features that are scaled as the networks' are.</summary>
public sealed record Logistic : ClassicalModel
{
    /// <inheritdoc/>
    public override string Name => "logistic";

    /// <summary>Inverse strength of the penalty (<see cref="LogisticRegression.C"/>).</summary>
    public double C { get; init; } = 1;

    /// <inheritdoc/>
    public override bool IsScaled => true;

    /// <inheritdoc/>
    public override Type FittedType => typeof(LogisticModel);

    /// <inheritdoc/>
    public override TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context)
        => new LogisticRegression { C = C }.Fit(training, context.Threads, context.Cancellation);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("c", C)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "c" ? this with { C = Number(name, value) } : base.With(name, value);
}

/// <summary>A random forest.</summary>
public sealed record Forest : ClassicalModel
{
    /// <inheritdoc/>
    public override string Name => "forest";

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <summary>Number of trees.</summary>
    public int Trees { get; init; } = 300;

    /// <summary>Most splits between the root and a leaf.</summary>
    public int Depth { get; init; } = 8;

    /// <summary>Least number of distinct training rows in a leaf; see <see cref="ClassicalModel.RowsOfLeaf"/>.</summary>
    public int MinLeaf { get; init; } = 200;

    /// <inheritdoc/>
    public override Type FittedType => typeof(ForestModel);

    /// <inheritdoc/>
    public override TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context)
        => new RandomForest { Trees = Trees, MaxDepth = Depth, MinSamplesLeaf = RowsOfLeaf(MinLeaf, training.Count) }
            .Fit(training, context.Seed, context.Threads, context.Cancellation);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("trees", Trees), ("depth", Depth), ("min_leaf", MinLeaf)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "trees" => this with { Trees = Whole(name, value) },
        "depth" => this with { Depth = Whole(name, value) },
        "min_leaf" => this with { MinLeaf = Whole(name, value) },
        _ => base.With(name, value),
    };
}
