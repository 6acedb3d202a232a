using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>Encodings, numbered as in parquet.thrift.</summary>
internal enum Encoding
{
    PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, BIT_PACKED = 4, DELTA_BINARY_PACKED = 5, DELTA_LENGTH_BYTE_ARRAY = 6, DELTA_BYTE_ARRAY = 7,
    RLE_DICTIONARY = 8, BYTE_STREAM_SPLIT = 9,
}

/// <summary>
/// How numbers are laid out in pages (parquet-format, Encodings.md). Bytes are a matter of <see cref="ByteArrays{T, F}"/>.
/// </summary>
internal static class Encodings
{
    const long MicrosecondsADay = 86_400_000_000, JulianDayOf1970 = 2_440_588;

    /// <summary>Fewest bytes that <paramref name="count"/> PLAIN values take.</summary>
    public static long PlainBytes(SchemaElement schema, long count) => schema.Type switch
    {
        PhysicalType.BOOLEAN => (count + 7) / 8,
        PhysicalType.BYTE_ARRAY => 4 * count,
        _ => Width(schema) * count,
    };

    /// <summary>Bytes of a PLAIN value of a type of fixed width.</summary>
    public static int Width(SchemaElement schema) => schema.Type switch
    {
        PhysicalType.INT32 or PhysicalType.FLOAT => 4,
        PhysicalType.INT64 or PhysicalType.DOUBLE => 8,
        PhysicalType.INT96 => 12,
        PhysicalType.FIXED_LEN_BYTE_ARRAY => schema.FixedLength,
        _ => throw Unsupported(Encoding.BYTE_STREAM_SPLIT, schema),
    };

    /// <summary>BOOLEAN as 0 and 1, INT32, INT64, and INT96 as microseconds since 1970-01-01.</summary>
    public static void Integers(SchemaElement schema, Encoding encoding, ReadOnlySpan<byte> data, Span<long> values)
    {
        switch (encoding, schema.Type)
        {
            case (Encoding.PLAIN, PhysicalType.BOOLEAN): BitPacking.Unpack(data, 1, values); break;
            case (Encoding.RLE, PhysicalType.BOOLEAN): RunLength.Decode(RunLength.Prefixed(ref data), 1, values); break;
            case (Encoding.PLAIN, PhysicalType.INT32):
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]);
                break;
            case (Encoding.PLAIN, PhysicalType.INT64): Copy(data, values); break;
            case (Encoding.PLAIN, PhysicalType.INT96):
                for (int i = 0; i < values.Length; i++) values[i] = Int96(data[(12 * i)..]);
                break;
            case (Encoding.DELTA_BINARY_PACKED, PhysicalType.INT32 or PhysicalType.INT64):
                DeltaPacked.Decode(ref data, values, narrow: schema.Type == PhysicalType.INT32);
                break;
            default: throw Unsupported(encoding, schema);
        }
    }

    /// <summary>FLOAT and DOUBLE.</summary>
    public static void Reals(SchemaElement schema, Encoding encoding, ReadOnlySpan<byte> data, Span<double> values)
    {
        if (encoding != Encoding.PLAIN) throw Unsupported(encoding, schema);
        if (schema.Type == PhysicalType.DOUBLE) Copy(data, values);
        else
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]);
    }

    /// <summary>
    /// BYTE_STREAM_SPLIT of values of <paramref name="width"/> bytes to PLAIN: all first bytes, then all second bytes and so on, become
    /// value after value.
    /// </summary>
    public static void Join(ReadOnlySpan<byte> streams, int width, Span<byte> plain)
    {
        int n = plain.Length / width;
        if (streams.Length != plain.Length) throw new InvalidDataException($"{streams.Length} bytes of {n} split values of {width} bytes");
        if (width == 8) Join8(streams, n, MemoryMarshal.Cast<byte, ulong>(plain));
        else
            for (int k = 0; k < width; k++)
            {
                var stream = streams.Slice(k * n, n);
                for (int i = 0; i < n; i++) plain[i * width + k] = stream[i];
            }
    }

    static void Join8(ReadOnlySpan<byte> s, int n, Span<ulong> values)
    {
        ReadOnlySpan<byte> s0 = s[..n], s1 = s.Slice(n, n), s2 = s.Slice(2 * n, n), s3 = s.Slice(3 * n, n);
        ReadOnlySpan<byte> s4 = s.Slice(4 * n, n), s5 = s.Slice(5 * n, n), s6 = s.Slice(6 * n, n), s7 = s.Slice(7 * n, n);
        for (int i = 0; i < values.Length; i++)
        {
            uint low = s0[i] | (uint)s1[i] << 8 | (uint)s2[i] << 16 | (uint)s3[i] << 24;
            uint high = s4[i] | (uint)s5[i] << 8 | (uint)s6[i] << 16 | (uint)s7[i] << 24;
            values[i] = low | (ulong)high << 32;
        }
    }

    // PLAIN numbers are little-endian, as memory is on every machine that .NET 10 runs on but one.
    static void Copy<T>(ReadOnlySpan<byte> data, Span<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        data[..bytes.Length].CopyTo(bytes);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, long>(values), MemoryMarshal.Cast<T, long>(values));
    }

    // INT96 is nanoseconds within the day (8 bytes), then the Julian day (4 bytes). Writers let the sum wrap round 64 bits for times
    // near their end (parquet-testing, int96_from_spark: the year 290000), so that reading has to wrap as well.
    static long Int96(ReadOnlySpan<byte> data)
    {
        long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(data), day = BinaryPrimitives.ReadInt32LittleEndian(data[8..]);
        return unchecked((day - JulianDayOf1970) * MicrosecondsADay + nanoseconds / 1000);
    }

    public static InvalidDataException Unsupported(Encoding encoding, SchemaElement schema) =>
        new($"encoding {encoding} of {schema.Type} is not supported (write the file again with dictionary or PLAIN encoding)");
}
