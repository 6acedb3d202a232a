namespace NeuralCore.Models;

/// <summary>A fitted <see cref="RandomForest"/>: the mean of its trees' leaves.</summary>
public sealed class ForestModel : TreeEnsemble
{
    internal ForestModel(int features, int classes, Tree[] trees) : base(features, classes, trees)
    {
    }

    private protected override void Predict(FeatureMatrix x, int first, Span<double> output)
    {
        int K = Outputs, count = output.Length / K;
        foreach (Tree tree in Trees)
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<double> leaf = tree.Find(x.Row(first + i));
                for (int k = 0; k < K; k++) output[i * K + k] += leaf[k];
            }
        for (int i = 0; i < output.Length; i++) output[i] /= Trees.Length;
    }

    internal static ForestModel Read(Safetensors file, int features, int classes)
    {
        Tree[] trees = ReadTrees(file, features, Math.Max(1, classes));
        return trees.Length > 0 ? new ForestModel(features, classes, trees)
            : throw new InvalidDataException("expected at least one tree, got none");
    }
}
