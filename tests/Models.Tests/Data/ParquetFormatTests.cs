using System.IO.Compression;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>Files made by hand: what the reader takes, and each statement of a file that is a lie.</summary>
public sealed class ParquetFormatTests : IDisposable
{
    static readonly byte[] Values = TinyParquet.Plain(5, -7, long.MaxValue);
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    ColumnSummary Read(TinyParquet file) => TableSummary.Of(folder.Write("x.parquet", file.ToBytes())).Columns[0];

    void Rejects(TinyParquet file, params string[] parts)
    {
        string path = folder.Write("x.parquet", file.ToBytes());
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<InvalidDataException>(() => TableSummary.Of(path)).Message;
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20, $"{message}: too much memory");
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        foreach (string part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
    }

    static byte[] Gzip(byte[] data)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionMode.Compress)) gzip.Write(data);
        return stream.ToArray();
    }

    [Fact]
    public void PlainPagesInAllCodecsAreRead()
    {
        var expected = new ColumnSummary("a", "int64", 0, "-7", "9223372036854775807", "9223372036854775805");
        Assert.Equal(expected, Read(new() { Page = Values }));
        Assert.Equal(expected, Read(new() { Page = IronSnappy.Snappy.Encode(Values), PageSize = 24, Codec = Codec.SNAPPY }));
        Assert.Equal(expected, Read(new() { Page = Gzip(Values), PageSize = 24, Codec = Codec.GZIP }));
        Assert.Equal(expected, Read(new() { Page = [.. Gzip(Values[..8]), .. Gzip(Values[8..])], PageSize = 24, Codec = Codec.GZIP }));
    }

    [Fact]
    public void DictionariesRunsAndMissingValuesAreRead()
    {
        // Indices 0, 2, 1 of 2 bits: width, one bit-packed group of 8, 00 10 01 from the low bits up.
        byte[] packed = [2, 0b11, 0b011000, 0];
        Assert.Equal("-7", Read(new() { Dictionary = Values, Page = packed, Encoding = Encoding.RLE_DICTIONARY }).Min);
        // A run of three times index 1.
        Assert.Equal("-21", Read(new() { Dictionary = Values, Page = [2, 6, 1], Encoding = Encoding.PLAIN_DICTIONARY }).Sum);
        // Levels 1, 0, 1, 0 (bit-packed), then two values.
        var column = Read(new() { Optional = true, Rows = 4, Page = [2, 0, 0, 0, 3, 0b0101, .. TinyParquet.Plain(8, 9)] });
        Assert.Equal(new("a", "int64", 2, "8", "9", "17"), column);
        // A million missing values take a run of five bytes.
        column = Read(new() { Optional = true, Rows = 1 << 20, Page = [5, 0, 0, 0, 0x80, 0x80, 0x80, 1, 0] });
        Assert.Equal(1 << 20, column.Nulls);
    }

    [Fact]
    public void BothPageVersionsAndOldLevelsAreRead()
    {
        byte[] values = TinyParquet.Plain(8, 9), snappy = IronSnappy.Snappy.Encode(values);
        var expected = new ColumnSummary("a", "int64", 2, "8", "9", "17");
        var file = new TinyParquet { Optional = true, Rows = 4 };
        Assert.Equal(expected, Read(file with { Page = [0b0101_0000, .. values], LevelEncoding = Encoding.BIT_PACKED }));
        Assert.Equal(expected, Read(file with { Page = [3, 0b1010, .. values], LevelBytes = 2 }));
        Assert.Equal(expected, Read(file with { Page = [3, 0b1010, .. snappy], LevelBytes = 2, PageSize = 18, Codec = Codec.SNAPPY }));
        Rejects(file with { Page = [3, 0b1010, .. values], LevelBytes = 19 }, "levels of 0 and 19 bytes in a page of 18");
        Rejects(file with { Page = [3, 0b1010, .. values], LevelBytes = 1 }, "cut short");
        Rejects(file with { Page = [0b0101_0000, .. values], LevelEncoding = Encoding.DELTA_BYTE_ARRAY }, "levels in encoding "
            + "DELTA_BYTE_ARRAY");
        Rejects(file with { Page = [2, 0, 0, 0, 8, 2, .. values] }, "the level 2 in a flat column");
    }

    [Fact]
    public void CodecsAndEncodingsThatAreNotSupportedAreNamed()
    {
        Rejects(new() { Codec = Codec.LZO }, "column 'a'", "codec LZO is not supported", "write the file again with");
        Rejects(new() { Codec = Codec.LZ4 }, "column 'a'", "codec LZ4, which is deprecated, is not supported", "write the file again with");
        foreach (var encoding in (Encoding[])
            [Encoding.DELTA_BYTE_ARRAY, Encoding.DELTA_LENGTH_BYTE_ARRAY, Encoding.RLE, Encoding.BIT_PACKED, (Encoding)99])
            Rejects(new() { Encoding = encoding }, "column 'a'", $"encoding {encoding} of INT64 is not supported", "write the file "
                + "again with");
        Rejects(new() { Codec = (Codec)77 }, "codec 77");
    }

    [Fact]
    public void CountsThatDoNotAgreeAreRejected()
    {
        Rejects(new() { FooterRows = 4 }, "row groups have 3 rows", "states 4");
        Rejects(new() { ChunkValues = 4 }, "4 values in a row group of 3");
        Rejects(new() { PageValues = 4 }, "a page of 4 values where 3 are left");
        Rejects(new() { PageValues = 2 }, "metadata ends too early");
        Rejects(new() { Page = new byte[23] }, "too short for 3 values");
        Rejects(new() { Rows = 1L << 40 }, "a row group of");
        Rejects(new() { Rows = 1 << 26 }, "rows in a file of");
        Rejects(new() { Rows = 1 << 20 }, "too short for 1048576 values");
    }

    [Fact]
    public void ValuesBeyondWhatTheFilesLengthAllowsAreRejected()
    {
        // A million missing values in a few bytes are read once, but not for twenty columns.
        var file = new TinyParquet { Optional = true, Rows = 1 << 20, Page = [5, 0, 0, 0, 0x80, 0x80, 0x80, 1, 0] };
        string path = folder.Write("x.parquet", file.ToBytes());
        using var table = Table.Open(path);
        Assert.Equal(1 << 20, Assert.Single(table.Blocks([0]))[0].Count);
        var error = Assert.Throws<InvalidDataException>(() => table.Blocks(new int[20]).Count());
        Assert.Contains("1048576 rows of 20 columns", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LengthsBeyondTheFileAreRejected()
    {
        Rejects(new() { Offset = 1000 }, "a column chunk at 1000");
        Rejects(new() { Offset = long.MaxValue }, "a column chunk");
        Rejects(new() { Offset = -1 }, "a column chunk at -1");
        Rejects(new() { ChunkLength = 1L << 40 }, "a column chunk");
        Rejects(new() { ChunkLength = 10 }, "column 'a'");
        Rejects(new() { CompressedSize = int.MaxValue }, "a page of 2147483647 bytes");
        Rejects(new() { PageSize = int.MaxValue }, "UNCOMPRESSED page of 24 bytes where its header states 2147483647");
        Rejects(new() { Groups = 12, Page = new byte[240], Rows = 30 }, "column chunks together are longer than the file");
    }

    [Fact]
    public void LyingCodecsAndDictionariesAreRejected()
    {
        byte[] snappy = IronSnappy.Snappy.Encode(Values);
        Rejects(new() { Page = snappy, PageSize = 25, Codec = Codec.SNAPPY }, "SNAPPY page of 24 bytes where its header states 25");
        Rejects(new() { Page = [0xFF, 0xFF, 0xFF, 0xFF, 7, 0], PageSize = int.MaxValue, Codec = Codec.SNAPPY }, "cannot give");
        Rejects(new() { Page = snappy[..^3], PageSize = 24, Codec = Codec.SNAPPY }, "snappy");
        Rejects(new() { Page = Gzip(Values), PageSize = 23, Codec = Codec.GZIP }, "more than the 23 bytes");
        Rejects(new() { Page = Gzip(Values), PageSize = int.MaxValue, Codec = Codec.GZIP }, "cannot give 2147483647");
        Rejects(new() { Page = Values, PageSize = 24, Codec = Codec.GZIP }, "column 'a'");
        Rejects(new() { Page = [2, 6, 3], Dictionary = Values, Encoding = Encoding.RLE_DICTIONARY }, "index 3 into a dictionary of 3");
        Rejects(new() { Page = [2, 6, 3], Encoding = Encoding.RLE_DICTIONARY }, "a dictionary that is not there");
        Rejects(new() { Page = [2, 6, 0], Dictionary = Values, DictionaryValues = 1000, Encoding = Encoding.RLE_DICTIONARY },
            "too short for");
        Rejects(new() { Page = [33, 6, 0], Dictionary = Values, Encoding = Encoding.RLE_DICTIONARY }, "bit width 33");
        Rejects(new() { Page = [2, 3], Dictionary = Values, Encoding = Encoding.RLE_DICTIONARY }, "cut short");
        Rejects(new() { Page = [2, 0, 0], Dictionary = Values, Encoding = Encoding.RLE_DICTIONARY }, "a run is empty");
        Rejects(new() { Optional = true, Page = [255, 255, 255, 127, 0] }, "runs of 2147483647 bytes");
    }
}
