using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Softmax over rows, and its gradient. A row's sum is one chain in ascending order; four rows are summed at once, so that their chains
/// overlap. A last vector that is not full begins earlier, and is read before what it shares with the others is overwritten.
/// </summary>
static class Softmax
{
    const int Together = 4;

    /// <summary>y = e^(x - max) / Σ e^(x - max) over each of the rows, <paramref name="stride"/> apart; y may be x.</summary>
    internal static void Rows(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int stride)
    {
        Require(rows, columns, stride, x.Length, y.Length);
        if (columns == 0) return;
        ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        if (Simd.Has512 && columns >= V512.Count) Rows<V512>(rows, columns, stride, ref x0, ref y0);
        else if (Simd.Has256 && columns >= V256.Count) Rows<V256>(rows, columns, stride, ref x0, ref y0);
        else if (Simd.Has128 && columns >= V128.Count) Rows<V128>(rows, columns, stride, ref x0, ref y0);
        else Rows<V1>(rows, columns, stride, ref x0, ref y0);
    }

    /// <summary>
    /// The gradient in place: d = a∘(d - Σ a∘d) for weights a = softmax(x). Where a weight is 0 (its step was masked) the gradient is 0,
    /// whatever stood there.
    /// </summary>
    internal static void Backward(ReadOnlySpan<float> a, Span<float> d, int rows, int columns, int stride)
    {
        Require(rows, columns, stride, a.Length, d.Length);
        if (columns == 0) return;
        ref float a0 = ref MemoryMarshal.GetReference(a), d0 = ref MemoryMarshal.GetReference(d);
        if (Simd.Has512 && columns >= V512.Count) Backward<V512>(rows, columns, stride, ref a0, ref d0);
        else if (Simd.Has256 && columns >= V256.Count) Backward<V256>(rows, columns, stride, ref a0, ref d0);
        else if (Simd.Has128 && columns >= V128.Count) Backward<V128>(rows, columns, stride, ref a0, ref d0);
        else Backward<V1>(rows, columns, stride, ref a0, ref d0);
    }

