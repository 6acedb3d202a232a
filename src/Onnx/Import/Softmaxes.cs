namespace NeuralCore.Onnx.Import;

/// <summary>
/// y = eˣ / Σ eˣ, or its logarithm. Since opset 13 along one axis, by default the last; before that over all axes from one on, by default the
/// second, taken as one.
/// </summary>
static class Softmaxes
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All
        => [("Softmax", n => Of(n, log: false)), ("LogSoftmax", n => Of(n, log: true))];

    static Kernel Of(Node node, bool log)
    {
        bool single = node.Opset >= 13;
        int axis = node.Integer("axis", single ? -1 : 1);
        return call =>
        {
            OnnxTensor x = call[0], y = call.Like(x, x.Sizes);
            int a = axis == x.Rank && !single ? axis : call.Axis(axis, x.Rank);
            (int outer, int n, int inner) = single ? Reductions.Around(x, a)
                : (OnnxTensor.Product(x.Sizes.AsSpan(0, a)), OnnxTensor.Product(x.Sizes.AsSpan(a)), 1);
            if (n == 0) return [y];
            switch (x, y)
            {
                case (OnnxTensor<double> wide, OnnxTensor<double> to): Along(wide.Values, to.Values, outer, n, inner, log); break;
                case (OnnxTensor<float> from, OnnxTensor<float> to) when inner == 1 && !log:
                    Kernels.Softmax.Rows(from.Values, to.Values, outer, n, n);
                    break;
                case (OnnxTensor<float> from, OnnxTensor<float> to): Along(call, from.Values, to.Values, outer, n, inner, log); break;
                default: throw call.Error($"expected floats or doubles, got {x}");
            }
            return [y];
        };
    }

    static void Along(Call call, float[] x, float[] y, int outer, int n, int inner, bool log)
    {
        call.Budget.TakeBytes((long)sizeof(double) * x.Length);
        double[] wide = [.. x.Select(v => (double)v)];
        Along(wide, wide, outer, n, inner, log);
        for (int i = 0; i < y.Length; i++) y[i] = (float)wide[i];
    }

    /// <summary>y may be x.</summary>
    static void Along(double[] x, double[] y, int outer, int n, int inner, bool log)
    {
        for (int row = 0; row < outer * inner; row++)
        {
            int first = row / inner * n * inner + row % inner, end = first + n * inner;
            double largest = double.NegativeInfinity, sum = 0;
            for (int i = first; i < end; i += inner) largest = Math.Max(largest, x[i]);
            for (int i = first; i < end; i += inner)
            {
                double e = ScalarMath.Exp(x[i] - largest);
                sum += e;
                y[i] = log ? x[i] - largest : e;
            }
            double logSum = ScalarMath.Log(sum);
            for (int i = first; i < end; i += inner) y[i] = log ? y[i] - logSum : y[i] / sum;
        }
    }
}
