using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>
/// Makes a Parquet file of one INT64 column 'a' in one row group, byte by byte after parquet.thrift, in which every statement can be a lie.
/// </summary>
sealed record TinyParquet
{
    public long Rows { get; init; } = 3;
    public long FooterRows { get; init; } = -1;
    public long ChunkValues { get; init; } = -1;
    public int PageValues { get; init; } = -1;
    public Codec Codec { get; init; }
    public Encoding Encoding { get; init; }
    public Encoding LevelEncoding { get; init; } = Encoding.RLE;
    public bool Optional { get; init; }

    /// <summary>Bytes of levels at the front of <see cref="Page"/>, in a page of version 2; a page of version 1 if below zero.</summary>
    public int LevelBytes { get; init; } = -1;
    public byte[] Page { get; init; } = new byte[24];
    public int PageSize { get; init; } = -1;
    public int CompressedSize { get; init; } = -1;
    public byte[]? Dictionary { get; init; }
    public int DictionaryValues { get; init; } = -1;
    public long Offset { get; init; } = 4;
    public long ChunkLength { get; init; } = -1;
    public int Groups { get; init; } = 1;

    /// <summary>Values in the PLAIN encoding.</summary>
    public static byte[] Plain(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public byte[] ToBytes()
    {
        byte[] dictionary = Dictionary is null ? [] : [.. Header(2, Dictionary.Length, Dictionary.Length,
            Struct(4, Integer(1, DictionaryValues < 0 ? Dictionary.Length / 8 : DictionaryValues), Integer(1, 0))), .. Dictionary];
        long values = PageValues < 0 ? Rows : PageValues;
        byte[] header = LevelBytes < 0
            ? Struct(2, Integer(1, values), Integer(1, (long)Encoding), Integer(1, (long)LevelEncoding), Integer(1, (long)LevelEncoding))
            : Struct(5, Integer(1, values), Integer(1, 0), Integer(1, values), Integer(1, (long)Encoding), Integer(1, LevelBytes),
                Integer(1, 0));
        byte[] pages = [.. dictionary, .. Header(LevelBytes < 0 ? 0 : 3, PageSize < 0 ? Page.Length : PageSize,
            CompressedSize < 0 ? Page.Length : CompressedSize, header), .. Page];
        long length = ChunkLength < 0 ? pages.Length : ChunkLength;
        byte[] metadata = Struct(3, Integer(1, 2), Integer(3, (long)Codec), Integer(1, ChunkValues < 0 ? Rows : ChunkValues),
            Integer(2, length), Integer(2, Offset));
        byte[] group = [0x19, 0x1C, .. metadata, 0, .. Integer(2, Rows), 0];
        byte[] root = [0x48, 0, .. Integer(1, 1), 0], leaf = [.. Integer(1, 2), .. Integer(2, Optional ? 1 : 0), 0x18, 1, (byte)'a', 0];
        byte[] footer = [.. Integer(1, 1), 0x19, 0x2C, .. root, .. leaf, .. Integer(1, FooterRows < 0 ? Rows * Groups : FooterRows),
            0x19, (byte)(Groups << 4 | 12), .. Enumerable.Repeat(group, Groups).SelectMany(g => g), 0];
        return [.. "PAR1"u8, .. pages, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8];
    }

    static byte[] Header(int type, int size, int compressed, byte[] inner) =>
        [.. Integer(1, type), .. Integer(1, size), .. Integer(1, compressed), .. inner, 0];

    // A field's head: the distance of its id from the one before, and its type (12 struct, 6 i64); a struct ends with 0.
    static byte[] Struct(int distance, params byte[][] fields) => [(byte)(distance << 4 | 12), .. fields.SelectMany(f => f), 0];

    static byte[] Integer(int distance, long value)
    {
        var bytes = new List<byte> { (byte)(distance << 4 | 6) };
        ulong z = (ulong)(value << 1 ^ value >> 63);
        for (; z >= 128; z >>= 7) bytes.Add((byte)(z | 128));
        bytes.Add((byte)z);
        return [.. bytes];
    }
}
