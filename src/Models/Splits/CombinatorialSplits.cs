using System.Collections;

namespace NeuralCore.Models;

/// <summary>
/// The splits of combinatorial purged cross-validation, C(N, k) of them, in lexicographic order of the groups that they test. Each group is
/// tested by φ = C(N - 1, k - 1) = k/N C(N, k) splits; the p-th of these belongs to path p, so that each of the φ paths tests every row
/// once, and a strategy gets φ back-tests and not one.
/// </summary>
/// <remarks>Source: López de Prado, "Advances in Financial Machine Learning" (2018), chapter 12.</remarks>
public sealed class CombinatorialSplits : IReadOnlyList<Split>
{
    /// <summary>Most groups that all splits may test together.</summary>
    public const int MaximumTests = 1_000_000;

    readonly TimeGroups groups;
    readonly int count;
    readonly long embargo;

    internal CombinatorialSplits(TimeGroups groups, int count, int tested, long embargo)
    {
        (this.groups, this.count, this.embargo) = (groups, count, embargo);
        long combinations = 1;
        for (int i = 1; i <= tested; i++)       // C(count - tested + i, i), which rises with i
        {
            combinations = combinations * (count - tested + i) / i;
            if (combinations * tested > MaximumTests)
                throw new ArgumentException($"{nameof(Splits.Combinatorial)}: expected at most {MaximumTests / tested} combinations "
                    + $"of {tested} groups, got more from {count} groups");
        }
        TestGroups = [.. Combinations(count, tested)];
        var paths = new int[combinations * tested / count][];
        for (int p = 0; p < paths.Length; p++) paths[p] = new int[count];
        int[] path = new int[count];
        for (int s = 0; s < TestGroups.Count; s++)
            foreach (int g in TestGroups[s]) paths[path[g]++][g] = s;
        Paths = paths;
    }

    /// <summary>Group of each row, 0 to N - 1 in time.</summary>
    public IReadOnlyList<int> Groups => groups.Of;

    /// <summary>The groups that each split tests, ascending.</summary>
    public IReadOnlyList<int[]> TestGroups { get; }

    /// <summary>The paths, <c>[path][group]</c>: the split whose test gives the group's part of the path.</summary>
    public IReadOnlyList<int[]> Paths { get; }

    /// <summary>Number of splits.</summary>
    public int Count => TestGroups.Count;

    /// <summary>One split, computed anew at each call.</summary>
    /// <exception cref="ArgumentException">No row is left to train.</exception>
    public Split this[int index] => groups.Split(TestGroups[index], 0, count, embargo);

    /// <inheritdoc/>
    public IEnumerator<Split> GetEnumerator() => Enumerable.Range(0, Count).Select(s => this[s]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    static IEnumerable<int[]> Combinations(int n, int k)
    {
        int[] chosen = [.. Enumerable.Range(0, k)];
        while (true)
        {
            yield return [.. chosen];
            int last = k - 1;
            while (last >= 0 && chosen[last] == n - k + last) last--;
            if (last < 0) yield break;
            chosen[last]++;
            for (int i = last + 1; i < k; i++) chosen[i] = chosen[i - 1] + 1;
        }
    }
}
