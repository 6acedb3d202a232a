using System.Diagnostics;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>
/// Files damaged in every way: they are read or rejected with an error that names them, in memory that their length bounds.
/// </summary>
public sealed class ParquetMutationTests(ITestOutputHelper output) : IDisposable
{
    const long FreeMemory = 48 << 20, MemoryAByte = 600;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void TenThousandDamagedSamples()
    {
        string samples = SharedFolder.Require("data/parquet-samples");
        byte[][] files = [.. Directory.GetFiles(samples, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes).Where(f => f.Length < 200_000)];
        Mutate(files, 10_000);
    }

    [Fact]
    public void DamagedFilesMadeByHand()
    {
        byte[] values = TinyParquet.Plain(5, -7, long.MaxValue);
        TinyParquet[] files =
        [
            new() { Page = values },
            new() { Page = IronSnappy.Snappy.Encode(values), PageSize = 24, Codec = Codec.SNAPPY },
            new() { Page = [2, 0b11, 0b011000, 0], Dictionary = values, Encoding = Encoding.RLE_DICTIONARY },
            new() { Optional = true, Rows = 4, Page = [2, 0, 0, 0, 3, 0b0101, .. TinyParquet.Plain(8, 9)] },
            new() { Optional = true, Rows = 4, Page = [3, 0b0101, .. TinyParquet.Plain(8, 9)], LevelBytes = 2 },
            new() { Rows = 8, Page = [0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0],
                Encoding = Encoding.DELTA_BINARY_PACKED },
            new() { Page = values, Encoding = Encoding.BYTE_STREAM_SPLIT },
            new() { Page = [0xF0, 9, .. values], PageSize = 24, Codec = Codec.LZ4_RAW },
            new() { Page = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 24, 0xC1, 0, 0, .. values], PageSize = 24, Codec = Codec.ZSTD },
        ];
        foreach (var file in files) Assert.Single(TableSummary.Of(folder.Write("x.parquet", file.ToBytes())).Columns);
        Mutate([.. files.Select(f => f.ToBytes())], 10_000);
    }

    void Mutate(byte[][] files, int mutations)
    {
        var random = new Random(1);
        string path = folder.File("damaged.parquet");
        int rejected = 0;
        long most = 0;
        double longest = 0;
        for (int trial = 0; trial < mutations; trial++)
        {
            byte[] bytes = Damage(files[trial % files.Length], trial / files.Length % 8, random);
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
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
            Assert.True(allocated < FreeMemory + MemoryAByte * bytes.Length,
                $"mutation {trial}: {allocated} bytes of memory for {bytes.Length} of file");
            most = Math.Max(most, allocated);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        output.WriteLine($"{mutations} mutations of {files.Length} files: {rejected} rejected; at most {most} bytes "
            + $"allocated, {longest:F0} ms");
        Assert.InRange(rejected, mutations / 3, mutations - 1);
    }

    // Bytes changed anywhere, in the footer, or in the page header at the front; numbers made huge; the file cut short; a range left out,
    // put in or repeated.
    static byte[] Damage(byte[] original, int kind, Random random)
    {
        byte[] bytes = [.. original];
        int footer = original.Length - Math.Min(original.Length, BitConverter.ToInt32(original, original.Length - 8) + 8);
        int from = random.Next(bytes.Length), length = Math.Min(random.Next(1, 64), bytes.Length - from);
        switch (kind)
        {
            case 0:
                for (int k = random.Next(1, 4); k > 0; k--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 1: bytes[random.Next(footer, bytes.Length)] ^= (byte)(1 << random.Next(8)); return bytes;
            case 2: bytes[random.Next(Math.Min(64, bytes.Length))] = (byte)random.Next(256); return bytes;
            case 3: return bytes[..from];
            case 4: return [.. bytes[..from], .. bytes[(from + length)..]];
            case 5: return [.. bytes[..from], .. bytes[from..(from + length)], .. bytes[from..]];
            case 6:
                byte[] noise = new byte[length];
                random.NextBytes(noise);
                return [.. bytes[..from], .. noise, .. bytes[from..]];
            default:
                // A varint of 32 or 64 bits over what stands in the footer or in a page header.
                byte[] huge = random.Next(2) == 0 ? [0xFE, 0xFF, 0xFF, 0xFF, 0x0F] : [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
                int at = random.Next(2) == 0 ? random.Next(footer, bytes.Length) : random.Next(Math.Min(64, bytes.Length));
                huge.AsSpan(0, Math.Min(huge.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
        }
    }
}
