using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>A few blocks c₀c₁c₂c₃ of Philox 4x32 side by side, in the order in which <see cref="CounterRandom"/> gives their words.</summary>
interface IPhilox<W> where W : struct, IPhilox<W>
{
    /// <summary>Blocks in one vector.</summary>
    static abstract int Blocks { get; }

    /// <summary>The counters (n, stream) of block n and of those after it.</summary>
    static abstract W Counters(ulong stream, ulong n);

    /// <summary>The words a, 0, b, 0 in every block.</summary>
    static abstract W Keys(uint a, uint b);

    static abstract W operator +(W a, W b);

    /// <summary>The counters of as many blocks further on.</summary>
    static abstract W Next(W counters);

    /// <summary>
    /// One round: with a = M₀·c₀ and b = M₁·c₂ in 64 bits, (c₀, c₁, c₂, c₃) becomes (bʰ ⊕ c₁ ⊕ k₀, bˡ, aʰ ⊕ c₃ ⊕ k₁, aˡ). The four words of
    /// the two products, M beside its word, turned around are (bʰ, bˡ, aʰ, aˡ), and c moved by one word is (c₁, 0, c₃, 0).
    /// </summary>
    static abstract W Round(W c, W multipliers, W key);

    /// <summary>y = x·(word &lt; limit ? 0 : keep).</summary>
    static abstract void Drop(W words, uint limit, float keep, ref float x, ref float y);
}

