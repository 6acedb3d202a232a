using System.Buffers;
using System.IO.Compression;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>Compression codecs, numbered as in parquet.thrift.</summary>
internal enum Codec { UNCOMPRESSED, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW }

/// <summary>The one place that knows how pages are decompressed. A codec is a case of <see cref="Decompress"/>.</summary>
internal static class Codecs
{
    // A page of equal values shrinks to almost nothing, so the data's length bounds what may come out only loosely.
    const long FreeBytes = 1 << 26, BytesAByte = 256;

    /// <summary>
    /// Decompresses <paramref name="data"/> into exactly <paramref name="size"/> bytes, the size that the page's header states.
    /// </summary>
    /// <returns>The bytes, in <paramref name="data"/> or <paramref name="page"/>.</returns>
    /// <exception cref="InvalidDataException">The codec is not supported, or the data is damaged or of another size.</exception>
    public static ReadOnlySpan<byte> Decompress(Codec codec, ArraySegment<byte> data, int size, PageBuffer page)
    {
        if (codec == Codec.UNCOMPRESSED) return data.Count == size ? data : throw Size(codec, data.Count, size);
        if (size > FreeBytes + BytesAByte * data.Count)
            throw new InvalidDataException($"{codec} data of {data.Count} bytes cannot give {size}");
        if (size == 0) return default;
        page.Begin(size);
        switch (codec)
        {
            case Codec.SNAPPY: Snappy(data, page, size); break;
            case Codec.GZIP: Gzip(data, page); break;
            case Codec.BROTLI: Brotli(data, page); break;
            case Codec.ZSTD: Zstd.ZstdDecoder.Decompress(data, page); break;
            case Codec.LZ4_RAW: Lz4(data, page); break;
            case Codec.LZ4:
                throw new InvalidDataException("codec LZ4, which is deprecated, is not supported (write the file again with LZ4_RAW, "
                    + "zstd or snappy)");
            default:
                throw new InvalidDataException($"codec {codec} is not supported (write the file again with snappy, gzip or zstd)");
        }
        return page.Count == size ? page.Bytes : throw Size(codec, page.Count, size);
    }

    // Several members, one after the other, are one stream. CopyTo hands the decompressor all input at once.
    static void Gzip(ArraySegment<byte> data, PageBuffer page)
    {
        using var gzip = new GZipStream(new MemoryStream(data.Array!, data.Offset, data.Count, writable: false),
            CompressionMode.Decompress);
        using var output = new PageStream(page);
        gzip.CopyTo(output, 1 << 16);
    }

    static void Brotli(ReadOnlySpan<byte> data, PageBuffer page)
    {
        var decoder = new BrotliDecoder();
        try
        {
            for (var status = OperationStatus.DestinationTooSmall; status != OperationStatus.Done;)
            {
                status = decoder.Decompress(data, page.Free(), out int read, out int written);
                if (status is OperationStatus.InvalidData or OperationStatus.NeedMoreData)
                    throw new InvalidDataException("damaged brotli data");
                page.Advance(written);
                data = data[read..];
            }
        }
        finally
        {
            decoder.Dispose();
        }
    }

    /// <summary>Snappy's block format (google/snappy, format_description.txt): the length, then literals and copies.</summary>
    static void Snappy(ReadOnlySpan<byte> data, PageBuffer page, int size)
    {
        long stated = 0;
        int i = 0;
        for (bool more = true; more; i++)
        {
            if (i == data.Length || i == 5) throw new InvalidDataException("snappy data has no length");
            stated |= (long)(data[i] & 127) << (7 * i);
            more = data[i] >= 128;
        }
        if (stated != size) throw Size(Codec.SNAPPY, stated, size);
        while (i < data.Length && page.Count < size)
        {
            int tag = data[i++], kind = tag & 3;
            if (kind == 1) page.Repeat((uint)(tag >> 5) << 8 | LittleEndian(data, ref i, 1), (tag >> 2 & 7) + 4);
            else if (kind == 2) page.Repeat(LittleEndian(data, ref i, 2), (tag >> 2) + 1);
            else if (kind == 3) page.Repeat(LittleEndian(data, ref i, 4), (tag >> 2) + 1);
            else
            {
                // 60 to 63: bytes that follow.
                long length = tag >> 2 < 60 ? (tag >> 2) + 1 : LittleEndian(data, ref i, (tag >> 2) - 59) + 1L;
                if (length > data.Length - i) throw new InvalidDataException($"snappy data ends within {length} bytes");
                page.Append(data[i..], (int)length);
                i += (int)length;
            }
        }
    }

    /// <summary>LZ4's block format (lz4/lz4, doc/lz4_Block_format.md): literals and a copy in turns, ending with literals.</summary>
    static void Lz4(ReadOnlySpan<byte> data, PageBuffer page)
    {
        for (int i = 0; i < data.Length;)
        {
            int token = data[i++];
            long literals = Lz4Length(data, ref i, token >> 4);
            if (literals > data.Length - i) throw new InvalidDataException($"LZ4 data ends within {literals} bytes");
            page.Append(data[i..], (int)literals);
            i += (int)literals;
            if (i == data.Length) break;
            uint distance = LittleEndian(data, ref i, 2);
            page.Repeat(distance, (int)Math.Min(Lz4Length(data, ref i, token & 15) + 4, int.MaxValue));
        }
    }

    // 15 says that bytes follow to be added, until one below 255.
    static long Lz4Length(ReadOnlySpan<byte> data, ref int i, int length)
    {
        long sum = length;
        for (uint more = length == 15 ? 255u : 0; more == 255; sum += more) more = LittleEndian(data, ref i, 1);
        return sum;
    }

    static uint LittleEndian(ReadOnlySpan<byte> data, ref int i, int bytes)
    {
        if (bytes > data.Length - i) throw new InvalidDataException("compressed data ends too early");
        if (bytes == 2)
        {
            i += 2;
            return (uint)(data[i - 2] | data[i - 1] << 8);
        }
        uint value = 0;
        for (int k = 0; k < bytes; k++) value |= (uint)data[i++] << (8 * k);
        return value;
    }

    static InvalidDataException Size(Codec codec, long got, int expected)
        => new($"{codec} page of {got} bytes where its header states {expected}");
}
