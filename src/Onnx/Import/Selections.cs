using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>The largest or smallest values along an axis with their places, and the places of what is not 0.</summary>
static class Selections
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All => [("TopK", Top), ("NonZero", _ => call => [NonZero(call)])];

    /// <summary>
    /// k values along an axis in order of their size, of equal ones the first before the others; NaN counts as the smallest. k is an
    /// attribute before opset 10, an input since.
    /// </summary>
    static Kernel Top(Node node)
    {
        (int axis, bool largest) = (node.Integer("axis", -1), node.Flag("largest", true));
        int? fixedCount = node.Opset < 10 ? node.Integer("k", 0) : null;
        node.Ignore("sorted");
        return call => call[0] switch
        {
            OnnxTensor<float> x => Typed(call, x),
            OnnxTensor<double> x => Typed(call, x),
            OnnxTensor<long> x => Typed(call, x),
            OnnxTensor<int> x => Typed(call, x),
            var x => throw call.Error($"expected numbers, got {x}"),
        };

        OnnxTensor?[] Typed<T>(Call call, OnnxTensor<T> x) where T : unmanaged, INumber<T>
        {
            int a = call.Axis(axis, x.Rank), k = fixedCount ?? call.Integer(1);
            (int outer, int n, int inner) = Reductions.Around(x, a);
            if (k < 0 || k > n) throw call.Error($"expected 0 to {n} values along axis {a} of {x}, got {k}");
            int[] sizes = [.. x.Sizes[..a], k, .. x.Sizes[(a + 1)..]];
            OnnxTensor<T> values = call.New<T>(sizes);
            OnnxTensor<long> places = call.New<long>(sizes);
            if (k == 0) return [values, places];
            call.Budget.TakeOperations((double)Budget.PlainTerm * x.Count * Math.Log2(n + 1));
            call.Budget.TakeBytes(16L * n);
            var row = new (T Key, int Place)[n];
            for (int r = 0; r < outer * inner; r++)
            {
                int first = r / inner * n * inner + r % inner, to = r / inner * k * inner + r % inner;
                for (int i = 0; i < n; i++) row[i] = (x.Values[first + i * inner], i);
                Array.Sort(row, (p, q) => p.Key.CompareTo(q.Key) is var order && order != 0 ? largest ? -order : order : p.Place - q.Place);
                for (int i = 0; i < k; i++) (values.Values[to + i * inner], places.Values[to + i * inner]) = (row[i].Key, row[i].Place);
            }
            return [values, places];
        }
    }

    /// <summary>Coordinates (axes, count) of all elements other than 0, in their order.</summary>
    static OnnxTensor<long> NonZero(Call call)
    {
        call.Budget.TakeBytes(call[0].Count);
        bool[] there = ((OnnxTensor<bool>)Casting.To(call[0], OnnxType.Bool)).Values;
        int[] strides = call[0].Strides(), sizes = call[0].Sizes;
        OnnxTensor<long> y = call.New<long>(sizes.Length, there.Count(t => t));
        for (int i = 0, at = 0; i < there.Length; i++)
        {
            if (!there[i]) continue;
            for (int axis = 0; axis < sizes.Length; axis++) y.Values[axis * y.Sizes[1] + at] = i / strides[axis] % sizes[axis];
            at++;
        }
        return y;
    }
}
