namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>A row group as the footer describes it, its chunks in the order of the columns.</summary>
internal sealed record WrittenGroup(long Rows, IReadOnlyList<WrittenChunk> Chunks);

/// <summary>Writes a file's footer (parquet-format, src/main/thrift/parquet.thrift: FileMetaData).</summary>
internal sealed class Footer(IReadOnlyList<ColumnWriter> columns, IReadOnlyList<WrittenGroup> groups, Codec codec)
{
    const int Version = 2, Utf8 = 0, Decimal = 5, TimestampMicros = 10;    // the latter three are ConvertedTypes

    static readonly string CreatedBy = $"NeuralCore version {typeof(Footer).Assembly.GetName().Version?.ToString(3)}";

    public ReadOnlySpan<byte> ToBytes()
    {
        var thrift = new ThriftWriter();
        thrift.Int32(1, Version);
        thrift.Structs(2, [null, .. columns], column => Element(thrift, column));
        thrift.Int64(3, groups.Sum(g => g.Rows));
        thrift.Structs(4, groups, group => Group(thrift, group));
        thrift.Text(6, CreatedBy);
        thrift.Structs(7, columns, _ => thrift.Struct(1, () => { }));    // TypeDefinedOrder
        return thrift.Finish();
    }

    // SchemaElement; the first, which is no column, is their parent. Times in UTC alone have a ConvertedType.
    void Element(ThriftWriter thrift, ColumnWriter? writer)
    {
        if (writer is null)
        {
            thrift.Text(4, "schema");
            thrift.Int32(5, columns.Count);
            return;
        }
        var column = writer.Column;
        thrift.Int32(1, (int)writer.Type);
        if (writer.Type == PhysicalType.FIXED_LEN_BYTE_ARRAY) thrift.Int32(2, DecimalFormat.Length);
        thrift.Int32(3, (int)(writer.Optional ? Repetition.Optional : Repetition.Required));
        thrift.Text(4, column.Name);
        switch (column.Kind)
        {
            case ColumnKind.Text:
                thrift.Int32(6, Utf8);
                thrift.Struct(10, () => thrift.Struct(1, () => { }));
                break;
            case ColumnKind.Decimal:
                thrift.Int32(6, Decimal);
                thrift.Int32(7, column.Scale);
                thrift.Int32(8, DecimalFormat.Digits);
                thrift.Struct(10, () => thrift.Struct(5, () =>
                {
                    thrift.Int32(1, column.Scale);
                    thrift.Int32(2, DecimalFormat.Digits);
                }));
                break;
            case ColumnKind.Time:
                if (column.HasZone) thrift.Int32(6, TimestampMicros);
                thrift.Struct(10, () => thrift.Struct(8, () => Microseconds(column.HasZone)));
                break;
            case ColumnKind.TimeOfDay:
                thrift.Struct(10, () => thrift.Struct(7, () => Microseconds(utc: false)));
                break;
        }

        void Microseconds(bool utc)
        {
            thrift.Boolean(1, utc);
            thrift.Struct(2, () => thrift.Struct(2, () => { }));
        }
    }

    void Group(ThriftWriter thrift, WrittenGroup group)
    {
        thrift.Structs(1, [.. columns.Zip(group.Chunks)], c =>
        {
            thrift.Int64(2, 0);    // file_offset, deprecated
            thrift.Struct(3, () => Chunk(thrift, c.First, c.Second));
        });
        thrift.Int64(2, group.Chunks.Sum(c => c.Bytes));
        thrift.Int64(3, group.Rows);
        thrift.Int64(5, group.Chunks[0].Offset);
        thrift.Int64(6, group.Chunks.Sum(c => c.CompressedBytes));
    }

    // ColumnMetaData
    void Chunk(ThriftWriter thrift, ColumnWriter writer, WrittenChunk chunk)
    {
        thrift.Int32(1, (int)writer.Type);
        thrift.Integers(2, chunk.Encodings);
        thrift.Texts(3, [writer.Column.Name]);
        thrift.Int32(4, (int)codec);
        thrift.Int64(5, chunk.Values);
        thrift.Int64(6, chunk.Bytes);
        thrift.Int64(7, chunk.CompressedBytes);
        thrift.Int64(9, chunk.DataOffset);
        if (chunk.DictionaryOffset is { } offset) thrift.Int64(11, offset);
        thrift.Struct(12, () => chunk.Statistics.Write(thrift));
    }
}
