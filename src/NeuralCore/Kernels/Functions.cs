using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>A function of one vector, applied element by element.</summary>
interface IFunction
{
    static abstract V F<V>(V x) where V : struct, ISimd<V>;
}

/// <summary>a·b + c.</summary>
interface IMultiplyAdd
{
    static abstract V F<V>(V a, V b, V c) where V : struct, ISimd<V>;
}

/// <summary>Rounded once.</summary>
readonly struct Fused : IMultiplyAdd
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b, V c) where V : struct, ISimd<V> => V.Fma(a, b, c);
}

/// <summary>Rounded after the product and after the sum, as two operators of ONNX do.</summary>
readonly struct Apart : IMultiplyAdd
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b, V c) where V : struct, ISimd<V> => a * b + c;
}

/// <summary>A function whose gradient is known from its output.</summary>
interface IActivation : IFunction
{
    /// <summary>dX = dY·f'(x) from y = f(x).</summary>
    static abstract V Gradient<V>(V dY, V y) where V : struct, ISimd<V>;
}

/// <summary>
/// eˣ by x = n·ln 2 + r, |r| ≤ ½ ln 2, and a polynomial of degree 7 in r. Largest error 1 ulp, 8.3e-8 of the value (FunctionTests);
/// e⁰ = 1; 0 under -86.9, where eˣ is about to leave the normal floats (2⁻¹²⁶ is e^-87.3); ∞ over 88.72; NaN stays.
/// <para>Source of the coefficients: Cephes, expf.</para>
/// </summary>
readonly struct Exp : IFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V>(V x) where V : struct, ISimd<V> => V.WhereLess(x, V.Broadcast(-86.9f), V.Broadcast(0f), OverZero(x));

    /// <summary>The same, but e^-86.9 under -86.9: for sums in which that is as good as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V OverZero<V>(V x) where V : struct, ISimd<V>
    {
        V bounded = V.Max(V.Broadcast(-86.9f), V.Min(V.Broadcast(88.8f), x));
        V t = V.Fma(bounded, V.Broadcast(1.44269504f), V.Broadcast(Simd.RoundingMagic));
        V n = t - V.Broadcast(Simd.RoundingMagic);
        V r = V.Fma(n, V.Broadcast(-0.693359375f), bounded);
        r = V.Fma(n, V.Broadcast(2.12194440e-4f), r);
        V p = V.Fma(V.Broadcast(1.9875691500e-4f), r, V.Broadcast(1.3981999507e-3f));
        p = V.Fma(p, r, V.Broadcast(8.3334519073e-3f));
        p = V.Fma(p, r, V.Broadcast(4.1665795894e-2f));
        p = V.Fma(p, r, V.Broadcast(1.6666665459e-1f));
        p = V.Fma(p, r, V.Broadcast(5.0000001201e-1f));
        p = V.Fma(p, r * r, r) + V.Broadcast(1f);
        return (p + p) * V.HalfPowerOfTwo(t);
    }
}

/// <summary>
/// σ(x) = 1 / (1 + e⁻ˣ); σ(0) = ½; 0 under -88.72, where σ is subnormal. Largest error 2.5 ulp, 1.6e-7 of the value (FunctionTests).
/// NaN stays.
/// </summary>
readonly struct Sigmoid : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V>(V x) where V : struct, ISimd<V>
    {
        V one = V.Broadcast(1f);
        return one / (one + Exp.OverZero(V.Broadcast(0f) - x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V dY, V y) where V : struct, ISimd<V> => dY * (y * (V.Broadcast(1f) - y));

    /// <summary>σ(x), and <paramref name="slope"/> σ'(x) = e^-|x| / (1 + e^-|x|)², both accurate relative to their size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WithSlope<V>(V x, out V slope) where V : struct, ISimd<V>
    {
        V zero = V.Broadcast(0f), one = V.Broadcast(1f), e = Exp.F(zero - V.Max(x, zero - x));
        V larger = one / (one + e), smaller = e * larger;
        slope = smaller * larger;
        return V.WhereLess(x, zero, smaller, larger);
    }
}

/// <summary>
/// tanh x = x·(P(x²) / Q(x²)), degrees 9 and 8, beyond ±8.664 it is ±1. Exactly odd; |tanh| ≤ 1; x itself under 2⁻¹³, where P and Q
/// differ by less than rounding. Largest error 4.9 ulp just under 1, 3e-7 of the value (FunctionTests). NaN stays.
/// <para>Source of the coefficients: Eigen, ptanh_float.</para>
/// </summary>
readonly struct Tanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V>(V x) where V : struct, ISimd<V> => F<V, Fused>(x);

    internal const float Bound = 8.6640625f, P4 = 1.394553628e-8f, P3 = 2.102733560e-5f, P2 = 3.520756727e-3f, P1 = 1.340216100e-1f;
    internal const float Q4 = 8.015776984e-7f, Q3 = 3.326951409e-4f, Q2 = 2.597254514e-2f, Q1 = 4.673548340e-1f;

    /// <summary>The same with multiply-adds of one kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V, M>(V x) where V : struct, ISimd<V> where M : IMultiplyAdd
    {
        x = V.Max(V.Broadcast(-Bound), V.Min(V.Broadcast(Bound), x));
        V s = x * x;
        V p = M.F(V.Broadcast(P4), s, V.Broadcast(P3));
        p = M.F(p, s, V.Broadcast(P2));
        p = M.F(p, s, V.Broadcast(P1));
        p = M.F(p, s, V.Broadcast(1f));
        V q = M.F(V.Broadcast(Q4), s, V.Broadcast(Q3));
        q = M.F(q, s, V.Broadcast(Q2));
        q = M.F(q, s, V.Broadcast(Q1));
        q = M.F(q, s, V.Broadcast(1f));
        return V.Max(V.Broadcast(-1f), V.Min(V.Broadcast(1f), x * (p / q)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V dY, V y) where V : struct, ISimd<V> => dY * V.Fma(V.Broadcast(0f) - y, y, V.Broadcast(1f));
}

/// <summary>max(x, 0); NaN stays.</summary>
readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V F<V>(V x) where V : struct, ISimd<V> => V.Max(V.Broadcast(0f), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V dY, V y) where V : struct, ISimd<V> => V.WhereLess(y, V.Broadcast(float.Epsilon), V.Broadcast(0f), dY);
}

/// <summary>Drives an element-wise function over spans of any length.</summary>
static class Functions
{
    /// <summary>y = F(x) element by element; y may be x.</summary>
    internal static void Apply<F>(ReadOnlySpan<float> x, Span<float> y) where F : IFunction
    {
        if (y.Length < x.Length) throw new ArgumentException($"{typeof(F).Name}: expected room for {x.Length} values, got {y.Length}");
        if (Simd.Has512) Apply<F, V512>(x, y);
        else if (Simd.Has256) Apply<F, V256>(x, y);
        else if (Simd.Has128) Apply<F, V128>(x, y);
        else Apply<F, V1>(x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Apply<F, V>(ReadOnlySpan<float> x, Span<float> y) where F : IFunction where V : struct, ISimd<V>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        nint i = 0, n = x.Length;
        for (; i <= n - V.Count; i += V.Count) V.Store(F.F(V.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref y0, i));
        for (; i < n; i++) V1.Store(F.F(V1.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref y0, i));
    }
}
