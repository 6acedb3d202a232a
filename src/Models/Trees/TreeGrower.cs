using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Models;

/// <summary>How far trees grow.</summary>
/// <param name="Leaves">Most leaves; the split that gains most comes first.</param>
/// <param name="Depth">Most splits between the root and a leaf.</param>
/// <param name="Features">Features drawn for each split.</param>
sealed record GrowthLimits(int Leaves, int Depth, int Features);

/// <summary>
/// Grows trees over one set of binned rows. Where a split looks at all features, histograms are made for the smaller of two siblings only:
/// the other's is their parent's less that. Threads share features, never rows, so that the result does not depend on them.
/// <para>Source: Ke and others, "LightGBM: a highly efficient gradient boosting decision tree", 2017, as scikit-learn 1.2 does it.</para>
/// </summary>
sealed class TreeGrower(BinnedFeatures x, SplitRule rule, GrowthLimits limits, int threads)
{
    const int Inline = 1 << 15;   // rows x features that are not worth a fork

    readonly int width = rule.Width;
    readonly int[] features = new int[x.Features], away = new int[x.Rows];
    readonly Stack<double[]> free = new();
    readonly List<Node> nodes = [];

    sealed class Node
    {
        internal required int Index, First, Count, Depth;
        internal required double[] Sums;
        internal double[]? Histograms;
        internal NodeSplit? Best;
        internal int Left;
    }

    bool Draws => limits.Features < x.Features;

    /// <summary>Where the rows of each leaf of the last tree stand, and the number of its node.</summary>
    internal IEnumerable<(int First, int Count, int Node)> Leaves => nodes.Where(n => n.Left == 0).Select(n => (n.First, n.Count, n.Index));

    /// <summary>Grows one tree.</summary>
    /// <param name="statistics">Statistics (n, W) of all rows.</param>
    /// <param name="rows">The tree's rows in ascending order; they are put in the order of the leaves.</param>
    /// <param name="random">Draws features where a split looks at some of them.</param>
    /// <param name="outputs">Values of a node.</param>
    /// <param name="value">Makes a node's values from its sums.</param>
    internal Tree Grow(float[] statistics, int[] rows, CounterRandom random, int outputs, Action<double[], Memory<double>> value)
    {
        nodes.Clear();
        for (int f = 0; f < features.Length; f++) features[f] = f;   // not as the last tree's draws left them
        var frontier = new PriorityQueue<Node, (double, int)>();
        var root = new Node { Index = 0, First = 0, Count = rows.Length, Depth = 0, Sums = Sum(rows, statistics) };
        nodes.Add(root);
        if (IsSplittable(root)) Evaluate(root, null, null, rows, statistics, ref random);
        Offer(root);
        for (int leaves = 1; leaves < limits.Leaves && frontier.TryDequeue(out Node? node, out _); leaves++)
        {
            (Node left, Node right) = Cut(node, rows);
            (Node small, Node large) = left.Count < right.Count ? (left, right) : (right, left);
            if (leaves + 1 < limits.Leaves && (IsSplittable(left) || IsSplittable(right)))
                Evaluate(small, large, node, rows, statistics, ref random);
            Release(node);
            Offer(left);
            Offer(right);
        }
        foreach (Node node in nodes) Release(node);
        return Finish(outputs, value);

        // Without a limit to the leaves their order does not matter, and the last node first keeps few histograms alive.
        void Offer(Node node)
        {
            if (node.Best is not { Gain: > 0 }) Release(node);
            else frontier.Enqueue(node, limits.Leaves == int.MaxValue ? (0, -node.Index) : (-node.Best.Gain, node.Index));
        }
    }

    bool IsSplittable(Node node) => node.Depth < limits.Depth && node.Count >= 2L * rule.MinRows && node.Count > 1
        && node.Sums[rule.Targets] >= rule.MinWeight;

    double[] Sum(ReadOnlySpan<int> rows, float[] statistics)
    {
        var sums = new double[width];
        for (int j = 0; j < width; j += 4)
        {
            Vector256<double> sum = Vector256<double>.Zero;
            foreach (int row in rows)
            {
                (Vector128<double> low, Vector128<double> high) =
                    Vector128.Widen(Vector128.Create<float>(statistics.AsSpan(row * width + j, 4)));
                sum += Vector256.Create(low, high);
            }
            sum.CopyTo(sums, j);
        }
        return sums;
    }

    void Release(Node node)
    {
        if (node.Histograms is not null) free.Push(node.Histograms);
        node.Histograms = null;
    }

    /// <summary>Finds the best splits of one or of two sibling nodes.</summary>
    void Evaluate(Node small, Node? large, Node? parent, int[] rows, float[] statistics, ref CounterRandom random)
    {
        if (Draws)
        {
            foreach (Node? node in (Node?[])[small, large])
                if (node is not null && IsSplittable(node)) DrawBest(node, rows, statistics, ref random);
            return;
        }
        small.Histograms = free.TryPop(out double[]? old) ? old : new double[x.Features * Histogram.Size(width)];
        if (large is not null) (large.Histograms, parent!.Histograms) = (parent.Histograms, null);
        int parts = (long)small.Count * x.Features < Inline ? 1 : Math.Min(threads, x.Features);
        var found = new (NodeSplit Small, NodeSplit Large)[parts];
        for (int p = 0; p < parts; p++) found[p] = (new NodeSplit(width), new NodeSplit(width));
        if (parts == 1) Part(0);
        else Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, Part);
        foreach ((NodeSplit one, NodeSplit other) in found)
        {
            if (one.Gain > (small.Best?.Gain ?? 0)) small.Best = one;
            if (large is not null && other.Gain > (large.Best?.Gain ?? 0)) large.Best = other;
        }

