using System.Buffers.Binary;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>Encodings, numbered as in parquet.thrift.</summary>
internal enum Encoding
{
    PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, BIT_PACKED = 4, DELTA_BINARY_PACKED = 5, DELTA_LENGTH_BYTE_ARRAY = 6, DELTA_BYTE_ARRAY = 7,
    RLE_DICTIONARY = 8, BYTE_STREAM_SPLIT = 9,
}

/// <summary>Decodes as many values as <paramref name="values"/> has room for.</summary>
internal delegate void ValueDecoder<T>(Encoding encoding, ReadOnlySpan<byte> data, Span<T> values);

/// <summary>
/// The one place that knows how values are laid out in pages (parquet-format, Encodings.md), in three representations: integers
/// (BOOLEAN, INT32, INT64, INT96), reals (FLOAT, DOUBLE) and bytes. An encoding is a case of these.
/// </summary>
internal static class Encodings
{
    const long MicrosecondsADay = 86_400_000_000, JulianDayOf1970 = 2_440_588;

    /// <summary>Fewest bytes that <paramref name="count"/> PLAIN values take; checked before room for them is made.</summary>
    public static long PlainBytes(PhysicalType type, int fixedLength, long count) => type switch
    {
        PhysicalType.BOOLEAN => (count + 7) / 8,
        PhysicalType.INT32 or PhysicalType.FLOAT or PhysicalType.BYTE_ARRAY => 4 * count,
        PhysicalType.INT64 or PhysicalType.DOUBLE => 8 * count,
        PhysicalType.INT96 => 12 * count,
        _ => fixedLength * count,
    };

    /// <summary>BOOLEAN as 0 and 1, INT32, INT64, and INT96 as microseconds since 1970-01-01.</summary>
    public static ValueDecoder<long> Integers(PhysicalType type) => (encoding, data, values) =>
    {
        switch (encoding, type)
        {
            case (Encoding.PLAIN, PhysicalType.BOOLEAN):
                Need(data, type, 0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = (data[i >> 3] >> (i & 7)) & 1;
                break;
            case (Encoding.RLE, PhysicalType.BOOLEAN):
                int[] bits = new int[values.Length];
                RunLength.Decode(RunLength.Prefixed(data, out _), 1, bits);
                for (int i = 0; i < values.Length; i++) values[i] = bits[i];
                break;
            case (Encoding.PLAIN, PhysicalType.INT32):
                Need(data, type, 0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]);
                break;
            case (Encoding.PLAIN, PhysicalType.INT64):
                Need(data, type, 0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt64LittleEndian(data[(8 * i)..]);
                break;
            case (Encoding.PLAIN, PhysicalType.INT96):
                Need(data, type, 0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = Int96(data[(12 * i)..]);
                break;
            default: throw Unsupported(encoding, type);
        }
    };

    /// <summary>FLOAT and DOUBLE.</summary>
    public static ValueDecoder<double> Reals(PhysicalType type) => (encoding, data, values) =>
    {
        if (encoding != Encoding.PLAIN) throw Unsupported(encoding, type);
        Need(data, type, 0, values.Length);
        if (type == PhysicalType.DOUBLE)
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]);
        else
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]);
    };

    /// <summary>BYTE_ARRAY (length, then bytes) and FIXED_LEN_BYTE_ARRAY.</summary>
    public static ValueDecoder<byte[]> Bytes(PhysicalType type, int fixedLength) => (encoding, data, values) =>
    {
        if (encoding != Encoding.PLAIN) throw Unsupported(encoding, type);
        Need(data, type, fixedLength, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            int length = fixedLength;
            if (type == PhysicalType.BYTE_ARRAY)
            {
                if (data.Length < 4) throw new InvalidDataException("page ends within a length");
                length = BinaryPrimitives.ReadInt32LittleEndian(data);
                data = data[4..];
            }
            if ((uint)length > (uint)data.Length) throw new InvalidDataException($"a value of {length} bytes where {data.Length} are left");
            values[i] = data[..length].ToArray();
            data = data[length..];
        }
    };

    // INT96 is nanoseconds within the day (8 bytes), then the Julian day (4 bytes). Writers let the sum wrap round 64 bits for times
    // near their end (parquet-testing, int96_from_spark: the year 290000), so that reading has to wrap as well.
    static long Int96(ReadOnlySpan<byte> data)
    {
        long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(data), day = BinaryPrimitives.ReadInt32LittleEndian(data[8..]);
        return unchecked((day - JulianDayOf1970) * MicrosecondsADay + nanoseconds / 1000);
    }

    static void Need(ReadOnlySpan<byte> data, PhysicalType type, int fixedLength, int count)
    {
        if (data.Length < PlainBytes(type, fixedLength, count))
            throw new InvalidDataException($"page of {data.Length} bytes is too short for {count} values of {type}");
    }

    static InvalidDataException Unsupported(Encoding encoding, PhysicalType type) =>
        new($"encoding {encoding} of {type} is not supported (PLAIN, dictionary, and RLE of BOOLEAN are)");
}

/// <summary>The hybrid of run lengths and bit packing that levels, dictionary indices and booleans use (Encodings.md, RLE = 3).</summary>
internal static class RunLength
{
    /// <summary>Takes the runs off the front of <paramref name="data"/>, where 4 bytes give their length.</summary>
    public static ReadOnlySpan<byte> Prefixed(ReadOnlySpan<byte> data, out int taken)
    {
        int length = data.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(data);
        if (length < 0 || length > data.Length - 4) throw new InvalidDataException($"runs of {length} bytes in a page of {data.Length}");
        taken = 4 + length;
        return data.Slice(4, length);
    }

    /// <summary>Decodes as many values of <paramref name="width"/> bits as <paramref name="values"/> has room for.</summary>
    public static void Decode(ReadOnlySpan<byte> data, int width, Span<int> values)
    {
        if (width is < 0 or > 32) throw new InvalidDataException($"bit width {width}");
        int bytes = (width + 7) / 8;
        while (!values.IsEmpty)
        {
            uint head = Varint(ref data);
            if ((head & 1) == 0)
            {
                int run = (int)Math.Min(head >> 1, (uint)values.Length);
                if (run == 0 || data.Length < bytes) throw new InvalidDataException("a run is empty or cut short");
                values[..run].Fill((int)LittleEndian(data[..bytes]));
                data = data[bytes..];
                values = values[run..];
            }
            else
            {
                int count = (int)Math.Min(8L * (head >> 1), values.Length);
                long length = (long)(head >> 1) * width;
                if (count == 0 || (long)data.Length * 8 < (long)count * width)
                    throw new InvalidDataException("a bit-packed run is empty or cut short");
                Unpack(data, width, values[..count]);
                data = data[(int)Math.Min(length, data.Length)..];
                values = values[count..];
            }
        }
    }

    static void Unpack(ReadOnlySpan<byte> data, int width, Span<int> values)
    {
        ulong buffer = 0, mask = (1UL << width) - 1;
        int bits = 0, next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (; bits < width; bits += 8) buffer |= (ulong)data[next++] << bits;
            values[i] = (int)(buffer & mask);
            buffer >>= width;
            bits -= width;
        }
    }

    static uint LittleEndian(ReadOnlySpan<byte> data)
    {
        uint value = 0;
        for (int i = 0; i < data.Length; i++) value |= (uint)data[i] << (8 * i);
        return value;
    }

    static uint Varint(ref ReadOnlySpan<byte> data)
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
