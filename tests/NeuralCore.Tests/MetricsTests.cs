using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Metrics;

namespace NeuralCore.Tests;

public sealed class MetricsTests
{
    /// <summary>Rows of C classes with scores that are whole hundredths, so that there are ties.</summary>
    sealed record Sample(int Classes, int[] Truth, int[] Predicted, double[] Scores, double[] Weights)
    {
        public override string ToString() => $"C {Classes}, truth {string.Join(' ', Truth)}, scores {string.Join(' ', Scores)}";
    }

    static Sample Make(int seed, int classes, int columns)
    {
        var random = new CounterRandom((ulong)seed, 1);
        int n = 3 + random.NextInt32(30), levels = 2 + random.NextInt32(99);
        var sample = new Sample(classes, new int[n], new int[n], new double[n * columns], new double[n]);
        for (int i = 0; i < n; i++)
            (sample.Truth[i], sample.Predicted[i], sample.Weights[i]) = (random.NextInt32(classes), random.NextInt32(classes),
                1 + random.NextInt32(3));
        for (int i = 0; i < sample.Scores.Length; i++) sample.Scores[i] = random.NextInt32(levels) / (double)levels;
        for (int c = 0; c < Math.Min(n, classes); c++) sample.Truth[c] = c;
        return sample;
    }

    static void Holds(Action<Sample> property, int classes, int columns)
        => Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed => property(Make(seed, classes, columns)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(2024, 3));

    /// <summary>Share of pairs of a positive and a negative in the right order, a tie counting half.</summary>
    static double Pairs(IReadOnlyList<bool> positive, IReadOnlyList<double> scores, double[] weights)
    {
        double right = 0, all = 0;
        for (int p = 0; p < positive.Count; p++)
            for (int n = 0; n < positive.Count; n++)
                if (positive[p] && !positive[n])
                {
                    all += weights[p] * weights[n];
                    right += weights[p] * weights[n] * (scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0);
                }
        return right / all;
    }

    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order() => Holds(s =>
    {
        double[] ones = [.. s.Truth.Select(_ => 1.0)];
        bool[] positive = [.. s.Truth.Select(t => t == 1)];
        double area = Ranking.RocAuc<double>(s.Truth, s.Scores);
        Assert.Equal(Pairs(positive, s.Scores, ones), area, 1e-14);
        Assert.Equal(Pairs(positive, s.Scores, s.Weights), Ranking.RocAuc<double>(s.Truth, s.Scores, s.Weights), 1e-13);
        Assert.Equal(area, Ranking.RocAuc<double>(s.Truth, [.. s.Scores.Select(v => Math.Exp(3 * v) - 7)]));
        Assert.Equal(1 - area, Ranking.RocAuc<double>(s.Truth, [.. s.Scores.Select(v => -v)]), 1e-14);
        IReadOnlyList<RocPoint> curve = Ranking.RocCurve<double>(s.Truth, s.Scores);
        Assert.Equal(area, curve.Zip(curve.Skip(1)).Sum(p => (p.Second.FalsePositiveRate - p.First.FalsePositiveRate)
            * (p.Second.TruePositiveRate + p.First.TruePositiveRate) / 2), 1e-12);
        Assert.Equal(new RocPoint(double.PositiveInfinity, 0, 0), curve[0]);
        Assert.Equal(new RocPoint(s.Scores.Min(), 1, 1), curve[^1]);
    }, 2, 1);

