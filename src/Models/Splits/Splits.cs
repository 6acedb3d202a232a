using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Divides rows into training and test so that no training label speaks of a time that is tested: a training row is purged where the span
/// of its label overlaps the time from the start of the first label of a test block to the end of its last, on both sides of the block.
/// An embargo also leaves out the rows that start soon after a block, since they look back into it.
/// <para>
/// Rows are given by the spans of their labels, in any order, and may belong to several pairs; time alone divides them, and rows that
/// start at the same time stay together. Splits are computed one at a time, while they are enumerated, in O(n) each; a split with nothing
/// left to train is an <see cref="ArgumentException"/> then.
/// </para>
/// </summary>
/// <remarks>Source: López de Prado, "Advances in Financial Machine Learning" (2018), chapters 7 and 12.</remarks>
public static class Splits
{
    /// <summary>
    /// One split by dates. A row belongs to the part in which it starts; where it trains or validates, its label must be known before the
    /// next part begins.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="trainTo">End of training, exclusive, µs since 1970 UTC.</param>
    /// <param name="validateTo">End of validation, exclusive; <paramref name="trainTo"/> for none.</param>
    /// <param name="testTo">End of the test, exclusive.</param>
    /// <exception cref="ArgumentException">The dates are out of order, or a part has no rows.</exception>
    public static Split ByTime(IReadOnlyList<LabelSpan> rows, long trainTo, long validateTo, long testTo = long.MaxValue)
    {
        LabelSpan.Check(nameof(ByTime), rows);
        string end = testTo == long.MaxValue ? "no end" : TimeText.ToIso(testTo);
        string dates = $"{TimeText.ToIso(trainTo)}, {TimeText.ToIso(validateTo)}, {end}";
        if (trainTo > validateTo || validateTo >= testTo)
            throw new ArgumentException($"{nameof(ByTime)}: expected train-to <= validate-to < test-to, got {dates}");
        int[] train = Part("train", row => row.End < trainTo);
        int[] validate = trainTo == validateTo ? [] : Part("validate", row => row.Start >= trainTo && row.End < validateTo);
        return new Split(train, Part("test", row => row.Start >= validateTo && row.Start < testTo)) { Validate = validate };

        int[] Part(string name, Predicate<LabelSpan> inside)
        {
            int[] part = [.. Enumerable.Range(0, rows.Count).Where(i => inside(rows[i]))];
            return part.Length > 0 ? part : throw new ArgumentException(
                $"{nameof(ByTime)}: expected rows to {name}, got none of {rows.Count}: they start from "
                + $"{TimeText.ToIso(rows.Min(row => row.Start))} to {TimeText.ToIso(rows.Max(row => row.Start))}, "
                + $"the parts end at {dates}");
        }
    }

    /// <summary>
    /// Purged and embargoed k-fold: fold f tests the f-th group of the rows in time and trains on the others, before and after it.
    /// </summary>
    /// <param name="rows">The rows; each is tested once.</param>
    /// <param name="folds">Number k of folds, at least 2.</param>
    /// <param name="embargo">Time after a test block in which no training row starts, µs: see <see cref="ShareOfTime"/>.</param>
    /// <exception cref="ArgumentException">The rows have fewer start times than folds, or a number is out of its range.</exception>
    public static IEnumerable<Split> KFold(IReadOnlyList<LabelSpan> rows, int folds, long embargo = 0)
    {
        Require(nameof(KFold), "folds", folds, 2);
        Require(nameof(KFold), "an embargo", embargo, 0);
        var groups = new TimeGroups(nameof(KFold), rows, folds);
        return Enumerable.Range(0, folds).Select(f => groups.Split([f], 0, folds, embargo));
    }

    /// <summary>
    /// Walk-forward: the rows are cut into <paramref name="trainGroups"/> + <paramref name="folds"/> groups in time; fold f tests group
    /// <paramref name="trainGroups"/> + f and trains on what lies before it.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="trainGroups">Groups that the first fold trains on.</param>
    /// <param name="sliding">Whether every fold trains on that many groups, those just before its test; else on all before it
    /// (expanding).</param>
    /// <exception cref="ArgumentException">The rows have fewer start times than groups, or a number is out of its range.</exception>
    public static IEnumerable<Split> WalkForward(IReadOnlyList<LabelSpan> rows, int folds, int trainGroups = 1, bool sliding = false)
    {
        Require(nameof(WalkForward), "folds", folds, 1);
        Require(nameof(WalkForward), "training groups", trainGroups, 1);
        var groups = new TimeGroups(nameof(WalkForward), rows, (long)trainGroups + folds);
        return Enumerable.Range(0, folds).Select(f => groups.Split([trainGroups + f], sliding ? f : 0, trainGroups + f, embargo: 0));
    }

    /// <summary>
    /// Combinatorial purged cross-validation: every choice of k of N groups is tested, and the tests join into paths over all rows.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="groups">Number N of groups, at least 2.</param>
    /// <param name="testGroups">Number k of groups that a split tests, less than N.</param>
    /// <param name="embargo">Time after each test block in which no training row starts, µs: see <see cref="ShareOfTime"/>.</param>
    /// <exception cref="ArgumentException">
    /// The rows have fewer start times than groups, a number is out of its range, or there are too many combinations.
    /// </exception>
    public static CombinatorialSplits Combinatorial(IReadOnlyList<LabelSpan> rows, int groups, int testGroups, long embargo = 0)
    {
        Require(nameof(Combinatorial), "groups", groups, 2);
        Require(nameof(Combinatorial), "test groups", testGroups, 1);
        Require(nameof(Combinatorial), "an embargo", embargo, 0);
        if (testGroups >= groups)
            throw new ArgumentException($"{nameof(Combinatorial)}: expected fewer test groups than the {groups} groups, got {testGroups}");
        return new CombinatorialSplits(new TimeGroups(nameof(Combinatorial), rows, groups), groups, testGroups, embargo);
    }

    /// <summary>
    /// A share of the time from the first label's start to the last label's end, in µs: an embargo of 0.01 is one per cent of it.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="share">The share, 0 to 1.</param>
    /// <exception cref="ArgumentException">There are no rows, or the share is not between 0 and 1.</exception>
    public static long ShareOfTime(IReadOnlyList<LabelSpan> rows, double share)
    {
        LabelSpan.Check(nameof(ShareOfTime), rows);
        if (!(share is >= 0 and <= 1))
            throw new ArgumentException(FormattableString.Invariant($"{nameof(ShareOfTime)}: expected a share from 0 to 1, got {share}"));
        return (long)Math.Round(share * ((double)rows.Max(row => row.End) - rows.Min(row => row.Start)));
    }

    static void Require(string who, string what, long actual, long least)
    {
        if (actual < least) throw new ArgumentException($"{who}: expected {what} of at least {least}, got {actual}");
    }
}
