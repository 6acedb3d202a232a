using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>
/// A vector of floats of one width. Kernels are written once, generic over this interface; every width gives the same bits, because each
/// operation is one that IEEE 754 rounds correctly and no kernel sums across lanes.
/// </summary>
interface ISimd<V> where V : struct, ISimd<V>
{
    /// <summary>Floats in one vector.</summary>
    static abstract int Count { get; }

    /// <summary>Vectors side by side in a tile: four where there are 32 vector registers, two where there are 16.</summary>
    static abstract int TileVectors { get; }

    static abstract V Load(ref float source);
    static abstract void Store(V value, ref float target);
    static abstract V Broadcast(float value);
    static abstract V operator +(V a, V b);
    static abstract V operator -(V a, V b);
    static abstract V operator *(V a, V b);
    static abstract V operator /(V a, V b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    static abstract V Sqrt(V a);

    /// <summary>a &lt; b ? a : b, so b where either is NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>a > b ? a : b, so b where either is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The largest lane; where a lane is NaN, any.</summary>
    static abstract float Largest(V a);

    /// <summary>a &lt; b ? yes : no, lane by lane; no where either is NaN.</summary>
    static abstract V WhereLess(V a, V b, V yes, V no);

    /// <summary>Lane i is yes where bit i is set, else no.</summary>
    static abstract V WhereSet(uint bits, V yes, V no);

    /// <summary>a or |b|, for a that is not negative, whichever has the larger bits: so NaN where either is.</summary>
    static abstract V LargerMagnitude(V a, V b);

    /// <summary>The lane of the largest bits of a vector that is not negative: NaN where a lane is.</summary>
    static abstract float LargestBits(V a);

    /// <summary>The lowest 8 bits of each lane.</summary>
    static abstract void StoreLowBytes(V value, ref byte target);

    /// <summary>2^(n - 1) for t = n + 1.5·2^23, n whole in -125..128: the low bits of t moved to the exponent.</summary>
    static abstract V HalfPowerOfTwo(V t);
}

/// <summary>Constants that the widths share.</summary>
static class Simd
{
    /// <summary>Adding this float rounds a number under 2^22 to a whole one, which the low mantissa bits then hold.</summary>
    internal const float RoundingMagic = 12582912f;

    internal const int HalfExponentBias = 126 << 23, Magnitude = int.MaxValue;

    internal static bool Has512 => Vector512.IsHardwareAccelerated;

    internal static bool Has256 => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    internal static bool Has128 => AdvSimd.Arm64.IsSupported;