/// <summary>Four blocks (AVX-512).</summary>
readonly struct Philox512(Vector512<uint> words) : IPhilox<Philox512>
{
    readonly Vector512<uint> w = words;

    public static int Blocks => 4;
    public static Philox512 Counters(ulong stream, ulong n) => new(Vector512.Create(n, stream, n + 1, stream, n + 2, stream, n + 3, stream).AsUInt32());
    public static Philox512 Keys(uint a, uint b) => new(Vector512.Create(Philox128.Keys(a, b).Words));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox512 operator +(Philox512 a, Philox512 b) => new(a.w + b.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox512 Next(Philox512 counters) => new((counters.w.AsUInt64() + Vector512.Create(4UL, 0, 4, 0, 4, 0, 4, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox512 Round(Philox512 c, Philox512 multipliers, Philox512 key)
    {
        Vector512<uint> products = Avx512F.Multiply(c.w, multipliers.w).AsUInt32();
        return new(Avx512F.Shuffle(products, 0x1B) ^ (c.w.AsUInt64() >> 32).AsUInt32() ^ key.w);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Drop(Philox512 words, uint limit, float keep, ref float x, ref float y)
    {
        Vector512<float> dropped = Vector512.LessThan(words.w, Vector512.Create(limit)).AsSingle();
        (Vector512.LoadUnsafe(ref x) * Vector512.ConditionalSelect(dropped, Vector512<float>.Zero, Vector512.Create(keep))).StoreUnsafe(ref y);
    }
}

/// <summary>Two blocks (AVX2).</summary>
readonly struct Philox256(Vector256<uint> words) : IPhilox<Philox256>
{
    readonly Vector256<uint> w = words;

    public static int Blocks => 2;
    public static Philox256 Counters(ulong stream, ulong n) => new(Vector256.Create(n, stream, n + 1, stream).AsUInt32());
    public static Philox256 Keys(uint a, uint b) => new(Vector256.Create(Philox128.Keys(a, b).Words));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox256 operator +(Philox256 a, Philox256 b) => new(a.w + b.w);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox256 Next(Philox256 counters) => new((counters.w.AsUInt64() + Vector256.Create(2UL, 0, 2, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox256 Round(Philox256 c, Philox256 multipliers, Philox256 key)
    {
        Vector256<uint> products = Avx2.Multiply(c.w, multipliers.w).AsUInt32();
        return new(Avx2.Shuffle(products, 0x1B) ^ (c.w.AsUInt64() >> 32).AsUInt32() ^ key.w);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Drop(Philox256 words, uint limit, float keep, ref float x, ref float y)
    {
        Vector256<float> dropped = Vector256.LessThan(words.w, Vector256.Create(limit)).AsSingle();
        (Vector256.LoadUnsafe(ref x) * Vector256.ConditionalSelect(dropped, Vector256<float>.Zero, Vector256.Create(keep))).StoreUnsafe(ref y);
    }
}

/// <summary>One block (Arm64 AdvSimd, SSE2).</summary>
readonly struct Philox128(Vector128<uint> words) : IPhilox<Philox128>
{
    internal Vector128<uint> Words { get; } = words;

    public static int Blocks => 1;
    public static Philox128 Counters(ulong stream, ulong n) => new(Vector128.Create(n, stream).AsUInt32());
    public static Philox128 Keys(uint a, uint b) => new(Vector128.Create(a, 0, b, 0));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox128 operator +(Philox128 a, Philox128 b) => new(a.Words + b.Words);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Philox128 Next(Philox128 counters) => new((counters.Words.AsUInt64() + Vector128.Create(1UL, 0)).AsUInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox128 Round(Philox128 c, Philox128 multipliers, Philox128 key)
    {
        Vector128<ulong> products = AdvSimd.IsSupported
            ? AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(c.Words.AsUInt64()), AdvSimd.ExtractNarrowingLower(multipliers.Words.AsUInt64()))
            : Sse2.Multiply(c.Words, multipliers.Words);
        return new(Vector128.Shuffle(products.AsUInt32(), Vector128.Create(3u, 2, 1, 0)) ^ (c.Words.AsUInt64() >> 32).AsUInt32() ^ key.Words);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Drop(Philox128 words, uint limit, float keep, ref float x, ref float y)
    {
        Vector128<float> dropped = Vector128.LessThan(words.Words, Vector128.Create(limit)).AsSingle();
        (Vector128.LoadUnsafe(ref x) * Vector128.ConditionalSelect(dropped, Vector128<float>.Zero, Vector128.Create(keep))).StoreUnsafe(ref y);
    }
}

/// <summary>Dropout by random numbers that are made where they are used.</summary>
static class Philox
{
    /// <summary>
    /// y = x∘m, where m is 0 if word <paramref name="first"/> + i of a stream is less than <paramref name="limit"/> and
    /// <paramref name="keep"/> otherwise; y may be x.
    /// </summary>
    internal static void Drop(ulong seed, ulong stream, ulong first, uint limit, float keep, ReadOnlySpan<float> x, Span<float> y)
    {
        if (y.Length < x.Length) throw new ArgumentException($"Drop: expected room for {x.Length} values, got {y.Length}");
        int before = Math.Min(x.Length, (int)(-(long)first & 3)), middle = 0;   // a stream's blocks have four words
        ReadOnlySpan<float> whole = x[before..];
        ulong block = (first + 3) / 4;
        if (Simd.Has512) middle = DropBlocks<Philox512>(seed, stream, block, limit, keep, whole, y[before..]);
        else if (Simd.Has256) middle = DropBlocks<Philox256>(seed, stream, block, limit, keep, whole, y[before..]);
        else if (Simd.Has128) middle = DropBlocks<Philox128>(seed, stream, block, limit, keep, whole, y[before..]);
        DropWords(seed, stream, first, limit, keep, x[..before], y);
        int done = before + middle;
        DropWords(seed, stream, first + (ulong)done, limit, keep, x[done..], y[done..]);
    }

    /// <summary>As many elements as fill vectors, from the first word of a block on; returns their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static int DropBlocks<W>(ulong seed, ulong stream, ulong block, uint limit, float keep, ReadOnlySpan<float> x, Span<float> y)
        where W : struct, IPhilox<W>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        W m = W.Keys(CounterRandom.M0, CounterRandom.M1), keys = W.Keys((uint)seed, (uint)(seed >> 32)), step = W.Keys(CounterRandom.W0, CounterRandom.W1);
        W next = W.Counters(stream, block);
        nint i = 0, n = x.Length, size = 4 * W.Blocks;
        for (; i <= n - 4 * size; i += 4 * size)
        {
            // Four vectors at a time, because a round waits for the one before it.
            W a = next, b = W.Next(a), c = W.Next(b), d = W.Next(c), key = keys;
            next = W.Next(d);
            for (int round = 0; round < CounterRandom.Rounds; round++, key += step)
            {
                a = W.Round(a, m, key);
                b = W.Round(b, m, key);
                c = W.Round(c, m, key);
                d = W.Round(d, m, key);
            }
            W.Drop(a, limit, keep, ref Unsafe.Add(ref x0, i), ref Unsafe.Add(ref y0, i));
            W.Drop(b, limit, keep, ref Unsafe.Add(ref x0, i + size), ref Unsafe.Add(ref y0, i + size));
            W.Drop(c, limit, keep, ref Unsafe.Add(ref x0, i + 2 * size), ref Unsafe.Add(ref y0, i + 2 * size));
            W.Drop(d, limit, keep, ref Unsafe.Add(ref x0, i + 3 * size), ref Unsafe.Add(ref y0, i + 3 * size));
        }
        for (; i <= n - size; i += size, next = W.Next(next))
        {
            W a = next, key = keys;
            for (int round = 0; round < CounterRandom.Rounds; round++, key += step) a = W.Round(a, m, key);
            W.Drop(a, limit, keep, ref Unsafe.Add(ref x0, i), ref Unsafe.Add(ref y0, i));
        }
        return (int)i;
    }

    /// <summary>Any elements, word by word.</summary>
    internal static void DropWords(ulong seed, ulong stream, ulong first, uint limit, float keep, ReadOnlySpan<float> x, Span<float> y)
    {
        (uint, uint, uint, uint) block = default;
        for (int i = 0; i < x.Length; i++)
        {
            ulong n = first + (ulong)i;
            if (i == 0 || n % 4 == 0) block = CounterRandom.Block(seed, stream, n / 4);
            uint word = (n % 4) switch { 0 => block.Item1, 1 => block.Item2, 2 => block.Item3, _ => block.Item4 };
            y[i] = x[i] * (word < limit ? 0 : keep);
        }
    }
}
