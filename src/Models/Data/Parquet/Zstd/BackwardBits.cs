using System.Buffers.Binary;
using System.Numerics;

namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>
/// A bit stream that is read from its end (RFC 8878, 4.1): taken as one little-endian number, from the bit below its highest 1 downwards.
/// </summary>
internal ref struct BackwardBits
{
    readonly ReadOnlySpan<byte> data;

    public BackwardBits(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || data[^1] == 0) throw new InvalidDataException("a zstd bit stream has no end mark");
        this.data = data;
        Left = 8L * (data.Length - 1) + BitOperations.Log2(data[^1]);
    }

    /// <summary>Bits that are not read yet; below zero after more were read than there are.</summary>
    public long Left { get; private set; }

    /// <summary>The next <paramref name="count"/> bits, at most 56; those beyond the stream's beginning are zeros.</summary>
    public readonly ulong Peek(int count)
    {
        long at = Left - count;
        ulong bits = at >= 0 ? From((int)(at >> 3)) >> (int)(at & 7) : at > -64 ? From(0) << (int)-at : 0;
        return bits & ((1UL << count) - 1);
    }

    public void Skip(int count) => Left -= count;

    public ulong Read(int count)
    {
        ulong bits = Peek(count);
        Left -= count;
        return bits;
    }

    readonly ulong From(int start)
    {
        if (start + 8 <= data.Length) return BinaryPrimitives.ReadUInt64LittleEndian(data[start..]);
        ulong bits = 0;
        for (int i = data.Length - 1; i >= start; i--) bits = bits << 8 | data[i];
        return bits;
    }
}