    /// <summary>Asks for the cache line of a float that is soon read. Nothing is read, so it may lie anywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Prefetch(ref float from, nint distance)
    {
        if (Sse.IsSupported) Sse.Prefetch0((float*)Unsafe.AsPointer(ref from) + distance);
    }
}

/// <summary>16 floats (AVX-512).</summary>
readonly struct V512(Vector512<float> value) : ISimd<V512>
{
    readonly Vector512<float> v = value;

    public static int Count => 16;
    public static int TileVectors => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 Load(ref float source) => new(Vector512.LoadUnsafe(ref source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V512 value, ref float target) => value.v.StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 Broadcast(float value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 operator +(V512 a, V512 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 operator -(V512 a, V512 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 operator *(V512 a, V512 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 operator /(V512 a, V512 b) => new(a.v / b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512 Fma(V512 a, V512 b, V512 c) => new(Vector512.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 Sqrt(V512 a) => new(Vector512.Sqrt(a.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 Min(V512 a, V512 b) => new(Vector512.MinNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V512 Max(V512 a, V512 b) => new(Vector512.MaxNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(V512 a) => V256.Largest(new(Vector256.MaxNative(a.v.GetLower(), a.v.GetUpper())));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512 WhereLess(V512 a, V512 b, V512 yes, V512 no)
        => new(Vector512.ConditionalSelect(Vector512.LessThan(a.v, b.v), yes.v, no.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512 WhereSet(uint bits, V512 yes, V512 no)
    {
        Vector512<uint> lane = Vector512.Create(1u, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10,
            1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        return new(Vector512.ConditionalSelect(Vector512.Equals(Vector512.Create(bits) & lane, Vector512<uint>.Zero)
            .AsSingle(), no.v, yes.v));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512 LargerMagnitude(V512 a, V512 b)
        => new(Vector512.Max(a.v.AsInt32(), b.v.AsInt32() & Vector512.Create(Simd.Magnitude)).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestBits(V512 a)
        => V256.LargestBits(new(Vector256.Max(a.v.GetLower().AsInt32(), a.v.GetUpper().AsInt32()).AsSingle()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(V512 value, ref byte target)
        => Avx512F.ConvertToVector128Byte(value.v.AsUInt32()).StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512 HalfPowerOfTwo(V512 t)
        => new(((t.v.AsInt32() << 23) + Vector512.Create(Simd.HalfExponentBias)).AsSingle());
}

/// <summary>8 floats (AVX2 with FMA).</summary>
readonly struct V256(Vector256<float> value) : ISimd<V256>
{
    readonly Vector256<float> v = value;

    public static int Count => 8;
    public static int TileVectors => 2;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 Load(ref float source) => new(Vector256.LoadUnsafe(ref source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V256 value, ref float target) => value.v.StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 Broadcast(float value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 operator +(V256 a, V256 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 operator -(V256 a, V256 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 operator *(V256 a, V256 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 operator /(V256 a, V256 b) => new(a.v / b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Fma(V256 a, V256 b, V256 c) => new(Vector256.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 Sqrt(V256 a) => new(Vector256.Sqrt(a.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 Min(V256 a, V256 b) => new(Vector256.MinNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V256 Max(V256 a, V256 b) => new(Vector256.MaxNative(a.v, b.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(V256 a) => V128.Largest(new(Vector128.MaxNative(a.v.GetLower(), a.v.GetUpper())));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 WhereLess(V256 a, V256 b, V256 yes, V256 no)
        => new(Vector256.ConditionalSelect(Vector256.LessThan(a.v, b.v), yes.v, no.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 WhereSet(uint bits, V256 yes, V256 no)
    {
        Vector256<uint> lane = Vector256.Create(1u, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7);
        return new(Vector256.ConditionalSelect(Vector256.Equals(Vector256.Create(bits) & lane, Vector256<uint>.Zero)
            .AsSingle(), no.v, yes.v));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 LargerMagnitude(V256 a, V256 b)
        => new(Vector256.Max(a.v.AsInt32(), b.v.AsInt32() & Vector256.Create(Simd.Magnitude)).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestBits(V256 a)
        => V128.LargestBits(new(Vector128.Max(a.v.GetLower().AsInt32(), a.v.GetUpper().AsInt32()).AsSingle()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(V256 value, ref byte target)
    {
        Vector128<ushort> halves = Vector128.Narrow(value.v.GetLower().AsUInt32(), value.v.GetUpper().AsUInt32());
        Unsafe.WriteUnaligned(ref target, Vector128.Narrow(halves, halves).AsUInt64().ToScalar());
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 HalfPowerOfTwo(V256 t)
        => new(((t.v.AsInt32() << 23) + Vector256.Create(Simd.HalfExponentBias)).AsSingle());
}

/// <summary>4 floats (Arm64 AdvSimd, which has 32 registers).</summary>
readonly struct V128(Vector128<float> value) : ISimd<V128>
{
    readonly Vector128<float> v = value;

    public static int Count => 4;
    public static int TileVectors => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 Load(ref float source) => new(Vector128.LoadUnsafe(ref source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V128 value, ref float target) => value.v.StoreUnsafe(ref target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 Broadcast(float value) => new(Vector128.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 operator +(V128 a, V128 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 operator -(V128 a, V128 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 operator *(V128 a, V128 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 operator /(V128 a, V128 b) => new(a.v / b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 Fma(V128 a, V128 b, V128 c) => new(Vector128.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 Sqrt(V128 a) => new(Vector128.Sqrt(a.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 Min(V128 a, V128 b) => WhereLess(a, b, a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V128 Max(V128 a, V128 b) => WhereLess(b, a, a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(V128 a)
    {
        Vector128<float> pairs = Vector128.MaxNative(a.v, Vector128.Shuffle(a.v, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 WhereLess(V128 a, V128 b, V128 yes, V128 no)
        => new(Vector128.ConditionalSelect(Vector128.LessThan(a.v, b.v), yes.v, no.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 WhereSet(uint bits, V128 yes, V128 no)
    {
        Vector128<uint> lane = Vector128.Create(1u, 1 << 1, 1 << 2, 1 << 3);
        return new(Vector128.ConditionalSelect(Vector128.Equals(Vector128.Create(bits) & lane, Vector128<uint>.Zero)
            .AsSingle(), no.v, yes.v));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 LargerMagnitude(V128 a, V128 b)
        => new(Vector128.Max(a.v.AsInt32(), b.v.AsInt32() & Vector128.Create(Simd.Magnitude)).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestBits(V128 a)
    {
        Vector128<int> bits = a.v.AsInt32(), pairs = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).AsSingle().ToScalar();
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(V128 value, ref byte target)
    {
        Vector128<ushort> halves = Vector128.Narrow(value.v.AsUInt32(), value.v.AsUInt32());
        Unsafe.WriteUnaligned(ref target, Vector128.Narrow(halves, halves).AsUInt32().ToScalar());
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 HalfPowerOfTwo(V128 t)
        => new(((t.v.AsInt32() << 23) + Vector128.Create(Simd.HalfExponentBias)).AsSingle());
}

/// <summary>One float: the fallback without vector hardware, and the oracle for the other widths.</summary>
readonly struct V1(float value) : ISimd<V1>
{
    readonly float v = value;

    public static int Count => 1;
    public static int TileVectors => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Load(ref float source) => new(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(V1 value, ref float target) => target = value.v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Broadcast(float value) => new(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 operator +(V1 a, V1 b) => new(a.v + b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 operator -(V1 a, V1 b) => new(a.v - b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 operator *(V1 a, V1 b) => new(a.v * b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 operator /(V1 a, V1 b) => new(a.v / b.v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Fma(V1 a, V1 b, V1 c) => new(MathF.FusedMultiplyAdd(a.v, b.v, c.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Sqrt(V1 a) => new(MathF.Sqrt(a.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Min(V1 a, V1 b) => a.v < b.v ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 Max(V1 a, V1 b) => a.v > b.v ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Largest(V1 a) => a.v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 WhereLess(V1 a, V1 b, V1 yes, V1 no) => a.v < b.v ? yes : no;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V1 WhereSet(uint bits, V1 yes, V1 no) => (bits & 1) != 0 ? yes : no;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 LargerMagnitude(V1 a, V1 b)
        => new(BitConverter.Int32BitsToSingle(Math.Max(BitConverter.SingleToInt32Bits(a.v),
            BitConverter.SingleToInt32Bits(b.v) & Simd.Magnitude)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float LargestBits(V1 a) => a.v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(V1 value, ref byte target) => target = unchecked((byte)BitConverter.SingleToInt32Bits(value.v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 HalfPowerOfTwo(V1 t)
        => new(BitConverter.Int32BitsToSingle(unchecked((BitConverter.SingleToInt32Bits(t.v) << 23) + Simd.HalfExponentBias)));
}
