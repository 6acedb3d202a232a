using System.IO.Compression;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>Each codec against an independent compressor or data made by hand, and its damage.</summary>
public class CodecTests
{
    static byte[] Decompress(Codec codec, byte[] data, int size) =>
        Codecs.Decompress(codec, new ArraySegment<byte>(data), size, new PageBuffer()).ToArray();

    static void Rejects(Codec codec, byte[] data, int size, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Decompress(codec, data, size)).Message, StringComparison.Ordinal);

    static byte[] Gzip(ReadOnlySpan<byte> data)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.SmallestSize)) gzip.Write(data);
        return stream.ToArray();
    }

    static byte[] Brotli(byte[] data)
    {
        byte[] bytes = new byte[BrotliEncoder.GetMaxCompressedLength(data.Length)];
        Assert.True(BrotliEncoder.TryCompress(data, bytes, out int written));
        return bytes[..written];
    }

    // Of every length: nothing alike, everything alike, and lines.
    public static TheoryData<int> Lengths => [0, 1, 2, 15, 16, 64, 65, 1000, 65_535, 65_536, 300_000];

    static IEnumerable<byte[]> Contents(int n)
    {
        byte[] noise = new byte[n];
        new Random(n).NextBytes(noise);
        yield return noise;
        yield return new byte[n];
        yield return [.. Enumerable.Range(0, n).Select(i => (byte)(i % 23 * (i / 1000)))];
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void WhatOthersCompressComesOutAgain(int n)
    {
        foreach (byte[] content in Contents(n))
        {
            Assert.Equal(content, Decompress(Codec.UNCOMPRESSED, content, n));
            Assert.Equal(content, Decompress(Codec.SNAPPY, IronSnappy.Snappy.Encode(content), n));
            Assert.Equal(content, Decompress(Codec.GZIP, Gzip(content), n));
            Assert.Equal(content,
                Decompress(Codec.GZIP, [.. Gzip(content.AsSpan(0, n / 3)), .. Gzip([]), .. Gzip(content.AsSpan(n / 3))], n));
            Assert.Equal(content, Decompress(Codec.BROTLI, Brotli(content), n));
        }
    }

    [Fact]
    public void SnappyElementsOfEveryKind()
    {
        // Length 18; "abcd"; 4 back, 5 of it (kind 1); 1 back, 3 of it (kind 2); 4 back, 2 of it (kind 3); a literal with a length byte,
        // "wxyz".
        byte[] data = [18, 3 << 2, .. "abcd"u8, 1 << 2 | 1, 4, 2 << 2 | 2, 1, 0, 1 << 2 | 3, 4, 0, 0, 0, 60 << 2, 3, .. "wxyz"u8];
        Assert.Equal("abcdabcdaaaaaawxyz"u8, Decompress(Codec.SNAPPY, data, 18));
        Rejects(Codec.SNAPPY, data, 17, "SNAPPY page of 18 bytes where its header states 17");
        Rejects(Codec.SNAPPY, data[..^1], 18, "snappy data ends within 4 bytes");
        Rejects(Codec.SNAPPY, data[..^6], 18, "SNAPPY page of 14 bytes where its header states 18");
        Rejects(Codec.SNAPPY, [4, 1, 1], 4, "refers 1 bytes back at 0");
        Rejects(Codec.SNAPPY, [8, 0, 65, 1, 0], 8, "refers 0 bytes back");
        Rejects(Codec.SNAPPY, [2, 4, 65, 66, 2, 1], 3, "where its header states 3");
        Rejects(Codec.SNAPPY, [255, 255, 255, 255, 255], 9, "no length");
    }

    [Fact]
    public void Lz4CopiesThatOverlapAndLongLengths()
    {
        // "ab", then 2 back, 6 of it; then 1 literal "c".
        Assert.Equal("ababababc"u8, Decompress(Codec.LZ4_RAW, [0x22, (byte)'a', (byte)'b', 2, 0, 0x10, (byte)'c'], 9));
        // 15 + 255 + 10 literals; 1 back, 15 + 255 + 0 + 4 of it; no literals.
        byte[] literals = [.. Enumerable.Range(0, 280).Select(i => (byte)i)];
        byte[] expected = [.. literals, .. Enumerable.Repeat(literals[^1], 274)];
        Assert.Equal(expected, Decompress(Codec.LZ4_RAW, [0xFF, 255, 10, .. literals, 1, 0, 255, 0, 0], 554));
        Rejects(Codec.LZ4_RAW, [0x22, 65, 66, 3, 0, 0], 8, "refers 3 bytes back at 2");
        Rejects(Codec.LZ4_RAW, [0x22, 65, 66, 0, 0, 0], 8, "refers 0 bytes back");
        Rejects(Codec.LZ4_RAW, [0x22, 65, 66, 2], 8, "ends too early");
        Rejects(Codec.LZ4_RAW, [0x32, 65, 66], 8, "LZ4 data ends within 3 bytes");
        Rejects(Codec.LZ4_RAW, [0x2F, 65, 66, 1, 0, 255, 255, 255], 8, "ends too early");
        Rejects(Codec.LZ4_RAW, [0x2F, 65, 66, 1, 0, 255, 255, 0], 8, "more than the 8 bytes stated");
    }

    [Fact]
    public void DamageAndFalseSizesAreNamed()
    {
        byte[] content = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i % 251))];
        var compressed = new[] { (Codec.GZIP, Gzip(content)), (Codec.BROTLI, Brotli(content)),
            (Codec.SNAPPY, IronSnappy.Snappy.Encode(content)) };
        foreach (var (codec, data) in compressed)
        {
            Assert.Throws<InvalidDataException>(() => Decompress(codec, data, 4999));
            Assert.Throws<InvalidDataException>(() => Decompress(codec, data, 5001));
            Assert.Throws<InvalidDataException>(() => Decompress(codec, data[..(data.Length / 2)], 5000));
            Assert.Throws<InvalidDataException>(() => Decompress(codec, new byte[100], 5000));
            Rejects(codec, data, int.MaxValue, "cannot give 2147483647");
        }
        Rejects(Codec.UNCOMPRESSED, content, 1, "UNCOMPRESSED page of 5000 bytes where its header states 1");
    }

    [Fact]
    public void ABombTakesNoMoreMemoryThanComesOut()
    {
        byte[] bomb = Gzip(new byte[50_000_000]);
        var page = new PageBuffer();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Codecs.Decompress(Codec.GZIP, new ArraySegment<byte>(bomb), 100_000, page).Length);
        Assert.Throws<InvalidDataException>(() => Codecs.Decompress(Codec.GZIP, new ArraySegment<byte>(bomb[..30]),
            60_000_000, page).Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }
}
