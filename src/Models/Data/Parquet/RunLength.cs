using System.Buffers.Binary;
using System.Numerics;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>The hybrid of run lengths and bit packing that levels, dictionary indices and booleans use (Encodings.md, RLE = 3).</summary>
internal static class RunLength
{
    /// <summary>Takes the runs off the front of <paramref name="data"/>, where 4 bytes give their length.</summary>
    public static ReadOnlySpan<byte> Prefixed(scoped ref ReadOnlySpan<byte> data)
    {
        int length = data.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(data);
        if (length < 0 || length > data.Length - 4) throw new InvalidDataException($"runs of {length} bytes in a page of {data.Length}");
        var runs = data.Slice(4, length);
        data = data[(4 + length)..];
        return runs;
    }

    /// <summary>Decodes as many values of <paramref name="width"/> bits as <paramref name="values"/> has room for.</summary>
    public static void Decode<T>(ReadOnlySpan<byte> data, int width, Span<T> values) where T : unmanaged, IBinaryInteger<T>
    {
        if (width is < 0 or > 32) throw new InvalidDataException($"bit width {width}");
        while (!values.IsEmpty)
        {
            int count = Head(ref data, width, values.Length, out bool packed, out var run);
            if (packed) BitPacking.Unpack(run, width, values[..count]);
            else values[..count].Fill(T.CreateTruncating(Value(run)));
            values = values[count..];
        }
    }

    /// <summary>
    /// Takes the next run off the front of <paramref name="data"/>: of how many values (no more than <paramref name="left"/>), and its
    /// bytes, which hold either one value or the packed values.
    /// </summary>
    public static int Head(scoped ref ReadOnlySpan<byte> data, int width, int left, out bool packed, out ReadOnlySpan<byte> run)
    {
        uint head = Varint(ref data);
        packed = (head & 1) == 1;
        int count = (int)Math.Min(packed ? 8L * (head >> 1) : head >> 1, left);
        long bytes = packed ? (long)(head >> 1) * width : (width + 7) / 8, needed = packed ? BitPacking.Bytes(count, width) : bytes;
        if (count == 0 || data.Length < needed)
            throw new InvalidDataException(packed ? "a bit-packed run is empty or cut short" : "a run is empty or cut short");
        run = data[..(int)Math.Min(bytes, data.Length)];    // the last group of 8 may lack the bytes of values that are not there
        data = data[run.Length..];
        return count;
    }

    /// <summary>The value of a run that is not packed.</summary>
    public static uint Value(ReadOnlySpan<byte> run)
    {
        uint value = 0;
        for (int i = 0; i < run.Length; i++) value |= (uint)run[i] << (8 * i);
        return value;
    }

    static uint Varint(scoped ref ReadOnlySpan<byte> data)
    {
        uint value = 0;
        for (int i = 0; i < Math.Min(5, data.Length); i++)
        {
            value |= (uint)(data[i] & 127) << (7 * i);
            if (data[i] >= 128) continue;
            data = data[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("runs end too early");
    }
}
