using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>The kernels at one vector width, chosen by hand.</summary>
abstract class Width
{
    /// <summary>Every width that this process's hardware runs; software emulation of the others is too slow to test.</summary>
    public static readonly IReadOnlyList<Width> All =
    [
        .. Simd.Has512 ? [new Of<V512>("V512")] : Array.Empty<Width>(),
        .. Simd.Has256 ? [new Of<V256>("V256")] : Array.Empty<Width>(),
        .. Vector128.IsHardwareAccelerated && (Fma.IsSupported || AdvSimd.IsSupported) ? [new Of<V128>("V128")] : Array.Empty<Width>(),
        new Of<V1>("V1"),
    ];

    public abstract void Multiply(int rows, int columns, int depth, ref float a, int rowA, int depthA,
        ref float b, int depthB, int columnB, ref float c, int rowC, bool accumulate);

    public abstract void MultiplyPacked(int rows, int columns, int depth, ref float a, int rowA, ref float packedB,
        ref float start, int rowStart, ref float c, int rowC);

    public abstract void MultiplyPanels(int rows, int panels, int width, int depth, ref float a, int rowA, ref float b, int nextB,
        ref float start, int rowStart, int nextStart, ref float c, int rowC, int nextC);

    /// <summary>C += A·B or C = A·B for a packed B and any layout of A.</summary>
    public abstract void MultiplyGroups(int rows, int columns, Gemm.Left left, ref float a, ref float packedB, ref float c, int rowC,
        bool accumulate);

    public abstract void AddRowsApart(ref float from, int rowFrom, ref float to, int rowTo, int rows, int columns);

    public abstract void Apply<F>(ReadOnlySpan<float> x, Span<float> y) where F : IFunction;

    public abstract void Binary<F>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where F : IBinary;

    public abstract void InPlace<F>(F f, int count) where F : IInPlace, allows ref struct;

