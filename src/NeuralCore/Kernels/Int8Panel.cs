using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>
/// Sums of 16 outputs, exact in 32 bits. Weights lie [output][four inputs], 64 bytes; every instruction set gives the same whole numbers,
/// and from them, by the same operations, the same floats.
/// </summary>
interface IInt8Panel<P> where P : struct, IInt8Panel<P>
{
    /// <summary>Panels whose sums fit the registers together: 4 or 2.</summary>
    static abstract int Most { get; }

    /// <summary>The weights of four inputs.</summary>
    static abstract P Weights(ref sbyte w);

    /// <summary>The same four inputs, bytes, for every output.</summary>
    static abstract P Inputs(ref byte four);

    /// <summary>sums + inputs·weights.</summary>
    static abstract P Add(P sums, P inputs, P weights);

    /// <summary>c = start + ((first + sums)·s)·scale.</summary>
    static abstract void Store(P sums, ref int first, float s, ref float scales, ref float start, ref float c);
}

/// <summary>AVX-VNNI: four products of a byte and a signed byte are added to an int at once, without saturation.</summary>
readonly struct Vnni(Vector256<int> low, Vector256<int> high) : IInt8Panel<Vnni>
{
    readonly Vector256<int> low = low, high = high;

    public static int Most => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vnni Weights(ref sbyte w)
        => new(Vector256.LoadUnsafe(ref w).AsInt32(), Vector256.LoadUnsafe(ref w, (nuint)Vector256<sbyte>.Count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vnni Inputs(ref byte four) => new(Vector256.Create(Unsafe.ReadUnaligned<int>(ref four)), default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vnni Add(Vnni sums, Vnni inputs, Vnni weights)
        => new(AvxVnni.MultiplyWideningAndAdd(sums.low, inputs.low.AsByte(), weights.low.AsSByte()),
            AvxVnni.MultiplyWideningAndAdd(sums.high, inputs.low.AsByte(), weights.high.AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vnni sums, ref int first, float s, ref float scales, ref float start, ref float c)
    {
        Store(sums.low, ref first, s, ref scales, ref start, ref c);
        nint half = Vector256<float>.Count;
        Store(sums.high, ref Unsafe.Add(ref first, half), s, ref Unsafe.Add(ref scales, half), ref Unsafe.Add(ref start, half),
            ref Unsafe.Add(ref c, half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector256<int> sums, ref int first, float s, ref float scales, ref float start, ref float c)
    {
        Vector256<float> sum = Vector256.ConvertToSingle(sums + Vector256.LoadUnsafe(ref first));
        (Vector256.LoadUnsafe(ref start) + sum * Vector256.Create(s) * Vector256.LoadUnsafe(ref scales)).StoreUnsafe(ref c);
    }
}

/// <summary>AVX2: products of 16-bit numbers, of which two neighbours are added; an output's two halves are added at the end.</summary>
readonly struct Wide256(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) : IInt8Panel<Wide256>
{
    readonly Vector256<int> a = a, b = b, c = c, d = d;   // 4 outputs each

    public static int Most => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Weights(ref sbyte w) => new(Four(ref w, 0), Four(ref w, 16), Four(ref w, 32), Four(ref w, 48));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Four(ref sbyte w, nuint at) => Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref w, at)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Inputs(ref byte four)
        => new(Avx2.ConvertToVector256Int16(Vector128.Create(Unsafe.ReadUnaligned<int>(ref four)).AsByte()).AsInt32(), default,
            default, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Add(Wide256 sums, Wide256 inputs, Wide256 weights)
    {
        Vector256<short> x = inputs.a.AsInt16();
        return new(sums.a + Avx2.MultiplyAddAdjacent(x, weights.a.AsInt16()), sums.b + Avx2.MultiplyAddAdjacent(x, weights.b.AsInt16()),
            sums.c + Avx2.MultiplyAddAdjacent(x, weights.c.AsInt16()), sums.d + Avx2.MultiplyAddAdjacent(x, weights.d.AsInt16()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Wide256 sums, ref int first, float s, ref float scales, ref float start, ref float c)
        => Store(sums.a, sums.b, sums.c, sums.d, ref first, s, ref scales, ref start, ref c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d, ref int first, float s,
        ref float scales, ref float start, ref float to)
        => Vnni.Store(new Vnni(Pairs(a, b), Pairs(c, d)), ref first, s, ref scales, ref start, ref to);

    /// <summary>Sums of neighbours; an addition of halves of 128 bits leaves them as [a0 a1 b0 b1 | a2 a3 b2 b3].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Pairs(Vector256<int> a, Vector256<int> b)
        => Avx2.Permute4x64(Avx2.HorizontalAdd(a, b).AsInt64(), 0b11_01_10_00).AsInt32();
}

/// <summary>AVX-512 without VNNI: the same with vectors twice as wide.</summary>
readonly struct Wide512(Vector512<int> low, Vector512<int> high) : IInt8Panel<Wide512>
{
    readonly Vector512<int> low = low, high = high;   // 8 outputs each

    public static int Most => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Weights(ref sbyte w) => new(Eight(ref w, 0), Eight(ref w, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Eight(ref sbyte w, nuint at) => Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref w, at)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Inputs(ref byte four)
        => new(Avx512BW.ConvertToVector512Int16(Vector256.Create(Unsafe.ReadUnaligned<int>(ref four)).AsByte()).AsInt32(), default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Add(Wide512 sums, Wide512 inputs, Wide512 weights)
    {
        Vector512<short> x = inputs.low.AsInt16();
        return new(sums.low + Avx512BW.MultiplyAddAdjacent(x, weights.low.AsInt16()),
            sums.high + Avx512BW.MultiplyAddAdjacent(x, weights.high.AsInt16()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Wide512 sums, ref int first, float s, ref float scales, ref float start, ref float c)
        => Wide256.Store(sums.low.GetLower(), sums.low.GetUpper(), sums.high.GetLower(), sums.high.GetUpper(), ref first, s, ref scales,
            ref start, ref c);
}

/// <summary>Without vector instructions.</summary>
[InlineArray(Gemm.Lane)]
struct OneByOne : IInt8Panel<OneByOne>
{
    int first;   // a sum, or four bytes of inputs or weights

    public static int Most => 2;

    public static OneByOne Weights(ref sbyte w) => Unsafe.ReadUnaligned<OneByOne>(ref Unsafe.As<sbyte, byte>(ref w));

    public static OneByOne Inputs(ref byte four)
    {
        OneByOne inputs = default;
        inputs[0] = Unsafe.ReadUnaligned<int>(ref four);
        return inputs;
    }

    public static OneByOne Add(OneByOne sums, OneByOne inputs, OneByOne weights)
    {
        int x = inputs[0];
        for (int n = 0; n < Gemm.Lane; n++)
            for (int at = 0; at < 32; at += 8) sums[n] += (byte)(x >> at) * (sbyte)(weights[n] >> at);
        return sums;
    }

    public static void Store(OneByOne sums, ref int first, float s, ref float scales, ref float start, ref float c)
    {
        for (int n = 0; n < Gemm.Lane; n++)
        {
            float sum = sums[n] + Unsafe.Add(ref first, n);
            Unsafe.Add(ref c, n) = Unsafe.Add(ref start, n) + sum * s * Unsafe.Add(ref scales, n);
        }
    }
}
