using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class BoostingTests
{
    static readonly HistogramGradientBoosting Small = new() { MaxIterations = 30, MaxLeafNodes = 6, MinSamplesLeaf = 5 };

    /// <summary>
    /// Mean 5; gradients 5, 5, -5, -5. Cut at 2.5: gain 10²/(2 + λ) on both sides less 0. Leaves ∓10/(2 + λ).
    /// </summary>
    [Theory]
    [InlineData(0, 0, 10)]
    [InlineData(2, 2.5, 7.5)]
    public void One_tree_by_hand(double l2, double low, double high)
    {
        var rows = new LabelledRows(new FeatureMatrix(new float[] { 9, 1, 9, 2, 9, 3, 9, 4 }, 2), [0.0, 0, 10, 10]);
        BoostedTrees model = new HistogramGradientBoosting
        {
            MaxIterations = 1, LearningRate = 1, MinSamplesLeaf = 1, L2Regularization = l2,
            MaxLeafNodes = 2
        }.Fit(rows);
        Assert.Equal([low, low, high, high], model.Predict(rows.X));
        Assert.Equal([low, high, low], model.Predict(new FeatureMatrix(new float[] { 0, 2.5f, 0, 2.5001f, 0, -99 }, 2)));
        Assert.Equal([0, 1], model.FeatureImportance());
        Assert.Equal((1, 2), (model.TreeCount, model.LeafCount));
    }

    /// <summary>Shares ½: gradients ±½, second derivatives ¼; leaves ∓1/½ = ∓2 of Newton's step, and logistic(2) = 0.8808.</summary>
    [Fact]
    public void One_tree_of_classes_by_hand()
    {
        var rows = new LabelledRows(new FeatureMatrix(new float[] { 1, 2, 3, 4 }, 1), [0, 0, 1, 1], 2);
        double[] p = new HistogramGradientBoosting { MaxIterations = 1, LearningRate = 1, MinSamplesLeaf = 1 }.Fit(rows).Predict(rows.X);
        Assert.Equal(1 / (1 + Math.Exp(2)), p[1], 1e-14);
        Assert.Equal(1 / (1 + Math.Exp(-2)), p[7], 1e-14);
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(1, p[2 * i] + p[2 * i + 1], 1e-15));
    }

    /// <summary>Only leaf by leaf does the second split go to the side that gains more.</summary>
    [Fact]
    public void The_leaf_that_gains_most_is_split_first()
    {
        var rows = new LabelledRows(new FeatureMatrix(new float[] { 1, 2, 3, 4 }, 1), [0.0, 1, 100, 110]);
        double[] y = new HistogramGradientBoosting { MaxIterations = 1, LearningRate = 1, MinSamplesLeaf = 1, MaxLeafNodes = 3 }.Fit(rows)
            .Predict(rows.X);
        Assert.Equal([0.5, 0.5, 100, 110], y.Select(v => Math.Round(v, 4)));
    }

    [Fact]
    public void It_learns_exclusive_or()
    {
        LabelledRows rows = Made(1, 2000, (x, _) => x[0] > 0 != x[1] > 0 ? 1 : 0),
            other = Made(2, 500, (x, _) => x[0] > 0 != x[1] > 0 ? 1 : 0);
        BoostedTrees model = new HistogramGradientBoosting().Fit(rows);
        double[] p = model.Predict(other.X), importance = model.FeatureImportance();
        Assert.InRange(Enumerable.Range(0, other.Count).Average(i => p[2 * i + 1] > 0.5 == (other.Targets[i] == 1) ? 1.0 : 0), 0.97, 1);
        Assert.InRange(importance[0] + importance[1], 0.95, 1);
        Assert.Equal(1, importance.Sum(), 1e-12);
        double[] permuted = model.PermutationImportance(other, repeats: 3, seed: 7);
        Assert.InRange(Math.Min(permuted[0], permuted[1]), 0.5, 20);
        Assert.InRange(permuted.Skip(2).Max(Math.Abs), 0, 0.05);
    }

    [Fact]
    public void The_training_loss_falls_in_every_round() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Elements(0, 2, 3).ToArbitrary(), (seed, classes) =>
        {
            LabelledRows rows = Made((ulong)seed, 200,
                (x, noise) => classes == 0 ? x[0] * x[1] + noise : Math.Clamp((int)Math.Floor(x[0] + noise + 1), 0, classes - 1), classes);
            BoostedTrees model = (Small with { Patience = 0 }).Fit(rows, rows);
            Assert.Equal(model.Iterations + 1, model.ValidationLoss.Count);
            for (int i = 1; i < model.ValidationLoss.Count; i++) Assert.True(model.ValidationLoss[i] < model.ValidationLoss[i - 1] + 1e-12);
            Assert.Equal(model.ValidationLoss[^1] * (classes == 0 ? 2 : 1), model.Loss(rows), 1e-10);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Validation_rows_end_it()
    {
        static double Noise(ReadOnlySpan<float> x, double noise) => noise > 0 ? 1 : 0;
        BoostedTrees model = new HistogramGradientBoosting { MaxIterations = 500, Patience = 5 }.Fit(Made(1, 2000, Noise),
            Made(2, 500, Noise));
        Assert.InRange(model.Iterations, 5, 60);
        double before = model.ValidationLoss[^6];
        Assert.DoesNotContain(model.ValidationLoss.TakeLast(5), l => l < before - 1e-7);
        Assert.Equal(500, new HistogramGradientBoosting { MaxIterations = 500, MaxLeafNodes = 2 }.Fit(Made(1, 2000, Noise)).Iterations);
    }

    [Fact]
    public void A_weight_of_two_is_a_row_twice_but_for_the_least_number_of_rows()
    {
        LabelledRows rows = Made(5, 200, (x, noise) => x[0] + noise > 0 ? 1 : 0);
        double[] weights = [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? 2.0 : 1)];
        int[] twice = [.. Enumerable.Range(0, 200).SelectMany(i => Enumerable.Repeat(i, (int)weights[i]))];
        HistogramGradientBoosting any = Small with { MinSamplesLeaf = 1 };
        int[] labels = [.. rows.Targets.Select(t => (int)t)];
        double[] p = any.Fit(new LabelledRows(rows.X, labels, 2, weights)).Predict(rows.X);
        double[] q = any.Fit(new LabelledRows(new FeatureMatrix(twice.SelectMany(i => rows.X.Row(i).ToArray()).ToArray(), rows.X.Features),
            twice.Select(i => labels[i]).ToArray(), 2)).Predict(rows.X);
        for (int i = 0; i < p.Length; i++) Assert.Equal(p[i], q[i], 1e-5);
        Assert.NotEqual(p, any.Fit(rows).Predict(rows.X));
    }

    [Fact]
    public void Constant_and_missing_columns_are_not_used()
    {
        LabelledRows rows = Made(5, 300, (x, noise) => x[0] + noise > 0 ? 1 : 0,
            change: (f, v) => f switch { 1 => 3, 2 => float.NaN, _ => v });
        BoostedTrees model = Small.Fit(rows);
        Assert.Equal((0, 0), (model.FeatureImportance()[1], model.FeatureImportance()[2]));
        Assert.InRange(model.FeatureImportance()[0], 0.3, 1);
        LabelledRows useless = Made(5, 300, (_, noise) => noise > 0.5 ? 1 : 0, change: (f, v) => f % 2 == 0 ? 3 : float.NaN);
        double[] p = Small.Fit(useless).Predict(useless.X);
        Assert.All(p.Where((_, i) => i % 2 == 1), v => Assert.Equal(useless.Targets.Average(), v, 1e-8));
        Assert.All(Small.Fit(useless).FeatureImportance(), v => Assert.Equal(0, v));
    }

    /// <summary>
    /// Rounds and losses agree however a fit ends: at once with nothing to split, or when every leaf is too pure to be split.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_round_in_which_no_tree_grows_ends_the_fit_and_leaves_no_trace(int classes)
    {
        LabelledRows constant = Made(5, 300, (x, noise) => classes == 0 ? noise : noise > 0.5 ? 1 : 0, classes, (_, _) => 3);
        BoostedTrees none = (Small with { Patience = 2 }).Fit(constant, constant);
        Assert.Equal((0, 0, 1), (none.Iterations, none.TreeCount, none.ValidationLoss.Count));
        Assert.Equal(none.ValidationLoss[0] * (classes == 0 ? 2 : 1), none.Loss(constant), 1e-12);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            none.Save(path);
            Assert.Equal(none.Predict(constant.X), TabularModel.Load(path).Predict(constant.X));
        }
        finally
        {
            File.Delete(path);
        }
        if (classes == 0) return;
        LabelledRows parted = Made(5, 300, (x, _) => x[0] > 0 ? 1 : 0, classes);
        BoostedTrees some = (Small with { MaxIterations = 1000, LearningRate = 1, Patience = 0 }).Fit(parted, parted);
        Assert.InRange(some.Iterations, 2, 100);
        Assert.Equal(some.Iterations + 1, some.ValidationLoss.Count);
        Assert.Equal(some.ValidationLoss[^1], some.Loss(parted), 1e-12);
    }

    /// <summary>The least sum of second derivatives does not shrink with the weights.</summary>
    [Fact]
    public void Weights_under_the_floor_of_second_derivatives_give_the_baseline()
    {
        LabelledRows rows = Made(5, 300, (x, noise) => x[0] + noise > 0 ? 1 : 0);
        int[] labels = [.. rows.Targets.Select(t => (int)t)];
        Assert.Equal(0, Small.Fit(new LabelledRows(rows.X, labels, 2, [.. labels.Select(_ => 1e-6)])).Iterations);
        Assert.Equal(30, Small.Fit(new LabelledRows(rows.X, labels, 2, [.. labels.Select(_ => 1e-2)])).Iterations);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void One_row_one_class_and_duplicates_give_what_they_show(int classes)
    {
        LabelledRows one = Made(1, 1, (_, _) => classes == 0 ? 7 : 1, classes),
            same = Made(1, 100, (_, _) => classes == 0 ? 7 : 1, classes);
        LabelledRows copies = Made(1, 100, (_, _) => classes == 0 ? 7 : 1, classes, (_, _) => 5);
        foreach (LabelledRows rows in (LabelledRows[])[one, same, copies])
        {
            double[] p = Small.Fit(rows).Predict(rows.X);
            if (classes == 0) Assert.All(p, v => Assert.Equal(7, v));
            else Assert.All(p.Select((v, i) => (v, i)), c => Assert.Equal(c.i % classes == 1 ? 1 : 0, c.v, 1e-9));
        }
    }

    [Fact]
    public void Huge_values_give_finite_predictions()
    {
        LabelledRows rows = Made(3, 300, (x, _) => x[0] * 1e29, 0,
            (f, v) => f == 1 ? v * 1e37f : f == 2 ? (v > 0 ? float.PositiveInfinity : float.NegativeInfinity) : v);
        double[] y = Small.Fit(rows).Predict(rows.X);
        Assert.All(y, v => Assert.True(double.IsFinite(v)));
        Assert.InRange(Small.Fit(rows).Loss(rows), 0, 0.02 * 1e58);
    }

    /// <summary>With a rate of 10⁶ errors grow a millionfold in each round, until floats cannot hold them.</summary>
    [Fact]
    public void A_fit_that_diverges_is_an_error_and_all_others_are_finite()
    {
        LabelledRows rows = Made(3, 300, (x, noise) => x[0] + noise, 0);
        string message = Assert.Throws<TrainingException>(() => (Small with { LearningRate = 1e6 }).Fit(rows, rows)).Message;
        Assert.StartsWith("HistogramGradientBoosting: expected a LearningRate with which all leaves are finite, got 1000000, "
            + "with which one of round ", message);
        foreach (int classes in (int[])[0, 2, 3])
            foreach (double rate in (double[])[1, 3, 1e3, 1e6])
            {
                LabelledRows some = Made(3, 300,
                    (x, noise) => classes == 0 ? x[0] : Math.Clamp((int)Math.Floor(x[0] + noise + 1), 0, classes - 1), classes);
                BoostedTrees model = (Small with { MaxIterations = classes == 0 ? 4 : 30, LearningRate = rate }).Fit(some, some);
                Assert.All(model.Predict(some.X), v => Assert.True(double.IsFinite(v)));
                Assert.All(model.ValidationLoss, v => Assert.True(double.IsFinite(v)));
            }
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        foreach (int classes in (int[])[0, 2, 3])
        {
            LabelledRows rows = Made(9, 20_000, (x, noise) => classes == 0 ? x[0] * x[1] + noise
                : Math.Clamp((int)Math.Floor(x[0] * x[1] + noise + 1), 0, classes - 1), classes);
            HistogramGradientBoosting few = Small with { MaxIterations = 5, MinSamplesLeaf = 20 };
            double[] p = few.Fit(rows, rows).Predict(rows.X);
            foreach (int threads in (int[])[2, 3]) Assert.Equal(p, few.Fit(rows, rows, threads).Predict(rows.X, threads));
        }
    }

    [Fact]
    public void Wrong_settings_and_rows_are_errors()
    {
        LabelledRows rows = Made(1, 50, (_, noise) => noise > 0 ? 1 : 0), numbers = Made(1, 50, (_, noise) => noise, 0);
        foreach (HistogramGradientBoosting wrong in (HistogramGradientBoosting[])[Small with { MaxIterations = 0 },
            Small with { LearningRate = double.NaN },
            Small with { MaxLeafNodes = 1 }, Small with { MaxDepth = 0 }, Small with { MinSamplesLeaf = 0 },
            Small with { L2Regularization = -1 }, Small with { MaxBins = 256 }])
            Assert.StartsWith("HistogramGradientBoosting: expected ", Assert.Throws<ArgumentException>(() => wrong.Fit(rows)).Message);
        Assert.Contains("expected rows of 2 classes, got rows of numbers",
            Assert.Throws<ArgumentException>(() => Small.Fit(rows, numbers)).Message);
        Assert.Contains("expected rows of 4 features, got 2",
            Assert.Throws<ArgumentException>(() => Small.Fit(rows).Predict(new FeatureMatrix(new float[4], 2))).Message);
        Assert.Throws<OperationCanceledException>(() => Small.Fit(rows, cancellation: new CancellationToken(true)));
        var x = new FeatureMatrix(new float[4], 2);
        Assert.Throws<ArgumentException>(() => new FeatureMatrix(new float[3], 2));
        Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0, 2], 2));
        Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0], 2));
        foreach (int classes in (int[])[1, 1025, int.MaxValue])
            Assert.Contains($"expected from 2 to 1024 classes, got {classes}",
                Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0, 0], classes)).Message);
        Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0.0, double.NaN]));
        Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0.0, 1], [0.0, 0]));
        Assert.Throws<ArgumentException>(() => new LabelledRows(x, [0.0, 1], [-1.0, 1]));
        Assert.Throws<ArgumentException>(() => new LabelledRows(new FeatureMatrix(default, 2), Array.Empty<double>()));
    }

    internal delegate double Rule(ReadOnlySpan<float> x, double noise);

    /// <summary>Rows of four normal features, and of classes or numbers by a rule.</summary>
    internal static LabelledRows Made(ulong seed, int n, Rule rule, int classes = 2, Func<int, float, float>? change = null)
    {
        const int F = 4;
        var random = new CounterRandom(seed, 11);
        var x = new float[n * F];
        var y = new double[n];
        for (int i = 0; i < n; i++)
        {
            Span<float> row = x.AsSpan(i * F, F);
            for (int f = 0; f < F; f++) row[f] = (float)random.NextNormal();
            y[i] = rule(row, random.NextNormal());
            for (int f = 0; f < F && change is not null; f++) row[f] = change(f, row[f]);
        }
        return classes == 0 ? new LabelledRows(new FeatureMatrix(x, F), y)
            : new LabelledRows(new FeatureMatrix(x, F), y.Select(v => (int)v).ToArray(), classes);
    }
}
