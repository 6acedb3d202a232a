
namespace NeuralCore.Models.Data.Parquet;

/// <summary>Collects one column chunk's values, page by page.</summary>
internal abstract class ColumnDecoder
{
    /// <summary>Values so far, missing ones included.</summary>
    public int Count { get; protected set; }

    /// <summary>Reads the dictionary that later pages' indices point into.</summary>
    public abstract void Dictionary(ReadOnlySpan<byte> data, int count);

    /// <summary>Appends a page. <paramref name="levels"/> has 0 for a missing and 1 for a present value; it is empty in a required column.</summary>
    public abstract void Page(Encoding encoding, ReadOnlySpan<byte> data, ReadOnlySpan<int> levels, int count);

    public abstract ColumnValues Finish();

    /// <summary>The decoder for a column: physical values, then the meaning that the schema gives them.</summary>
    public static ColumnDecoder For(SchemaElement s, TableColumn column)
    {
        var type = s.Type!.Value;
        switch (type, column.Kind)
        {
            case (PhysicalType.FLOAT or PhysicalType.DOUBLE, _):
                return Decoder<double, double>(Encodings.Reals(type), null);
            case (PhysicalType.BYTE_ARRAY or PhysicalType.FIXED_LEN_BYTE_ARRAY, ColumnKind.Text):
                return Decoder(Encodings.Bytes(type, s.FixedLength), static v => System.Text.Encoding.UTF8.GetString(v));
            case (PhysicalType.BYTE_ARRAY or PhysicalType.FIXED_LEN_BYTE_ARRAY, ColumnKind.Decimal):
                return Decoder(Encodings.Bytes(type, s.FixedLength), BigEndian);
            case (PhysicalType.BYTE_ARRAY or PhysicalType.FIXED_LEN_BYTE_ARRAY, _):
                return Decoder<byte[], byte[]>(Encodings.Bytes(type, s.FixedLength), null);
            case (_, ColumnKind.Decimal):
                return s.Meaning == Meaning.Decimal
                    ? Decoder(Encodings.Integers(type), static v => (Int128)v)
                    : Decoder(Encodings.Integers(type), static v => (Int128)(ulong)v);
            case (_, ColumnKind.Time):
                return Decoder(Encodings.Integers(type), Microseconds(s));
            default:
                return Decoder(Encodings.Integers(type), Integer(s));
        }

        ColumnDecoder<P, T> Decoder<P, T>(ValueDecoder<P> decode, Func<P, T>? meaning) => new(s, decode, meaning);
    }

    // INT32 holds 8- and 16-bit integers too; the annotation only says which values occur, so that 32-bit unsigned is the one to convert.
    static Func<long, long>? Integer(SchemaElement s) =>
        s.Unsigned && s.Type == PhysicalType.INT32 ? static v => v & 0xFFFF_FFFF : null;

    static Func<long, long>? Microseconds(SchemaElement s) => s.Meaning switch
    {
        Meaning.Date => static v => Scaled(v, 86_400_000_000),
        Meaning.Milliseconds => static v => Scaled(v, 1000),
        Meaning.Nanoseconds => static v => v / 1000 - (v % 1000 < 0 ? 1 : 0),    // rounded down, before 1970 too
        _ => null,
    };

    static long Scaled(long value, long factor) => Math.BigMul(value, factor, out long low) == low >> 63
        ? low : throw new InvalidDataException($"the time {value} is beyond 292,000 years");

    static Int128 BigEndian(byte[] bytes)
    {
        if (bytes.Length is 0 or > 16) throw new InvalidDataException($"a decimal of {bytes.Length} bytes (1 to 16 are supported)");
        Int128 value = (sbyte)bytes[0];
        for (int i = 1; i < bytes.Length; i++) value = value << 8 | bytes[i];
        return value;
    }
}

/// <inheritdoc/>
/// <typeparam name="P">Representation of the physical values: long, double or byte[].</typeparam>
/// <typeparam name="T">Type of the column's values.</typeparam>
internal sealed class ColumnDecoder<P, T>(SchemaElement schema, ValueDecoder<P> decode, Func<P, T>? meaning) : ColumnDecoder
{
    T[] values = [];
    bool[]? missing;
    T[]? dictionary;

    public override void Dictionary(ReadOnlySpan<byte> data, int count)
    {
        if (dictionary is not null) throw new InvalidDataException("a second dictionary page");
        dictionary = Decode(Encoding.PLAIN, data, count);
    }

    public override void Page(Encoding encoding, ReadOnlySpan<byte> data, ReadOnlySpan<int> levels, int count)
    {
        int present = levels.IsEmpty ? count : levels.Count(1);
        T[] page = encoding is Encoding.PLAIN_DICTIONARY or Encoding.RLE_DICTIONARY ? LookUp(data, present) : Decode(encoding, data, present);
        if (values.Length < Count + count) Array.Resize(ref values, Math.Max(Count + count, 2 * Count));
        if (present == count) page.CopyTo(values, Count);
        else
        {
            missing ??= [];
            if (missing.Length < values.Length) Array.Resize(ref missing, values.Length);
            for (int i = 0, k = 0; i < count; i++)
                if (levels[i] == 1) values[Count + i] = page[k++];
                else missing[Count + i] = true;
        }
        Count += count;
    }

    T[] Decode(Encoding encoding, ReadOnlySpan<byte> data, int count)
    {
        if (encoding == Encoding.PLAIN && Encodings.PlainBytes(schema.Type!.Value, schema.FixedLength, count) > data.Length)
            throw new InvalidDataException($"page of {data.Length} bytes is too short for {count} values of {schema.Type}");
        var physical = new P[count];
        decode(encoding, data, physical);
        return meaning is null ? (T[])(object)physical : Array.ConvertAll(physical, v => meaning(v));
    }

    // Dictionary indices: a byte with their width, then runs.
    T[] LookUp(ReadOnlySpan<byte> data, int count)
    {
        if (count == 0) return [];
        if (dictionary is null) throw new InvalidDataException("a page refers to a dictionary that is not there");
        if (data.IsEmpty) throw new InvalidDataException("a page of indices is empty");
        int[] index = new int[count];
        RunLength.Decode(data[1..], data[0], index);
        var found = new T[count];
        for (int i = 0; i < count; i++)
        {
            if ((uint)index[i] >= (uint)dictionary.Length)
                throw new InvalidDataException($"index {(uint)index[i]} into a dictionary of {dictionary.Length} values");
            found[i] = dictionary[index[i]];
        }
        return found;
    }

    public override ColumnValues Finish()
    {
        Array.Resize(ref values, Count);
        if (missing is not null) Array.Resize(ref missing, Count);
        return new ColumnValues(values, missing);
    }
}
