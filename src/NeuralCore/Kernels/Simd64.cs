using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Kernels;

/// <summary>
/// A vector of doubles of one width, as <see cref="ISimd{V}"/> is one of floats: every width gives the same bits. Kernels use a width where
/// that of floats has as many bits, and one double at a time elsewhere.
/// </summary>
interface ISimd64<V> where V : struct, ISimd64<V>
{
    /// <summary>Doubles in one vector.</summary>
    static abstract int Count { get; }

    static abstract V Load(ref double source);

    /// <summary>As many floats, exactly.</summary>
    static abstract V Load(ref float source);

    static abstract void Store(V value, ref double target);

    /// <summary>Rounded to floats.</summary>
    static abstract void Store(V value, ref float target);

    static abstract V Broadcast(double value);
    static abstract V operator +(V a, V b);
    static abstract V operator -(V a, V b);
    static abstract V operator *(V a, V b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>a > b ? a : b, so b where either is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>a &lt; b ? yes : no, lane by lane; no where either is NaN.</summary>
    static abstract V WhereLess(V a, V b, V yes, V no);

    /// <summary>2ⁿ for t = n + 1.5·2^52, n whole in -1022..1023: the low bits of t moved to the exponent.</summary>
    static abstract V PowerOfTwo(V t);
}

/// <summary>8 doubles (AVX-512).</summary>
readonly struct D512(Vector512<double> value) : ISimd64<D512>
{
    readonly Vector512<double> v = value;

    public static int Count => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 Load(ref double source) => new(Vector512.LoadUnsafe(ref source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D512 Load(ref float source)
    {
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref source));
        return new(Vector512.Create(low, high));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(D512 value, ref double target) => value.v.StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(D512 value, ref float target)
        => Vector256.Narrow(value.v.GetLower(), value.v.GetUpper()).StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 Broadcast(double value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 operator +(D512 a, D512 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 operator -(D512 a, D512 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 operator *(D512 a, D512 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D512 Fma(D512 a, D512 b, D512 c) => new(Vector512.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D512 Max(D512 a, D512 b) => new(Vector512.MaxNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D512 WhereLess(D512 a, D512 b, D512 yes, D512 no)
        => new(Vector512.ConditionalSelect(Vector512.LessThan(a.v, b.v), yes.v, no.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D512 PowerOfTwo(D512 t) => new(((t.v.AsInt64() << 52) + Vector512.Create(Exp64.One)).AsDouble());
}

/// <summary>4 doubles (AVX2 with FMA).</summary>
readonly struct D256(Vector256<double> value) : ISimd64<D256>
{
    readonly Vector256<double> v = value;

    public static int Count => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 Load(ref double source) => new(Vector256.LoadUnsafe(ref source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D256 Load(ref float source)
    {
        (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.LoadUnsafe(ref source));
        return new(Vector256.Create(low, high));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(D256 value, ref double target) => value.v.StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(D256 value, ref float target)
        => Vector128.Narrow(value.v.GetLower(), value.v.GetUpper()).StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 Broadcast(double value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 operator +(D256 a, D256 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 operator -(D256 a, D256 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 operator *(D256 a, D256 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D256 Fma(D256 a, D256 b, D256 c) => new(Vector256.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D256 Max(D256 a, D256 b) => new(Vector256.MaxNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D256 WhereLess(D256 a, D256 b, D256 yes, D256 no)
        => new(Vector256.ConditionalSelect(Vector256.LessThan(a.v, b.v), yes.v, no.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D256 PowerOfTwo(D256 t) => new(((t.v.AsInt64() << 52) + Vector256.Create(Exp64.One)).AsDouble());
}

/// <summary>One double: the fallback, and the oracle for the other widths.</summary>
readonly struct D1(double value) : ISimd64<D1>
{
    readonly double v = value;

    public static int Count => 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 Load(ref double source) => new(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 Load(ref float source) => new(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(D1 value, ref double target) => target = value.v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(D1 value, ref float target) => target = (float)value.v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 Broadcast(double value) => new(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 operator +(D1 a, D1 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 operator -(D1 a, D1 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 operator *(D1 a, D1 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 Fma(D1 a, D1 b, D1 c) => new(Math.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 Max(D1 a, D1 b) => a.v > b.v ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static D1 WhereLess(D1 a, D1 b, D1 yes, D1 no) => a.v < b.v ? yes : no;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static D1 PowerOfTwo(D1 t) => new(BitConverter.Int64BitsToDouble((BitConverter.DoubleToInt64Bits(t.v) << 52) + Exp64.One));
}

/// <summary>
/// eˣ for x up to 0 in double: x = n·ln 2 + r, |r| ≤ ½ ln 2, and the series of eʳ up to r¹³ / 13!. Relative error under 4.5e-16
/// (AttentionKernelTests); e⁰ = 1; 0 under -708, where eˣ is about to leave the normal numbers; NaN stays.
/// </summary>
static class Exp64
{
    internal const long One = 1023L << 52;   // bits of 1
    const double Least = -708, Log2E = 1.4426950408889634, Ln2 = 0.6931471805599453, Ln2Rest = 2.3190468138462996e-17;
    const double Magic = 6755399441055744;   // 1.5·2^52: added, it rounds to a whole number, which the low bits then hold

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V F<V>(V x) where V : struct, ISimd64<V>
    {
        V bounded = V.Max(V.Broadcast(Least), x), t = V.Fma(bounded, V.Broadcast(Log2E), V.Broadcast(Magic)), n = t - V.Broadcast(Magic);
        V r = V.Fma(n, V.Broadcast(-Ln2Rest), V.Fma(n, V.Broadcast(-Ln2), bounded));
        V p = V.Fma(V.Broadcast(1.0 / 6227020800), r, V.Broadcast(1.0 / 479001600));
        p = V.Fma(p, r, V.Broadcast(1.0 / 39916800));
        p = V.Fma(p, r, V.Broadcast(1.0 / 3628800));
        p = V.Fma(p, r, V.Broadcast(1.0 / 362880));
        p = V.Fma(p, r, V.Broadcast(1.0 / 40320));
        p = V.Fma(p, r, V.Broadcast(1.0 / 5040));
        p = V.Fma(p, r, V.Broadcast(1.0 / 720));
        p = V.Fma(p, r, V.Broadcast(1.0 / 120));
        p = V.Fma(p, r, V.Broadcast(1.0 / 24));
        p = V.Fma(p, r, V.Broadcast(1.0 / 6));
        p = V.Fma(p, r, V.Broadcast(0.5));
        p = V.Fma(p, r, V.Broadcast(1.0));
        p = V.Fma(p, r, V.Broadcast(1.0));
        return V.WhereLess(x, V.Broadcast(Least), V.Broadcast(0), p * V.PowerOfTwo(t));
    }
}
