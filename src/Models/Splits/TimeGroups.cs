namespace NeuralCore.Models;

/// <summary>
/// Rows in groups that follow each other in time. Of m different start times each of n groups gets m / n, the first m mod n groups one
/// more, so that rows of several pairs that start at the same time stay together.
/// </summary>
internal sealed class TimeGroups
{
    readonly string who;
    readonly IReadOnlyList<LabelSpan> rows;
    readonly long[] start, end;     // of each group: when its first label starts, when its last label ends

    /// <summary>Cuts the rows into groups.</summary>
    /// <exception cref="ArgumentException">There are no rows, an impossible one, or fewer start times than groups.</exception>
    public TimeGroups(string who, IReadOnlyList<LabelSpan> rows, long count)
    {
        LabelSpan.Check(who, rows);
        (this.who, this.rows) = (who, rows);
        long[] times = [.. rows.Select(row => row.Start)];
        Array.Sort(times);
        int different = 1;
        for (int i = 1; i < times.Length; i++)
            if (times[i] != times[i - 1]) times[different++] = times[i];
        if (count > different)
            throw new ArgumentException($"{who}: expected rows of at least {count} different start times, one for each group, "
                + $"got {different}");

        (long each, long more) = Math.DivRem(different, count);
        start = [.. Enumerable.Range(0, (int)count).Select(g => times[g * each + Math.Min(g, more)])];
        end = new long[count];
        Array.Fill(end, long.MinValue);
        Of = new int[rows.Count];
        for (int i = 0; i < Of.Length; i++)
        {
            int at = Array.BinarySearch(start, rows[i].Start), g = at < 0 ? ~at - 1 : at;
            Of[i] = g;
            end[g] = Math.Max(end[g], rows[i].End);
        }
    }

    /// <summary>Group of each row.</summary>
    public int[] Of { get; }

    /// <summary>
    /// Tests some groups and trains on others. Groups that are tested side by side form a block. A row is purged if its label's span
    /// overlaps the time from the start of a block's first label to the end of its last, and embargoed if it starts within the embargo
    /// after that.
    /// </summary>
    /// <param name="tested">The groups to test.</param>
    /// <param name="from">First group that may train.</param>
    /// <param name="to">End of the groups that may train, exclusive.</param>
    /// <param name="embargo">The embargo, µs.</param>
    /// <exception cref="ArgumentException">No row is left to train.</exception>
    public Split Split(ReadOnlySpan<int> tested, int from, int to, long embargo)
    {
        int n = start.Length;
        bool[] isTested = new bool[n];
        foreach (int g in tested) isTested[g] = true;
        // Rows of group g train if they start at earliest[g] or later and their label is known before latest[g].
        long[] earliest = new long[n], latest = new long[n];
        long bound = long.MinValue;
        for (int g = 0; g < n; g++)
        {
            earliest[g] = bound;
            if (isTested[g]) bound = Math.Max(bound, (long)Int128.Min((Int128)end[g] + embargo + 1, long.MaxValue));
        }
        bound = long.MaxValue;
        for (int g = n - 1; g >= 0; g--)
        {
            latest[g] = bound;
            if (isTested[g]) bound = start[g];
        }

        List<int> train = [], test = [];
        for (int i = 0; i < Of.Length; i++)
        {
            int g = Of[i];
            if (isTested[g]) test.Add(i);
            else if (g >= from && g < to && rows[i].Start >= earliest[g] && rows[i].End < latest[g]) train.Add(i);
        }
        if (train.Count > 0) return new Split([.. train], [.. test]);
        (string group, string are) = tested.Length == 1 ? ("group", "is") : ("groups", "are");
        throw new ArgumentException($"{who}: expected rows that train, got none: purge and embargo leave none where "
            + $"{group} {string.Join(", ", tested.ToArray())} of 0 to {n - 1} {are} tested");
    }
}
