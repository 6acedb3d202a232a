using System.Buffers.Binary;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>
/// A managed reader of flat Parquet files (Apache parquet-format), written here because Parquet.Net does not restore in every
/// environment this library is built in. Reads chosen columns, one row group at a time: all physical types; times, dates, text,
/// decimals and signed and unsigned integers; pages of version 1 and 2; all encodings; uncompressed, snappy, gzip, brotli, zstd and
/// LZ4_RAW.
/// </summary>
/// <remarks>
/// Anything else (LZO and the deprecated LZ4, nested columns, encryption) is an <see cref="InvalidDataException"/> that names it and a
/// remedy. So is any damage: each length is compared with the file before memory is taken for it, and the chunks together may not be longer
/// than the file, their values and decompressed bytes not many more than its bytes, which bounds the time and memory that a hostile file
/// can take.
/// </remarks>
internal sealed class ParquetTable : Table
{
    // A run of equal or missing values takes a few bytes whatever its length, so the file's length bounds its values only loosely.
    // A row group's values stand in memory together.
    const long FreeRows = 1 << 20, FreeValues = 1 << 24, ValuesAByte = 256, MaxGroupRows = 1 << 26;
    const long FreeGroupValues = 1 << 26, GroupValuesAByte = 8, FreeBytes = 1 << 28, FreeShared = 1 << 24, BytesAByte = 256;
    const int Tail = 8;

    readonly FileStream file;
    readonly FileMetadata metadata;
    readonly List<SchemaElement?> leaves;    // null for a nested column

    public ParquetTable(string path, FileStream file) : this(path, file, ReadFooter(file)) { }

    ParquetTable(string path, FileStream file, FileMetadata metadata) : this(path, file, metadata, Leaves(metadata.Schema)) { }

    ParquetTable(string path, FileStream file, FileMetadata metadata, List<(SchemaElement Top, SchemaElement? Flat)> leaves)
        : base(path, leaves.ConvertAll(l => l.Flat?.Column() ?? new TableColumn(l.Top.Name, "nested", ColumnKind.Binary)))
    {
        (this.file, this.metadata, this.leaves) = (file, metadata, leaves.ConvertAll(l => l.Flat));
        CheckGroups();
    }

    public override void Dispose() => file.Dispose();

    public override IEnumerable<ColumnValues[]> Blocks(IReadOnlyList<int> columns)
    {
        long length = RandomAccess.GetLength(file.SafeFileHandle);
        var reader = new ChunkReader(file, new Allowance(FreeBytes + BytesAByte * length), new Allowance(FreeShared + BytesAByte * length));
        long rows = metadata.Rows, mostRows = metadata.Groups.Select(g => g.Rows).DefaultIfEmpty().Max();
        if (rows * columns.Count > FreeValues + ValuesAByte * length
            || mostRows * columns.Count > FreeGroupValues + GroupValuesAByte * length)
            throw new InvalidDataException($"{Path}: {rows} rows of {columns.Count} columns, up to {mostRows} in a row group, "
                + $"in a file of {length} bytes (read fewer columns at a time)");
        foreach (var group in metadata.Groups)
            yield return Guard(Path, () =>
            {
                var block = new ColumnValues[columns.Count];
                for (int i = 0; i < block.Length; i++) block[i] = Read(reader, group, columns[i]);
                return block;
            });
    }

