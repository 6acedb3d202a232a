using FsCheck;
using FsCheck.Fluent;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public class SplitsTests
{
    /// <summary>Labels of 0 to 12 hours, with gaps in time and rows that start at the same time, in a random order.</summary>
    static LabelSpan[] Rows(int seed, int count, int from = 0)
    {
        var random = new CounterRandom((ulong)seed, 31);
        long time = from * Hour;
        var rows = new LabelSpan[count];
        for (int i = 0; i < count; i++)
        {
            time += random.NextDouble() switch { < 0.3 => 0, < 0.95 => 1, _ => 1 + (int)(random.NextDouble() * 40) } * Hour;
            rows[i] = new LabelSpan(time, time + (int)(random.NextDouble() * 13) * Hour);
        }
        return [.. rows.OrderBy(_ => random.NextDouble())];
    }

    static LabelSpan[] Hourly(int count, int horizon = 2)
        => [.. Enumerable.Range(0, count).Select(t => new LabelSpan(t * Hour, (t + horizon) * Hour))];

    static readonly Arbitrary<(int Seed, int Count, int Groups, int Tested, long Embargo)> Cases =
        (from seed in Gen.Choose(0, 1 << 20)
         from count in Gen.Choose(300, 500)
         from groups in Gen.Choose(3, 6)
         from tested in Gen.Choose(1, 2)
         from embargo in Gen.Choose(0, 9)
         select (seed, count, groups, tested, embargo * Hour)).ToArbitrary();

    /// <summary>The rows that may train, from the definition: for each block of tested groups, every pair of rows is compared with its
    /// time.</summary>
    static IEnumerable<int> MayTrain(LabelSpan[] rows, Func<int, int> group, int[] tested, long embargo)
    {
        var blocks = new List<(long From, long To)>();
        for (int at = 0; at < tested.Length;)
        {
            int end = at + 1;
            while (end < tested.Length && tested[end] == tested[end - 1] + 1) end++;
            LabelSpan[] block = [.. rows.Where((_, i) => Array.IndexOf(tested, group(i), at, end - at) >= 0)];
            blocks.Add((block.Min(r => r.Start), block.Max(r => r.End)));
            at = end;
        }
        return Enumerable.Range(0, rows.Length).Where(i => !tested.Contains(group(i))
            && blocks.All(b => (rows[i].End < b.From || rows[i].Start > b.To)
            && !(rows[i].Start > b.To && rows[i].Start <= b.To + embargo)));
    }

    [Fact]
    public void K_fold_trains_on_all_that_overlaps_no_test() => Prop.ForAll(Cases, c =>
    {
        LabelSpan[] rows = Rows(c.Seed, c.Count);
        Split[] splits = [.. Splits.KFold(rows, c.Groups, c.Embargo)];
        Assert.Equal(c.Groups, splits.Length);
        Assert.Equal(Enumerable.Range(0, rows.Length), splits.SelectMany(s => s.Test).Order());
        int[] group = new int[rows.Length];
        for (int f = 0; f < splits.Length; f++)
            foreach (int i in splits[f].Test) group[i] = f;
        for (int f = 0; f < splits.Length; f++)
        {
            Assert.Equal(splits[f].Test.Order(), splits[f].Test);
            Assert.Equal(MayTrain(rows, i => group[i], [f], c.Embargo), splits[f].Train);
            Assert.All(splits[f].Train, i => Assert.All(splits[f].Test,
                j => Assert.True(rows[i].End < rows[j].Start || rows[i].Start > rows[j].End)));
            if (f > 0) Assert.True(splits[f - 1].Test.Max(i => rows[i].Start) < splits[f].Test.Min(i => rows[i].Start));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Combinations_and_paths_are_all_there_and_each_path_tests_every_row_once() => Prop.ForAll(Cases, c =>
    {
        LabelSpan[] rows = Rows(c.Seed, c.Count);
        CombinatorialSplits splits = Splits.Combinatorial(rows, c.Groups + 1, c.Tested, c.Embargo);
        int n = c.Groups + 1, choices = c.Tested == 1 ? n : n * (n - 1) / 2;
        Assert.Equal(choices, splits.Count);
        Assert.Equal(choices, splits.TestGroups.Select(g => string.Join(',', g)).Distinct().Count());
        Assert.All(splits.TestGroups,
            g => Assert.True(g.Length == c.Tested && g[0] >= 0 && g[^1] < n && g.Distinct().Order().SequenceEqual(g)));
        Split[] all = [.. splits];
        for (int s = 0; s < all.Length; s++)
        {
            Assert.Equal(Enumerable.Range(0, rows.Length).Where(i => splits.TestGroups[s].Contains(splits.Groups[i])), all[s].Test);
            Assert.Equal(MayTrain(rows, i => splits.Groups[i], splits.TestGroups[s], c.Embargo), all[s].Train);
        }
        Assert.Equal(c.Tested * choices / n, splits.Paths.Count);
        foreach (int[] path in splits.Paths)
            Assert.Equal(Enumerable.Range(0, rows.Length),
                path.SelectMany((s, g) => all[s].Test.Where(i => splits.Groups[i] == g)).Order());
        Assert.Equal(choices * c.Tested, splits.Paths.SelectMany(path => path.Select((s, g) => (s, g))).Distinct().Count());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void The_paths_of_six_groups_by_two_are_those_of_the_book()
    {
        // López de Prado, figure 12.1: 15 splits, 5 paths; the splits of path 1, 2, ... in the order of the columns S1 to S15.
        CombinatorialSplits splits = Splits.Combinatorial(Hourly(600), 6, 2);
        Assert.Equal(15, splits.Count);
        Assert.Equal(["0,1", "0,2", "0,3", "0,4", "0,5", "1,2", "1,3"], splits.TestGroups.Take(7).Select(g => string.Join(',', g)));
        Assert.Equal([[0, 0, 1, 2, 3, 4], [1, 5, 5, 6, 7, 8], [2, 6, 9, 9, 10, 11], [3, 7, 10, 12, 12, 13], [4, 8, 11, 13, 14, 14]],
            splits.Paths);
    }

    [Fact]
    public void Walk_forward_trains_on_the_past_only() => Prop.ForAll(Cases, c =>
    {
        LabelSpan[] rows = Rows(c.Seed, c.Count);
        foreach (bool sliding in (bool[])[false, true])
        {
            Split[] splits = [.. Splits.WalkForward(rows, c.Groups, c.Tested, sliding)];
            Assert.Equal(c.Groups, splits.Length);
            // The groups that are tested, and those before the first of them.
            long[] from = [.. splits.Select(s => s.Test.Min(i => rows[i].Start))];
            Assert.Equal(Enumerable.Range(0, rows.Length).Where(i => rows[i].Start >= from[0]), splits.SelectMany(s => s.Test).Order());
            long[] times = [.. rows.Select(r => r.Start).Distinct().Order()];
            int each = times.Length / (c.Groups + c.Tested), more = times.Length % (c.Groups + c.Tested);
            for (int f = 0; f < splits.Length; f++)
            {
                Assert.Equal(times[(c.Tested + f) * each + Math.Min(c.Tested + f, more)], from[f]);
                long first = sliding ? times[f * each + Math.Min(f, more)] : long.MinValue;
                Assert.Equal(Enumerable.Range(0, rows.Length).Where(i => rows[i].Start >= first && rows[i].End < from[f]), splits[f].Train);
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void By_time_every_part_knows_its_labels_before_the_next_begins()
    {
        LabelSpan[] rows = Rows(3, 400);
        long trainTo = rows.Max(r => r.Start) / 2, validateTo = trainTo + 50 * Hour, testTo = validateTo + 80 * Hour;
        Split split = Splits.ByTime(rows, trainTo, validateTo, testTo);
        int[] all = [.. Enumerable.Range(0, rows.Length)];
        Assert.Equal(all.Where(i => rows[i].Start < trainTo && rows[i].End < trainTo), split.Train);
        Assert.Equal(all.Where(i => rows[i].Start >= trainTo && rows[i].Start < validateTo && rows[i].End < validateTo), split.Validate);
        Assert.Equal(all.Where(i => rows[i].Start >= validateTo && rows[i].Start < testTo), split.Test);
        Assert.Empty(Splits.ByTime(rows, trainTo, trainTo).Validate);
        Assert.Equal(all.Where(i => rows[i].Start >= trainTo), Splits.ByTime(rows, trainTo, trainTo).Test);
    }

    [Fact]
    public void Five_folds_of_twenty_hours_by_hand()
    {
        // Labels [t, t + 2 h]. Fold 1 tests hours 4 to 7, so the block ends at hour 9: 2 and 3 touch or overlap its start, 8 and 9 its end,
        // and an embargo of 3 hours also takes 10 to 12.
        Assert.Equal([0, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19], Splits.KFold(Hourly(20), 5).ElementAt(1).Train);
        Assert.Equal([0, 1, 13, 14, 15, 16, 17, 18, 19], Splits.KFold(Hourly(20), 5, 3 * Hour).ElementAt(1).Train);
        Assert.Equal([4, 5, 6, 7], Splits.KFold(Hourly(20), 5).ElementAt(1).Test);
        // As numpy.array_split([0..10], 3) cuts: the first groups are longer.
        Assert.Equal([4, 4, 3], Splits.KFold(Hourly(11), 3).Select(s => s.Test.Length));
        // One long label in the test block purges all that starts before it ends.
        LabelSpan[] rows = Hourly(20);
        rows[5] = new LabelSpan(5 * Hour, 16 * Hour);
        Assert.Equal([0, 1, 17, 18, 19], Splits.KFold(rows, 5).ElementAt(1).Train);
    }

    [Fact]
    public void Splits_do_not_depend_on_the_order_of_rows()
    {
        LabelSpan[] rows = Rows(9, 300), sorted = [.. rows.OrderBy(r => r.Start).ThenBy(r => r.End)];
        Assert.Equal(Splits.KFold(sorted, 4, Hour).Select(s => Of(sorted, s.Train)),
            Splits.KFold(rows, 4, Hour).Select(s => Of(rows, s.Train)));

        static LabelSpan[] Of(LabelSpan[] rows, int[] part) => [.. part.Select(i => rows[i]).OrderBy(r => r.Start).ThenBy(r => r.End)];
    }

    [Fact]
    public void Times_at_the_ends_of_64_bits_do_not_overflow()
    {
        LabelSpan[] rows = [new(long.MinValue, long.MinValue), new(-5, -3), new(7, 8), new(long.MaxValue - 9, long.MaxValue - 1)];
        Split[] splits = [.. Splits.KFold(rows, 4, embargo: 0)];
        Assert.Equal([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]], splits.Select(s => s.Train));
        Assert.Equal([[0], [0, 1]], Splits.KFold(rows, 4, embargo: long.MaxValue).Skip(1).Take(2).Select(s => s.Train));
        Assert.Equal(long.MaxValue, Splits.ShareOfTime(rows, 1));
    }

    [Fact]
    public void An_embargo_can_be_a_share_of_the_time()
    {
        Assert.Equal(Hour, Splits.ShareOfTime(Hourly(99, 1), 0.0101010101010101));
        Assert.Equal(0, Splits.ShareOfTime(Hourly(99), 0));
        Assert.Equal(101 * Hour, Splits.ShareOfTime(Hourly(99, 3), 1));
    }

    [Fact]
    public void The_rows_of_windows_are_split_and_taken()
    {
        MarketSeries[] series = Series(Candles(1, 200, gapAt: 120, name: "A"), Candles(2, 150, name: "B"));
        Windows rows = SmallMarket.Rows(series, 0, 300, window: 5);
        LabelSpan[] spans = LabelSpan.Of(rows);
        Assert.Equal(rows.Rows.Select(r => series[r.Pair].Candles.OpenTime[r.End]).Select(t => new LabelSpan(t, t + 2 * Hour)), spans);
        Label[] labels = [.. series.Select(s => Labels.Returns(s.Candles, 3))];
        LabelSpan[] three = LabelSpan.Of(rows, labels);
        Assert.Equal(rows.Rows.Select(r => labels[r.Pair].KnownAt[r.End]), three.Select(s => s.End));
        Assert.Equal(spans.Select(s => s.Start), three.Select(s => s.Start));
        Assert.Contains("expected labels of the windows' own candles",
            Assert.Throws<ArgumentException>(() => LabelSpan.Of(rows, labels[..1])).Message);
        Split split = Splits.KFold(spans, 4).ElementAt(2);
        Windows train = rows.Take(split.Train);
        Assert.Equal(split.Train.Select(i => rows.Rows[i]), train.Rows);
        Assert.Equal(rows.Window(split.Train[7]).ToArray(), train.Window(7).ToArray());
        Assert.Equal(2, train.Rows.Select(r => r.Pair).Distinct().Count());
        Assert.Contains("expected a row from 0", Assert.Throws<ArgumentException>(() => rows.Take([rows.Count])).Message);
        Windows unknown = Windows.Select(series, 5, (_, _) => true, labelled: false);
        Assert.Contains("never known", Assert.Throws<ArgumentException>(() => Splits.KFold(LabelSpan.Of(unknown), 3)).Message);
    }

    public static TheoryData<string, Func<object>> Impossible => new()
    {
        { "KFold: expected rows, got none", () => Splits.KFold([], 2) },
        { "KFold: expected folds of at least 2, got 1", () => Splits.KFold(Hourly(9), 1) },
        { "KFold: expected an embargo of at least 0, got -1", () => Splits.KFold(Hourly(9), 2, -1) },
        { "KFold: expected rows of at least 10 different start times, one for each group, got 9",
            () => Splits.KFold([.. Hourly(9), .. Hourly(9)], 10) },
        { "KFold: expected the label of row 1, which starts at 1970-01-01T00:00:00.000005Z",
            () => Splits.KFold([new(0, 1), new(5, 4)], 2) },
        { "expected rows that train, got none: purge and embargo leave none where group 0 of 0 to 1 is tested",
            () => Splits.KFold(Hourly(4, 9), 2).ToList() },
        { "WalkForward: expected folds of at least 1, got 0", () => Splits.WalkForward(Hourly(9), 0) },
        { "WalkForward: expected training groups of at least 1, got 0", () => Splits.WalkForward(Hourly(9), 2, 0) },
        { "got 9", () => Splits.WalkForward(Hourly(9), int.MaxValue, int.MaxValue) },
        { "Combinatorial: expected fewer test groups than the 4 groups, got 4", () => Splits.Combinatorial(Hourly(99), 4, 4) },
        { "Combinatorial: expected test groups of at least 1, got 0", () => Splits.Combinatorial(Hourly(99), 4, 0) },
        { "expected at most 50000 combinations of 20 groups, got more from 40 groups", () => Splits.Combinatorial(Hourly(99), 40, 20) },
        { "groups 0, 1, 2 of 0 to 3 are tested", () => Splits.Combinatorial(Hourly(99, 80), 4, 3)[0] },
        { "ByTime: expected train-to <= validate-to < test-to, got 1970-01-01T00:00:00.000005Z", () => Splits.ByTime(Hourly(9), 5, 4) },
        { "ByTime: expected rows to train, got none of 9", () => Splits.ByTime(Hourly(9), 0, 0) },
        { "ByTime: expected rows to validate, got none", () => Splits.ByTime(Hourly(9), 4 * Hour, 4 * Hour + 1) },
        { "ByTime: expected rows to test, got none", () => Splits.ByTime(Hourly(9), 4 * Hour, 99 * Hour) },
        { "expected a share from 0 to 1, got NaN", () => Splits.ShareOfTime(Hourly(9), double.NaN) },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Impossible))]
    public void What_cannot_be_split_is_an_error(string says, Func<object> split)
        => Assert.Contains(says, Assert.Throws<ArgumentException>(split).Message);
}
