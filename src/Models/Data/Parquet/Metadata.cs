namespace NeuralCore.Models.Data.Parquet;

/// <summary>Physical types, numbered as in parquet.thrift.</summary>
internal enum PhysicalType { BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY }

/// <summary>How often a value occurs in its parent.</summary>
internal enum Repetition { Required, Optional, Repeated }

/// <summary>One chunk: the pages of one column in one row group.</summary>
internal sealed record ColumnChunk(PhysicalType Type, Codec Codec, long Values, long Offset, long Length, bool InOtherFile, bool Encrypted);

/// <summary>One row group.</summary>
internal sealed record RowGroup(long Rows, IReadOnlyList<ColumnChunk> Chunks);

/// <summary>A file's footer, as far as it is needed (parquet-format, src/main/thrift/parquet.thrift: FileMetaData).</summary>
internal sealed record FileMetadata(IReadOnlyList<SchemaElement> Schema, long Rows, IReadOnlyList<RowGroup> Groups)
{
    public static FileMetadata Read(ReadOnlySpan<byte> footer)
    {
        var r = new ThriftReader(footer);
        List<SchemaElement> schema = [];
        List<RowGroup> groups = [];
        long rows = -1;
        int id = 0;
        while (r.Field(ref id, out var type))
            switch (id)
            {
                case 2:
                    for (int n = r.List(type, out var e); n > 0; n--) schema.Add(SchemaElement.Read(ref r, e));
                    break;
                case 3: rows = r.Int64(type); break;
                case 4:
                    for (int n = r.List(type, out var e); n > 0; n--) groups.Add(Group(ref r, e));
                    break;
                case 8: throw new InvalidDataException("the file is encrypted, which is not supported (write it again without)");
                default: r.Skip(type); break;
            }
        if (schema.Count == 0) throw new InvalidDataException("the footer has no schema");
        return new FileMetadata(schema, rows, groups);
    }

    static RowGroup Group(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        List<ColumnChunk> chunks = [];
        long rows = -1;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1:
                    for (int n = r.List(type, out var e); n > 0; n--) chunks.Add(Chunk(ref r, e));
                    break;
                case 3: rows = r.Int64(type); break;
                default: r.Skip(type); break;
            }
        return new RowGroup(rows, chunks);
    }

    static ColumnChunk Chunk(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var chunk = new ColumnChunk(0, 0, 0, 0, 0, false, false);
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: chunk = chunk with { InOtherFile = r.Text(type).Length > 0 }; break;
                case 3: chunk = ChunkMetadata(ref r, type, chunk); break;
                case 8: chunk = chunk with { Encrypted = true }; r.Skip(type); break;
                default: r.Skip(type); break;
            }
        return chunk;
    }

    static ColumnChunk ChunkMetadata(ref ThriftReader r, ThriftType type, ColumnChunk chunk)
    {
        ThriftReader.Struct(type);
        int physical = 0, codec = 0;
        long values = -1, length = -1, data = 0, dictionary = 0;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: physical = r.Int32(type); break;
                case 4: codec = r.Int32(type); break;
                case 5: values = r.Int64(type); break;
                case 7: length = r.Int64(type); break;
                case 9: data = r.Int64(type); break;
                case 11: dictionary = r.Int64(type); break;
                default: r.Skip(type); break;
            }
        // The dictionary, where there is one, stands before the data pages; some writers leave its offset at 0 without one.
        long offset = dictionary > 0 && dictionary < data ? dictionary : data;
        return chunk with { Type = (PhysicalType)physical, Codec = (Codec)codec, Values = values, Offset = offset, Length = length };
    }
}
