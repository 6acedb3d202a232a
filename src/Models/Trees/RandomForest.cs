namespace NeuralCore.Models;

/// <summary>
/// Random forest: trees on bootstrap samples, each split the best among randomly drawn features; classes by Gini impurity, numbers by
/// squared error. Splits lie between bins, of which a feature has at most 255: not between any two values, as in scikit-learn's, but found
/// many times faster. Missing values learn where to go.
/// <para>Source: Breiman, "Random forests", Machine Learning 45 (2001). Leaves vote with their shares of classes, as scikit-learn's
/// do.</para>
/// </summary>
/// <example><code>
/// var forest = new RandomForest { Trees = 300, MaxDepth = 8, MinSamplesLeaf = 200 };
/// ForestModel model = forest.Fit(new LabelledRows(x, labels, classes: 2), seed: 1);
/// </code></example>
public sealed record RandomForest
{
    /// <summary>Number of trees.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>Most splits between the root and a leaf.</summary>
    public int MaxDepth { get; init; } = int.MaxValue;

    /// <summary>Least number of distinct training rows in a leaf.</summary>
    public int MinSamplesLeaf { get; init; } = 1;

    /// <summary>Features drawn for each split; 0: √F for classes, all for numbers.</summary>
    public int MaxFeatures { get; init; }

    /// <summary>Most bins of a feature, up to 255; missing values have one more.</summary>
    public int MaxBins { get; init; } = BinnedFeatures.MaxBins;

    /// <summary>Learns from the training rows.</summary>
    /// <param name="training">Rows of classes or of numbers.</param>
    /// <param name="seed">Seed of bootstrap samples and of the drawing of features.</param>
    /// <param name="threads">Threads that share the trees; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the fit.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or there are too many features for the classes.</exception>
    public ForestModel Fit(LabelledRows training, ulong seed = 0, int threads = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Check();
        var rule = new SplitRule(Math.Max(1, training.Classes - 1), Rest: training.Classes > 0, L2: 0, MinWeight: 0, MinSamplesLeaf);
        Histogram.RequireSize("RandomForest", training.X, rule.Width);
        int F = training.X.Features;
        int drawn = MaxFeatures > 0 ? Math.Min(MaxFeatures, F) : training.Classes > 0 ? (int)Math.Sqrt(F) : F;
        var x = new BinnedFeatures(training.X, MaxBins, threads, cancellation);
        var sample = new ForestSample(training);
        var limits = new GrowthLimits(int.MaxValue, MaxDepth, drawn);
        var trees = new Tree[Trees];
        Parallel.For(0, Trees, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            () => (Grower: new TreeGrower(x, rule, limits, 1), Statistics: new float[(long)training.Count * rule.Width]),
            (t, _, own) =>
            {
                int[] rows = sample.Draw(new CounterRandom(seed, 2 * (ulong)t), own.Statistics, rule.Width);
                var draws = new CounterRandom(seed, 2 * (ulong)t + 1);
                trees[t] = own.Grower.Grow(own.Statistics, rows, draws, Math.Max(1, training.Classes), sample.Value);
                return own;
            }, _ => { });
        return new ForestModel(F, training.Classes, trees);
    }

    void Check()
    {
        Expect(Trees >= 1, "Trees of at least 1", Trees);
        Expect(MaxDepth >= 1, "MaxDepth of at least 1", MaxDepth);
        Expect(MinSamplesLeaf >= 1, "MinSamplesLeaf of at least 1", MinSamplesLeaf);
        Expect(MaxFeatures >= 0, "MaxFeatures of at least 0", MaxFeatures);
        Expect(MaxBins is >= 2 and <= BinnedFeatures.MaxBins, $"MaxBins from 2 to {BinnedFeatures.MaxBins}", MaxBins);

        static void Expect(bool holds, string expected, int got)
        {
            if (!holds) throw new ArgumentException($"RandomForest: expected {expected}, got {got}");
        }
    }
}