        void Part(int part)
        {
            int first = (int)((long)x.Features * part / parts), end = (int)((long)x.Features * (part + 1) / parts),
                size = Histogram.Size(width);
            Span<double> mine = small.Histograms.AsSpan(first * size, (end - first) * size);
            mine.Clear();
            Histogram.Add(x, features.AsSpan(first, end - first), rows.AsSpan(small.First, small.Count), statistics, width,
                small.Histograms);
            for (int f = first; f < end; f++)
            {
                Span<double> histogram = small.Histograms.AsSpan(f * size, size);
                if (IsSplittable(small)) rule.Search(f, x.Bins(f), histogram, small.Sums, found[part].Small);
                if (large is null) continue;
                Span<double> rest = large.Histograms.AsSpan(f * size, size);
                for (int i = 0; i < size; i++) rest[i] -= histogram[i];
                if (IsSplittable(large)) rule.Search(f, x.Bins(f), rest, large.Sums, found[part].Large);
            }
        }
    }

    /// <summary>
    /// The best split among features in random order: as many as are wanted, and more while all were constant in the node.
    /// </summary>
    void DrawBest(Node node, int[] rows, float[] statistics, ref CounterRandom random)
    {
        int size = Histogram.Size(width);
        double[] histograms = free.TryPop(out double[]? old) ? old : new double[x.Features * size];
        node.Best = new NodeSplit(width);
        bool varies = false;
        for (int drawn = 0; drawn < x.Features && !varies;)
        {
            int first = drawn;
            for (; drawn < Math.Max(limits.Features, first + 1); drawn++)
            {
                int other = drawn + random.NextInt32(x.Features - drawn);
                (features[drawn], features[other]) = (features[other], features[drawn]);
                histograms.AsSpan(features[drawn] * size, size).Clear();
            }
            Histogram.Add(x, features.AsSpan(first, drawn - first), rows.AsSpan(node.First, node.Count), statistics, width, histograms);
            foreach (int f in features.AsSpan(first, drawn - first))
            {
                ReadOnlySpan<double> histogram = histograms.AsSpan(f * size, size);
                rule.Search(f, x.Bins(f), histogram, node.Sums, node.Best);
                varies |= rule.Varies(histogram);
            }
        }
        free.Push(histograms);
    }

    /// <summary>Splits a node's rows, which stay in ascending order on both sides.</summary>
    (Node Left, Node Right) Cut(Node node, int[] rows)
    {
        NodeSplit split = node.Best!;
        int count = Partition(rows.AsSpan(node.First, node.Count), x.Column(split.Feature), split.Bin, split.MissingLeft);
        var rest = new double[width];
        for (int j = 0; j < width; j++) rest[j] = node.Sums[j] - split.Left[j];
        node.Left = nodes.Count;
        int depth = node.Depth + 1, others = node.Count - count;
        var left = new Node { Index = nodes.Count, First = node.First, Count = count, Depth = depth, Sums = split.Left };
        var right = new Node { Index = nodes.Count + 1, First = node.First + count, Count = others, Depth = depth, Sums = rest };
        nodes.AddRange([left, right]);
        return (left, right);
    }

    int Partition(Span<int> rows, byte[] column, int bin, bool missingLeft)
    {
        Span<byte> goesLeft = stackalloc byte[256];
        for (int b = 0; b < 256; b++) goesLeft[b] = b <= bin || (b == BinnedFeatures.Missing && missingLeft) ? (byte)1 : (byte)0;
        ref byte table = ref MemoryMarshal.GetReference(goesLeft), bins = ref MemoryMarshal.GetArrayDataReference(column);
        ref int row = ref MemoryMarshal.GetReference(rows), other = ref MemoryMarshal.GetArrayDataReference(away);
        nint left = 0, moved = 0;
        for (nint i = 0; i < rows.Length; i++)
        {
            int r = Unsafe.Add(ref row, i);
            nint here = Unsafe.Add(ref table, Unsafe.Add(ref bins, r));
            Unsafe.Add(ref row, left) = r;
            Unsafe.Add(ref other, moved) = r;
            left += here;
            moved += 1 - here;
        }
        away.AsSpan(0, (int)moved).CopyTo(rows[(int)left..]);
        return (int)left;
    }

    Tree Finish(int outputs, Action<double[], Memory<double>> value)
    {
        var made = new TreeNode[nodes.Count];
        double[] values = new double[nodes.Count * outputs], gains = new double[nodes.Count];
        foreach (Node node in nodes)
        {
            value(node.Sums, values.AsMemory(node.Index * outputs, outputs));
            if (node.Left == 0) continue;
            NodeSplit split = node.Best!;
            bool missingLeft = x.HasMissing(split.Feature) ? split.MissingLeft : nodes[node.Left].Count > nodes[node.Left + 1].Count;
            float threshold = x.Threshold(split.Feature, split.Bin);
            made[node.Index] = new TreeNode { Feature = split.Feature, Left = node.Left, Threshold = threshold, MissingLeft = missingLeft };
            gains[node.Index] = split.Gain;
        }
        return new Tree(made, values, gains, outputs);
    }
}
