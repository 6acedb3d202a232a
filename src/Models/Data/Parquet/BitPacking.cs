using System.Buffers.Binary;
using System.Numerics;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>
/// Values of a fixed number of bits, one after the other from the lowest bit up (Encodings.md, RLE = 3 and DELTA_BINARY_PACKED = 5).
/// </summary>
internal static class BitPacking
{
    /// <summary>Bytes that <paramref name="count"/> values of <paramref name="width"/> bits take.</summary>
    public static long Bytes(long count, int width) => (count * width + 7) / 8;

    /// <summary>Unpacks as many values of <paramref name="width"/> bits, 0 to 64, as <paramref name="values"/> has room for.</summary>
    /// <remarks><paramref name="data"/> holds them all: the caller has compared <see cref="Bytes"/> with its length.</remarks>
    public static void Unpack<T>(ReadOnlySpan<byte> data, int width, Span<T> values) where T : unmanaged, IBinaryInteger<T>
    {
        if (width == 0)
        {
            values.Clear();
            return;
        }
        // A value of up to 64 bits stands within 9 bytes from the one in which it begins. Those that begin nearer to the end
        // are read from a copy with zeros behind it.
        int whole = data.Length < 9 ? 0 : (int)Math.Min(values.Length, (data.Length - 9) * 8L / width + 1);
        Unpack(data, 0, width, values[..whole]);
        if (whole == values.Length) return;
        long bit = (long)whole * width;
        Span<byte> end = stackalloc byte[24];
        end.Clear();
        var rest = data[(int)(bit >> 3)..];
        rest[..Math.Min(rest.Length, 15)].CopyTo(end);
        Unpack(end, (int)(bit & 7), width, values[whole..]);
    }

    static void Unpack<T>(ReadOnlySpan<byte> data, long bit, int width, Span<T> values) where T : unmanaged, IBinaryInteger<T>
    {
        ulong mask = ulong.MaxValue >> (64 - width);
        for (int i = 0; i < values.Length; i++, bit += width)
        {
            int at = (int)(bit >> 3), shift = (int)(bit & 7);
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(data[at..]) >> shift;
            if (shift + width > 64) value |= (ulong)data[at + 8] << (64 - shift);
            values[i] = T.CreateTruncating(value & mask);
        }
    }
}
