namespace NeuralCore.Models.Tests;

public class ForestTests
{
    [Fact]
    public void It_learns_exclusive_or()
    {
        LabelledRows rows = BoostingTests.Made(1, 2000, (x, _) => x[0] > 0 != x[1] > 0 ? 1 : 0),
            other = BoostingTests.Made(2, 500, (x, _) => x[0] > 0 != x[1] > 0 ? 1 : 0);
        ForestModel model = new RandomForest { Trees = 60 }.Fit(rows, seed: 3);
        double[] p = model.Predict(other.X), importance = model.FeatureImportance();
        Assert.InRange(Enumerable.Range(0, other.Count).Average(i => p[2 * i + 1] > 0.5 == (other.Targets[i] == 1) ? 1.0 : 0), 0.93, 1);
        Assert.InRange(importance[0] + importance[1], 0.7, 1);
        Assert.Equal(1, importance.Sum(), 1e-12);
        Assert.InRange(model.PermutationImportance(other, 2).Take(2).Min(), 0.1, 10);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Shares_of_classes_are_probabilities(int classes)
    {
        LabelledRows rows = BoostingTests.Made(4, 1500,
            (x, noise) => Math.Clamp((int)Math.Floor(2 * x[0] + noise / 2 + classes / 2.0), 0, classes - 1), classes);
        ForestModel model = new RandomForest { Trees = 30, MaxDepth = 6, MinSamplesLeaf = 10 }.Fit(rows);
        double[] p = model.Predict(rows.X);
        var share = new double[classes];
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.Equal(1, p.AsSpan(i * classes, classes).ToArray().Sum(), 1e-12);
            for (int k = 0; k < classes; k++) share[k] += p[i * classes + k] / rows.Count;
        }
        for (int k = 0; k < classes; k++) Assert.Equal(rows.Targets.Count(t => t == k) / (double)rows.Count, share[k], 0.03);
        Assert.InRange(model.Loss(rows), 0, 0.8 * Math.Log(classes));
        Assert.True(p.Min() >= 0);
    }

    [Fact]
    public void Numbers_far_from_0_keep_their_digits()
    {
        LabelledRows rows = BoostingTests.Made(4, 2000, (x, noise) => 60_000 + Math.Sign(x[0]) + noise / 100, 0);
        double[] y = new RandomForest { Trees = 20, MinSamplesLeaf = 5 }.Fit(rows).Predict(rows.X);
        for (int i = 0; i < y.Length; i++)
            if (Math.Abs(rows.X.Row(i)[0]) > 0.1) Assert.Equal(60_000 + Math.Sign(rows.X.Row(i)[0]), y[i], 0.05);
    }

    /// <summary>
    /// Where splits draw features, trees differ in what they see, and their mean still finds the rule; drawing all draws nothing.
    /// </summary>
    [Fact]
    public void Numbers_are_learnt_with_some_of_the_features_at_each_split()
    {
        LabelledRows rows = BoostingTests.Made(4, 2000, (x, noise) => 3 * x[0] + Math.Abs(x[1]) + noise / 10, 0);
        LabelledRows other = BoostingTests.Made(5, 500, (x, noise) => 3 * x[0] + Math.Abs(x[1]) + noise / 10, 0);
        double mean = rows.Targets.Average(), variance = rows.Targets.Average(y => (y - mean) * (y - mean));
        var forest = new RandomForest { Trees = 30, MinSamplesLeaf = 3 };
        double[] all = forest.Fit(rows, 1).Predict(other.X);
        Assert.Equal(all, (forest with { MaxFeatures = 4 }).Fit(rows, 1).Predict(other.X));
        foreach (int drawn in (int[])[1, 2, 3])
        {
            ForestModel model = (forest with { MaxFeatures = drawn }).Fit(rows, 1), threaded = (forest with { MaxFeatures = drawn })
                .Fit(rows, 1, threads: 3);
            Assert.NotEqual(all, model.Predict(other.X));
            Assert.Equal(model.Predict(other.X), threaded.Predict(other.X));
            Assert.InRange(model.Loss(other), 0, (drawn == 1 ? 0.4 : 0.2) * variance);
            double[] importance = model.FeatureImportance();
            Assert.True(importance[0] == importance.Max() && importance.Min() > 0, string.Join(' ', importance));
        }
        Assert.True(forest.Fit(rows, 1).FeatureImportance()[0] > (forest with { MaxFeatures = 1 }).Fit(rows, 1).FeatureImportance()[0]);
    }

