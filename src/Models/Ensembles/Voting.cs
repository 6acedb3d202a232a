namespace NeuralCore.Models;

/// <summary>
/// Weighted voting: the mean of the members' probabilities with weights that are set; LSTM 40 %, forest 30 %, boosting 30 %.
/// </summary>
public sealed record Voting() : WeightedModel((new V32(), 0.4), (new Forest(), 0.3), (new Boosting(), 0.3))
{
    /// <inheritdoc/>
    public override string Name => "voting";

    private protected override CombinedPredictor CreatePredictor() => new MeanPredictor(this);
}

/// <summary>Averaging: the mean of the members' probabilities, each weighing the same unless set otherwise.</summary>
public sealed record Averaging() : WeightedModel((new V32(), 1), (new Forest(), 1), (new Boosting(), 1))
{
    /// <inheritdoc/>
    public override string Name => "averaging";

    private protected override CombinedPredictor CreatePredictor() => new MeanPredictor(this);
}

/// <summary>
/// The mean over trainings of the same network from several seeds, which differ in initial weights, in the order of rows and in dropout.
/// The first is the network's own training in a backtest, the others those of its next seeds (<c>--seeds</c>).
/// </summary>
public sealed record SeedAverage() : WeightedModel((new V32(), 1))
{
    /// <inheritdoc/>
    public override string Name => "seeds";

    /// <summary>Trainings of each member that draws random numbers.</summary>
    public int Count { get; init; } = 3;

    /// <inheritdoc/>
    public override IReadOnlyList<Member> Members
        => [.. base.Members.SelectMany(m => Enumerable.Range(0, m.Model.IsRandom ? Count : 1).Select(seed => m with { Seed = seed }))];

    private protected override CombinedPredictor CreatePredictor() => new MeanPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("seeds", Count)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name != "seeds" ? base.With(name, value)
            : this with { Count = value <= 100 ? Whole(name, value) : throw OutOfRange(name, value, "at most 100") };
}

/// <summary>The weighted mean of what the members say.</summary>
/// <param name="model">An ensemble whose weights are set.</param>
public sealed class MeanPredictor(WeightedModel model) : CombinedPredictor(model)
{
    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said) => Mixture.Mean(said, Weights);
}