    [Fact]
    public void Areas_of_several_classes_are_means_of_shares_of_pairs() => Holds(s =>
    {
        int[] classes = [.. s.Truth.Distinct().Order()];
        double[] ones = [.. s.Truth.Select(_ => 1.0)];
        double[] Column(int c) => [.. s.Truth.Select((_, row) => s.Scores[row * s.Classes + c])];
        double OfPair(int a, int b, int by)
        {
            int[] rows = [.. Enumerable.Range(0, s.Truth.Length).Where(row => s.Truth[row] == a || s.Truth[row] == b)];
            return Pairs([.. rows.Select(row => s.Truth[row] == by)], [.. rows.Select(row => Column(by)[row])], ones);
        }
        var pairs = classes.SelectMany(a => classes.Where(b => b > a)
            .Select(b => (Weight: s.Truth.Count(t => t == a || t == b), Area: (OfPair(a, b, a) + OfPair(a, b, b)) / 2))).ToList();
        Assert.Equal(pairs.Average(p => p.Area), Ranking.RocAucOneVsOne<double>(s.Truth, s.Scores), 1e-13);
        Assert.Equal(pairs.Sum(p => p.Area * p.Weight) / pairs.Sum(p => p.Weight),
            Ranking.RocAucOneVsOne<double>(s.Truth, s.Scores, Averaging.Weighted), 1e-13);
        if (classes.Length < s.Classes)
        {
            Assert.Throws<ArgumentException>(() => Ranking.RocAucOneVsRest<double>(s.Truth, s.Scores));
            return;
        }
        double[] rest = [.. classes.Select(c => Pairs([.. s.Truth.Select(t => t == c)], Column(c), ones))];
        Assert.Equal(rest.Average(), Ranking.RocAucOneVsRest<double>(s.Truth, s.Scores), 1e-13);
        Assert.Equal(classes.Sum(c => rest[c] * s.Truth.Count(t => t == c)) / s.Truth.Length,
            Ranking.RocAucOneVsRest<double>(s.Truth, s.Scores, Averaging.Weighted), 1e-13);
        bool[] each = [.. s.Scores.Select((_, i) => s.Truth[i / s.Classes] == i % s.Classes)];
        Assert.Equal(Pairs(each, s.Scores, [.. s.Scores.Select(_ => 1.0)]),
            Ranking.RocAucOneVsRest<double>(s.Truth, s.Scores, Averaging.Micro), 1e-13);
    }, 4, 4);

    [Fact]
    public void Average_precision_is_the_sum_over_its_curve() => Holds(s =>
    {
        IReadOnlyList<PrecisionRecallPoint> curve = Ranking.PrecisionRecallCurve<double>(s.Truth, s.Scores, s.Weights);
        Assert.Equal(new PrecisionRecallPoint(double.PositiveInfinity, 1, 0), curve[0]);
        foreach (PrecisionRecallPoint point in curve.Skip(1))
        {
            double called = Weight((t, v) => v >= point.Threshold), hits = Weight((t, v) => v >= point.Threshold && t == 1);
            Assert.Equal(hits / called, point.Precision, 1e-13);
            Assert.Equal(hits / Weight((t, v) => t == 1), point.Recall, 1e-13);
        }
        double want = curve.Zip(curve.Skip(1)).Sum(p => (p.Second.Recall - p.First.Recall) * p.Second.Precision);
        Assert.Equal(want, Ranking.AveragePrecision<double>(s.Truth, s.Scores, s.Weights), 1e-13);

        double Weight(Func<int, double, bool> counts) => s.Truth.Select((t, row) => counts(t, s.Scores[row]) ? s.Weights[row] : 0).Sum();
    }, 2, 1);

