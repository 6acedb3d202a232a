using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>
/// A few blocks c₀c₁c₂c₃ of Philox 4x32 side by side, in the order in which <see cref="CounterRandom"/> gives their words.
/// </summary>
interface IPhilox<W> where W : struct, IPhilox<W>
{
    /// <summary>Blocks in one vector.</summary>
    static abstract int Blocks { get; }

    /// <summary>The counters (n, stream) of block n and of those after it.</summary>
    static abstract W Counters(ulong stream, ulong n);

    /// <summary>The counters of as many blocks further on.</summary>
    static abstract W Next(W counters);

    /// <summary>The words a, 0, b, 0 in every block.</summary>
    static abstract W Keys(uint a, uint b);

    static abstract W operator +(W a, W b);

    /// <summary>
    /// One round: with a = M₀·c₀ and b = M₁·c₂ in 64 bits, (c₀, c₁, c₂, c₃) becomes (bʰ ⊕ c₁ ⊕ k₀, bˡ, aʰ ⊕ c₃ ⊕ k₁, aˡ). The words of the
    /// two products turned around are (bʰ, bˡ, aʰ, aˡ), and c moved by one word is (c₁, 0, c₃, 0).
    /// </summary>
    static abstract W Round(W c, W multipliers, W key);

    /// <summary>Bit i is set where word i is not less than <paramref name="limit"/>.</summary>
    static abstract ulong AtLeast(W words, uint limit);
}

