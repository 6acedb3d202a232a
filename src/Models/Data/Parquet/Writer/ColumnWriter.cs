using System.Buffers;
using System.Buffers.Binary;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>Writes a column's chunks: a dictionary where it pays, then pages of version 1 with statistics, each compressed.</summary>
internal abstract class ColumnWriter(TableColumn column, bool optional)
{
    public TableColumn Column { get; } = column;

    /// <summary>Whether values may be missing.</summary>
    public bool Optional { get; } = optional;

    public abstract PhysicalType Type { get; }

    /// <summary>Writes the chunk of one row group at the file's position.</summary>
    /// <exception cref="ArgumentException">A value cannot be stored.</exception>
    public abstract WrittenChunk Write(ColumnSlice slice, Stream file, CancellationToken cancellation);

    public static ColumnWriter For(TableColumn column, bool optional, ParquetOptions options)
    {
        return column.Kind switch
        {
            ColumnKind.Boolean => Writer(new BooleanFormat()),
            ColumnKind.Integer or ColumnKind.Time or ColumnKind.TimeOfDay => Writer(new IntegerFormat()),
            ColumnKind.Real => Writer(new RealFormat()),
            ColumnKind.Decimal => Writer(new DecimalFormat()),
            _ => Writer(new BytesFormat(text: column.Kind == ColumnKind.Text)),
        };

        ColumnWriter<T> Writer<T>(ValueFormat<T> format) where T : notnull => new(column, optional, format, options);
    }
}

/// <inheritdoc/>
/// <typeparam name="T">What a stored value is held in.</typeparam>
internal sealed class ColumnWriter<T>(TableColumn column, bool optional, ValueFormat<T> format, ParquetOptions options)
    : ColumnWriter(column, optional) where T : notnull
{
    public override PhysicalType Type => format.Type;

    public override WrittenChunk Write(ColumnSlice slice, Stream file, CancellationToken cancellation)
    {
        var values = Present(slice);
        var chunk = new PageWriter(file, options.Codec);
        var dictionary = options.Dictionaries ? ValueDictionary<T>.Of(values, format) : null;
        if (dictionary is not null) WriteDictionary(dictionary, chunk);
        int value = 0, rows;
        for (int row = 0; row < slice.Count; row += rows)
        {
            cancellation.ThrowIfCancellationRequested();
            rows = RowsOfPage(slice, row, values[value..], out int present);
            var index = dictionary is null ? [] : dictionary.Index.AsSpan(value, present);
            WritePage(slice, row, rows, values.Slice(value, present), index, dictionary, chunk);
            value += present;
        }
        return chunk.Finish(slice.Count, new(format.Bounds(values), slice.Count - values.Length));
    }

    // The values that are there, side by side.
    ReadOnlySpan<T> Present(ColumnSlice slice)
    {
        var stored = format.Stored(slice);
        int missing = slice.Values.Missing is { } marks ? marks.AsSpan(slice.From, slice.Count).Count(true) : 0;
        if (missing == 0) return stored;
        var present = new T[slice.Count - missing];
        for (int i = 0, k = 0; i < stored.Length; i++)
            if (!slice.IsMissing(i)) present[k++] = stored[i];
            else if (!Optional) throw slice.Bad(i, "a value in a required column", "a missing one");
        return present;
    }

    int RowsOfPage(ColumnSlice slice, int row, ReadOnlySpan<T> values, out int present)
    {
        present = 0;
        long bytes = 0;
        int rows = 0, most = Math.Min(slice.Count - row, options.PageRows);
        for (; rows < most && bytes < options.PageBytes; rows++)
            if (!slice.IsMissing(row + rows)) bytes += format.PlainBytes(values[present++]);
        return rows;
    }

    void WriteDictionary(ValueDictionary<T> dictionary, PageWriter chunk)
    {
        var body = new ArrayBufferWriter<byte>();
        format.WritePlain(dictionary.Values, body);
        chunk.Dictionary(body.WrittenSpan, dictionary.Values.Length);
    }

    // Levels (4 bytes of length, then runs of 1 for present and 0 for missing) in optional columns, then the values.
    void WritePage(
        ColumnSlice slice, int row, int rows, ReadOnlySpan<T> values, ReadOnlySpan<int> index, ValueDictionary<T>? dictionary,
        PageWriter chunk)
    {
        var body = new ArrayBufferWriter<byte>();
        if (Optional)
        {
            int[] levels = new int[rows];
            for (int i = 0; i < rows; i++) levels[i] = slice.IsMissing(row + i) ? 0 : 1;
            var runs = new ArrayBufferWriter<byte>();
            RunLengthEncoder.Encode(levels, 1, runs);
            BinaryPrimitives.WriteInt32LittleEndian(body.GetSpan(sizeof(int)), runs.WrittenCount);
            body.Advance(sizeof(int));
            body.Write(runs.WrittenSpan);
        }
        if (dictionary is null) format.Write(values, body);
        else
        {
            body.Write([(byte)dictionary.Width]);
            RunLengthEncoder.Encode(index, dictionary.Width, body);
        }
        var encoding = dictionary is null ? format.Encoding : Encoding.RLE_DICTIONARY;
        chunk.Data(body.WrittenSpan, rows, encoding, new(format.Bounds(values), rows - values.Length));
    }
}
