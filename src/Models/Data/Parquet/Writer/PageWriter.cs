using System.IO.Compression;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>What is stated of a chunk or page.</summary>
/// <param name="Bounds">Smallest and largest value in PLAIN, where they are stated.</param>
/// <param name="Nulls">Number of missing values.</param>
internal readonly record struct PageStatistics((byte[] Min, byte[] Max)? Bounds, long Nulls)
{
    // The fields 1 and 2, of undefined order, are left to writers of old.
    public void Write(ThriftWriter thrift)
    {
        thrift.Int64(3, Nulls);
        if (Bounds is not var (min, max)) return;
        thrift.Binary(5, max);
        thrift.Binary(6, min);
        thrift.Boolean(7, true);    // exact, not cut short
        thrift.Boolean(8, true);
    }
}

/// <summary>A chunk as the footer describes it.</summary>
internal sealed record WrittenChunk(
    long Values, long DataOffset, long? DictionaryOffset, long Bytes, long CompressedBytes, IReadOnlyList<int> Encodings,
    PageStatistics Statistics)
{
    /// <summary>Where the chunk begins.</summary>
    public long Offset => DictionaryOffset ?? DataOffset;
}

/// <summary>Writes the pages of one chunk, each after its header (parquet.thrift: PageHeader).</summary>
internal sealed class PageWriter(Stream file, Codec codec)
{
    readonly long start = file.Position;
    readonly SortedSet<int> encodings = [(int)Encoding.RLE];    // that of the levels
    long? dictionary, data;
    long bytes;

    public void Dictionary(ReadOnlySpan<byte> body, int values)
    {
        dictionary = file.Position;
        Write(PageType.DICTIONARY_PAGE, body, header => header.Struct(7, () =>
        {
            header.Int32(1, values);
            header.Int32(2, Used(Encoding.PLAIN));
        }));
    }

    public void Data(ReadOnlySpan<byte> body, int rows, Encoding encoding, PageStatistics statistics)
    {
        data ??= file.Position;
        Write(PageType.DATA_PAGE, body, header => header.Struct(5, () =>
        {
            header.Int32(1, rows);
            header.Int32(2, Used(encoding));
            header.Int32(3, (int)Encoding.RLE);    // definition levels
            header.Int32(4, (int)Encoding.RLE);    // repetition levels: none in flat columns
            header.Struct(5, () => statistics.Write(header));
        }));
    }

    public WrittenChunk Finish(long rows, PageStatistics statistics) =>
        new(rows, data ?? start, dictionary, bytes, file.Position - start, [.. encodings], statistics);

    int Used(Encoding encoding)
    {
        encodings.Add((int)encoding);
        return (int)encoding;
    }

    void Write(PageType type, ReadOnlySpan<byte> body, Action<ThriftWriter> content)
    {
        var compressed = Compress(body);
        var header = new ThriftWriter();
        header.Int32(1, (int)type);
        header.Int32(2, body.Length);
        header.Int32(3, compressed.Length);
        content(header);
        var head = header.Finish();
        file.Write(head);
        file.Write(compressed);
        bytes += head.Length + body.Length;
    }

    ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> body)
    {
        switch (codec)
        {
            case Codec.UNCOMPRESSED: return body;
            case Codec.SNAPPY: return IronSnappy.Snappy.Encode(body);
            default:
                var stream = new MemoryStream();
                using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(body);
                return stream.GetBuffer().AsSpan(0, (int)stream.Length);
        }
    }
}