/// <summary>Four blocks (AVX-512).</summary>
readonly struct Philox512(Vector512<uint> words) : IPhilox<Philox512>
{
    readonly Vector512<uint> w = words;

    public static int Blocks => 4;
    public static Philox512 Counters(ulong stream, ulong n)
        => new(Vector512.Create(n, stream, n + 1, stream, n + 2, stream, n + 3, stream).AsUInt32());
    public static Philox512 Keys(uint a, uint b) => new(Vector512.Create(Vector128.Create(a, 0, b, 0)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox512 Next(Philox512 counters)
        => new((counters.w.AsUInt64() + Vector512.Create(4UL, 0, 4, 0, 4, 0, 4, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox512 operator +(Philox512 a, Philox512 b) => new(a.w + b.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox512 Round(Philox512 c, Philox512 multipliers, Philox512 key)
        => new(Avx512F.Shuffle(Avx512F.Multiply(c.w, multipliers.w).AsUInt32(), 0x1B) ^ (c.w.AsUInt64() >> 32).AsUInt32() ^ key.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AtLeast(Philox512 words, uint limit)
        => Vector512.GreaterThanOrEqual(words.w, Vector512.Create(limit)).ExtractMostSignificantBits();
}

/// <summary>Two blocks (AVX2).</summary>
readonly struct Philox256(Vector256<uint> words) : IPhilox<Philox256>
{
    readonly Vector256<uint> w = words;

    public static int Blocks => 2;
    public static Philox256 Counters(ulong stream, ulong n) => new(Vector256.Create(n, stream, n + 1, stream).AsUInt32());
    public static Philox256 Keys(uint a, uint b) => new(Vector256.Create(Vector128.Create(a, 0, b, 0)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox256 Next(Philox256 counters) => new((counters.w.AsUInt64() + Vector256.Create(2UL, 0, 2, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox256 operator +(Philox256 a, Philox256 b) => new(a.w + b.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox256 Round(Philox256 c, Philox256 multipliers, Philox256 key)
        => new(Avx2.Shuffle(Avx2.Multiply(c.w, multipliers.w).AsUInt32(), 0x1B) ^ (c.w.AsUInt64() >> 32).AsUInt32() ^ key.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AtLeast(Philox256 words, uint limit)
        => Vector256.GreaterThanOrEqual(words.w, Vector256.Create(limit)).ExtractMostSignificantBits();
}

/// <summary>One block (Arm64 AdvSimd).</summary>
readonly struct Philox128(Vector128<uint> words) : IPhilox<Philox128>
{
    readonly Vector128<uint> w = words;

    public static int Blocks => 1;
    public static Philox128 Counters(ulong stream, ulong n) => new(Vector128.Create(n, stream).AsUInt32());
    public static Philox128 Keys(uint a, uint b) => new(Vector128.Create(a, 0, b, 0));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox128 Next(Philox128 counters) => new((counters.w.AsUInt64() + Vector128.Create(1UL, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox128 operator +(Philox128 a, Philox128 b) => new(a.w + b.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox128 Round(Philox128 c, Philox128 multipliers, Philox128 key)
    {
        Vector128<ulong> products = AdvSimd.IsSupported
            ? AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(c.w.AsUInt64()),
                AdvSimd.ExtractNarrowingLower(multipliers.w.AsUInt64()))
            : Sse2.Multiply(c.w, multipliers.w);
        return new(Vector128.Shuffle(products.AsUInt32(), Vector128.Create(3u, 2, 1, 0)) ^ (c.w.AsUInt64() >> 32).AsUInt32() ^ key.w);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AtLeast(Philox128 words, uint limit)
        => Vector128.GreaterThanOrEqual(words.w, Vector128.Create(limit)).ExtractMostSignificantBits();
}

/// <summary>One block without vector hardware.</summary>
readonly record struct Philox1(uint C0, uint C1, uint C2, uint C3) : IPhilox<Philox1>
{
    public static int Blocks => 1;
    public static Philox1 Counters(ulong stream, ulong n) => new((uint)n, (uint)(n >> 32), (uint)stream, (uint)(stream >> 32));
    public static Philox1 Next(Philox1 counters) => counters with { C0 = counters.C0 + 1 };   // n stays under 2³²: see Philox.AtLeast
    public static Philox1 Keys(uint a, uint b) => new(a, 0, b, 0);
    public static Philox1 operator +(Philox1 a, Philox1 b) => new(a.C0 + b.C0, a.C1 + b.C1, a.C2 + b.C2, a.C3 + b.C3);
    public static Philox1 Round(Philox1 c, Philox1 multipliers, Philox1 key)
    {
        ulong a = (ulong)multipliers.C0 * c.C0, b = (ulong)multipliers.C2 * c.C2;
        return new((uint)(b >> 32) ^ c.C1 ^ key.C0, (uint)b, (uint)(a >> 32) ^ c.C3 ^ key.C2, (uint)a);
    }
    public static ulong AtLeast(Philox1 words, uint limit)
        => (words.C0 >= limit ? 1UL : 0) | (words.C1 >= limit ? 2UL : 0) | (words.C2 >= limit ? 4UL : 0) | (words.C3 >= limit ? 8UL : 0);
}

/// <summary>Random bits, many at a time.</summary>
static class Philox
{
    const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;   // multipliers, and what keys grow by a round
    const int Rounds = 10;

    /// <summary>
    /// Words of 32 bits that <see cref="AtLeast"/> may write for so many bits: groups of up to 64 are written as a whole.
    /// </summary>
    internal static int Room(int bits) => bits / 32 + 4;

    /// <summary>The four words of block n of a stream.</summary>
    internal static Philox1 Block(ulong seed, ulong stream, ulong n)
    {
        Philox1 c = Philox1.Counters(stream, n), key = Philox1.Keys((uint)seed, (uint)(seed >> 32));
        for (int round = 0; round < Rounds; round++, key += Philox1.Keys(W0, W1)) c = Philox1.Round(c, Philox1.Keys(M0, M1), key);
        return c;
    }

    /// <summary>
    /// Bit i, for i under <paramref name="count"/>, is set where word i of a stream is not less than <paramref name="limit"/>.
    /// </summary>
    internal static void AtLeast(ulong seed, ulong stream, uint limit, int count, Span<uint> bits)
    {
        if (bits.Length < Room(count))
            throw new ArgumentException($"Philox: expected room for {Room(count)} words of bits, got {bits.Length}");
        ref byte first = ref Unsafe.As<uint, byte>(ref MemoryMarshal.GetReference(bits));
        if (Simd.Has512) AtLeast<Philox512>(seed, stream, limit, count, ref first);
        else if (Simd.Has256) AtLeast<Philox256>(seed, stream, limit, count, ref first);
        else if (Simd.Has128) AtLeast<Philox128>(seed, stream, limit, count, ref first);
        else AtLeast<Philox1>(seed, stream, limit, count, ref first);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AtLeast<W>(ulong seed, ulong stream, uint limit, int count, ref byte bits) where W : struct, IPhilox<W>
    {
        W m = W.Keys(M0, M1), keys = W.Keys((uint)seed, (uint)(seed >> 32)), step = W.Keys(W0, W1), next = W.Counters(stream, 0);
        int size = 4 * W.Blocks;
        for (nint i = 0; i < count; i += 4 * size)
        {
            // Four vectors at a time, because a round waits for the one before it.
            W a = next, b = W.Next(a), c = W.Next(b), d = W.Next(c), key = keys;
            next = W.Next(d);
            for (int round = 0; round < Rounds; round++, key += step)
            {
                a = W.Round(a, m, key);
                b = W.Round(b, m, key);
                c = W.Round(c, m, key);
                d = W.Round(d, m, key);
            }
            ulong low = W.AtLeast(a, limit) | W.AtLeast(b, limit) << size, high = W.AtLeast(c, limit) | W.AtLeast(d, limit) << size;
            // A narrow group's zeros are overwritten by the next one.
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref bits, i / 8), low | high << (2 * size));
        }
    }
}
