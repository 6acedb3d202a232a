using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>Definition levels of a flat column: a bit a value, 1 where the value is there.</summary>
internal static class Levels
{
    /// <summary>Whether the first run says that none of <paramref name="count"/> values is missing, as in most pages.</summary>
    public static bool NoneMissing(Encoding encoding, ReadOnlySpan<byte> levels, int count) => encoding == Encoding.RLE && count > 0
        && RunLength.Head(ref levels, 1, count, out bool packed, out var run) == count && !packed && RunLength.Value(run) == 1;

    /// <summary>Says of each value whether it is missing.</summary>
    /// <returns>The number of values that are there.</returns>
    public static int Decode(Encoding encoding, ReadOnlySpan<byte> levels, Span<bool> missing)
    {
        if (encoding == Encoding.BIT_PACKED)
        {
            if (levels.Length < BitPacking.Bytes(missing.Length, 1)) throw new InvalidDataException("bit-packed levels are cut short");
            return Unpack(levels, missing, highestFirst: true);
        }
        int present = 0;
        while (!missing.IsEmpty)
        {
            int count = RunLength.Head(ref levels, 1, missing.Length, out bool packed, out var run);
            if (packed) present += Unpack(run, missing[..count], highestFirst: false);
            else
            {
                uint level = RunLength.Value(run);
                if (level > 1) throw new InvalidDataException($"the level {level} in a flat column");
                missing[..count].Fill(level == 0);
                present += (int)level * count;
            }
            missing = missing[count..];
        }
        return present;
    }

    // Old writers' BIT_PACKED = 4 begins each byte at its highest bit, the packed runs of RLE at its lowest.
    static int Unpack(ReadOnlySpan<byte> bits, Span<bool> missing, bool highestFirst)
    {
        int present = 0;
        var bytes = MemoryMarshal.AsBytes(missing);
        for (int i = 0; i < missing.Length; i += 8)
        {
            byte eight = highestFirst ? Reversed(bits[i / 8]) : bits[i / 8];
            if (missing.Length - i >= 8)
            {
                present += BitOperations.PopCount(eight);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], Spread((byte)~eight));
                continue;
            }
            for (int k = i; k < missing.Length; k++, eight >>= 1)
            {
                missing[k] = (eight & 1) == 0;
                present += eight & 1;
            }
        }
        return present;
    }

    // Bit k of the value becomes byte k: copy the value to every byte, keep bit k of byte k, and carry it to the byte's lowest place.
    static ulong Spread(byte eight)
    {
        ulong kept = eight * 0x0101010101010101UL & 0x8040201008040201;
        return (kept + 0x00406070787C7E7F) >> 7 & 0x0101010101010101;
    }

    static byte Reversed(byte eight) => (byte)((eight * 0x80200802UL & 0x0884422110UL) * 0x0101010101UL >> 32);
}
