using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

/// <summary>a·b + c of doubles.</summary>
interface IMultiplyAdd64
{
    static abstract V F<V>(V a, V b, V c) where V : struct, ISimd64<V>;
}

/// <summary>Rounded once.</summary>
readonly struct Fused64 : IMultiplyAdd64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b, V c) where V : struct, ISimd64<V> => V.Fma(a, b, c);
}

/// <summary>The same for a weight b that is not negative, but c where it is 0, whatever a is.</summary>
readonly struct Weighed64 : IMultiplyAdd64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V>(V a, V b, V c) where V : struct, ISimd64<V> => V.WhereLess(b, V.Broadcast(double.Epsilon), c, V.Fma(a, b, c));
}

/// <summary>
/// The parts of attention in double, for int8 models. Queries lie side by side: qᵀ (d, width), s and e (keys, width), oᵀ (d, width), so
/// that vectors run over queries and every sum is one chain in ascending order; width is a multiple of 16, padded.
/// </summary>
static class Attention64
{
    const int Together = 4;   // rows of a tile; it is two vectors wide

    /// <summary>y = x for rows of n floats, <paramref name="rowX"/> and <paramref name="rowY"/> apart.</summary>
    internal static void Widen(int rows, int n, ref float x, int rowX, ref double y, int rowY)
    {
        if (Simd.Has512) Widen<D512>(rows, n, ref x, rowX, ref y, rowY);
        else if (Simd.Has256) Widen<D256>(rows, n, ref x, rowX, ref y, rowY);
        else Widen<D1>(rows, n, ref x, rowX, ref y, rowY);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Widen<V>(int rows, nint n, ref float x, nint rowX, ref double y, nint rowY) where V : struct, ISimd64<V>
    {
        for (; rows > 0; rows--, x = ref Unsafe.Add(ref x, rowX), y = ref Unsafe.Add(ref y, rowY))
        {
            nint i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(V.Load(ref Unsafe.Add(ref x, i)), ref Unsafe.Add(ref y, i));
            for (; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref x, i);
        }
    }

    /// <summary>x = 1 / x, and 0 where it is 0.</summary>
    internal static void Invert(int n, ref double x)
    {
        for (int i = 0; i < n; i++) Unsafe.Add(ref x, i) = Unsafe.Add(ref x, i) == 0 ? 0 : 1 / Unsafe.Add(ref x, i);
    }

    /// <summary>y[r, i] = x[r, i]·factors[i] as floats.</summary>
    internal static void Scale(int rows, int width, ref double x, ref double factors, ref float y)
    {
        if (Simd.Has512) Scale<D512>(rows, width, ref x, ref factors, ref y);
        else if (Simd.Has256) Scale<D256>(rows, width, ref x, ref factors, ref y);
        else Scale<D1>(rows, width, ref x, ref factors, ref y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Scale<V>(int rows, nint width, ref double x, ref double factors, ref float y) where V : struct, ISimd64<V>
    {
        for (; rows > 0; rows--, x = ref Unsafe.Add(ref x, width), y = ref Unsafe.Add(ref y, width))
            for (nint i = 0; i < width; i += V.Count)
                V.Store(V.Load(ref Unsafe.Add(ref x, i)) * V.Load(ref Unsafe.Add(ref factors, i)), ref Unsafe.Add(ref y, i));
    }

    /// <summary>
    /// c = a·b with b (depth, width) and c (rows, width); a[r, k] lies at r·rowA + k·depthA. M says what a product adds to a sum.
    /// </summary>
    internal static void Multiply<M>(int rows, int width, int depth, ref double a, int rowA, int depthA, ref double b, ref double c)
        where M : IMultiplyAdd64
    {
        if (Simd.Has512) Multiply<M, D512>(rows, width, depth, ref a, rowA, depthA, ref b, ref c);
        else if (Simd.Has256) Multiply<M, D256>(rows, width, depth, ref a, rowA, depthA, ref b, ref c);
        else Multiply<M, D1>(rows, width, depth, ref a, rowA, depthA, ref b, ref c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Multiply<M, V>(int rows, nint width, nint depth, ref double a, nint rowA, nint depthA, ref double b, ref double c)
        where M : IMultiplyAdd64 where V : struct, ISimd64<V>
    {
        for (nint n = 0; n < width; n += 2 * V.Count)
        {
            ref double panel = ref Unsafe.Add(ref b, n), to = ref Unsafe.Add(ref c, n);
            nint row = 0;
            for (; row <= rows - Together; row += Together)
                Four<M, V>(width, depth, ref Unsafe.Add(ref a, row * rowA), rowA, depthA, ref panel, ref Unsafe.Add(ref to, row * width));
            for (; row < rows; row++)
                One<M, V>(width, depth, ref Unsafe.Add(ref a, row * rowA), depthA, ref panel, ref Unsafe.Add(ref to, row * width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Four<M, V>(nint width, nint depth, ref double a, nint rowA, nint depthA, ref double b, ref double c)
        where M : IMultiplyAdd64 where V : struct, ISimd64<V>
    {
        V zero = V.Broadcast(0), c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        for (; depth > 0; depth--)
        {
            V b0 = V.Load(ref b), b1 = V.Load(ref Unsafe.Add(ref b, V.Count));
            V a0 = V.Broadcast(a), a1 = V.Broadcast(Unsafe.Add(ref a, rowA)), a2 = V.Broadcast(Unsafe.Add(ref a, 2 * rowA));
            V a3 = V.Broadcast(Unsafe.Add(ref a, 3 * rowA));
            c00 = M.F(a0, b0, c00);
            c01 = M.F(a0, b1, c01);
            c10 = M.F(a1, b0, c10);
            c11 = M.F(a1, b1, c11);
            c20 = M.F(a2, b0, c20);
            c21 = M.F(a2, b1, c21);
            c30 = M.F(a3, b0, c30);
            c31 = M.F(a3, b1, c31);
            a = ref Unsafe.Add(ref a, depthA);
            b = ref Unsafe.Add(ref b, width);
        }
        Store(c00, c01, ref c);
        Store(c10, c11, ref Unsafe.Add(ref c, width));
        Store(c20, c21, ref Unsafe.Add(ref c, 2 * width));
        Store(c30, c31, ref Unsafe.Add(ref c, 3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void One<M, V>(nint width, nint depth, ref double a, nint depthA, ref double b, ref double c)
        where M : IMultiplyAdd64 where V : struct, ISimd64<V>
    {
        V c0 = V.Broadcast(0), c1 = c0;
        for (; depth > 0; depth--)
        {
            V all = V.Broadcast(a);
            c0 = M.F(all, V.Load(ref b), c0);
            c1 = M.F(all, V.Load(ref Unsafe.Add(ref b, V.Count)), c1);
            a = ref Unsafe.Add(ref a, depthA);
            b = ref Unsafe.Add(ref b, width);
        }
        Store(c0, c1, ref c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V>(V c0, V c1, ref double c) where V : struct, ISimd64<V>
    {
        V.Store(c0, ref c);
        V.Store(c1, ref Unsafe.Add(ref c, V.Count));
    }

    /// <summary>
    /// e = e^(s - max) in place and its sum over the keys, for each query; scores of keys that may not be attended are -∞. Without any
    /// other all e and their sum are 0.
    /// </summary>
    internal static void Exponentials(int keys, int width, ref double s, ref double sums)
    {
        if (Simd.Has512) Exponentials<D512>(keys, width, ref s, ref sums);
        else if (Simd.Has256) Exponentials<D256>(keys, width, ref s, ref sums);
        else Exponentials<D1>(keys, width, ref s, ref sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Exponentials<V>(nint keys, nint width, ref double s, ref double sums) where V : struct, ISimd64<V>
    {
        for (nint i = 0; i < width; i += V.Count)
        {
            V largest = V.Broadcast(double.MinValue), sum = V.Broadcast(0);   // a NaN that is passed over here reaches the sum
            for (nint j = 0; j < keys; j++) largest = V.Max(largest, V.Load(ref Unsafe.Add(ref s, j * width + i)));
            for (nint j = 0; j < keys; j++)
            {
                ref double at = ref Unsafe.Add(ref s, j * width + i);
                V e = Exp64.F(V.Load(ref at) - largest);
                V.Store(e, ref at);
                sum += e;
            }
            V.Store(sum, ref Unsafe.Add(ref sums, i));
        }
    }
}
