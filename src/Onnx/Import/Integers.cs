using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Operators of quantised models.</summary>
static class Integers
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All
        => [("MatMulInteger", _ => call => [Product(call)])];

    /// <summary>
    /// (a - zero_a)·(b - zero_b) in 32 bits, (..., M, K)·(K, N) or with as many matrices on the right; a zero point is one byte, or one for
    /// each row of a or column of b.
    /// </summary>
    static OnnxTensor<int> Product(Call call)
    {
        OnnxTensor a = call[0], b = call[1];
        if (a.Rank < 2 || b.Rank < 2 || a.Sizes[^1] != b.Sizes[^2])
            throw call.Error($"expected matrices (..., K)·(K, ...), got {a} and {b}");
        (int M, int K, int N) = (a.Sizes[^2], a.Sizes[^1], b.Sizes[^1]);
        int[] batch = Arithmetic.Broadcast(call, a.Sizes[..^2], b.Sizes[..^2]);
        OnnxTensor<int> y = call.New<int>([.. batch, M, N]);
        if (y.Count == 0 || K == 0) return y;
        call.Budget.TakeOperations((double)y.Count * K * (N < Vector<int>.Count ? Budget.PlainTerm : 1));
        int[] x = Spread(a, M, byRow: true, 2), w = Spread(b, N, byRow: false, 3);
        for (int row = 0; row < y.Count / N; row++)
        {
            Span<int> sums = y.Values.AsSpan(row * N, N);
            int first = w.Length == K * N ? 0 : row / M * K * N;
            for (int k = 0; k < K; k++) AddScaled(x[row * K + k], w.AsSpan(first + k * N, N), sums);
        }
        return y;

        // Whole numbers without their zero points, the axes in front broadcast; one matrix on the right stays one.
        int[] Spread(OnnxTensor values, int count, bool byRow, int zeroPoint)
        {
            if (values.Type is not (OnnxType.UInt8 or OnnxType.Int8)) throw call.Error($"expected bytes, got {values}");
            OnnxTensor zero = call.Optional(zeroPoint) ?? OnnxTensor.From([0]);
            if (zero.Count != 1 && (zero.Rank != 1 || zero.Count != count))
                throw call.Error($"expected a zero point, or {count}, got {zero}");
            bool one = !byRow && values.Sizes[..^2].All(size => size == 1);
            OnnxTensor all = one ? values : Arithmetic.Expand(call, values, [.. batch, .. values.Sizes[^2..]]);
            call.Budget.TakeBytes((long)all.Count * sizeof(int));
            int[] numbers = Numbers(all), zeros = Numbers(zero);
            int columns = values.Sizes[^1];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] -= zeros.Length == 1 ? zeros[0] : zeros[byRow ? i / columns % count : i % columns];
            return numbers;
        }

        static int[] Numbers(OnnxTensor x) => [.. ((OnnxTensor<int>)Casting.To(x, OnnxType.Int32)).Values];
    }

    /// <summary>y += s·x.</summary>
    static void AddScaled(int s, ReadOnlySpan<int> x, Span<int> y)
    {
        int n = 0, width = Vector<int>.Count;
        for (; n <= x.Length - width; n += width)
        {
            var sum = new Vector<int>(y[n..]) + s * new Vector<int>(x[n..]);
            sum.CopyTo(y[n..]);
        }
        for (; n < x.Length; n++) y[n] = unchecked(y[n] + s * x[n]);
    }
}
