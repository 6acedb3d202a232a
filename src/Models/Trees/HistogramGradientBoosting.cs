namespace NeuralCore.Models;

/// <summary>
/// Histogram gradient boosting: each tree takes a Newton step of the loss on binned features and grows leaf by leaf, the largest gain
/// first. Classes have the log-loss, numbers the squared error; missing values learn where to go.
/// <para>Trees are those of scikit-learn 1.2's HistGradientBoostingClassifier and HistGradientBoostingRegressor without their early
/// stopping, but for ties, for rounding, for data of over 200,000 rows, of which it draws as many for the bins, and for the end: here the
/// first round in which no tree splits ends the fit and is left out, where scikit-learn goes on with trees of a single leaf.</para>
/// <para>As there, a side of a split must have second derivatives that sum to 1e-3 or more. That floor is absolute: rows whose weights are
/// so small that their sum stays under it, times p (1 - p) for classes, give no splits and so no more than the baseline.</para>
/// <para>Sources: Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29 (2001); Ke and others,
/// "LightGBM: a highly efficient gradient boosting decision tree", 2017.</para>
/// </summary>
/// <example><code>
/// var boosting = new HistogramGradientBoosting { MaxIterations = 200, LearningRate = 0.03 };
/// BoostedTrees model = boosting.Fit(new LabelledRows(x, labels, classes: 2));
/// double[] p = model.Predict(x);   // (n, 2)
/// </code></example>
public sealed record HistogramGradientBoosting
{
    const double MinHessian = 1e-3;   // as scikit-learn's min_hessian_to_split: not relative to the weights

    /// <summary>Trees, or rounds of K trees for K &gt; 2 classes.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Share of each Newton step that is taken; from 2 on squared errors grow from round to round.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Most leaves of a tree.</summary>
    public int MaxLeafNodes { get; init; } = 31;

    /// <summary>Most splits between the root and a leaf.</summary>
    public int MaxDepth { get; init; } = int.MaxValue;

    /// <summary>Least number of training rows in a leaf.</summary>
    public int MinSamplesLeaf { get; init; } = 20;

    /// <summary>λ: added to the sum of second derivatives of each leaf.</summary>
    public double L2Regularization { get; init; }

    /// <summary>Most bins of a feature, up to 255; missing values have one more.</summary>
    public int MaxBins { get; init; } = BinnedFeatures.MaxBins;

    /// <summary>Where validation rows are given: ends after so many rounds without a better validation loss; 0: never.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>By how much a validation loss must be better.</summary>
    public double Tolerance { get; init; } = 1e-7;

    /// <summary>Learns from the training rows.</summary>
    /// <param name="training">Rows of classes or of numbers.</param>
    /// <param name="validation">Rows that decide when to stop; none: after <see cref="MaxIterations"/>. The last rounds' trees
    /// stay.</param>
    /// <param name="threads">Threads that share the features; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the fit.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the validation rows are of another kind.</exception>
    /// <exception cref="TrainingException">The learning rate is so large that the fit diverges.</exception>
    public BoostedTrees Fit(LabelledRows training, LabelledRows? validation = null, int threads = 1,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Check();
        var loss = new BoostingLoss(training.Classes);
        int n = training.Count, S = loss.Scores;
        var rule = new SplitRule(1, Rest: false, L2Regularization, MinHessian, MinSamplesLeaf);
        Histogram.RequireSize("HistogramGradientBoosting", training.X, rule.Width);
        var x = new BinnedFeatures(training.X, MaxBins, threads, cancellation);
        var grower = new TreeGrower(x, rule, new GrowthLimits(MaxLeafNodes, MaxDepth, x.Features), threads);
        double[] baseline = loss.Baseline(training);
        double[][] z = BoostingLoss.Start(baseline, n), mean = BoostingLoss.Start(baseline, n);
        var statistics = new float[4 * n];
        var rows = new int[n];
        List<Tree> trees = [];
        var start = new BoostedTrees(training.X.Features, training.Classes, baseline, [], []);
        Validation? judge = validation is null ? null : new Validation(validation, start, loss);
        for (int round = 0; round < MaxIterations; round++)
        {
            Rows.Run(n, 1 << 14, threads, (first, count) =>
            {
                for (int k = 0; k < S; k++) z[k].AsSpan(first, count).CopyTo(mean[k].AsSpan(first));
                loss.Predict(mean, first, count);
            }, cancellation);
            var grown = new Tree[S];
            for (int k = 0; k < S; k++)
            {
                Rows.Run(n, 1 << 14, threads,
                    (first, count) => loss.Derivatives(training, mean, k, first, count, statistics), cancellation);
                for (int i = 0; i < n; i++) rows[i] = i;
                Tree tree = grower.Grow(statistics, rows, default, 1,
                    (sums, value) => value.Span[0] = sums[1] + L2Regularization > 0
                        ? -LearningRate * sums[0] / (sums[1] + L2Regularization) : 0);
                if (!tree.Values.All(double.IsFinite))   // of finite leaves no score overflows before its gradient does
                    throw new TrainingException("HistogramGradientBoosting: expected a LearningRate with which all leaves are finite, "
                        + $"got {LearningRate}, with which one of round {round + 1} is {tree.Values.First(v => !double.IsFinite(v))}");
                foreach ((int first, int count, int node) in grower.Leaves)
                    foreach (int row in rows.AsSpan(first, count)) z[k][row] += tree.Values[node];
                grown[k] = tree;
            }
            if (grown.All(t => t.Nodes.Length == 1)) break;   // the next would see the same scores
            trees.AddRange(grown);
            if (judge?.Stops(grown, Patience, Tolerance, threads) == true) break;
        }
        return new BoostedTrees(start.Features, start.Classes, baseline, [.. trees], judge?.Losses.ToArray() ?? []);
    }

