namespace NeuralCore.Models;

/// <summary>A direction model of histogram gradient boosting: the settings of its trees.</summary>
public abstract record BoostingModel : ClassicalModel
{
    /// <summary>Rounds: trees of two classes, three trees each of three classes.</summary>
    public int MaxIter { get; init; } = 200;

    /// <summary>Share of each Newton step that is taken.</summary>
    public double LearningRate { get; init; }

    /// <summary>Most leaves of a tree.</summary>
    public int MaxLeafNodes { get; init; }

    /// <summary>Least number of training rows in a leaf; see <see cref="ClassicalModel.RowsOfLeaf"/>.</summary>
    public int MinSamplesLeaf { get; init; } = 500;

    /// <summary>Added to the sum of second derivatives of each leaf.</summary>
    public double L2 { get; init; } = 1;

    /// <inheritdoc/>
    public override Type FittedType => typeof(BoostedTrees);

    /// <inheritdoc/>
    public override TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context)
        => Fit(training, null, patience: 0, context);

    /// <summary>Grows the trees; where validation rows are given, until so many rounds give no better loss on them.</summary>
    private protected TabularModel Fit(LabelledRows training, LabelledRows? validation, int patience, FitContext context)
        => new HistogramGradientBoosting
        {
            MaxIterations = MaxIter, LearningRate = LearningRate, MaxLeafNodes = MaxLeafNodes, L2Regularization = L2, Patience = patience,
            MinSamplesLeaf = RowsOfLeaf(MinSamplesLeaf, training.Count),
        }.Fit(training, validation, context.Threads, context.Cancellation);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("max_iter", MaxIter),
        ("learning_rate", LearningRate), ("max_leaf_nodes", MaxLeafNodes), ("min_samples_leaf", MinSamplesLeaf), ("l2", L2)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "max_iter" => this with { MaxIter = Whole(name, value) },
        "learning_rate" => this with { LearningRate = Number(name, value) },
        "max_leaf_nodes" => this with { MaxLeafNodes = Whole(name, value, 2) },
        "min_samples_leaf" => this with { MinSamplesLeaf = Whole(name, value) },
        "l2" => this with { L2 = Number(name, value, orZero: true) },
        _ => base.With(name, value),
    };
}

/// <summary>Histogram gradient boosting.</summary>
public sealed record Boosting : BoostingModel
{
    /// <summary>Sets boosting's own trees: learning rate 0.03, 15 leaves.</summary>
    public Boosting() => (LearningRate, MaxLeafNodes) = (0.03, 15);

    /// <inheritdoc/>
    public override string Name => "boosting";

    /// <summary>Ends after so many rounds without a better loss on the validation rows, and keeps them; 0: all rounds.</summary>
    public int Patience { get; init; }

    /// <inheritdoc/>
    public override TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context)
        => Fit(training, Patience > 0 ? validation : null, Patience, context);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("patience", Patience)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "patience" ? this with { Patience = Whole(name, value, 0) } : base.With(name, value);
}
