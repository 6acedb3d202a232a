using System.Collections;

namespace NeuralCore.Models;

/// <summary>A model that an ensemble asks.</summary>
/// <param name="Model">The model with its settings.</param>
/// <param name="Weight">How much it counts beside the others, at least 0; only ratios matter.</param>
/// <param name="Seed">0 for the seed of the training itself; 1, 2, ... for those of a backtest's next seeds.</param>
public sealed record Member(DirectionModel Model, double Weight, int Seed = 0)
{
    /// <summary>The member's folder in that of the ensemble.</summary>
    public string Folder => Seed == 0 ? Model.Name : $"{Model.Name}-seed-{Seed}";

    const ulong SeedStep = 1_000_003;      // from a training in a backtest to the same one in the next of the backtest's seeds

    /// <summary>The seed that it is trained with where the ensemble has this one.</summary>
    public ulong SeedFrom(ulong seed) => unchecked(seed + (ulong)Seed * SeedStep);
}

/// <summary>Models with weights in the order in which they were added; equal to another list with the same ones.</summary>
public sealed class MemberList : IReadOnlyList<Member>, IEquatable<MemberList>
{
    readonly Member[] members;

    /// <summary>A list of these members.</summary>
    public MemberList(params IEnumerable<Member> members) => this.members = [.. members];

    /// <inheritdoc/>
    public Member this[int index] => members[index];

    /// <inheritdoc/>
    public int Count => members.Length;

    /// <summary>The list with another weight of one model, or with that model as a new member.</summary>
    public MemberList With(DirectionModel model, double weight) => Array.FindIndex(members, m => m.Model.Name == model.Name) is >= 0
        and var at
        ? new(members.Select((m, i) => i == at ? m with { Weight = weight } : m)) : new([.. members, new Member(model, weight)]);

    /// <inheritdoc/>
    public bool Equals(MemberList? other) => other is not null && members.AsSpan().SequenceEqual(other.members);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MemberList);

    /// <inheritdoc/>
    public override int GetHashCode() => members.Aggregate(0, (hash, member) => HashCode.Combine(hash, member));

    /// <inheritdoc/>
    public IEnumerator<Member> GetEnumerator() => ((IEnumerable<Member>)members).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", members.Select(m => FormattableString.Invariant($"{m.Folder} {m.Weight}")));
}
