using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>Damaged and hostile files: an InvalidDataException that begins with the file's name, and nothing else.</summary>
public class HostileFileTests
{
    [Theory]
    [InlineData("conformance/alltypes_plain.snappy.parquet")]
    [InlineData("conformance/rle_boolean_encoding.parquet")]
    [InlineData("conformance/int96_from_spark.parquet")]
    [InlineData("written/duckdb_types.parquet")]
    [InlineData("written/duckdb_nulls.parquet")]
    [InlineData("written/parquetrs_nulls_v2_pages_snappy.parquet")]
    [InlineData("written/parquetrs_ts_ns_local_gzip.parquet")]
    public void DamagedParquetIsRejectedInBoundedMemory(string sample)
    {
        byte[] original = File.ReadAllBytes(SharedFolder.Require($"data/parquet-samples/{sample}"));
        int footer = BitConverter.ToInt32(original, original.Length - 8) + 8;
        using var folder = new TemporaryFolder();
        string path = folder.File("damaged.parquet");
        var random = new Random(1);
        int rejected = 0;
        const int Trials = 300;
        for (int trial = 0; trial < Trials; trial++)
        {
            File.WriteAllBytes(path, Damage(original, footer, trial, random));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                TableSummary.Of(path);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                rejected++;
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 256L << 20, $"trial {trial}: {allocated} bytes allocated");
        }
        Assert.True(rejected > Trials / 4, $"only {rejected} of {Trials} damaged files were rejected");
    }

    // Truncation; single bytes anywhere and in the footer; bits that make numbers huge; a block of zeros.
    static byte[] Damage(byte[] original, int footer, int trial, Random random)
    {
        if (trial % 5 == 0) return original[..random.Next(original.Length)];
        byte[] bytes = [.. original];
        int start = original.Length - footer;
        switch (trial % 5)
        {
            case 1: bytes[random.Next(bytes.Length)] = (byte)random.Next(256); break;
            case 2: bytes[random.Next(start, bytes.Length - 4)] ^= (byte)(1 << random.Next(8)); break;
            case 3:
                int at = random.Next(start, bytes.Length - 9);
                bytes.AsSpan(at, 4).Fill(0xFF);
                bytes[at + 4] = 0x7F;
                break;
            default: bytes.AsSpan(random.Next(Math.Min(64, start)), 8).Clear(); break;
        }
        return bytes;
    }

    [Theory]
    [InlineData("", "0 bytes")]
    [InlineData("PAR1", "too short")]
    [InlineData("PAR1PAR1", "too short")]
    [InlineData("PAR1\0\0\0\0PAR1", "metadata ends too early")]
    [InlineData("PAR1\u0001\0\0\0PAR1", "footer of 1 bytes")]
    [InlineData("PAR1\u007f\u007f\u007f\u007fPAR1", "a footer of")]
    [InlineData("PAR1\0\0\0\0PARE", "encrypted")]
    [InlineData("open_time,open,high,low,close,volume\n", "does not begin with PAR1")]
    public void MarksAloneAreNoParquet(string content, string reason)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.parquet", System.Text.Encoding.Latin1.GetBytes(content));
        var error = Assert.Throws<InvalidDataException>(() => TableSummary.Of(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    // Footers by hand in the Thrift compact protocol: version, then a schema list.
    [Theory]
    [InlineData("19FCFFFFFFFF0F", "a list of")]
    [InlineData("18FFFFFFFF0F", "expected a list")]
    [InlineData("192C 48 00 15 02 00 48 01 61 00 00", "column 'a' has no type")]
    [InlineData("192C 48 00 15 02 00 48 01 61 15 02 00 00", "the schema ends within a nested column")]
    public void HostileFootersAreRejected(string footer, string reason)
    {
        byte[] metadata = Convert.FromHexString("1502" + footer.Replace(" ", "", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.parquet", [.. "PAR1"u8, .. metadata, .. BitConverter.GetBytes(metadata.Length), .. "PAR1"u8]);
        var error = Assert.Throws<InvalidDataException>(() => TableSummary.Of(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FoldersMissingFilesAndOtherFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("it is a directory", Assert.Throws<InvalidDataException>(() => TableSummary.Of(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<InvalidDataException>(() => TableSummary.Of(folder.File("no.csv"))).Message,
            StringComparison.Ordinal);
        string picture = folder.Write("picture.csv", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]);
        Assert.Throws<InvalidDataException>(() => TableSummary.Of(picture));
    }

    [Fact]
    public void DamagedCsvIsReadOrRejected()
    {
        string text = "open_time,open,high,low,close,volume\n" + string.Concat(Enumerable.Range(0, 200).Select(i =>
            $"{1640995200000L + i * 3_600_000L},{100 + i % 7},{110 + i % 7},{90 + i % 7},{101 + i % 7},\"{i}.5\"\n"));
        byte[] original = System.Text.Encoding.UTF8.GetBytes(text);
        using var folder = new TemporaryFolder();
        var random = new Random(2);
        int rejected = 0;
        for (int trial = 0; trial < 500; trial++)
        {
            byte[] bytes = trial % 4 == 0 ? original[..random.Next(original.Length)] : [.. original];
            for (int k = 0; k < 3 && trial % 4 != 0; k++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            string path = folder.Write("damaged.csv", bytes);
            try
            {
                CandleFile.Read(path, "BTCUSDT", "BTC", Timeframe.Parse("1h"));
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                rejected++;
            }
        }
        Assert.InRange(rejected, 100, 500);
    }

    // A run of missing values takes a few bytes, whatever its length; what stands in memory together is bounded for all columns of a row
    // group.
    [Fact]
    public void ManyMissingValuesInOneRowGroupAreRejected()
    {
        const int Rows = 1 << 26;
        byte[] run = [0x80, 0x80, 0x80, 0x40, 0];   // 2^26 times the level 0, as RLE
        var file = new TinyParquet { Rows = Rows, Optional = true, Page = [5, 0, 0, 0, .. run, .. new byte[1 << 20]] };
        using var folder = new TemporaryFolder();
        string path = folder.Write("missing.parquet", file.ToBytes());
        using var table = Table.Open(path);
        string message = Assert.Throws<InvalidDataException>(() => table.Blocks([0, 0]).First()).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains("read fewer columns at a time", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADictionaryLargerThanItsChunkIsRejected()
    {
        const int Entries = 1 << 17;
        var file = new TinyParquet { Dictionary = new byte[8 * Entries], Encoding = Encoding.RLE_DICTIONARY, Page = [1, 6, 0] };
        using var folder = new TemporaryFolder();
        string path = folder.Write("dictionary.parquet", file.ToBytes());
        string message = Assert.Throws<InvalidDataException>(() => TableSummary.Of(path)).Message;
        Assert.Contains("a dictionary of 131072 values for a chunk of 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFooterOfMoreThanTwoGibibytesIsRejected()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("footer.parquet", "PAR1"u8.ToArray());
        using (var file = new FileStream(path, FileMode.Open))    // sparse: it takes no room
        {
            file.SetLength(3L << 30);
            file.Seek(-8, SeekOrigin.End);
            file.Write([0, 0, 0, 0x90, .. "PAR1"u8]);
        }
        Assert.Contains("a footer of 2415919104 bytes", Assert.Throws<InvalidDataException>(() => TableSummary.Of(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AQuoteThatNeverClosesIsRejected()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.csv", "a,b\n1,2\n\"" + new string('x', 3 << 20));
        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => TableSummary.Of(path)).Message, StringComparison.Ordinal);
    }
}
