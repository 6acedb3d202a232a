using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>A function of two vectors, applied element by element.</summary>
interface IBinary
{
    static abstract V F<V>(V a, V b) where V : struct, ISimd<V>;
}

/// <summary>a + b.</summary>
readonly struct Add : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b) where V : struct, ISimd<V> => a + b;
}

/// <summary>dY·f'(x) from y = f(x).</summary>
readonly struct Gradient<A> : IBinary where A : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V dY, V y) where V : struct, ISimd<V> => A.Gradient(dY, y);
}

/// <summary>Element-wise and row operations.</summary>
static class Elementwise
{
    /// <summary>y = F(a, b) element by element; y may be a or b.</summary>
    internal static void Apply<F>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where F : IBinary
    {
        if (b.Length != a.Length || y.Length < a.Length)
            throw new ArgumentException($"{typeof(F).Name}: expected equal lengths, got {a.Length}, {b.Length} and room for {y.Length}");
        if (Simd.Has512) Apply<F, V512>(a, b, y);
        else if (Simd.Has256) Apply<F, V256>(a, b, y);
        else if (Simd.Has128) Apply<F, V128>(a, b, y);
        else Apply<F, V1>(a, b, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Apply<F, V>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where F : IBinary
        where V : struct, ISimd<V>
    {
        ref float a0 = ref MemoryMarshal.GetReference(a), b0 = ref MemoryMarshal.GetReference(b), y0 = ref MemoryMarshal.GetReference(y);
        nint i = 0, n = a.Length;
        for (; i <= n - V.Count; i += V.Count)
            V.Store(F.F(V.Load(ref Unsafe.Add(ref a0, i)), V.Load(ref Unsafe.Add(ref b0, i))), ref Unsafe.Add(ref y0, i));
        for (; i < n; i++)
            V1.Store(F.F(V1.Load(ref Unsafe.Add(ref a0, i)), V1.Load(ref Unsafe.Add(ref b0, i))), ref Unsafe.Add(ref y0, i));
    }

    /// <summary>y += s·x.</summary>
    internal static void AddScaled(float s, ReadOnlySpan<float> x, Span<float> y)
    {
        if (y.Length < x.Length) throw new ArgumentException($"AddScaled: expected room for {x.Length} values, got {y.Length}");
        if (Simd.Has512) AddScaled<V512>(s, x, y);
        else if (Simd.Has256) AddScaled<V256>(s, x, y);
        else if (Simd.Has128) AddScaled<V128>(s, x, y);
        else AddScaled<V1>(s, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AddScaled<V>(float s, ReadOnlySpan<float> x, Span<float> y) where V : struct, ISimd<V>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        nint i = 0, n = x.Length;
        for (; i <= n - V.Count; i += V.Count)
        {
            ref float target = ref Unsafe.Add(ref y0, i);
            V.Store(V.Fma(V.Broadcast(s), V.Load(ref Unsafe.Add(ref x0, i)), V.Load(ref target)), ref target);
        }
        for (; i < n; i++) Unsafe.Add(ref y0, i) = MathF.FusedMultiplyAdd(s, Unsafe.Add(ref x0, i), Unsafe.Add(ref y0, i));
    }

    /// <summary>sums += every row of x in order; x has rows of <c>sums.Length</c> values, <paramref name="stride"/> apart.</summary>
    internal static void AddRows(ReadOnlySpan<float> x, int rows, int stride, Span<float> sums)
    {
        if (rows > 0 && x.Length < (rows - 1L) * stride + sums.Length)
            throw new ArgumentException($"AddRows: expected {rows} rows of {sums.Length} values, {stride} apart, got {x.Length} values");
        if (Simd.Has512) AddRows<V512>(x, rows, stride, sums);
        else if (Simd.Has256) AddRows<V256>(x, rows, stride, sums);
        else if (Simd.Has128) AddRows<V128>(x, rows, stride, sums);
        else AddRows<V1>(x, rows, stride, sums);
    }

    /// <summary>Four rows in one pass over the sums, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AddRows<V>(ReadOnlySpan<float> x, nint rows, nint stride, Span<float> sums) where V : struct, ISimd<V>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), sums0 = ref MemoryMarshal.GetReference(sums);
        nint n = sums.Length;
        for (; rows >= 4; rows -= 4, x0 = ref Unsafe.Add(ref x0, 4 * stride))
        {
            nint i = 0;
            for (; i <= n - V.Count; i += V.Count) AddFour<V>(ref Unsafe.Add(ref x0, i), stride, ref Unsafe.Add(ref sums0, i));
            for (; i < n; i++) AddFour<V1>(ref Unsafe.Add(ref x0, i), stride, ref Unsafe.Add(ref sums0, i));
        }
        for (; rows > 0; rows--, x0 = ref Unsafe.Add(ref x0, stride))
            Apply<Add, V>(sums, MemoryMarshal.CreateReadOnlySpan(ref x0, sums.Length), sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddFour<V>(ref float x, nint stride, ref float sum) where V : struct, ISimd<V>
        => V.Store(V.Load(ref sum) + V.Load(ref x) + V.Load(ref Unsafe.Add(ref x, stride)) + V.Load(ref Unsafe.Add(ref x, 2 * stride))
            + V.Load(ref Unsafe.Add(ref x, 3 * stride)), ref sum);
}