    [Fact]
    public void Scores_of_classes_are_their_definitions() => Holds(s =>
    {
        var m = new ConfusionMatrix(s.Truth, s.Predicted, s.Classes, s.Weights);
        double all = s.Weights.Sum(), right = Weight((t, p) => t == p);
        Assert.Equal((all, right / all), (m.Total, m.Accuracy));
        ClassScores micro = m.Scores(Averaging.Micro);
        Assert.Equal(m.Accuracy, micro.F1, 1e-15);
        Assert.Equal((m.Accuracy, m.Accuracy), (micro.Precision, micro.Recall));
        double f1 = 0;
        for (int c = 0; c < s.Classes; c++)
        {
            double hits = Weight((t, p) => t == c && p == c), called = Weight((_, p) => p == c), true_ = Weight((t, _) => t == c);
            Assert.Equal(hits, m[c, c]);
            Assert.Equal(called == 0 ? 0 : hits / called, m.Scores(c).Precision, 1e-14);
            Assert.Equal(2 * hits / (called + true_), m.Scores(c).F1, 1e-14);   // never 0 / 0 here: every class has a true row
            f1 += true_ / all * m.Scores(c).F1;
        }
        Assert.Equal(f1, m.Scores(Averaging.Weighted).F1, 1e-14);
        Assert.Equal(m.BalancedAccuracy, m.Scores(Averaging.Macro).Recall, 1e-14);
        Assert.Equal(m.Accuracy, m.Scores(Averaging.Weighted).Recall, 1e-14);
        // Matthews' correlation is Pearson's of the indicator columns, summed over classes.
        double Covariance(Func<int, int, int, bool> a, Func<int, int, int, bool> b) => Enumerable.Range(0, s.Classes).Sum(c =>
            Weight((t, p) => a(t, p, c) && b(t, p, c)) / all - Weight((t, p) => a(t, p, c)) / all * (Weight((t, p) => b(t, p, c)) / all));
        bool True(int t, int p, int c) => t == c;
        bool Called(int t, int p, int c) => p == c;
        double spread = Covariance(True, True) * Covariance(Called, Called);
        Assert.Equal(spread < 1e-12 ? 0 : Covariance(True, Called) / Math.Sqrt(spread), m.MatthewsCorrelation, 1e-9);
        double chance = Enumerable.Range(0, s.Classes).Sum(c => Weight((t, _) => t == c) * Weight((_, p) => p == c)) / (all * all);
        Assert.Equal((m.Accuracy - chance) / (1 - chance), m.CohenKappa, 1e-12);

        double Weight(Func<int, int, bool> counts) => s.Truth.Select((t, row) => counts(t, s.Predicted[row]) ? s.Weights[row] : 0).Sum();
    }, 3, 3);

    [Fact]
    public void The_order_of_rows_does_not_matter_and_a_weight_is_a_repeated_row() => Holds(s =>
    {
        int[] order = [.. Enumerable.Range(0, s.Truth.Length)];
        new CounterRandom(7, (ulong)s.Truth.Length).Shuffle<int>(order);
        int[] repeated = [.. order.SelectMany(row => Enumerable.Repeat(row, (int)s.Weights[row]))];
        double[] figures = Figures(order, default), again = Figures([.. order.Order()], default);
        for (int i = 0; i < figures.Length; i++) Assert.Equal(figures[i], again[i], 1e-12);
        double[] weighted = Figures(order, [.. order.Select(row => s.Weights[row])]), copies = Figures(repeated, default);
        for (int i = 0; i < figures.Length; i++) Assert.Equal(copies[i], weighted[i], 1e-9);

        double[] Figures(int[] rows, double[]? weights)
        {
            int[] truth = [.. rows.Select(row => s.Truth[row])];
            double[] p = [.. rows.Select(row => s.Scores[row])], y = [.. rows.Select(row => s.Truth[row] + 0.5)];
            var m = new ConfusionMatrix(truth, [.. rows.Select(row => s.Predicted[row])], 2, weights);
            return
            [
                m.Accuracy, m.MatthewsCorrelation, m.CohenKappa, m.BalancedAccuracy, m.Scores(Averaging.Macro).F1,
                Ranking.RocAuc<double>(truth, p, weights), Ranking.AveragePrecision<double>(truth, p, weights),
                Classification.LogLoss<double>(truth, p, weights), Classification.Brier<double>(truth, p, weights),
                Regression.MeanAbsoluteError<double>(y, p, weights), Regression.RootMeanSquaredError<double>(y, p, weights),
                Regression.MeanAbsolutePercentageError<double>(y, p, weights), Regression.R2<double>(y, p, weights),
                Regression.ExplainedVariance<double>(y, p, weights), Regression.PinballLoss<double>(y, p, 0.2, weights),
            ];
        }
    }, 2, 1);

    [Fact]
    public void Floats_and_doubles_give_the_same() => Holds(s =>
    {
        float[] floats = [.. s.Scores.Select(v => (float)v)];
        double[] doubles = [.. floats.Select(v => (double)v)];
        Assert.Equal(Ranking.RocAuc(s.Truth, doubles), Ranking.RocAuc(s.Truth, floats));
        Assert.Equal(Classification.LogLoss<double>(s.Truth, doubles), Classification.LogLoss<float>(s.Truth, floats));
        Assert.Equal(Calibration.OfPositiveClass<double>(s.Truth, doubles).ExpectedError,
            Calibration.OfPositiveClass<float>(s.Truth, floats).ExpectedError);
    }, 2, 1);