    /// <summary>A tree that may use one feature and 50 rows a leaf has at most that depth and at least those rows.</summary>
    [Fact]
    public void Trees_keep_their_limits()
    {
        LabelledRows rows = BoostingTests.Made(4, 1000, (x, noise) => x[0] + noise > 0 ? 1 : 0);
        Assert.InRange(new RandomForest { Trees = 10, MaxDepth = 1 }.Fit(rows).LeafCount, 10, 20);
        Assert.InRange(new RandomForest { Trees = 10, MaxDepth = 3 }.Fit(rows).LeafCount, 41, 80);
        Assert.InRange(new RandomForest { Trees = 10, MinSamplesLeaf = 100 }.Fit(rows).LeafCount, 20, 70);   // 632 distinct rows a tree
        Assert.True(new RandomForest { Trees = 10 }.Fit(rows).LeafCount > 1000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void One_row_one_class_and_duplicates_give_what_they_show(int classes)
    {
        LabelledRows one = BoostingTests.Made(1, 1, (_, _) => classes == 0 ? 7 : 1, classes),
            copies = BoostingTests.Made(1, 100, (_, _) => classes == 0 ? 7 : 1, classes, (_, _) => 5);
        foreach (LabelledRows rows in (LabelledRows[])[one, copies])
        {
            ForestModel model = new RandomForest { Trees = 5 }.Fit(rows);
            double[] p = model.Predict(rows.X);
            Assert.All(p.Select((v, i) => (v, i)), c => Assert.Equal(classes == 0 ? 7 : c.i % classes == 1 ? 1 : 0, c.v, 1e-12));
            Assert.Equal(5, model.LeafCount);
        }
    }

    [Fact]
    public void Constant_columns_do_not_end_the_search_and_rows_without_weight_do_not_count()
    {
        LabelledRows rows = BoostingTests.Made(5, 400, (x, noise) => x[0] > 0 ? 1 : 0, 2, (f, v) => f == 0 ? v : f == 1 ? 3 : float.NaN);
        ForestModel model = new RandomForest { Trees = 20, MaxFeatures = 1, MaxDepth = 1 }.Fit(rows);
        Assert.Equal([1, 0, 0, 0], model.FeatureImportance());
        Assert.Equal(40, model.LeafCount);   // every tree drew until a column could be split
        int[] labels = [.. rows.Targets.Select((t, i) => i < 200 ? (int)t : 1 - (int)t)];
        double[] weights = [.. labels.Select((_, i) => i < 200 ? 1.0 : 0)];
        Assert.InRange(new RandomForest { Trees = 20 }.Fit(new LabelledRows(rows.X, labels, 2, weights))
            .Loss(new LabelledRows(rows.X.Slice(0, 200), labels.AsSpan(0, 200), 2)), 0, 0.1);
    }

    [Fact]
    public void Threads_change_no_bit_and_seeds_do()
    {
        foreach (int classes in (int[])[0, 2, 5])
        {
            LabelledRows rows = BoostingTests.Made(9, 3000,
                (x, noise) => classes == 0 ? x[0] + noise : Math.Clamp((int)Math.Floor(x[0] + noise + 2), 0, classes - 1), classes);
            var forest = new RandomForest { Trees = 12, MaxDepth = 6 };
            double[] p = forest.Fit(rows, 1).Predict(rows.X);
            foreach (int threads in (int[])[2, 3]) Assert.Equal(p, forest.Fit(rows, 1, threads).Predict(rows.X, threads));
            Assert.NotEqual(p, forest.Fit(rows, 2).Predict(rows.X));
        }
    }

    [Fact]
    public void The_most_classes_are_learnt_and_features_that_they_leave_no_room_for_are_an_error()
    {
        const int K = LabelledRows.MaxClasses;
        int[] labels = [.. Enumerable.Range(0, 2 * K).Select(i => i / 2)];
        var rows = new LabelledRows(new FeatureMatrix(labels.Select(l => (float)(l % 200)).ToArray(), 1), labels, K);
        ForestModel model = new RandomForest { Trees = 2, MaxDepth = 3 }.Fit(rows);
        Assert.All(model.Predict(rows.X).Chunk(K), p => Assert.Equal(1, p.Sum(), 1e-12));
        Assert.InRange(model.LeafCount, 4, 16);
        var wide = new LabelledRows(new FeatureMatrix(new float[20_000], 10_000), [0, 1], K);
        Assert.StartsWith("RandomForest: expected at most 2147483591 sums",
            Assert.Throws<ArgumentException>(() => new RandomForest().Fit(wide)).Message);
    }

    /// <summary>Without a look at the token between two orders so many would take days.</summary>
    [Fact]
    public void Permutations_end_when_told()
    {
        using var later = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        LabelledRows rows = BoostingTests.Made(1, 50, (x, _) => x[0] > 0 ? 1 : 0);
        ForestModel model = new RandomForest { Trees = 2 }.Fit(rows);
        Assert.Throws<OperationCanceledException>(() => model.PermutationImportance(rows, int.MaxValue, cancellation: later.Token));
    }

    [Fact]
    public void Wrong_settings_are_errors()
    {
        LabelledRows rows = BoostingTests.Made(1, 50, (_, noise) => noise > 0 ? 1 : 0);
        var forest = new RandomForest();
        foreach (RandomForest wrong in (RandomForest[])[forest with { Trees = 0 }, forest with { MaxDepth = 0 },
            forest with { MinSamplesLeaf = 0 }, forest with { MaxFeatures = -1 }, forest with { MaxBins = 1 }])
            Assert.StartsWith("RandomForest: expected ", Assert.Throws<ArgumentException>(() => wrong.Fit(rows)).Message);
        Assert.Throws<OperationCanceledException>(() => forest.Fit(rows, cancellation: new CancellationToken(true)));
    }
}
