namespace NeuralCore.Models;

/// <summary>
/// blend: the mean of a logistic regression and of gradient boosting on <c>blend8</c> and of <see cref="ReversalNetwork"/>s from several
/// seeds, which together weigh as much as each of the others; <c>weight_rule3</c> adds the rule. The short-term reversal changes, so a
/// backtest fits the blend anew at each month's start on the rows whose labels are known by then.
/// <para>Its members are its own: what a run sets of <c>logistic</c>, <c>boosting</c> and <c>reversal</c> does not reach them.</para>
/// </summary>
public sealed record Blend() : WeightedModel((Linear, 1), (Trees, 1), (Network, 1))
{
    const string Set = "blend8";

    static Logistic Linear => new() { Window = 1, NeutralShare = 0, Features = FeatureSet.Named(Set) };

    static Boosting Trees => new() { Window = 1, NeutralShare = 0, Features = FeatureSet.Named(Set) };

    static ReversalNetwork Network => new();

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

    internal override IReadOnlyList<string> FormerSettings => ["window", "neutral_share"];

    /// <summary>All settings by name; windows and classes are those of its members.</summary>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings.Where(s => !FormerSettings.Contains(s.Name)), ("networks", Networks), ("refit_months", Refit)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "networks" => this with { Networks = value <= 100 ? Whole(name, value) : throw OutOfRange(name, value, "at most 100") },
        "refit_months" => this with { Refit = Whole(name, value, 0) },
        "window" or "neutral_share" => throw Unknown(name),
        _ => base.With(name, value),
    };
}
