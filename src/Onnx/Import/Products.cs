using System.Numerics;
using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>Matrix products: of floats by NeuralCore's kernels, of other numbers term by term.</summary>
static class Products
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All
        => [("MatMul", _ => MatMul), ("Gemm", Gemm)];

    static OnnxTensor?[] MatMul(Call call) => [call[0] switch
    {
        OnnxTensor<float> a => MatMul(call, a, call.Get<float>(1)),
        OnnxTensor<double> a => MatMul(call, a, call.Get<double>(1)),
        OnnxTensor<long> a => MatMul(call, a, call.Get<long>(1)),
        OnnxTensor<int> a => MatMul(call, a, call.Get<int>(1)),
        var a => throw call.Error($"expected matrices of numbers, got {a}"),
    }];

    static int Cost<T>() => typeof(T) == typeof(float) ? 1 : Budget.PlainTerm;

    /// <summary>y[to..] (M, N) = a·b, a[m, k] = a[from + m·rowA + k·depthA] and b so, too.</summary>
    static void Multiply<T>(int M, int N, int K, (T[] Values, int From, int Row, int Depth) a,
        (T[] Values, int From, int Depth, int Column) b, T[] y, int to) where T : unmanaged, INumber<T>
    {
        if (a.Values is float[] x && b.Values is float[] w && y is float[] z)
        {
            Kernels.Gemm.Multiply(M, N, K, ref x[a.From], a.Row, a.Depth, ref w[b.From], b.Depth, b.Column, ref z[to], N,
                accumulate: false);
            return;
        }
        for (int m = 0; m < M; m++)
            for (int k = 0; k < K; k++)
                for (int n = 0; n < N; n++)
                    y[to + m * N + n] += a.Values[a.From + m * a.Row + k * a.Depth] * b.Values[b.From + k * b.Depth + n * b.Column];
    }

    /// <summary>
    /// y = a·b over the last two axes, (M, K)·(K, N), those in front broadcast. A vector is a row on the left and a column on the right,
    /// and its axis is not in the result.
    /// </summary>
    static OnnxTensor<T> MatMul<T>(Call call, OnnxTensor<T> a, OnnxTensor<T> b) where T : unmanaged, INumber<T>
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
        call.Budget.TakeOperations((double)count * M * K * N * Cost<T>());
        for (int i = 0; i < count; i++)
            Multiply(M, N, K, (x, i * M * K, K, 1), (w, w.Length == K * N ? 0 : i * K * N, N, 1), y.Values, i * M * N);
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
        return call => [call[0] is OnnxTensor<double> ? Of<double>(call) : Of<float>(call)];

        OnnxTensor<T> Of<T>(Call call) where T : unmanaged, INumber<T>
        {
            OnnxTensor<T> a = call.Sized<T>(0, -1, -1), b = call.Sized<T>(1, -1, -1);
            (int M, int K) = transA ? (a.Sizes[1], a.Sizes[0]) : (a.Sizes[0], a.Sizes[1]);
            (int depth, int N) = transB ? (b.Sizes[1], b.Sizes[0]) : (b.Sizes[0], b.Sizes[1]);
            if (depth != K)
                throw call.Error($"expected matrices (M, {K})·({K}, N), got {a}{(transA ? "ᵀ" : "")} and {b}{(transB ? "ᵀ" : "")}");
            OnnxTensor<T> y = call.New<T>(M, N);
            call.Budget.TakeOperations((double)M * K * N * Cost<T>());
            if (y.Count > 0 && K > 0)
                Multiply(M, N, K, (a.Values, 0, transA ? 1 : K, transA ? M : 1),
                    (b.Values, 0, transB ? 1 : N, transB ? K : 1), y.Values, 0);
            if (alpha != 1)
                foreach (ref T v in y.Values.AsSpan()) v *= T.CreateChecked(alpha);
            if (call.Optional<T>(2) is not { } c) return y;
            if (!Arithmetic.Broadcast(call, c.Sizes, y.Sizes).AsSpan().SequenceEqual(y.Sizes))
                throw call.Error($"expected a third input that fits {y}, got {c}");
            T[] more = ((OnnxTensor<T>)Arithmetic.Expand(call, c, y.Sizes)).Values;
            if (more is float[] added && y.Values is float[] sum) Elementwise.AddScaled(beta, added, sum);
            else for (int i = 0; i < more.Length; i++) y.Values[i] += T.CreateChecked(beta) * more[i];
            return y;
        }
    }
}
