using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Counter-based random numbers, Philox 4x32-10: number n of stream s under a seed is a pure function of (seed, s, n), so any
/// draw can be repeated anywhere, in any order, with the same bits on every machine.
/// <para>Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.</para>
/// </summary>
/// <param name="seed">Key of the generator.</param>
/// <param name="stream">Independent sequence under that seed.</param>
public struct CounterRandom(ulong seed, ulong stream)
{
    readonly ulong seed = seed, stream = stream;
    ulong block;
    uint r0, r1, r2, r3;
    int left;

    /// <summary>The four words of block <paramref name="counter"/> of a stream.</summary>
    public static (uint, uint, uint, uint) Block(ulong seed, ulong stream, ulong counter)
    {
        (uint c0, uint c1, uint c2, uint c3) = Philox.Block(seed, stream, counter);
        return (c0, c1, c2, c3);
    }

    /// <summary>The next 32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32()
    {
        if (left == 0) { (r0, r1, r2, r3) = Block(seed, stream, block++); left = 4; }
        return left-- switch { 4 => r0, 3 => r1, 2 => r2, _ => r3 };
    }

    /// <summary>A uniform float in [0, 1), a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>
    /// Bit i, for i under <paramref name="count"/>, is set where <see cref="NextSingle"/> number i of the stream is not less than
    /// <paramref name="p"/> in [0, 1), whatever was drawn before.
    /// </summary>
    internal readonly void AtLeast(float p, int count, Span<uint> bits)
        => Philox.AtLeast(seed, stream, (uint)Math.Ceiling((double)p * (1 << 24)) << 8, count, bits);

    /// <summary>A uniform double in the open interval (0, 1): the middle of one of 2^53 equal parts, rounded to a double under 1.</summary>
    public double NextDouble() => OpenUnit(((ulong)NextUInt32() << 32) | NextUInt32());

    /// <summary>The middle of the last part is half an ulp under 1 and would round to 1, whose normal quantile is infinite.</summary>
    internal static double OpenUnit(ulong bits) => Math.Min(((bits >> 11) + 0.5) * (1.0 / (1UL << 53)), 1 - 1.0 / (1UL << 53));

    /// <summary>
    /// A whole number in [0, <paramref name="bound"/>), without bias (Lemire, "Fast random integer generation in an interval", 2019).
    /// </summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = (uint)(-bound) % (uint)bound;
            while ((uint)product < threshold) product = (ulong)NextUInt32() * (uint)bound;
        }
        return (int)(product >> 32);
    }

    /// <summary>A standard normal number by inversion of its distribution function: one uniform draw each, no libm.</summary>
    public double NextNormal() => ScalarMath.NormalQuantile(NextDouble());

    /// <summary>Puts <paramref name="items"/> into a uniformly random order (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
