using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>
/// Integers in as many bits as they need (parquet-format, Encodings.md: ULEB128, zigzag, bit packing from the low bits up).
/// </summary>
internal static class BitWriter
{
    /// <summary>Bits that <paramref name="value"/> needs: 0 for 0.</summary>
    public static int Width(ulong value) => 64 - BitOperations.LeadingZeroCount(value);

    public static void WriteVarint(ulong value, ArrayBufferWriter<byte> to)
    {
        var span = to.GetSpan(10);
        int n = 0;
        for (; value >= 128; value >>= 7) span[n++] = (byte)(value | 128);
        span[n++] = (byte)value;
        to.Advance(n);
    }

    public static void WriteZigZag(long value, ArrayBufferWriter<byte> to) => WriteVarint((ulong)(value << 1 ^ value >> 63), to);

    /// <summary>Packs <paramref name="values"/>, filled up with zeros to a multiple of 8 values and so to whole bytes.</summary>
    public static void Pack<T>(ReadOnlySpan<T> values, int width, ArrayBufferWriter<byte> to) where T : unmanaged, IBinaryInteger<T>
    {
        int length = (values.Length + 7) / 8 * width;
        var span = to.GetSpan(length + sizeof(ulong))[..(length + sizeof(ulong))];
        span.Clear();
        ulong word = 0;
        int used = 0, next = 0;
        foreach (var v in values)
        {
            ulong value = ulong.CreateTruncating(v);
            word |= value << used;
            used += width;
            if (used < 64) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(span[next..], word);
            next += 8;
            used -= 64;
            word = used == 0 ? 0 : value >> (width - used);
        }
        BinaryPrimitives.WriteUInt64LittleEndian(span[next..], word);
        to.Advance(length);
    }
}
