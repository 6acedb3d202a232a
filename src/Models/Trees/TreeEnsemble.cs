namespace NeuralCore.Models;

/// <summary>A model whose prediction is a sum or a mean over trees.</summary>
public abstract class TreeEnsemble : TabularModel
{
    private protected TreeEnsemble(int features, int classes, Tree[] trees) : base(features, classes) => Trees = trees;

    /// <summary>Number of trees.</summary>
    public int TreeCount => Trees.Length;

    /// <summary>Number of leaves of all trees.</summary>
    public int LeafCount => Trees.Sum(t => t.Nodes.Count(n => n.Left == 0));

    private protected Tree[] Trees { get; }

    /// <summary>Each feature's (F) share of what all splits gained: of the loss, the squared error, or the Gini impurity.</summary>
    public override double[] FeatureImportance()
    {
        var gains = new double[Features];
        foreach (Tree tree in Trees)
            for (int n = 0; n < tree.Nodes.Length; n++)
                if (tree.Nodes[n].Left != 0) gains[tree.Nodes[n].Feature] += tree.Gains[n];
        double sum = gains.Sum();
        if (sum > 0) for (int f = 0; f < gains.Length; f++) gains[f] /= sum;
        return gains;
    }

    private protected override IReadOnlyList<(string Name, Shape Shape, Array Values)> Tensors()
    {
        TreeNode[] nodes = [.. Trees.SelectMany(t => t.Nodes)];
        int outputs = Trees.Length == 0 ? 1 : Trees[0].Outputs;
        return
        [
            ("nodes", new Shape(Trees.Length), Trees.Select(t => t.Nodes.Length).ToArray()),
            ("feature", new Shape(nodes.Length), nodes.Select(n => n.Feature).ToArray()),
            ("left", new Shape(nodes.Length), nodes.Select(n => n.Left).ToArray()),
            ("missing_left", new Shape(nodes.Length), nodes.Select(n => n.MissingLeft ? 1 : 0).ToArray()),
            ("threshold", new Shape(nodes.Length), nodes.Select(n => n.Threshold).ToArray()),
            ("gain", new Shape(nodes.Length), Trees.SelectMany(t => t.Gains).ToArray()),
            ("value", new Shape(nodes.Length, outputs), Trees.SelectMany(t => t.Values).ToArray()),
        ];
    }

    /// <summary>Reads trees and checks that every row finds a leaf in them.</summary>
    private protected static Tree[] ReadTrees(Safetensors file, int features, int outputs)
    {
        double[] counts = file.Doubles("nodes");
        int total = file.Shape("feature").Count, at = 0;
        double[] feature = Read("feature", 1), left = Read("left", 1), missing = Read("missing_left", 1), gain = Read("gain", 1);
        double[] threshold = Read("threshold", 1), values = Read("value", outputs);
        var trees = new Tree[counts.Length];
        for (int t = 0; t < trees.Length; t++)
        {
            if (!(IsWhole(counts[t]) && counts[t] >= 1 && counts[t] <= total - at))
                throw new InvalidDataException($"tree {t}: expected from 1 to {total - at} nodes, got {counts[t]}");
            int count = (int)counts[t];
            var nodes = new TreeNode[count];
            for (int n = 0; n < count; n++, at++)
            {
                if (!(left[at] == 0 || (IsWhole(left[at]) && left[at] > n && left[at] < count - 1)))
                    throw new InvalidDataException($"tree {t}, node {n}: expected children after it and before {count}, got {left[at]}");
                if (!(IsWhole(feature[at]) && feature[at] >= 0 && feature[at] < features))
                    throw new InvalidDataException($"tree {t}, node {n}: expected a feature from 0 to {features - 1}, got {feature[at]}");
                if (double.IsNaN(threshold[at]) || !(gain[at] >= 0))
                    throw new InvalidDataException($"tree {t}, node {n}: expected a threshold and a gain of at least 0, "
                        + $"got {threshold[at]}, {gain[at]}");
                nodes[n] = new TreeNode
                {
                    Feature = (int)feature[at], Left = (int)left[at], Threshold = (float)threshold[at], MissingLeft = missing[at] != 0,
                };
            }
            trees[t] = new Tree(nodes, values[((at - count) * outputs)..(at * outputs)], gain[(at - count)..at], outputs);
        }
        if (at != total) throw new InvalidDataException($"expected {at} nodes, got {total}");
        if (!values.All(double.IsFinite)) throw new InvalidDataException("expected finite values of the nodes");
        return trees;

        static bool IsWhole(double number) => Math.Floor(number) == number;
        double[] Read(string name, int columns) => file.Shape(name).Count == (long)total * columns ? file.Doubles(name)
            : throw new InvalidDataException($"'{name}': expected {(long)total * columns} values, got {file.Shape(name).Count}");
    }
}
