namespace NeuralCore.Models;

/// <summary>
/// blend: the weighted mean of a logistic regression (1) and gradient boosting (½: its most confident calls are right less often) on
/// <c>blend8</c>, of <see cref="ReversalNetwork"/>s from several seeds (2 together), and of <see cref="Rule3"/> (2), which leans to neither
/// side and so holds the others where they have learned the drift of their years; its probabilities lie half as far from ½ as theirs. The
/// short-term reversal changes, so a backtest fits the blend anew at each month's start on the rows whose labels are known by then.
/// <para>Its members are its own: what a run sets of <c>logistic</c>, <c>boosting</c> and <c>reversal</c> does not reach them.</para>
/// </summary>
public sealed record Blend() : WeightedModel((Linear, 1), (Trees, 0.5), (Network, 2), (new Rule3(), 2))
{
    const string Set = "blend8";

    static Logistic Linear => new() { Window = 1, NeutralShare = 0, Features = FeatureSet.Named(Set) };

    // Trees of three leaves of many rows: those of the model `boosting` are too large for so faint a signal.
    static Boosting Trees => new()
    {
        Window = 1, NeutralShare = 0, Features = FeatureSet.Named(Set), MaxLeafNodes = 3, MinSamplesLeaf = 2000,
    };

    static ReversalNetwork Network => new() { Epochs = 3 };

    /// <inheritdoc/>
    public override string Name => "blend";

    /// <summary>Trainings of the network, each from a seed of its own.</summary>
    public int Networks { get; init; } = 3;

    /// <summary>Calendar months after which a backtest fits it anew; 0: never.</summary>
    public int Refit { get; init; } = 1;

    /// <inheritdoc/>
    public override int RefitMonths => Refit;

    /// <inheritdoc/>
    public override bool SharesMembers => false;

    /// <inheritdoc/>
    public override IReadOnlyList<Member> Members => [.. base.Members.SelectMany(m => m.Model is not ReversalNetwork ? [m]
        : Enumerable.Range(0, Networks).Select(seed => m with { Weight = m.Weight / Networks, Seed = seed }))];

    /// <summary>Itself: see the type.</summary>
    public override CombinedModel WithMembers(IReadOnlyList<DirectionModel> models) => this;

    /// <summary>The set blend8, and that of the network beside it; it reads no others.</summary>
    /// <exception cref="ArgumentException">Another set was given.</exception>
    public override FeatureSet Features
    {
        get => FeatureSet.Named(Set);
        init => RequireOwn(value);
    }

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;

    private protected override CombinedPredictor CreatePredictor() => new MeanPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("networks", Networks), ("refit_months", Refit)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "networks" => this with { Networks = Whole(name, value) is <= 100 and var count ? count : throw OutOfRange(name, value, "at most 100") },
        "refit_months" => this with { Refit = Whole(name, value, 0) },
        _ => base.With(name, value),
    };
}
