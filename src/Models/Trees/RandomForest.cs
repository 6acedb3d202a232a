namespace NeuralCore.Models;

/// <summary>
/// Random forest: trees on bootstrap samples, each split the best among randomly drawn features; classes by Gini impurity, numbers by
/// squared error. Splits lie between bins, of which a feature has at most 255: not between any two values, as in scikit-learn's, but found
/// many times faster. Missing values learn where to go.
/// <para>Source: Breiman, "Random forests", Machine Learning 45 (2001). Leaves vote with their shares of classes, as scikit-learn's do.</para>
/// </summary>
/// <example><code>
/// ForestModel model = new RandomForest { Trees = 300, MaxDepth = 8, MinSamplesLeaf = 200 }.Fit(new LabelledRows(x, labels, classes: 2), seed: 1);
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
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public ForestModel Fit(LabelledRows training, ulong seed = 0, int threads = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        int F = training.X.Features, drawn = MaxFeatures > 0 ? Math.Min(MaxFeatures, F) : training.Classes > 0 ? (int)Math.Sqrt(F) : F;
        Check();
        var x = new BinnedFeatures(training.X, MaxBins, threads, cancellation);
        var sample = new ForestSample(training);
        var rule = new SplitRule(Math.Max(1, training.Classes - 1), Rest: training.Classes > 0, L2: 0, MinWeight: 0, MinSamplesLeaf);
        var limits = new GrowthLimits(int.MaxValue, MaxDepth, drawn);
        var trees = new Tree[Trees];
        Parallel.For(0, Trees, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            () => (Grower: new TreeGrower(x, rule, limits, 1), Statistics: new float[(long)training.Count * rule.Width]),
            (t, _, own) =>
            {
                int[] rows = sample.Draw(new CounterRandom(seed, 2 * (ulong)t), own.Statistics, rule.Width);
                trees[t] = own.Grower.Grow(own.Statistics, rows, new CounterRandom(seed, 2 * (ulong)t + 1), Math.Max(1, training.Classes), sample.Value);
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

/// <summary>Bootstrap samples of the training rows as statistics for growing trees, and the values of leaves.</summary>
sealed class ForestSample
{
    readonly LabelledRows rows;
    readonly int[] weighted;    // rows that have a weight
    readonly double centre;     // of the numbers: sums of what lies around 0 lose fewer digits

    internal ForestSample(LabelledRows rows)
    {
        this.rows = rows;
        weighted = [.. Enumerable.Range(0, rows.Count).Where(i => rows.Weight(i) > 0)];
        if (rows.Classes > 0) return;
        double sum = 0, weight = 0;
        foreach (int i in weighted) (sum, weight) = (sum + rows.Weight(i) * rows.Targets[i], weight + rows.Weight(i));
        centre = sum / weight;
    }

    /// <summary>Draws as many rows as there are, with replacement, and writes the statistics of those that were drawn; gives them in ascending order.</summary>
    internal int[] Draw(CounterRandom random, float[] statistics, int width)
    {
        var times = new int[weighted.Length];
        for (int i = 0; i < times.Length; i++) times[random.NextInt32(times.Length)]++;
        int targets = Math.Max(1, rows.Classes - 1), distinct = 0;
        var drawn = new int[times.Length];
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] == 0) continue;
            int row = weighted[i];
            double weight = times[i] * rows.Weight(row), y = rows.Targets[row];
            Span<float> own = statistics.AsSpan(row * width, width);
            own.Clear();
            if (rows.Classes == 0) own[0] = (float)(weight * (y - centre));
            else if (y > 0) own[(int)y - 1] = (float)weight;
            own[targets] = (float)weight;
            own[targets + 1] = 1;
            drawn[distinct++] = row;
        }
        return drawn[..distinct];
    }

    /// <summary>The mean of the numbers, or the shares of the classes.</summary>
    internal void Value(double[] sums, Memory<double> value)
    {
        Span<double> v = value.Span;
        if (rows.Classes == 0)
        {
            v[0] = centre + sums[0] / sums[1];
            return;
        }
        int K = rows.Classes;
        double weight = sums[K - 1], rest = weight;
        for (int k = 1; k < K; k++)
        {
            v[k] = Math.Clamp(sums[k - 1] / weight, 0, 1);
            rest -= sums[k - 1];
        }
        v[0] = Math.Clamp(rest / weight, 0, 1);
    }
}