    [Fact]
    public void Probabilities_that_come_true_are_calibrated()
    {
        // Of four rows with p = k/4, k come true.
        int[] truth = [.. Enumerable.Range(0, 5).SelectMany(k => Enumerable.Range(0, 4).Select(i => i < k ? 1 : 0))];
        double[] p = [.. Enumerable.Range(0, 5).SelectMany(k => Enumerable.Repeat(k / 4.0, 4))];
        Calibration perfect = Calibration.OfPositiveClass<double>(truth, p);
        Assert.Equal((0, 0), (perfect.ExpectedError, perfect.MaximumError));
        Assert.Equal([4, 0, 4, 0, 4, 0, 0, 4, 0, 4], perfect.Bins.Select(bin => bin.Count));
        Assert.True(double.IsNaN(perfect.Bins[1].Observed));
        Calibration wrong = Calibration.OfPositiveClass<double>([.. truth.Select(t => 1 - t)], p);
        Assert.Equal(1, wrong.MaximumError);
        Assert.Equal((1 + 0.5 + 0 + 0.5 + 1) / 5, wrong.ExpectedError, 1e-15);
    }

    [Fact]
    public void Confidence_in_the_top_class_by_hand()
    {
        int[] truth = [1, 0, 1, 1];
        // Right, right, wrong, right: from ½ on it is class 1
        Calibration one = Calibration.OfTopClass<double>(truth, [0.9, 0.2, 0.4, 0.5]);
        Assert.Equal((0.1 + 0.2 + 0.6 + 0.5) / 4, one.ExpectedError, 1e-15);
        Assert.Equal(0.6, one.MaximumError, 1e-15);
        // Of equals the first: now wrong.
        Calibration two = Calibration.OfTopClass<double>(truth, [0.1, 0.9, 0.8, 0.2, 0.6, 0.4, 0.5, 0.5]);
        Assert.Equal((0.1 + 0.2 + 0.6 + 0.5) / 4, two.ExpectedError, 1e-15);
        Assert.Equal((1, 0), (one.Bins[4].Observed, two.Bins[4].Observed));
    }

    [Fact]
    public void An_edge_belongs_to_the_bin_below_it()
    {
        double[] p = [0, 0.25, 0.5, 0.75, 1, 0.2500001];
        Assert.Equal([2, 2, 1, 1], Calibration.OfPositiveClass<double>([0, 0, 1, 1, 1, 0], p, bins: 4).Bins.Select(bin => bin.Count));
        Assert.Single(Calibration.OfPositiveClass<double>([0, 1], [0.1, 0.9], bins: 1).Bins);
    }

    [Fact]
    public void A_tie_of_probabilities_is_the_first_class_and_the_last_of_the_top_k()
    {
        Assert.Equal([1, 0, 0], Classification.LargestClass<double>([0.1, 0.45, 0.45, 0.4, 0.2, 0.4, 0.3, 0.3, 0.3], 3));
        int[] truth = [0, 1, 2];
        double[] equal = [.. Enumerable.Repeat(1 / 3.0, 9)];
        Assert.Equal([1 / 3.0, 2 / 3.0, 1.0], new[] { 1, 2, 3 }.Select(k => Classification.TopKAccuracy<double>(truth, equal, k)));
    }

