namespace NeuralCore.Models;

/// <summary>A direction model that asks others, its <see cref="Members"/>, and makes one prediction of theirs.</summary>
public abstract record CombinedModel : DirectionModel
{
    /// <summary>The models that it asks, at least one; each sees its own features and window of the same rows.</summary>
    public abstract IReadOnlyList<Member> Members { get; }

    /// <summary>The same model whose members have these settings.</summary>
    /// <param name="models">One model for each of <see cref="Members"/>, of the same name.</param>
    public abstract CombinedModel WithMembers(IReadOnlyList<DirectionModel> models);

    /// <summary>
    /// Whether the members are fitted as they would be alone: on all training rows, so that whoever has fitted them already can give
    /// their predictions to <see cref="CombinedPredictor.Learn"/> and <see cref="CombinedPredictor.Combine"/>.
    /// </summary>
    public virtual bool SharesMembers => true;

    /// <summary>What it trains beside its members, as a multiple of one training of all of them.</summary>
    public virtual double FurtherTrainings => 0;

    /// <summary>Whether it leaves out calls of its members: UP and DOWN then have the same probability.</summary>
    public virtual bool Abstains => false;

    /// <inheritdoc/>
    public override bool IsRandom => Members.Any(m => m.Model.IsRandom);

    /// <inheritdoc/>
    public override int LookBack => Members.Select(m => m.Model.LookBack).Append(Window).Max();

    /// <inheritdoc/>
    public override IReadOnlyList<FeatureSet> FeatureSets => [.. Members.SelectMany(m => m.Model.FeatureSets).Distinct()];

    /// <inheritdoc/>
    public abstract override CombinedPredictor Create();
}
