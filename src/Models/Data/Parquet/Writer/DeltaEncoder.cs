using System.Buffers;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>
/// DELTA_BINARY_PACKED (Encodings.md = 5): the first value, then blocks of 128 differences, each block with its smallest difference and,
/// in 4 miniblocks of 32, what the others exceed it by, in the bits of the largest excess. Regular times take no bits at all.
/// </summary>
internal static class DeltaEncoder
{
    const int Block = 128, MiniBlocks = 4, Mini = Block / MiniBlocks;

    public static void Encode(ReadOnlySpan<long> values, ArrayBufferWriter<byte> to)
    {
        BitWriter.WriteVarint(Block, to);
        BitWriter.WriteVarint(MiniBlocks, to);
        BitWriter.WriteVarint((ulong)values.Length, to);
        BitWriter.WriteZigZag(values.IsEmpty ? 0 : values[0], to);
        Span<ulong> excess = stackalloc ulong[Block];
        for (int i = 1; i < values.Length; i += Block)
        {
            int count = Math.Min(Block, values.Length - i);
            EncodeBlock(values.Slice(i - 1, count + 1), excess, to);
        }
    }

    // Differences are taken modulo 2^64, as the format asks, so that the extremes of 64 bits come back too.
    static void EncodeBlock(ReadOnlySpan<long> values, Span<ulong> excess, ArrayBufferWriter<byte> to)
    {
        int count = values.Length - 1;
        long least = long.MaxValue;
        for (int k = 0; k < count; k++) least = Math.Min(least, unchecked(values[k + 1] - values[k]));
        for (int k = 0; k < count; k++) excess[k] = unchecked((ulong)(values[k + 1] - values[k] - least));
        excess[count..].Clear();

        BitWriter.WriteZigZag(least, to);
        var widths = to.GetSpan(MiniBlocks);
        for (int m = 0; m < MiniBlocks; m++)
        {
            ulong all = 0;
            foreach (ulong e in excess.Slice(m * Mini, Mini)) all |= e;
            widths[m] = (byte)BitWriter.Width(all);
        }
        uint width = BitConverter.ToUInt32(widths);
        to.Advance(MiniBlocks);
        // Miniblocks after the last value are left out, the last one is filled up with zeros.
        for (int m = 0; m * Mini < count; m++, width >>= 8) BitWriter.Pack<ulong>(excess.Slice(m * Mini, Mini), (byte)width, to);
    }
}