    [Fact]
    public void Log_loss_and_brier_of_one_and_of_two_columns()
    {
        int[] truth = [1, 0, 1];
        double[] p = [0.9, 0.2, 0.4], both = [0.1, 0.9, 0.8, 0.2, 0.6, 0.4];
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.4)) / 3, Classification.LogLoss<double>(truth, p), 1e-14);
        Assert.Equal(Classification.LogLoss<double>(truth, p), Classification.LogLoss<double>(truth, both), 1e-14);
        Assert.Equal((0.01 + 0.04 + 0.36) / 3, Classification.Brier<double>(truth, p), 1e-14);
        Assert.Equal(2 * Classification.Brier<double>(truth, p), Classification.Brier<double>(truth, both), 1e-14);
        Assert.Equal(52 * Math.Log(2), Classification.LogLoss<double>([1], [0.0]), 1e-12);
    }

    [Fact]
    public void One_class_only()
    {
        int[] zeros = [0, 0, 0];
        double[] p = [0.2, 0.6, 0.4];
        Assert.Contains("one kind", Assert.Throws<ArgumentException>(() => Ranking.RocAuc<double>(zeros, p)).Message);
        Assert.Throws<ArgumentException>(() => Ranking.RocCurve<double>([1, 1, 1], p));
        Assert.Equal(0, Ranking.AveragePrecision<double>(zeros, p));
        Assert.Equal(1, Ranking.AveragePrecision<double>([1, 1, 1], p));
        Assert.All(Ranking.PrecisionRecallCurve<double>(zeros, p).Skip(1), point => Assert.Equal((0, 1), (point.Precision, point.Recall)));
        Assert.True(double.IsNaN(Ranking.RocAucOneVsOne<double>(zeros, [.. Enumerable.Repeat(0.25, 12)])));
        var m = new ConfusionMatrix(zeros, zeros, 2);
        Assert.Equal((1, 1, 0), (m.Accuracy, m.BalancedAccuracy, m.MatthewsCorrelation));
        Assert.True(double.IsNaN(m.CohenKappa));
        Assert.Equal(new ClassScores(0, 0, 0), m.Scores(1));
        Assert.Equal(new ClassScores(0.5, 0.5, 0.5), m.Scores(Averaging.Macro));
        Assert.Equal(0, new ConfusionMatrix(zeros, [1, 1, 1], 2).CohenKappa);
    }

    [Fact]
    public void Kappa_of_one_class_is_NaN_whatever_the_weights()
    {
        var random = new CounterRandom(3, 0);
        for (int i = 0; i < 200; i++)
        {
            double[] weights = [.. Enumerable.Range(0, 7).Select(_ => random.NextDouble())];
            Assert.True(double.IsNaN(new ConfusionMatrix(new int[7], new int[7], 3, weights).CohenKappa));
        }
    }

    [Fact]
    public void A_row_of_weight_zero_is_no_point_of_a_curve()
    {
        int[] truth = [0, 1, 0, 1, 1];
        double[] scores = [0.9, 0.8, 0.7, 0.6, 0.5], weights = [0, 1, 2, 0, 0.5];
        Assert.Equal(Ranking.RocCurve<double>([1, 0, 1], [0.8, 0.7, 0.5], [1, 2, 0.5]), Ranking.RocCurve<double>(truth, scores, weights));
        Assert.Equal(Ranking.PrecisionRecallCurve<double>([1, 0, 1], [0.8, 0.7, 0.5], [1, 2, 0.5]),
            Ranking.PrecisionRecallCurve<double>(truth, scores, weights));
        Assert.Equal(Ranking.RocAuc<double>([1, 0, 1], [0.8, 0.7, 0.5], [1, 2, 0.5]), Ranking.RocAuc<double>(truth, scores, weights));
    }

    [Fact]
    public void Errors_of_predictions_by_hand()
    {
        double[] y = [1, -2, 4, 0], predicted = [2, -2, 1, 0.5];
        Assert.Equal((1 + 0 + 3 + 0.5) / 4, Regression.MeanAbsoluteError<double>(y, predicted));
        Assert.Equal((1 + 0 + 9 + 0.25) / 4, Regression.MeanSquaredError<double>(y, predicted));
        Assert.Equal(Math.Sqrt(10.25 / 4), Regression.RootMeanSquaredError<double>(y, predicted));
        Assert.Equal((0.5 + 1) / 2, Regression.MedianAbsoluteError<double>(y, predicted));
        Assert.Equal(1, Regression.MedianAbsoluteError<double>([1, 2, 3], [2, 2, 9]));
        Assert.Equal(3, Regression.MaxError<double>(y, predicted));
        Assert.Equal(1 - 10.25 / (21 - 9 / 4.0), Regression.R2<double>(y, predicted), 1e-15);
        Assert.Equal(1 - (10.25 - 2.25 / 4) / (21 - 9 / 4.0), Regression.ExplainedVariance<double>(y, predicted), 1e-15);
        Assert.Equal((1 / 1 + 0 + 3 / 4.0 + 0.5 / Math.Pow(2, -52)) / 4,
            Regression.MeanAbsolutePercentageError<double>(y, predicted), 1e-3);
        Assert.Equal((0.1 * 1 + 0 + 0.9 * 3 + 0.1 * 0.5) / 4, Regression.PinballLoss<double>(y, predicted, 0.9), 1e-15);
        Assert.Equal(0.5 * Regression.MeanAbsoluteError<double>(y, predicted), Regression.PinballLoss<double>(y, predicted));
    }

    [Fact]
    public void A_constant_target_is_explained_or_not()
    {
        double[] constant = [.. Enumerable.Repeat(0.1, 10)], other = [.. Enumerable.Range(0, 10).Select(i => i / 10.0)];
        Assert.Equal((1, 0, 0), (Regression.R2<double>(constant, constant), Regression.R2<double>(constant, other),
            Regression.R2<double>(constant, [.. constant.Select(v => v + 1)])));
        Assert.Equal((1, 0, 1),
            (Regression.ExplainedVariance<double>(constant, constant), Regression.ExplainedVariance<double>(constant, other),
            Regression.ExplainedVariance<double>(constant, [.. constant.Select(v => v + 1)])));
        Assert.True(double.IsNaN(Regression.R2<double>([1.0], [2.0])));
        Assert.Equal(1, Regression.ExplainedVariance<double>([1.0], [2.0]));
    }

    [Fact]
    public void Input_that_makes_no_sense_is_refused()
    {
        Refused("at least one row", () => new ConfusionMatrix([], [], 2));
        Refused("expected 2 values", () => new ConfusionMatrix([0, 1], [0], 2));
        Refused("from 0 to 1, got 2", () => new ConfusionMatrix([0, 2], [0, 1], 2));
        Refused("from 0 to 1, got -1", () => new ConfusionMatrix([0, 1], [0, -1], 2));
        Refused("weights", () => new ConfusionMatrix([0, 1], [0, 1], 2, [1, -1]));
        Refused("sum over 0", () => new ConfusionMatrix([0, 1], [0, 1], 2, [0, 0]));
        Refused("expected 2 values", () => new ConfusionMatrix([0, 1], [0, 1], 2, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConfusionMatrix([0], [0], 0));
        Refused("RocAuc: expected finite values, got NaN", () => Ranking.RocAuc<double>([0, 1], [double.NaN, 1]));
        Refused("expected finite values", () => Ranking.AveragePrecision<float>([0, 1], [float.PositiveInfinity, 1]));
        Refused("expected 2 values", () => Ranking.RocAuc<double>([0, 1], [1]));
        Refused("got 2", () => Ranking.RocAuc<double>([0, 2], [1, 2]));
        Refused("values (2, C)", () => Ranking.RocAucOneVsRest<double>([0, 1], [1, 2, 3]));
        Refused("at least 2", () => Ranking.RocAucOneVsRest<double>([0, 1], [1, 2]));
        Refused("micro", () => Ranking.RocAucOneVsOne<double>([0, 1], [1, 2, 3, 4], Averaging.Micro));
        Refused("probabilities from 0 to 1, got 1.5", () => Classification.LogLoss<double>([0, 1], [0.5, 1.5]));
        Refused("probabilities", () => Classification.Brier<double>([0, 1], [0.5, -0.5]));
        Refused("from 0 to 1, got 2", () => Classification.Brier<double>([0, 2], [0.5, 0.5]));
        Refused("at least one row", () => Classification.LogLoss<double>([], []));
        Refused("(n, 3)", () => Classification.LargestClass<double>([1, 2, 3, 4], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Classification.TopKAccuracy<double>([0, 1], [1, 2, 3, 4], 0));
        Refused("probabilities", () => Calibration.OfPositiveClass<double>([0, 1], [0.5, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.OfTopClass<double>([0, 1], [0.5, 0.5], bins: 0));
        Refused("at least one row", () => Regression.R2<double>([], []));
        Refused("expected 2 values", () => Regression.MaxError<double>([1, 2], [1]));
        Refused("MeanAbsoluteError: expected finite values", () => Regression.MeanAbsoluteError<double>([1, double.NaN], [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Regression.PinballLoss<double>([1], [1], 1.5));

        static void Refused(string part, Func<object> call) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(call).Message);
    }
}
