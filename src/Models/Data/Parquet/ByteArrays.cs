using System.Buffers;
using System.Buffers.Binary;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>What the bytes of a value mean.</summary>
internal interface IFromBytes<T>
{
    static abstract T From(ReadOnlySpan<byte> bytes);
}

/// <summary>A column of BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY values. A value equal to the one before it is the same object.</summary>
/// <typeparam name="T">Type of the column's values.</typeparam>
/// <typeparam name="F">How they come from bytes.</typeparam>
internal sealed class ByteArrays<T, F>(SchemaElement schema, Allowance shared) : ColumnDecoder<T>(schema) where F : struct, IFromBytes<T>
{
    protected override void Decode(Encoding encoding, ReadOnlySpan<byte> data, Span<T> values)
    {
        bool fixedLength = Schema.Type == PhysicalType.FIXED_LEN_BYTE_ARRAY;
        switch (encoding)
        {
            case Encoding.PLAIN when fixedLength: Fixed(data, values); break;
            case Encoding.PLAIN: Plain(data, values); break;
            case Encoding.DELTA_LENGTH_BYTE_ARRAY when !fixedLength: DeltaLength(data, values); break;
            case Encoding.DELTA_BYTE_ARRAY: Delta(data, values, fixedLength); break;
            default: throw Encodings.Unsupported(encoding, Schema);
        }
    }

    void Fixed(ReadOnlySpan<byte> data, Span<T> values)
    {
        ReadOnlySpan<byte> before = default;
        for (int i = 0; i < values.Length; i++)
        {
            var bytes = data.Slice(i * Schema.FixedLength, Schema.FixedLength);
            values[i] = i > 0 && bytes.SequenceEqual(before) ? values[i - 1] : F.From(bytes);
            before = bytes;
        }
    }

    static void Plain(ReadOnlySpan<byte> data, Span<T> values)
    {
        ReadOnlySpan<byte> before = default;
        for (int i = 0; i < values.Length; i++)
        {
            if (data.Length < 4) throw new InvalidDataException("page ends within a length");
            int length = BinaryPrimitives.ReadInt32LittleEndian(data);
            data = data[4..];
            var bytes = Take(ref data, length);
            values[i] = i > 0 && bytes.SequenceEqual(before) ? values[i - 1] : F.From(bytes);
            before = bytes;
        }
    }

    static void DeltaLength(ReadOnlySpan<byte> data, Span<T> values)
    {
        long[] lengths = ArrayPool<long>.Shared.Rent(values.Length);
        DeltaPacked.Decode(ref data, lengths.AsSpan(0, values.Length), narrow: true);
        ReadOnlySpan<byte> before = default;
        for (int i = 0; i < values.Length; i++)
        {
            var bytes = Take(ref data, lengths[i]);
            values[i] = i > 0 && bytes.SequenceEqual(before) ? values[i - 1] : F.From(bytes);
            before = bytes;
        }
        ArrayPool<long>.Shared.Return(lengths);
    }

    // Lengths of what each value shares with the one before it, lengths of the rest, then the rests. Together the values may be longer than
    // their page.
    void Delta(ReadOnlySpan<byte> data, Span<T> values, bool fixedLength)
    {
        long[] prefixes = ArrayPool<long>.Shared.Rent(values.Length), suffixes = ArrayPool<long>.Shared.Rent(values.Length);
        DeltaPacked.Decode(ref data, prefixes.AsSpan(0, values.Length), narrow: true);
        DeltaPacked.Decode(ref data, suffixes.AsSpan(0, values.Length), narrow: true);
        byte[] value = new byte[256];
        int length = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (prefixes[i] < 0 || prefixes[i] > length)
                throw new InvalidDataException($"a value shares {prefixes[i]} bytes with one of {length}");
            var suffix = Take(ref data, suffixes[i]);
            bool same = i > 0 && suffix.IsEmpty && prefixes[i] == length;
            length = (int)prefixes[i] + suffix.Length;
            if (fixedLength && length != Schema.FixedLength)
                throw new InvalidDataException($"a value of {length} bytes, expected {Schema.FixedLength}");
            if (!same) shared.Take(prefixes[i]);
            if (length > value.Length) Array.Resize(ref value, Math.Max(length, 2 * value.Length));
            suffix.CopyTo(value.AsSpan((int)prefixes[i]));
            values[i] = same ? values[i - 1] : F.From(value.AsSpan(0, length));
        }
        ArrayPool<long>.Shared.Return(prefixes);
        ArrayPool<long>.Shared.Return(suffixes);
    }

    static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> data, long length)
    {
        if (length < 0 || length > data.Length) throw new InvalidDataException($"a value of {length} bytes where {data.Length} are left");
        var value = data[..(int)length];
        data = data[(int)length..];
        return value;
    }
}

/// <summary>UTF-8.</summary>
internal readonly struct Utf8Text : IFromBytes<string>
{
    public static string From(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}

/// <summary>A UUID in its usual spelling.</summary>
internal readonly struct UuidText : IFromBytes<string>
{
    public static string From(ReadOnlySpan<byte> bytes) => new Guid(bytes, bigEndian: true).ToString();
}

/// <summary>The bytes themselves.</summary>
internal readonly struct RawBytes : IFromBytes<byte[]>
{
    public static byte[] From(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}

/// <summary>An unscaled decimal: two's complement, the highest byte first.</summary>
internal readonly struct BigEndian : IFromBytes<Int128>
{
    public static Int128 From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) throw new InvalidDataException("a decimal of 0 bytes");
        Int128 value = (sbyte)bytes[0];
        foreach (byte b in bytes[1..])
        {
            if (value << 8 >> 8 != value) throw new InvalidDataException($"a decimal of {bytes.Length} bytes beyond 128 bits");
            value = value << 8 | b;
        }
        return value;
    }
}

/// <summary>IEEE 754 binary16.</summary>
internal readonly struct Float16 : IFromBytes<double>
{
    public static double From(ReadOnlySpan<byte> bytes) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}