    static void Require(int rows, int columns, int stride, int values, int room)
    {
        long needed = rows == 0 ? 0 : (rows - 1L) * stride + columns;
        if (values < needed || room < needed)
            throw new ArgumentException($"Softmax: expected {rows} rows of {columns} values, {stride} apart, "
                + $"got {values} values and room for {room}");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Rows<V>(int rows, int columns, nint stride, ref float x, ref float y) where V : struct, ISimd<V>
    {
        nint n = columns, row = 0;
        for (; row <= rows - Together; row += Together)
        {
            ref float x0 = ref Unsafe.Add(ref x, row * stride), y0 = ref Unsafe.Add(ref y, row * stride);
            for (nint r = 0; r < Together; r++) Exponentials<V>(n, ref Unsafe.Add(ref x0, r * stride), ref Unsafe.Add(ref y0, r * stride));
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (nint i = 0; i < n; i++)
            {
                s0 += Unsafe.Add(ref y0, i);
                s1 += Unsafe.Add(ref y0, i + stride);
                s2 += Unsafe.Add(ref y0, i + 2 * stride);
                s3 += Unsafe.Add(ref y0, i + 3 * stride);
            }
            Divide<V>(n, ref y0, s0);
            Divide<V>(n, ref Unsafe.Add(ref y0, stride), s1);
            Divide<V>(n, ref Unsafe.Add(ref y0, 2 * stride), s2);
            Divide<V>(n, ref Unsafe.Add(ref y0, 3 * stride), s3);
        }
        for (; row < rows; row++)
        {
            ref float y0 = ref Unsafe.Add(ref y, row * stride);
            Exponentials<V>(n, ref Unsafe.Add(ref x, row * stride), ref y0);
            float sum = 0;
            for (nint i = 0; i < n; i++) sum += Unsafe.Add(ref y0, i);
            Divide<V>(n, ref y0, sum);
        }
    }

    /// <summary>y = e^(x - max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Exponentials<V>(nint n, ref float x, ref float y) where V : struct, ISimd<V>
    {
        V last = V.Load(ref Unsafe.Add(ref x, n - V.Count)), lanes = last;
        nint i = 0;
        for (; i < n - V.Count; i += V.Count) lanes = V.Max(lanes, V.Load(ref Unsafe.Add(ref x, i)));
        V largest = V.Broadcast(V.Largest(lanes));   // the same in any order; where a NaN is passed over, it reaches the sum
        for (i = 0; i < n - V.Count; i += V.Count) V.Store(Exp.F(V.Load(ref Unsafe.Add(ref x, i)) - largest), ref Unsafe.Add(ref y, i));
        V.Store(Exp.F(last - largest), ref Unsafe.Add(ref y, n - V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Divide<V>(nint n, ref float y, float sum) where V : struct, ISimd<V>
    {
        V last = V.Load(ref Unsafe.Add(ref y, n - V.Count)), divisor = V.Broadcast(sum);
        for (nint i = 0; i < n - V.Count; i += V.Count) V.Store(V.Load(ref Unsafe.Add(ref y, i)) / divisor, ref Unsafe.Add(ref y, i));
        V.Store(last / divisor, ref Unsafe.Add(ref y, n - V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<V>(int rows, int columns, nint stride, ref float a, ref float d) where V : struct, ISimd<V>
    {
        nint n = columns, row = 0;
        for (; row <= rows - Together; row += Together)
        {
            ref float a0 = ref Unsafe.Add(ref a, row * stride), d0 = ref Unsafe.Add(ref d, row * stride);
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (nint i = 0; i < n; i++)
            {
                s0 = Add(Unsafe.Add(ref a0, i), Unsafe.Add(ref d0, i), s0);
                s1 = Add(Unsafe.Add(ref a0, i + stride), Unsafe.Add(ref d0, i + stride), s1);
                s2 = Add(Unsafe.Add(ref a0, i + 2 * stride), Unsafe.Add(ref d0, i + 2 * stride), s2);
                s3 = Add(Unsafe.Add(ref a0, i + 3 * stride), Unsafe.Add(ref d0, i + 3 * stride), s3);
            }
            Weigh<V>(n, ref a0, s0, ref d0);
            Weigh<V>(n, ref Unsafe.Add(ref a0, stride), s1, ref Unsafe.Add(ref d0, stride));
            Weigh<V>(n, ref Unsafe.Add(ref a0, 2 * stride), s2, ref Unsafe.Add(ref d0, 2 * stride));
            Weigh<V>(n, ref Unsafe.Add(ref a0, 3 * stride), s3, ref Unsafe.Add(ref d0, 3 * stride));
        }
        for (; row < rows; row++)
        {
            ref float a0 = ref Unsafe.Add(ref a, row * stride), d0 = ref Unsafe.Add(ref d, row * stride);
            float sum = 0;
            for (nint i = 0; i < n; i++) sum = Add(Unsafe.Add(ref a0, i), Unsafe.Add(ref d0, i), sum);
            Weigh<V>(n, ref a0, sum, ref d0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Add(float a, float d, float sum) => a != 0 ? MathF.FusedMultiplyAdd(a, d, sum) : sum;

    /// <summary>d = a·(d - mean), but 0 where a is 0; a is not negative, NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Weigh<V>(nint n, ref float a, float mean, ref float d) where V : struct, ISimd<V>
    {
        V last = Weighed(V.Load(ref Unsafe.Add(ref a, n - V.Count)), V.Load(ref Unsafe.Add(ref d, n - V.Count)), V.Broadcast(mean));
        for (nint i = 0; i < n - V.Count; i += V.Count)
            V.Store(Weighed(V.Load(ref Unsafe.Add(ref a, i)), V.Load(ref Unsafe.Add(ref d, i)), V.Broadcast(mean)),
                ref Unsafe.Add(ref d, i));
        V.Store(last, ref Unsafe.Add(ref d, n - V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Weighed<V>(V a, V d, V mean) where V : struct, ISimd<V>
        => V.WhereLess(a, V.Broadcast(float.Epsilon), V.Broadcast(0f), a * (d - mean));
}
