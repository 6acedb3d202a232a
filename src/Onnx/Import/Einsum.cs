using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Einsum: sums of products over named axes, for example <c>bhqd,bhkd->bhqk</c>.</summary>
static class Einsum
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All => [("Einsum", Prepare)];

    static Kernel Prepare(Node node)
    {
        string equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = equation.Split("->"), operands = sides[0].Split(',');
        if (sides.Length > 2 || equation.Length == 0 || operands.Length != node.Inputs.Length)
            throw node.Error($"expected an equation of {node.Inputs.Length} operands, got '{equation}'");
        string? output = sides.Length == 2 ? sides[1] : null;
        return call => [call[0] switch
        {
            OnnxTensor<double> => Sum<double>(call, operands, output),
            OnnxTensor<long> => Sum<long>(call, operands, output),
            OnnxTensor<int> => Sum<int>(call, operands, output),
            _ => Sum<float>(call, operands, output),
        }];
    }

    /// <summary>y[labels of the output] = Σ over the other labels of the product of the operands.</summary>
    static OnnxTensor<T> Sum<T>(Call call, string[] operands, string? output) where T : unmanaged, INumber<T>
    {
        OnnxTensor<T>[] x = [.. operands.Select((_, i) => call.Get<T>(i))];
        string[][] labels = [.. operands.Select((term, i) => Labels(call, term, x[i].Rank))];
        // Axes behind an ellipsis count from the last one; without an arrow they come first, then what occurs once, by the alphabet.
        string[] all = [.. labels.SelectMany(l => l).Distinct()],
            wide = [.. all.Where(l => l.Length > 1).OrderDescending(StringComparer.Ordinal)];
        string[] kept = output is null
            ? [.. wide, .. all.Where(l => l.Length == 1 && labels.Sum(t => t.Count(o => o == l)) == 1).Order(StringComparer.Ordinal)]
            : [.. Parts(call, output).SelectMany(part => part == Ellipsis ? wide : [part])];
        if (kept.Except(all).FirstOrDefault() is { } unknown || kept.Distinct().Count() != kept.Length)
            throw call.Error($"expected an output of different labels of the operands, got '{output}'");
        string[] order = [.. kept, .. all.Except(kept)];
        int[] sizes = [.. order.Select(label => Size(call, label, x, labels))];
        int[][] strides = [.. x.Select((tensor, i) => Strides(tensor, labels[i], order))];
        OnnxTensor<T> y = call.New<T>(sizes[..kept.Length]);
        double terms = sizes[kept.Length..].Aggregate(1.0, (product, size) => product * size);
        call.Budget.TakeOperations(y.Count * Math.Max(1, terms) * x.Length * 2 * Budget.PlainTerm);
        if (y.Count == 0 || terms == 0) return y;
        var index = new int[order.Length];
        var at = new int[x.Length];
        for (int n = 0; n < y.Count; n++)
        {
            T sum = T.Zero;
            do
            {
                T product = T.One;
                for (int i = 0; i < x.Length; i++) product *= x[i].Values[at[i]];
                sum += product;
            }
            while (Next(index, at, sizes, strides, kept.Length, order.Length));
            y.Values[n] = sum;
            Next(index, at, sizes, strides, 0, kept.Length);
        }
        return y;
    }

    const string Ellipsis = "...";

    /// <summary>On to the next index of some axes, as an odometer turns; false when it is back at the first.</summary>
    static bool Next(int[] index, int[] at, int[] sizes, int[][] strides, int first, int end)
    {
        for (int axis = end - 1; axis >= first; axis--)
        {
            bool carries = ++index[axis] == sizes[axis];
            for (int i = 0; i < at.Length; i++) at[i] += carries ? -(sizes[axis] - 1) * strides[i][axis] : strides[i][axis];
            if (!carries) return true;
            index[axis] = 0;
        }
        return false;
    }

    static List<string> Parts(Call call, string term)
    {
        List<string> parts = [];
        for (int i = 0; i < term.Length; i++)
            if (char.IsAsciiLetter(term[i])) parts.Add(term[i].ToString());
            else if (term.AsSpan(i).StartsWith(Ellipsis) && !parts.Contains(Ellipsis)) (parts, i) = ([.. parts, Ellipsis], i + 2);
            else throw call.Error($"expected letters and an ellipsis, got '{term}'");
        return parts;
    }

    /// <summary>A label for each axis; those behind an ellipsis are ...1, ...2 and so on from the last.</summary>
    static string[] Labels(Call call, string term, int rank)
    {
        List<string> parts = Parts(call, term);
        int more = rank - parts.Count(part => part != Ellipsis);
        if (more < 0 || more > 0 && !parts.Contains(Ellipsis)) throw call.Error($"expected {parts.Count} axes for '{term}', got {rank}");
        return [.. parts.SelectMany(part => part != Ellipsis ? [part]
            : Enumerable.Range(0, more).Select(i => $"{Ellipsis}{(char)('a' + more - 1 - i)}"))];
    }

    static int Size(Call call, string label, OnnxTensor[] x, string[][] labels)
    {
        int size = 1;
        for (int i = 0; i < x.Length; i++)
            for (int axis = 0; axis < x[i].Rank; axis++)
                if (labels[i][axis] == label && x[i].Sizes[axis] is var own and not 1)
                    size = size == 1 || size == own ? own : throw call.Error($"expected one size of '{label}', got {size} and {own}");
        return size;
    }

    /// <summary>How far an operand goes on with each label: the sum of its strides, so that a repeated label is a diagonal.</summary>
    static int[] Strides(OnnxTensor x, string[] labels, string[] order)
    {
        int[] own = x.Strides(), strides = new int[order.Length];
        for (int axis = 0; axis < own.Length; axis++)
            if (x.Sizes[axis] != 1) strides[Array.IndexOf(order, labels[axis])] += own[axis];
        return strides;
    }
}