    public abstract void AddScaled(float s, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Rows of at least one vector; shorter ones go to the widest that fits.</summary>
    public abstract void Softmax(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int stride);

    public abstract void SoftmaxBackward(ReadOnlySpan<float> a, Span<float> d, int rows, int columns, int stride);

    public abstract void AddRows(ReadOnlySpan<float> x, int rows, int stride, Span<float> sums);

    public abstract void RowNormForward(int n, float[] x, float[] gamma, float[] beta, double epsilon, float[] y, float[] moments);

    public abstract void RowNormBackward(int n, float[] x, float[] dY, float[] moments, float[] gamma, float[] dGamma,
        float[] dBeta, float[] dX);

    public abstract void RandomBits(ulong seed, ulong stream, uint limit, int count, byte[] bits);

    /// <summary>1 where a bit is set, else 0, for every lane.</summary>
    public abstract float[] WhereSet(uint bits);

    /// <summary>Rows of floats as bytes.</summary>
    public abstract void Quantize(int rows, int columns, float[] x, int rowX, byte[] q, int rowQ, float[] scales);

    /// <summary>The LSTM's cell as a quantised model computes it.</summary>
    public abstract void Int8LstmForward(int rows, float[] z, int rowZ, float[] before, float[] c, int rowC, float[] h, int rowH);

    public abstract void LstmForward(int rows, float[] z, int rowZ, float[] before, float[] c, int rowC, float[] h, int rowH);

    public abstract void LstmBackward(int rows, float[] gates, int rowZ, float[] before, float[] c, float[] dH, float[] dC, int rowC);

    public abstract void Gru<F>(F part, int rows) where F : IGruPart, allows ref struct;

    /// <summary>Min, Max, WhereLess and Fma of the width on its first lane.</summary>
    public abstract (float Min, float Max, float Less, float Fma, float Root) Operations(float a, float b);

    /// <summary>The largest of the first <see cref="Count"/> values.</summary>
    public abstract float Largest(float[] lanes);

    public abstract int Count { get; }

    sealed class Of<V>(string name) : Width where V : struct, ISimd<V>
    {
        public override void Multiply(int rows, int columns, int depth, ref float a, int rowA, int depthA,
            ref float b, int depthB, int columnB, ref float c, int rowC, bool accumulate)
            => Gemm.Multiply<V>(rows, columns, depth, ref a, rowA, depthA, ref b, depthB, columnB, ref c, rowC, accumulate);

        public override void MultiplyPacked(int rows, int columns, int depth, ref float a, int rowA, ref float packedB,
            ref float start, int rowStart, ref float c, int rowC)
            => Gemm.MultiplyPacked<V>(rows, columns, new Gemm.Left(rowA, rowA, 1, depth), ref a, ref packedB, ref start, rowStart,
                1, ref c, rowC);

        public override void MultiplyPanels(int rows, int panels, int width, int depth, ref float a, int rowA, ref float b, int nextB,
            ref float start, int rowStart, int nextStart, ref float c, int rowC, int nextC)
            => Gemm.MultiplyPanels<V>(rows, panels, width, new Gemm.Left(rowA, rowA, 1, depth), ref a, ref b, nextB, ref start, rowStart,
                nextStart, ref c, rowC, nextC);

        public override void MultiplyGroups(int rows, int columns, Gemm.Left left, ref float a, ref float packedB, ref float c, int rowC,
            bool accumulate)
        {
            float[] zeros = new float[Gemm.PanelColumns];
            if (accumulate) Gemm.MultiplyPacked<V>(rows, columns, left, ref a, ref packedB, ref c, rowC, 1, ref c, rowC);
            else Gemm.MultiplyPacked<V>(rows, columns, left, ref a, ref packedB, ref zeros[0], 0, 0, ref c, rowC);
        }

        public override void AddRowsApart(ref float from, int rowFrom, ref float to, int rowTo, int rows, int columns)
            => Rows.Add<V>(ref from, rowFrom, ref to, rowTo, rows, columns);

        public override void Apply<F>(ReadOnlySpan<float> x, Span<float> y) => Functions.Apply<F, V>(x, y);

        public override void Binary<F>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Elementwise.Apply<F, V>(a, b, y);

        public override void InPlace<F>(F f, int count) => Kernels.InPlace.Apply<F, V>(f, count);

        public override void AddScaled(float s, ReadOnlySpan<float> x, Span<float> y) => Elementwise.AddScaled<V>(s, x, y);

        public override void Softmax(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int stride)
        {
            if (columns < V.Count) Kernels.Softmax.Rows(x, y, rows, columns, stride);
            else Kernels.Softmax.Rows<V>(rows, columns, stride, ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y));
        }

        public override void SoftmaxBackward(ReadOnlySpan<float> a, Span<float> d, int rows, int columns, int stride)
        {
            if (columns < V.Count) Kernels.Softmax.Backward(a, d, rows, columns, stride);
            else Kernels.Softmax.Backward<V>(rows, columns, stride, ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(d));
        }

        public override void AddRows(ReadOnlySpan<float> x, int rows, int stride, Span<float> sums)
            => Elementwise.AddRows<V>(x, rows, stride, sums);

        public override void RowNormForward(int n, float[] x, float[] gamma, float[] beta, double epsilon, float[] y, float[] moments)
            => RowNorm.Forward<V>(n, x, gamma, beta, epsilon, y, MemoryMarshal.Cast<float, RowMoments>(moments.AsSpan()));

        public override void RowNormBackward(int n, float[] x, float[] dY, float[] moments, float[] gamma, float[] dGamma,
            float[] dBeta, float[] dX)
            => RowNorm.Backward<V>(n, x, dY, MemoryMarshal.Cast<float, RowMoments>(moments), gamma, new float[n], dGamma, dBeta, dX);

        public override void RandomBits(ulong seed, ulong stream, uint limit, int count, byte[] bits)
        {
            if (V.Count == 16) Philox.AtLeast<Philox512>(seed, stream, limit, count, ref bits[0]);
            else if (V.Count == 8) Philox.AtLeast<Philox256>(seed, stream, limit, count, ref bits[0]);
            else if (V.Count == 4) Philox.AtLeast<Philox128>(seed, stream, limit, count, ref bits[0]);
            else Philox.AtLeast<Philox1>(seed, stream, limit, count, ref bits[0]);
        }

        public override float[] WhereSet(uint bits)
        {
            var lanes = new float[V.Count];
            V.Store(V.WhereSet(bits, V.Broadcast(1f), V.Broadcast(0f)), ref lanes[0]);
            return lanes;
        }

        public override void Quantize(int rows, int columns, float[] x, int rowX, byte[] q, int rowQ, float[] scales)
            => Int8.Quantize<V>(rows, columns, ref x[0], rowX, ref q[0], rowQ, ref scales[0]);

        public override void Int8LstmForward(int rows, float[] z, int rowZ, float[] before, float[] c, int rowC, float[] h, int rowH)
            => LstmCell.Forward<Int8Cell, V>(rows, ref z[0], rowZ, ref before[0], ref c[0], rowC, ref h[0], rowH);

        public override void LstmForward(int rows, float[] z, int rowZ, float[] before, float[] c, int rowC, float[] h, int rowH)
            => LstmCell.Forward<FloatCell, V>(rows, ref z[0], rowZ, ref before[0], ref c[0], rowC, ref h[0], rowH);

        public override void LstmBackward(int rows, float[] gates, int rowZ, float[] before, float[] c, float[] dH, float[] dC, int rowC)
            => LstmCell.Backward<V>(rows, ref gates[0], rowZ, ref before[0], ref c[0], ref dH[0], ref dC[0], rowC);

        public override void Gru<F>(F part, int rows) => GruCell.Apply<F, V>(part, rows);

        public override (float Min, float Max, float Less, float Fma, float Root) Operations(float a, float b)
        {
            V x = V.Broadcast(a), y = V.Broadcast(b);
            return (First(V.Min(x, y)), First(V.Max(x, y)), First(V.WhereLess(x, y, V.Broadcast(1f), V.Broadcast(0f))),
                First(V.Fma(x, y, x)), First(V.Sqrt(x)));
        }

        public override float Largest(float[] lanes) => V.Largest(V.Load(ref lanes[0]));

        public override int Count => V.Count;

        static float First(V value)
        {
            var memory = new float[V.Count];
            V.Store(value, ref memory[0]);
            return memory[0];
        }

        public override string ToString() => name;
    }
}

/// <summary>Repeatable random numbers for tests.</summary>
static class Draw
{
    public static float[] Floats(int count, ulong stream, float scale = 1f)
    {
        var random = new CounterRandom(2024, stream);
        var values = new float[count];
        foreach (ref float value in values.AsSpan()) value = scale * (2 * random.NextSingle() - 1);
        return values;
    }

    public static Tensor Tensor(ulong stream, params int[] sizes)
    {
        var tensor = new Tensor(sizes);
        Floats(tensor.Count, stream).CopyTo(tensor.Span);
        return tensor;
    }

    /// <summary>Asserts equality of bits, which tells 0 from -0 and compares NaNs.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} of {expected.Length}: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
