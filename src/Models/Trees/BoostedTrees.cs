namespace NeuralCore.Models;

/// <summary>A fitted <see cref="HistogramGradientBoosting"/>: a baseline, and trees whose values are added to it.</summary>
public sealed class BoostedTrees : TreeEnsemble
{
    readonly BoostingLoss loss;

    internal BoostedTrees(int features, int classes, double[] baseline, Tree[] trees, double[] validationLoss)
        : base(features, classes, trees)
        => (loss, Baseline, ValidationLoss) = (new BoostingLoss(classes), baseline, validationLoss);

    /// <summary>
    /// Loss on the validation rows before the first round and after each: mean log-loss, or half the mean squared error. Not saved.
    /// </summary>
    public IReadOnlyList<double> ValidationLoss { get; }

    /// <summary>Rounds of trees.</summary>
    public int Iterations => TreeCount / Baseline.Length;

    /// <summary>Scores before the first round: of the second of two classes, of each of more, or the value.</summary>
    internal double[] Baseline { get; }

    private protected override void Predict(FeatureMatrix x, int first, Span<double> output)
    {
        int S = Baseline.Length, count = output.Length / Outputs;
        double[][] z = BoostingLoss.Start(Baseline, count);
        for (int t = 0; t < Trees.Length; t++)
        {
            Tree tree = Trees[t];
            double[] scores = z[t % S];
            for (int i = 0; i < count; i++) scores[i] += tree.Find(x.Row(first + i))[0];
        }
        loss.Predict(z, 0, count);
        Write(z, output);
    }

    private protected override IReadOnlyList<(string Name, Shape Shape, Array Values)> Tensors()
        => [("baseline", new Shape(Baseline.Length), Baseline), .. base.Tensors()];

    internal static BoostedTrees Read(Safetensors file, int features, int classes)
    {
        double[] baseline = file.Doubles("baseline");
        int scores = new BoostingLoss(classes).Scores;
        if (baseline.Length != scores || !baseline.All(double.IsFinite))
            throw new InvalidDataException($"'baseline': expected {scores} finite values, got {baseline.Length} values");
        Tree[] trees = ReadTrees(file, features, 1);
        if (trees.Length % scores != 0) throw new InvalidDataException($"expected whole rounds of {scores} trees, got {trees.Length}");
        return new BoostedTrees(features, classes, baseline, trees, []);
    }
}
