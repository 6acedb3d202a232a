using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>Matrix products of floats, and of doubles.</summary>
static class Products
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("MatMul", _ => call => [call[0] is OnnxTensor<double> a ? MatMul(call, a, call.Get<double>(1), Wide)
            : MatMul(call, call.Get<float>(0), call.Get<float>(1))]),
        ("Gemm", Gemm),
    ];

    /// <summary>y = a·b, matrices (M, K) and (K, N) that lie whole in y = 0 and the others.</summary>
    delegate void Product<T>(int M, int N, int K, Span<T> a, Span<T> b, Span<T> y);

    internal static OnnxTensor<float> MatMul(Call call, OnnxTensor<float> a, OnnxTensor<float> b) => MatMul(call, a, b, Narrow);

    static void Narrow(int M, int N, int K, Span<float> a, Span<float> b, Span<float> y)
        => Kernels.Gemm.Multiply(M, N, K, ref a[0], K, 1, ref b[0], N, 1, ref y[0], N, accumulate: false);

    static void Wide(int M, int N, int K, Span<double> a, Span<double> b, Span<double> y)
    {
        for (int m = 0; m < M; m++)
            for (int k = 0; k < K; k++)
            {
                double s = a[m * K + k];
                Span<double> from = b.Slice(k * N, N), to = y.Slice(m * N, N);
                for (int n = 0; n < from.Length; n++) to[n] += s * from[n];
            }
    }

    /// <summary>
    /// y = a·b over the last two axes, (M, K)·(K, N), those in front broadcast. A vector is a row on the left and a column on the right, and its
    /// axis is not in the result.
    /// </summary>
    static OnnxTensor<T> MatMul<T>(Call call, OnnxTensor<T> a, OnnxTensor<T> b, Product<T> product) where T : unmanaged
    {
        if (a.Rank == 0 || b.Rank == 0) throw call.Error($"expected matrices, got {a} and {b}");
        int[] left = a.Rank == 1 ? [1, a.Sizes[0]] : a.Sizes, right = b.Rank == 1 ? [b.Sizes[0], 1] : b.Sizes;
        (int M, int K, int N) = (left[^2], left[^1], right[^1]);
        if (right[^2] != K) throw call.Error($"expected matrices (..., {K})·({K}, ...), got {a} and {b}");
        int[] batch = Arithmetic.Broadcast(call, left[..^2], right[..^2]);
        OnnxTensor<T> y = call.New<T>([.. batch, .. a.Rank == 1 ? [] : left[^2..^1], .. b.Rank == 1 ? [] : right[^1..]]);
        T[] x = Spread(left, a), w = Spread(right, b);
        int count = OnnxTensor.Product(batch);
        if (y.Count == 0 || K == 0) return y;
        if (w.Length == K * N) (M, count) = (M * count, 1);   // one matrix on the right: all rows at once
        call.Budget.TakeOperations((double)count * M * K * N);
        for (int i = 0; i < count; i++)
            product(M, N, K, x.AsSpan(i * M * K, M * K), w.AsSpan(w.Length == K * N ? 0 : i * K * N, K * N), y.Values.AsSpan(i * M * N, M * N));
        return y;

        T[] Spread(int[] own, OnnxTensor<T> values)
        {
            int[] sizes = [.. batch, own[^2], own[^1]];
            bool shared = own == right && right[..^2].All(size => size == 1);
            return shared ? values.Values : ((OnnxTensor<T>)Arithmetic.Expand(call, values.Reshape(own), sizes)).Values;
        }
    }

    /// <summary>y = α·a·b + β·c, either matrix transposed, c (M, N) or broadcast to it.</summary>
    static Kernel Gemm(Node node)
    {
        (float alpha, float beta) = (node.Real("alpha", 1), node.Real("beta", 1));
        (bool transA, bool transB) = (node.Flag("transA", false), node.Flag("transB", false));
        return call =>
        {
            OnnxTensor<float> a = call.Floats(0, -1, -1), b = call.Floats(1, -1, -1);
            (int M, int K) = transA ? (a.Sizes[1], a.Sizes[0]) : (a.Sizes[0], a.Sizes[1]);
            (int depth, int N) = transB ? (b.Sizes[1], b.Sizes[0]) : (b.Sizes[0], b.Sizes[1]);
            if (depth != K)
                throw call.Error($"expected matrices (M, {K})·({K}, N), got {a}{(transA ? "ᵀ" : "")} and {b}{(transB ? "ᵀ" : "")}");
            OnnxTensor<float> y = call.New<float>(M, N);
            call.Budget.TakeOperations((double)M * K * N);
            if (y.Count > 0 && K > 0)
                Kernels.Gemm.Multiply(M, N, K, ref a.Values[0], transA ? 1 : K, transA ? M : 1, ref b.Values[0], transB ? 1 : N, transB ? K : 1,
                    ref y.Values[0], N, accumulate: false);
            if (alpha != 1) InPlace.Apply(new Scale(y.Values, alpha), y.Count);
            if (call.Optional<float>(2) is not { } c) return [y];
            if (!Arithmetic.Broadcast(call, c.Sizes, y.Sizes).AsSpan().SequenceEqual(y.Sizes))
                throw call.Error($"expected a third input that fits {y}, got {c}");
            float[] more = ((OnnxTensor<float>)Arithmetic.Expand(call, c, y.Sizes)).Values;
            Elementwise.AddScaled(beta, more, y.Values);
            return [y];
        };
    }
}
