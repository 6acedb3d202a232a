namespace NeuralCore.Onnx.Import;

/// <summary>
/// One value from all values along some axes, computed in double in ascending order; running sums; the place of the largest.
/// </summary>
static class Reductions
{
    delegate double Reduction(ReadOnlySpan<double> x);

    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("ReduceSum", n => Of(n, Sum, inputSince: 13)), ("ReduceMean", n => Of(n, x => Sum(x) / x.Length)),
        ("ReduceMax", n => Of(n, x => Extreme(x, double.NegativeInfinity, Math.Max), truths: true)),
        ("ReduceMin", n => Of(n, x => Extreme(x, double.PositiveInfinity, Math.Min), truths: true)),
        ("ReduceProd", n => Of(n, x => Extreme(x, 1, (a, b) => a * b))),
        ("ReduceL1", n => Of(n, x => Sum(x, Math.Abs))), ("ReduceL2", n => Of(n, x => Math.Sqrt(Sum(x, v => v * v)))),
        ("ReduceSumSquare", n => Of(n, x => Sum(x, v => v * v))), ("ReduceLogSum", n => Of(n, x => Math.Log(Sum(x)))),
        ("ReduceLogSumExp", n => Of(n, LogSumExp)),
        ("GlobalAveragePool", _ => Pool(x => Sum(x) / x.Length)),
        ("GlobalMaxPool", _ => Pool(x => Extreme(x, double.NegativeInfinity, Math.Max))),
        ("ArgMax", n => Place(n, 1)), ("ArgMin", n => Place(n, -1)), ("CumSum", Running),
    ];

    static double Sum(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x) sum += v;
        return sum;
    }

    static double Sum(ReadOnlySpan<double> x, Func<double, double> f)
    {
        double sum = 0;
        foreach (double v in x) sum += f(v);
        return sum;
    }

    static double Extreme(ReadOnlySpan<double> x, double start, Func<double, double, double> f)
    {
        foreach (double v in x) start = f(start, v);
        return start;
    }

    static double LogSumExp(ReadOnlySpan<double> x)
    {
        double largest = Extreme(x, double.NegativeInfinity, Math.Max), sum = 0;
        if (double.IsInfinity(largest)) return largest;
        foreach (double v in x) sum += Math.Exp(v - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>
    /// The axes are an attribute, and since some opset an input; none means all of them, or with noop_with_empty_axes each value alone.
    /// </summary>
    static Kernel Of(Node node, Reduction reduce, int inputSince = 18, bool truths = false)
    {
        bool keep = node.Flag("keepdims", true), none = node.Opset >= inputSince && node.Flag("noop_with_empty_axes", false);
        long[]? listed = node.Opset >= inputSince ? null : node.Integers("axes");
        return call =>
        {
            OnnxTensor x = call[0];
            long[] axes = listed ?? call.OptionalIntegers(1) ?? [];
            var reduced = new bool[x.Rank];
            foreach (long axis in axes) reduced[call.Axis(axis, x.Rank)] = true;
            if (axes.Length == 0 && !none) Array.Fill(reduced, true);
            return [x switch
            {
                OnnxTensor<float> f => Reduce(call, f, reduced, keep, reduce, v => v, v => (float)v),
                OnnxTensor<double> d => Reduce(call, d, reduced, keep, reduce, v => v, v => v),
                OnnxTensor<long> l => Reduce(call, l, reduced, keep, reduce, v => v, v => (long)v),
                OnnxTensor<int> i => Reduce(call, i, reduced, keep, reduce, v => v, v => (int)v),
                OnnxTensor<bool> t when truths => Reduce(call, t, reduced, keep, reduce, v => v ? 1 : 0, v => v > 0),
                _ => throw call.Error($"expected numbers, got {x}"),
            }];
        };
    }

    /// <summary>One value for each channel of x (N, C, ...).</summary>
    static Kernel Pool(Reduction reduce) => call =>
    {
        OnnxTensor<float> x = call.Get<float>(0);
        return [Reduce(call, x, [.. x.Sizes.Select((_, axis) => axis >= 2)], keep: true, reduce, v => v, v => (float)v)];
    };

    static OnnxTensor<T> Reduce<T>(Call call, OnnxTensor<T> x, bool[] reduced, bool keep, Reduction reduce,
        Func<T, double> wide, Func<double, T> narrow) where T : unmanaged
    {
        int[] axes = [.. Enumerable.Range(0, x.Rank)], last = [.. axes.Where(a => reduced[a])],
            order = [.. axes.Where(a => !reduced[a]), .. last];
        OnnxTensor<T> y = call.New<T>([.. axes.Where(a => keep || !reduced[a]).Select(a => reduced[a] ? 1 : x.Sizes[a])]);
        int n = last.Aggregate(1, (product, a) => product * x.Sizes[a]);
        call.Budget.TakeOperations((double)Budget.PlainTerm * x.Count);
        T[] rows = order.SequenceEqual(axes) ? x.Values : ((OnnxTensor<T>)Shapes.Transpose(call, x, order)).Values;
        double[] row = call.New<double>(n).Values;
        for (int i = 0; i < y.Count; i++)
        {
            for (int k = 0; k < n; k++) row[k] = wide(rows[i * n + k]);
            y.Values[i] = narrow(reduce(row));
        }
        return y;
    }

    /// <summary>A tensor as (outer, n, inner) around an axis.</summary>
    internal static (int Outer, int N, int Inner) Around(OnnxTensor x, int axis)
    {
        (int outer, int inner) = (1, 1);
        for (int a = 0; a < x.Rank; a++)
            if (a < axis) outer *= x.Sizes[a];
            else if (a > axis) inner *= x.Sizes[a];
        return (outer, x.Sizes[axis], inner);
    }

    /// <summary>Index of the largest (or, with sign -1, smallest) value along an axis: the first of equal ones, or the last.</summary>
    static Kernel Place(Node node, int sign)
    {
        (int axis, bool keep, bool last) = (node.Integer("axis", 0), node.Flag("keepdims", true), node.Flag("select_last_index", false));
        return call =>
        {
            OnnxTensor x = call[0];
            int a = call.Axis(axis, x.Rank);
            (int outer, int n, int inner) = Around(x, a);
            if (n == 0) throw call.Error($"expected at least one value along axis {a}, got {x}");
            call.Budget.TakeBytes(8L * x.Count);
            double[] values = ((OnnxTensor<double>)Casting.To(x, OnnxType.Double)).Values;
            OnnxTensor<long> y = call.New<long>([.. x.Sizes.Select((s, i) => i == a ? 1 : s).Where((_, i) => keep || i != a)]);
            for (int i = 0; i < y.Count; i++)
            {
                int first = i / inner * n * inner + i % inner, best = 0;
                for (int k = 1; k < n; k++)
                {
                    double difference = sign * (values[first + k * inner] - values[first + best * inner]);
                    if (difference > 0 || last && difference == 0) best = k;
                }
                y.Values[i] = best;
            }
            return [y];
        };
    }

    static Kernel Running(Node node)
    {
        (bool exclusive, bool reverse) = (node.Flag("exclusive", false), node.Flag("reverse", false));
        return call => [call[0] switch
        {
            OnnxTensor<float> x => Sums(call, x, exclusive, reverse, v => v, v => (float)v),
            OnnxTensor<double> x => Sums(call, x, exclusive, reverse, v => v, v => v),
            OnnxTensor<long> x => Sums(call, x, exclusive, reverse, v => v, v => (long)v),
            OnnxTensor<int> x => Sums(call, x, exclusive, reverse, v => v, v => (int)v),
            var x => throw call.Error($"expected numbers, got {x}"),
        }];
    }

    static OnnxTensor<T> Sums<T>(Call call, OnnxTensor<T> x, bool exclusive, bool reverse, Func<T, double> wide, Func<double, T> narrow)
        where T : unmanaged
    {
        (int outer, int n, int inner) = Around(x, call.Axis(call.Integer(1), x.Rank));
        OnnxTensor<T> y = call.New<T>(x.Sizes);
        for (int row = 0; row < outer * inner; row++)
        {
            double sum = 0;
            for (int k = 0; k < n; k++)
            {
                int i = (row / inner * n + (reverse ? n - 1 - k : k)) * inner + row % inner;
                double before = sum;
                y.Values[i] = narrow(exclusive ? before : before + wide(x.Values[i]));
                sum += wide(x.Values[i]);
            }
        }
        return y;
    }
}
