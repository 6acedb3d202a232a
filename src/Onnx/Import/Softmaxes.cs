using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// y = eˣ / Σ eˣ, or its logarithm. Since opset 13 along one axis, by default the last; before that over all axes from one on, by default
/// the second, taken as one.
/// </summary>
static class Softmaxes
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All
        => [("Softmax", n => Of(n, log: false)), ("LogSoftmax", n => Of(n, log: true))];

    static Kernel Of(Node node, bool log)
    {
        bool single = node.Opset >= 13;
        int axis = node.Integer("axis", single ? -1 : 1);
        return call => [call[0] is OnnxTensor<double> ? Typed<double>(call) : Typed<float>(call)];

        OnnxTensor<T> Typed<T>(Call call) where T : unmanaged, IFloatingPointIeee754<T>
        {
            OnnxTensor<T> x = call.Get<T>(0), y = call.New<T>(x.Sizes);
            int a = axis == x.Rank && !single ? axis : call.Axis(axis, x.Rank);
            (int outer, int n, int inner) = single ? Reductions.Around(x, a)
                : (OnnxTensor.Product(x.Sizes.AsSpan(0, a)), OnnxTensor.Product(x.Sizes.AsSpan(a)), 1);
            if (n == 0) return y;
            if (x.Values is float[] from && y.Values is float[] to && inner == 1 && !log) Kernels.Softmax.Rows(from, to, outer, n, n);
            else Along(x.Values, y.Values, outer, n, inner, log);
            return y;
        }
    }

    /// <summary>Sums are taken in double.</summary>
    static void Along<T>(T[] x, T[] y, int outer, int n, int inner, bool log) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int row = 0; row < outer * inner; row++)
        {
            int first = row / inner * n * inner + row % inner, end = first + n * inner;
            double largest = double.NegativeInfinity, sum = 0;
            for (int i = first; i < end; i += inner) largest = Math.Max(largest, double.CreateChecked(x[i]));
            for (int i = first; i < end; i += inner) sum += ScalarMath.Exp(double.CreateChecked(x[i]) - largest);
            for (int i = first; i < end; i += inner)
            {
                double above = double.CreateChecked(x[i]) - largest;
                y[i] = T.CreateChecked(log ? above - ScalarMath.Log(sum) : ScalarMath.Exp(above) / sum);
            }
        }
    }
}
