namespace NeuralCore.Models;

/// <summary>
/// One inner node: rows with x[feature] ≤ threshold go to the node of number <see cref="Left"/>, others to the next one; missing values as
/// it says. A leaf has Left 0.
/// </summary>
struct TreeNode
{
    internal int Feature, Left;
    internal float Threshold;
    internal bool MissingLeft;
}

/// <summary>A binary tree: nodes from the root on, children after their parents, and the values of every node.</summary>
/// <param name="Nodes">The nodes.</param>
/// <param name="Values">Values (nodes, outputs) that a row has which ends in a node.</param>
/// <param name="Gains">What each inner node's split gained; 0 for leaves.</param>
/// <param name="Outputs">Values of a node.</param>
sealed record Tree(TreeNode[] Nodes, double[] Values, double[] Gains, int Outputs)
{
    /// <summary>The values of the leaf in which a row ends.</summary>
    internal ReadOnlySpan<double> Find(ReadOnlySpan<float> row)
    {
        int at = 0;
        for (; ; )
        {
            ref TreeNode node = ref Nodes[at];
            if (node.Left == 0) return Values.AsSpan(at * Outputs, Outputs);
            float x = row[node.Feature];
            at = node.Left + (x <= node.Threshold || (node.MissingLeft && float.IsNaN(x)) ? 0 : 1);
        }
    }
}
