namespace NeuralCore.Models.Data.Parquet;

/// <summary>Reads column chunks, one after the other in the same buffers.</summary>
/// <param name="file">The file.</param>
/// <param name="decompressed">What may come out of decompression altogether.</param>
/// <param name="shared">How much longer than their pages values that share their beginnings may be altogether.</param>
internal sealed class ChunkReader(FileStream file, Allowance decompressed, Allowance shared)
{
    const int SpareEntries = 1 << 16;    // a dictionary may hold a few values that do not occur

    readonly PageBuffer uncompressed = new();
    byte[] bytes = [];

    /// <summary>The values of a chunk of at most <see cref="Array.MaxLength"/> bytes that lies within the file.</summary>
    public ColumnValues Read(SchemaElement schema, TableColumn column, ColumnChunk chunk)
    {
        var decoder = ColumnDecoder.For(schema, column, shared);
        if (bytes.Length < chunk.Length) bytes = new byte[chunk.Length];
        ParquetTable.ReadBytes(file, chunk.Offset, bytes.AsSpan(0, (int)chunk.Length));
        var data = new ArraySegment<byte>(bytes, 0, (int)chunk.Length);
        while (decoder.Count < chunk.Values)
        {
            var thrift = new ThriftReader(data);
            var header = PageHeader.Read(ref thrift);
            data = data[thrift.Position..];
            if (header.CompressedSize > data.Count)
                throw new InvalidDataException($"a page of {header.CompressedSize} bytes where {data.Count} are left");
            var page = data[..header.CompressedSize];
            data = data[header.CompressedSize..];
            if (header.Type == PageType.INDEX_PAGE) continue;
            if (header.Values < 0 || (header.Type != PageType.DICTIONARY_PAGE && header.Values > chunk.Values - decoder.Count))
                throw new InvalidDataException($"a page of {header.Values} values where {chunk.Values - decoder.Count} are left");
            ReadPage(decoder, schema, chunk, header, page);
        }
        return decoder.Finish();
    }

    void ReadPage(ColumnDecoder decoder, SchemaElement schema, ColumnChunk chunk, PageHeader header, ArraySegment<byte> page)
    {
        bool optional = schema.Repetition == Repetition.Optional;
        ReadOnlySpan<byte> levels = default, data;
        switch (header.Type)
        {
            case PageType.DICTIONARY_PAGE:
                if (header.Encoding is not (Encoding.PLAIN or Encoding.PLAIN_DICTIONARY))
                    throw new InvalidDataException($"dictionary in encoding {header.Encoding} is not supported");
                if (header.Values > chunk.Values + SpareEntries)
                    throw new InvalidDataException($"a dictionary of {header.Values} values for a chunk of {chunk.Values}");
                decoder.Dictionary(Decompress(chunk.Codec, page, header.Size), header.Values);
                return;
            case PageType.DATA_PAGE:
                data = Decompress(chunk.Codec, page, header.Size);
                if (optional) levels = Levels1(ref data, header);
                break;
            case PageType.DATA_PAGE_V2:
                // Levels stand uncompressed before the values; some writers give repetition levels to flat columns too.
                long before = (long)header.RepetitionBytes + header.LevelBytes;
                if (header.RepetitionBytes < 0 || header.LevelBytes < 0 || before > page.Count || before > header.Size)
                    throw new InvalidDataException($"levels of {header.RepetitionBytes} and {header.LevelBytes} bytes in a page "
                        + $"of {page.Count}");
                levels = page.AsSpan(header.RepetitionBytes, header.LevelBytes);
                page = page[(int)before..];
                var codec = header.Compressed && page.Count > 0 ? chunk.Codec : Codec.UNCOMPRESSED;
                data = Decompress(codec, page, header.Size - (int)before);
                break;
            default: throw new InvalidDataException($"unknown page type {header.Type}");
        }
        var decompressed = new DataPage(header.Encoding, header.Values, header.LevelEncoding, levels, data);
        decoder.Page(decompressed, Expected(chunk, decoder.Count + header.Values));
    }

    ReadOnlySpan<byte> Decompress(Codec codec, ArraySegment<byte> page, int size)
    {
        var data = Codecs.Decompress(codec, page, size, uncompressed);
        decompressed.Take(data.Length);
        return data;
    }

    // Pages of version 1: runs with their length before them, or, from old writers, a bit a value.
    static ReadOnlySpan<byte> Levels1(scoped ref ReadOnlySpan<byte> data, PageHeader header)
    {
        if (header.LevelEncoding == Encoding.RLE) return RunLength.Prefixed(ref data);
        if (header.LevelEncoding != Encoding.BIT_PACKED)
            throw new InvalidDataException($"levels in encoding {header.LevelEncoding} are not supported");
        int length = (int)Math.Min(BitPacking.Bytes(header.Values, 1), data.Length);
        var levels = data[..length];
        data = data[length..];
        return levels;
    }

    // Room for the whole chunk at once, unless it states many more values than its bytes make likely: then as pages come.
    static int Expected(ColumnChunk chunk, int values) =>
        (int)Math.Min(chunk.Values, Math.Max(2L * values, (1 << 16) + 8 * chunk.Length));
}
