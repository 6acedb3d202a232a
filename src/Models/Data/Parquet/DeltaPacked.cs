namespace NeuralCore.Models.Data.Parquet;

/// <summary>
/// DELTA_BINARY_PACKED (Encodings.md, 5): a first value, then blocks of differences, each block with its smallest difference and bit-packed
/// distances from that, in miniblocks of a bit width each. All sums wrap round the type's width.
/// </summary>
internal static class DeltaPacked
{
    /// <summary>
    /// Decodes as many values as <paramref name="values"/> has room for, and takes them off the front of <paramref name="data"/>.
    /// </summary>
    /// <param name="data">What is read.</param>
    /// <param name="values">The values, of 64 bits or of 32.</param>
    /// <param name="narrow">Whether values wrap round 32 bits.</param>
    public static void Decode(scoped ref ReadOnlySpan<byte> data, Span<long> values, bool narrow)
    {
        ulong block = Varint(ref data), miniblocks = Varint(ref data), total = Varint(ref data);
        long value = ZigZag(ref data);
        if (total != (ulong)values.Length) throw new InvalidDataException($"{total} packed differences where {values.Length} are expected");
        if (miniblocks is 0 or > 1024 || block is 0 or > 1 << 24 || block % (8 * miniblocks) != 0)
            throw new InvalidDataException($"blocks of {block} differences in {miniblocks} parts");
        if (values.IsEmpty) return;
        values[0] = narrow ? (int)value : value;
        int size = (int)(block / miniblocks);
        for (int next = 1; next < values.Length;)
        {
            long least = ZigZag(ref data);
            var widths = Take(ref data, (long)miniblocks);
            for (int m = 0; m < widths.Length && next < values.Length; m++)
            {
                if (widths[m] > 64) throw new InvalidDataException($"differences of {widths[m]} bits");
                var part = values.Slice(next, Math.Min(size, values.Length - next));
                var packed = Take(ref data, BitPacking.Bytes(size, widths[m]));
                BitPacking.Unpack(packed, widths[m], part);
                value = Sum(part, value, least, narrow);
                next += part.Length;
            }
        }
    }

    static long Sum(Span<long> differences, long value, long least, bool narrow)
    {
        for (int i = 0; i < differences.Length; i++)
        {
            value = unchecked(value + least + differences[i]);
            differences[i] = narrow ? (int)value : value;
        }
        return value;
    }

    static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> data, long count)
    {
        if (count > data.Length) throw new InvalidDataException("packed differences are cut short");
        var taken = data[..(int)count];
        data = data[(int)count..];
        return taken;
    }

    static long ZigZag(scoped ref ReadOnlySpan<byte> data)
    {
        ulong v = Varint(ref data);
        return (long)(v >> 1) ^ -(long)(v & 1);
    }

    static ulong Varint(scoped ref ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(10, data.Length); i++)
        {
            value |= (ulong)(data[i] & 127) << (7 * i);
            if (data[i] >= 128) continue;
            data = data[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("packed differences are cut short");
    }
}