    void Check()
    {
        Expect(MaxIterations >= 1, "MaxIterations of at least 1", MaxIterations);
        Expect(LearningRate is > 0 and <= 1e6, "LearningRate over 0 and up to 1e6", LearningRate);
        Expect(MaxLeafNodes >= 2, "MaxLeafNodes of at least 2", MaxLeafNodes);
        Expect(MaxDepth >= 1, "MaxDepth of at least 1", MaxDepth);
        Expect(MinSamplesLeaf >= 1, "MinSamplesLeaf of at least 1", MinSamplesLeaf);
        Expect(L2Regularization is >= 0 and <= double.MaxValue, "L2Regularization of at least 0", L2Regularization);
        Expect(MaxBins is >= 2 and <= BinnedFeatures.MaxBins, $"MaxBins from 2 to {BinnedFeatures.MaxBins}", MaxBins);
        Expect(Patience >= 0, "Patience of at least 0", Patience);
        Expect(Tolerance >= 0, "Tolerance of at least 0", Tolerance);

        static void Expect(bool holds, string expected, double got)
        {
            if (!holds) throw new ArgumentException($"HistogramGradientBoosting: expected {expected}, got {got}");
        }
    }

    /// <summary>Validation rows and what the trees so far predict for them.</summary>
    sealed class Validation
    {
        readonly LabelledRows rows;
        readonly BoostingLoss loss;
        readonly double[][] z, mean;

        internal Validation(LabelledRows rows, BoostedTrees start, BoostingLoss loss)
        {
            start.RequireKind(rows);
            (this.rows, this.loss) = (rows, loss);
            (z, mean) = (BoostingLoss.Start(start.Baseline, rows.Count), BoostingLoss.Start(start.Baseline, rows.Count));
            Losses.Add(Loss(1));
        }

        /// <summary>The loss of the baseline and after each round.</summary>
        internal List<double> Losses { get; } = [];

        /// <summary>Adds the last round's trees, and says whether none of the last rounds was better than the one before them.</summary>
        internal bool Stops(Tree[] grown, int patience, double tolerance, int threads)
        {
            for (int k = 0; k < z.Length; k++)
            {
                Tree tree = grown[k];
                double[] scores = z[k];
                Rows.Run(rows.Count, 1 << 12, threads, (first, count) =>
                {
                    for (int i = first; i < first + count; i++) scores[i] += tree.Find(rows.X.Row(i))[0];
                });
            }
            Losses.Add(Loss(threads));
            if (patience == 0 || Losses.Count <= patience) return false;
            double before = Losses[^(patience + 1)];
            return !Losses.TakeLast(patience).Any(l => l < before - tolerance);
        }

        double Loss(int threads)
        {
            Rows.Run(rows.Count, 1 << 14, threads, (first, count) =>
            {
                for (int k = 0; k < z.Length; k++) z[k].AsSpan(first, count).CopyTo(mean[k].AsSpan(first));
                loss.Predict(mean, first, count);
            });
            return loss.Mean(rows, mean);
        }
    }
}
