using System.Buffers;
using System.Runtime.CompilerServices;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>A page as it stands after decompression.</summary>
/// <param name="encoding">Encoding of the values.</param>
/// <param name="count">Number of values, missing ones included.</param>
/// <param name="levelEncoding">Encoding of the levels.</param>
/// <param name="levels">Which values are there; of no meaning in a required column.</param>
/// <param name="data">The values that are there.</param>
internal readonly ref struct DataPage(Encoding encoding, int count, Encoding levelEncoding, ReadOnlySpan<byte> levels,
    ReadOnlySpan<byte> data)
{
    public Encoding Encoding { get; } = encoding;
    public int Count { get; } = count;
    public Encoding LevelEncoding { get; } = levelEncoding;
    public ReadOnlySpan<byte> Levels { get; } = levels;
    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>Collects one column chunk's values, page by page.</summary>
internal abstract class ColumnDecoder
{
    /// <summary>Values so far, missing ones included.</summary>
    public int Count { get; protected set; }

    /// <summary>Reads the dictionary that later pages' indices point into.</summary>
    public abstract void Dictionary(ReadOnlySpan<byte> data, int count);

    /// <summary>Appends a page. <paramref name="expected"/> is how many values to make room for, this page's and later ones'.</summary>
    public abstract void Page(DataPage page, int expected);

    public abstract ColumnValues Finish();

    /// <summary>The decoder for a column: physical values, then the meaning that the schema gives them.</summary>
    public static ColumnDecoder For(SchemaElement schema, TableColumn column, Allowance shared)
    {
        bool bytes = schema.Type is PhysicalType.BYTE_ARRAY or PhysicalType.FIXED_LEN_BYTE_ARRAY;
        return column.Kind switch
        {
            ColumnKind.Text when schema.Meaning == Meaning.Uuid => new ByteArrays<string, UuidText>(schema, shared),
            ColumnKind.Text => new ByteArrays<string, Utf8Text>(schema, shared),
            ColumnKind.Binary => new ByteArrays<byte[], RawBytes>(schema, shared),
            ColumnKind.Decimal when bytes => new ByteArrays<Int128, BigEndian>(schema, shared),
            ColumnKind.Decimal => new DecimalColumn(schema),
            ColumnKind.Real when bytes => new ByteArrays<double, Float16>(schema, shared),
            ColumnKind.Real => new RealColumn(schema),
            _ => new IntegerColumn(schema, column.Kind),
        };
    }
}

/// <inheritdoc/>
/// <typeparam name="T">Type of the column's values.</typeparam>
internal abstract class ColumnDecoder<T>(SchemaElement schema) : ColumnDecoder
{
    T[] values = [];
    bool[] missing = [];
    bool anyMissing;
    T[]? dictionary;

    protected SchemaElement Schema { get; } = schema;

    /// <summary>
    /// Decodes as many values as there is room for. Of PLAIN values <paramref name="data"/> holds at least
    /// <see cref="Encodings.PlainBytes"/>.
    /// </summary>
    protected abstract void Decode(Encoding encoding, ReadOnlySpan<byte> data, Span<T> values);

    public override void Dictionary(ReadOnlySpan<byte> data, int count)
    {
        if (dictionary is not null) throw new InvalidDataException("a second dictionary page");
        CheckLength(Encoding.PLAIN, data, count);
        dictionary = new T[count];
        Decode(Encoding.PLAIN, data, dictionary);
    }

    public override void Page(DataPage page, int expected)
    {
        bool full = Schema.Repetition == Repetition.Required || Levels.NoneMissing(page.LevelEncoding, page.Levels, page.Count);
        if (full) CheckLength(page.Encoding, page.Data, page.Count);
        Reserve(ref values, expected);
        var target = values.AsSpan(Count, page.Count);
        int present = page.Count;
        if (!full)
        {
            Reserve(ref missing, values.Length);
            present = Levels.Decode(page.LevelEncoding, page.Levels, missing.AsSpan(Count, page.Count));
        }
        if (page.Encoding is Encoding.PLAIN_DICTIONARY or Encoding.RLE_DICTIONARY) LookUp(page.Data, target[..present]);
        else DecodePage(page.Encoding, page.Data, target[..present]);
        if (present < page.Count)
        {
            anyMissing = true;
            Spread(target, missing.AsSpan(Count, page.Count), present);
        }
        Count += page.Count;
    }

    void DecodePage(Encoding encoding, ReadOnlySpan<byte> data, Span<T> target)
    {
        if (target.IsEmpty) return;
        CheckLength(encoding, data, target.Length);
        if (encoding != Encoding.BYTE_STREAM_SPLIT)
        {
            Decode(encoding, data, target);
            return;
        }
        int width = Encodings.Width(Schema), length = width * target.Length;
        byte[] plain = ArrayPool<byte>.Shared.Rent(length);
        Encodings.Join(data, width, plain.AsSpan(0, length));
        Decode(Encoding.PLAIN, plain.AsSpan(0, length), target);
        ArrayPool<byte>.Shared.Return(plain);
    }

    void CheckLength(Encoding encoding, ReadOnlySpan<byte> data, int count)
    {
        if (encoding is not (Encoding.PLAIN or Encoding.BYTE_STREAM_SPLIT)) return;
        if (Encodings.PlainBytes(Schema, count) > data.Length)
            throw new InvalidDataException($"page of {data.Length} bytes is too short for {count} values of {Schema.Type}");
    }

    // Dictionary indices: a byte with their width, then runs.
    void LookUp(ReadOnlySpan<byte> data, Span<T> found)
    {
        if (found.IsEmpty) return;
        if (dictionary is null) throw new InvalidDataException("a page refers to a dictionary that is not there");
        if (data.IsEmpty) throw new InvalidDataException("a page of indices is empty");
        int[] rented = ArrayPool<int>.Shared.Rent(found.Length);
        var index = rented.AsSpan(0, found.Length);
        RunLength.Decode(data[1..], data[0], index);
        var entries = dictionary;
        for (int i = 0; i < index.Length && i < found.Length; i++)
        {
            int k = index[i];
            if ((uint)k >= (uint)entries.Length)
                throw new InvalidDataException($"index {(uint)k} into a dictionary of {entries.Length} values");
            found[i] = entries[k];
        }
        ArrayPool<int>.Shared.Return(rented);
    }

    // The values stand without gaps at the front; from the last to the first each moves to its place.
    static void Spread(Span<T> values, ReadOnlySpan<bool> missing, int present)
    {
        for (int i = values.Length - 1; i >= 0; i--) values[i] = missing[i] ? default! : values[--present];
    }

    void Reserve<E>(ref E[] array, int expected)
    {
        if (array.Length >= expected) return;
        var larger = RuntimeHelpers.IsReferenceOrContainsReferences<E>() || typeof(E) == typeof(bool)
            ? new E[expected] : GC.AllocateUninitializedArray<E>(expected);
        array.AsSpan(0, Math.Min(Count, array.Length)).CopyTo(larger);
        array = larger;
    }

    public override ColumnValues Finish()
    {
        if (values.Length > Count) Array.Resize(ref values, Count);
        if (anyMissing && missing.Length != Count) Array.Resize(ref missing, Count);
        return new ColumnValues(values, anyMissing ? missing : null);
    }
}

/// <summary>Integers, booleans and times.</summary>
internal sealed class IntegerColumn(SchemaElement schema, ColumnKind kind) : ColumnDecoder<long>(schema)
{
    const long MicrosecondsADay = 86_400_000_000;

    protected override void Decode(Encoding encoding, ReadOnlySpan<byte> data, Span<long> values)
    {
        Encodings.Integers(Schema, encoding, data, values);
        if (kind is ColumnKind.Time or ColumnKind.TimeOfDay && Schema.Type != PhysicalType.INT96) ToMicroseconds(values);
        // INT32 holds 8- and 16-bit integers too; the annotation only says which values occur, so that 32-bit unsigned is the one to
        // convert.
        else if (Schema is { Unsigned: true, Type: PhysicalType.INT32 })
            for (int i = 0; i < values.Length; i++) values[i] &= 0xFFFF_FFFF;
    }

    void ToMicroseconds(Span<long> values)
    {
        switch (Schema.Meaning)
        {
            case Meaning.Date: Multiply(values, MicrosecondsADay); break;
            case Meaning.Milliseconds or Meaning.TimeMilliseconds: Multiply(values, 1000); break;
            case Meaning.Nanoseconds or Meaning.TimeNanoseconds:    // rounded down, before 1970 too
                for (int i = 0; i < values.Length; i++) values[i] = values[i] / 1000 - (values[i] % 1000 < 0 ? 1 : 0);
                break;
        }
    }

    static void Multiply(Span<long> values, long factor)
    {
        long most = long.MaxValue / factor;
        for (int i = 0; i < values.Length; i++)
        {
            if ((ulong)(values[i] + most) > 2 * (ulong)most)
                throw new InvalidDataException($"the time {values[i]} is beyond 292,000 years");
            values[i] *= factor;
        }
    }
}

/// <summary>FLOAT and DOUBLE.</summary>
internal sealed class RealColumn(SchemaElement schema) : ColumnDecoder<double>(schema)
{
    protected override void Decode(Encoding encoding, ReadOnlySpan<byte> data, Span<double> values) =>
        Encodings.Reals(Schema, encoding, data, values);
}

/// <summary>Decimals that stand in integers, and unsigned 64-bit integers.</summary>
internal sealed class DecimalColumn(SchemaElement schema) : ColumnDecoder<Int128>(schema)
{
    protected override void Decode(Encoding encoding, ReadOnlySpan<byte> data, Span<Int128> values)
    {
        long[] integers = ArrayPool<long>.Shared.Rent(values.Length);
        Encodings.Integers(Schema, encoding, data, integers.AsSpan(0, values.Length));
        bool signed = Schema.Meaning == Meaning.Decimal;
        for (int i = 0; i < values.Length; i++) values[i] = signed ? integers[i] : (ulong)integers[i];
        ArrayPool<long>.Shared.Return(integers);
    }
}
