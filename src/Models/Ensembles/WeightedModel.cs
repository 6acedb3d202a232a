using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// An ensemble whose members are named by settings: <c>weight_NAME</c> adds the model of that name with its weight, or takes it out with
/// weight 0. Its window is the longest of its members'. Where some of them know no NEUTRAL it has two classes, and the others are asked
/// what they think if the price moves, p / (p_down + p_up).
/// </summary>
public abstract record WeightedModel : CombinedModel
{
    const string Prefix = "weight_";

    /// <summary>An ensemble of these models unless settings say others.</summary>
    private protected WeightedModel(params IEnumerable<(DirectionModel Model, double Weight)> members)
        => Weights = new(members.Select(m => new Member(m.Model, m.Weight)));

    /// <summary>All models that settings have named; those with weight 0 are not asked.</summary>
    public MemberList Weights
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
            Member[] asked = [.. value.Where(m => m.Weight > 0)];
            if (asked.Length == 0) return;      // refused by Create, since settings come one by one
            Window = asked.Max(m => m.Model.Window);
            NeutralShare = asked.Any(m => m.Model.NeutralShare == 0) ? 0 : asked[0].Model.NeutralShare;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Member> Members => [.. Weights.Where(m => m.Weight > 0)];

    /// <inheritdoc/>
    public override CombinedModel WithMembers(IReadOnlyList<DirectionModel> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        Member Given(Member m) => m.Weight > 0 ? m with { Model = models.First(o => o.Name == m.Model.Name) } : m;
        return this with { Weights = new(Weights.Select(Given)) };
    }

    /// <summary>The features of the first member.</summary>
    public override FeatureSet Features
    {
        get => Weights.FirstOrDefault(m => m.Weight > 0)?.Model.Features ?? base.Features;
        init => Weights = new(Weights.Select(m => m.Weight > 0 ? m with { Model = m.Model.WithFeatures(value) } : m));
    }

    /// <inheritdoc/>
    public sealed override CombinedPredictor Create()
    {
        if (Members.Count == 0) throw new ArgumentException($"{Name}: expected a member with a weight over 0, got none of {Weights}");
        return CreatePredictor();
    }

    private protected abstract CombinedPredictor CreatePredictor();

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. Weights.Select(m => (Prefix + m.Model.Name, m.Weight)), .. base.Settings];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith(Prefix, StringComparison.Ordinal)) return WithWeight(name[Prefix.Length..], value);
        return name is not ("window" or "neutral_share") ? base.With(name, value)
            : WithMembers([.. Members.Select(m => m.Model.Has(name) ? m.Model.With(name, value) : m.Model)]);
    }

    WeightedModel WithWeight(string name, double weight)
    {
        if (!(weight is >= 0 and <= 1e6)) throw OutOfRange(Prefix + name, weight, "a weight from 0 to 1e6");
        DirectionModel model = Named(name);
        if (name == Name) throw new ArgumentException($"model {Name}: expected another model as member, got {name}");
        if (model.Judged != Judged) throw new ArgumentException($"model {Name}: expected members that predict {Judged.Name}, got {name}, "
            + $"which predicts {model.Judged.Name}");
        // A model that is no longer asked is kept with its defaults, so that the order of settings plays no part.
        Member? before = Weights.FirstOrDefault(m => m.Model.Name == name);
        return this with
        {
            Weights = Weights.With(model, weight) is var list && before is { Weight: > 0 } && weight > 0 ? list
            : new(list.Select(m => m.Model.Name == name ? m with { Model = model } : m))
        };
    }

    /// <summary>A setting from one number to another.</summary>
    private protected double Between(string name, double value, double least, double most)
        => value >= least && value <= most ? value : throw OutOfRange(name, value, Invariant($"a number from {least} to {most}"));
}
