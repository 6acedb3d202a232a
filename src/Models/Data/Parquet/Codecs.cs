using System.IO.Compression;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>Compression codecs, numbered as in parquet.thrift.</summary>
internal enum Codec { UNCOMPRESSED, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW }

/// <summary>The one place that knows how pages are decompressed. A codec is a case of <see cref="Decompress"/>.</summary>
internal static class Codecs
{
    /// <summary>Decompresses <paramref name="data"/> into exactly <paramref name="size"/> bytes, the size that the page's header states.</summary>
    /// <exception cref="InvalidDataException">The codec is not supported, or the data is damaged or of another size.</exception>
    public static ReadOnlyMemory<byte> Decompress(Codec codec, ReadOnlyMemory<byte> data, int size) => codec switch
    {
        Codec.UNCOMPRESSED when data.Length == size => data,
        Codec.UNCOMPRESSED => throw Size("uncompressed", data.Length, size),
        Codec.SNAPPY => Snappy(data.Span, size),
        Codec.GZIP => Gzip(data, size),
        _ => throw new InvalidDataException($"codec {codec} is not supported (uncompressed, snappy and gzip are)"),
    };

    // A snappy block starts with its uncompressed length as a varint. An element of 3 bytes gives at most 64, so a length beyond
    // 22 times the input is a lie, and is found before anything is allocated.
    static byte[] Snappy(ReadOnlySpan<byte> data, int size)
    {
        if (size == 0) return [];
        long length = 0;
        for (int i = 0; ; i++)
        {
            if (i == data.Length || i == 5) throw new InvalidDataException("snappy data has no length");
            length |= (long)(data[i] & 127) << (7 * i);
            if (data[i] < 128) break;
        }
        if (length != size) throw Size("snappy", length, size);
        if (length > 22L * data.Length) throw new InvalidDataException($"snappy data of {data.Length} bytes cannot give {size}");
        try
        {
            byte[] bytes = IronSnappy.Snappy.Decode(data);
            return bytes.Length == size ? bytes : throw Size("snappy", bytes.Length, size);
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))    // whatever a foreign decoder says of damaged bytes
        {
            throw new InvalidDataException($"damaged snappy data: {e.Message}", e);
        }
    }

    // The buffer grows with what really comes out, so that a false size costs nothing.
    static byte[] Gzip(ReadOnlyMemory<byte> data, int size)
    {
        if (!MemoryMarshal.TryGetArray(data, out var array)) throw new InvalidOperationException("pages stand in arrays");
        using var gzip = new GZipStream(new MemoryStream(array.Array!, array.Offset, array.Count, writable: false), CompressionMode.Decompress);
        byte[] bytes = new byte[Math.Min(size, 64 + 4L * data.Length)];
        int n = 0;
        while (true)
        {
            int read = gzip.Read(bytes, n, bytes.Length - n);
            n += read;
            if (n == size) break;
            if (n == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(size, 2L * n));
            else if (read == 0) throw Size("gzip", n, size);
        }
        if (gzip.ReadByte() >= 0) throw new InvalidDataException($"gzip data holds more than the {size} bytes stated");
        return bytes;
    }

    static InvalidDataException Size(string codec, long got, int expected) =>
        new($"{codec} page of {got} bytes where its header states {expected}");
}