    static FileMetadata ReadFooter(FileStream file)
    {
        long length = RandomAccess.GetLength(file.SafeFileHandle);
        if (length < 4 + Tail) throw new InvalidDataException($"a file of {length} bytes is too short to be Parquet");
        byte[] head = ReadBytes(file, 0, 4), tail = ReadBytes(file, length - Tail, Tail);
        if (tail.AsSpan(4).SequenceEqual("PARE"u8))
            throw new InvalidDataException("the file is encrypted, which is not supported (write it again without)");
        if (!head.AsSpan().SequenceEqual("PAR1"u8)) throw new InvalidDataException("not a Parquet file: it does not begin with PAR1");
        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8))
            throw new InvalidDataException("a damaged or truncated Parquet file: it does not end with PAR1");
        long footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footer > Math.Min(length - 4 - Tail, Array.MaxLength))
            throw new InvalidDataException($"a footer of {footer} bytes in a file of {length}");
        return FileMetadata.Read(ReadBytes(file, length - Tail - footer, (int)footer));
    }

    // The schema is a tree, listed depth first from its root; a flat column is a leaf right under the root.
    static List<(SchemaElement Top, SchemaElement? Flat)> Leaves(IReadOnlyList<SchemaElement> schema)
    {
        var leaves = new List<(SchemaElement, SchemaElement?)>();
        int next = 1;
        while (next < schema.Count)
        {
            var top = schema[next++];
            if (top.Children <= 0)
            {
                if (top.Type is null) throw new InvalidDataException($"column '{top.Name}' has no type");
                leaves.Add((top, top.Repetition == Repetition.Repeated ? null : top));
                continue;
            }
            for (long open = top.Children; open > 0; open--)
            {
                if (next == schema.Count) throw new InvalidDataException("the schema ends within a nested column");
                var node = schema[next++];
                if (node.Children > 0) open += node.Children;
                else leaves.Add((top, null));
            }
        }
        return leaves;
    }

    void CheckGroups()
    {
        long length = RandomAccess.GetLength(file.SafeFileHandle), left = length, rows = 0;
        foreach (var group in metadata.Groups)
        {
            if (group.Chunks.Count != leaves.Count)
                throw new InvalidDataException($"a row group of {group.Chunks.Count} columns where the schema has {leaves.Count}");
            if (group.Rows is < 0 or > MaxGroupRows)
                throw new InvalidDataException($"a row group of {group.Rows} rows (at most {MaxGroupRows})");
            rows += group.Rows;
            foreach (var chunk in group.Chunks)
            {
                if (chunk.Offset < 0 || chunk.Length < 0 || chunk.Length > length || chunk.Offset > length - chunk.Length)
                    throw new InvalidDataException($"a column chunk at {chunk.Offset} of {chunk.Length} bytes in a file of {length}");
                left -= chunk.Length;
            }
        }
        if (left < 0) throw new InvalidDataException("its column chunks together are longer than the file");
        if (rows != metadata.Rows)
            throw new InvalidDataException($"its row groups have {rows} rows, its footer states {metadata.Rows}");
        if (rows > FreeRows + ValuesAByte * length) throw new InvalidDataException($"{rows} rows in a file of {length} bytes");
    }

    ColumnValues Read(ChunkReader reader, RowGroup group, int column)
    {
        try
        {
            var schema = leaves[column]
                ?? throw new InvalidDataException("nested columns are not supported (choose other columns, or write it again as "
                    + "flat ones)");
            var chunk = group.Chunks[column];
            if (chunk.Encrypted) throw new InvalidDataException("it is encrypted, which is not supported (write it again without)");
            if (chunk.InOtherFile) throw new InvalidDataException("it stands in another file, which is not supported");
            if (chunk.Type != schema.Type) throw new InvalidDataException($"{chunk.Type} values where the schema has {schema.Type}");
            if (chunk.Values != group.Rows) throw new InvalidDataException($"{chunk.Values} values in a row group of {group.Rows}");
            if (chunk.Length > Array.MaxLength) throw new InvalidDataException($"a chunk of {chunk.Length} bytes");
            return reader.Read(schema, Columns[column], chunk);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"column '{Columns[column].Name}': {e.Message}", e);
        }
    }

    static byte[] ReadBytes(FileStream file, long offset, int count)
    {
        byte[] bytes = new byte[count];
        ReadBytes(file, offset, bytes);
        return bytes;
    }

    /// <summary>Fills <paramref name="bytes"/> from a place in the file.</summary>
    public static void ReadBytes(FileStream file, long offset, Span<byte> bytes)
    {
        for (int n = 0; n < bytes.Length;)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, bytes[n..], offset + n);
            if (read == 0) throw new InvalidDataException($"the file ends within {bytes.Length} bytes at {offset}");
            n += read;
        }
    }
}
