using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>
/// Each encoding by itself: the examples of parquet-format's Encodings.md, values packed by a plain encoder here, and damage.
/// </summary>
public partial class EncodingTests
{
    static readonly SchemaElement Int64 = new() { Name = "a", Type = PhysicalType.INT64 };
    static readonly SchemaElement Int32 = new() { Name = "a", Type = PhysicalType.INT32 };
    static readonly SchemaElement Bytes = new() { Name = "a", Type = PhysicalType.BYTE_ARRAY, Meaning = Meaning.Text };

    static ColumnValues Decode(SchemaElement schema, Encoding encoding, int count, params byte[] data)
    {
        var decoder = ColumnDecoder.For(schema, schema.Column(), new Allowance(1 << 24));
        decoder.Page(new DataPage(encoding, count, Encoding.RLE, default, data), count);
        return decoder.Finish();
    }

    static void Rejects(SchemaElement schema, Encoding encoding, int count, string reason, params byte[] data) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Decode(schema, encoding, count, data)).Message,
            StringComparison.Ordinal);

    static SchemaElement Fixed(int length, Meaning meaning = Meaning.None) =>
        new() { Name = "a", Type = PhysicalType.FIXED_LEN_BYTE_ARRAY, FixedLength = length, Meaning = meaning, Precision = 38 };

    // Bit after bit, from the lowest up.
    static byte[] Pack(IReadOnlyList<ulong> values, int width)
    {
        byte[] bytes = new byte[(values.Count * width + 7) / 8];
        for (int i = 0; i < values.Count * width; i++)
            if ((values[i / width] >> (i % width) & 1) == 1)
                bytes[i / 8] |= (byte)(1 << (i % 8));
        return bytes;
    }

    static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7) bytes.Add((byte)(value | 128));
        return [.. bytes, (byte)value];
    }

    static byte[] ZigZag(long value) => Varint((ulong)(value << 1 ^ value >> 63));

    // One block of 128 differences in 4 miniblocks at a time, each of the width that its largest distance needs.
    static byte[] Delta(IReadOnlyList<long> values)
    {
        var bytes = new List<byte>([.. Varint(128), .. Varint(4), .. Varint((ulong)values.Count),
            .. ZigZag(values.Count > 0 ? values[0] : 0)]);
        for (int i = 1; i < values.Count; i += 128)
        {
            long[] differences = [.. Enumerable.Range(i, Math.Min(128, values.Count - i))
                .Select(k => unchecked(values[k] - values[k - 1]))];
            long least = differences.Min();
            ulong[][] parts = [.. differences.Select(d => (ulong)unchecked(d - least)).Chunk(32)];
            byte[] widths = [.. Enumerable.Range(0, 4)
                .Select(m => (byte)(m < parts.Length ? 64 - BitOperations.LeadingZeroCount(parts[m].Max()) : 0))];
            bytes.AddRange([.. ZigZag(least), .. widths]);
            for (int m = 0; m < parts.Length; m++) bytes.AddRange(Pack([.. parts[m], .. new ulong[32 - parts[m].Length]], widths[m]));
        }
        return [.. bytes];
    }

    [Fact]
    public void BitsOfEveryWidthAreUnpacked()
    {
        var random = new Random(1);
        for (int width = 0; width <= 64; width++)
            foreach (int count in new[] { 0, 1, 2, 7, 8, 9, 63, 200 })
            {
                ulong mask = width == 0 ? 0 : ulong.MaxValue >> (64 - width);
                ulong[] values = [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) & mask)];
                byte[] data = Pack(values, width);
                ulong[] got = new ulong[count];
                BitPacking.Unpack<ulong>(data, width, got);
                Assert.Equal(values, got);
                if (width > 32) continue;
                int[] narrow = new int[count];
                BitPacking.Unpack<int>([.. data, 255, 255, 255], width, narrow);
                Assert.Equal(values, narrow.Select(v => (ulong)(uint)v));
            }
    }

    [Fact]
    public void RunsOfEveryKindAreDecoded() => Prop.ForAll(
        Gen.Choose(0, 32).SelectMany(width => Gen.Choose(0, 3).Select(kind => (width, kind)).ListOf().Select(runs => (width, runs)))
            .ToArbitrary(),
        c =>
        {
            var random = new Random(c.runs.Count);
            List<byte> data = [];
            List<ulong> values = [];
            foreach (var (_, kind) in c.runs)
            {
                int length = kind == 0 ? 8 * random.Next(1, 20) : random.Next(1, 300);
                ulong[] run = [.. Enumerable.Range(0, length).Select(_ => (ulong)random.NextInt64(1L << c.width))];
                if (kind == 0) data.AddRange([.. Varint((ulong)run.Length / 8 << 1 | 1), .. Pack(run, c.width)]);
                else
                {
                    Array.Fill(run, run[0]);
                    data.AddRange([.. Varint((ulong)run.Length << 1), .. BitConverter.GetBytes((uint)run[0])[..((c.width + 7) / 8)]]);
                }
                values.AddRange(run);
            }
            uint[] got = new uint[values.Count];
            RunLength.Decode<uint>(data.ToArray(), c.width, got);
            return got.Select(v => (ulong)v).SequenceEqual(values);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void LevelsOfEveryFormAreTheSame()
    {
        for (int eight = 0; eight < 256; eight++)
            foreach (int count in new[] { 8, 5 })
            {
                bool[] expected = [.. Enumerable.Range(0, count).Select(i => (eight >> i & 1) == 0)], got = new bool[count];
                int present = expected.Count(m => !m), reversed = Enumerable.Range(0, 8).Sum(i => (eight >> i & 1) << (7 - i));
                Assert.Equal(present, Levels.Decode(Encoding.RLE, [3, (byte)eight], got));
                Assert.Equal(expected, got);
                Array.Clear(got);
                Assert.Equal(present, Levels.Decode(Encoding.BIT_PACKED, [(byte)reversed], got));
                Assert.Equal(expected, got);
                Array.Clear(got);
                Assert.Equal(present, Levels.Decode(Encoding.RLE, [.. expected.SelectMany(m => (byte[])[2, (byte)(m ? 0 : 1)])], got));
                Assert.Equal(expected, got);
            }
        Assert.True(Levels.NoneMissing(Encoding.RLE, [16, 1], 8));
        Assert.False(Levels.NoneMissing(Encoding.RLE, [14, 1, 2, 0], 8));
        Assert.Throws<InvalidDataException>(() => Levels.Decode(Encoding.RLE, [16, 2], new bool[8]));
        Assert.Throws<InvalidDataException>(() => Levels.Decode(Encoding.BIT_PACKED, [1], new bool[9]));
    }

    [Fact]
    public void DifferencesOfTheSpecificationsExamples()
    {
        Assert.Equal([1, 2, 3, 4, 5], Decode(Int64, Encoding.DELTA_BINARY_PACKED, 5, 0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0).As<long>());
        Assert.Equal([7, 5, 3, 1, 2, 3, 4, 5], Decode(Int32, Encoding.DELTA_BINARY_PACKED, 8,
            0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0).As<long>());
        Assert.Equal([42], Decode(Int64, Encoding.DELTA_BINARY_PACKED, 1, [.. Varint(128), 4, 1, .. ZigZag(42)]).As<long>());
    }

    [Fact]
    public void DifferencesWrapRound()
    {
        long[] extremes = [long.MinValue, long.MaxValue, 0, -1, 1, long.MaxValue, long.MinValue, 12345678901, .. new long[300]];
        Assert.Equal(extremes, Decode(Int64, Encoding.DELTA_BINARY_PACKED, extremes.Length, Delta(extremes)).As<long>());
        // A writer of 32-bit integers lets differences wrap round 32 bits: from the largest to the smallest it is 1.
        Assert.Equal([int.MaxValue, int.MinValue], Decode(Int32, Encoding.DELTA_BINARY_PACKED, 2,
            [.. Varint(128), 4, 2, .. ZigZag(int.MaxValue), .. ZigZag(1), 0, 0, 0, 0]).As<long>());
        Prop.ForAll(ArbMap.Default.ArbFor<long[]>(), values =>
            values.Length == 0 || Decode(Int64, Encoding.DELTA_BINARY_PACKED, values.Length, Delta(values)).As<long>()
                .SequenceEqual(values))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void DamagedDifferencesAreNamed()
    {
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 4, "5 packed differences where 4 are expected", 0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "blocks of 0 differences in 4 parts", 0, 4, 5, 2, 2, 0, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "blocks of 128 differences in 0 parts", 0x80, 1, 0, 5, 2, 2, 0, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "blocks of 128 differences in 3 parts", 0x80, 1, 3, 5, 2, 2, 0, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "differences of 65 bits", 0x80, 1, 4, 5, 2, 2, 65, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "cut short", 0x80, 1, 4, 5, 2, 2, 64, 0, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "cut short", 0x80, 1, 4, 5, 2, 2, 0, 0);
        Rejects(Int64, Encoding.DELTA_BINARY_PACKED, 5, "cut short", [.. Enumerable.Repeat((byte)255, 30)]);
        Rejects(new() { Name = "a", Type = PhysicalType.DOUBLE }, Encoding.DELTA_BINARY_PACKED, 1, "encoding DELTA_BINARY_PACKED "
            + "of DOUBLE");
    }

    [Fact]
    public void TextsWithLengthsAndWithSharedBeginnings()
    {
        Assert.Equal(["Hello", "World", "", "World", "World"], Decode(Bytes, Encoding.DELTA_LENGTH_BYTE_ARRAY, 5,
            [.. Delta([5, 5, 0, 5, 5]), .. "HelloWorldWorldWorld"u8]).As<string>());
        Assert.Equal(["axis", "axle", "babble", "babyhood"], Decode(Bytes, Encoding.DELTA_BYTE_ARRAY, 4,
            [.. Delta([0, 2, 0, 3]), .. Delta([4, 2, 6, 5]), .. "axislebabbleyhood"u8]).As<string>());
        var pairs = Decode(Fixed(2), Encoding.DELTA_BYTE_ARRAY, 3, [.. Delta([0, 1, 2]), .. Delta([2, 1, 0]), 1, 2, 3]).As<byte[]>();
        Assert.Equal([[1, 2], [1, 3], [1, 3]], pairs);
        Assert.Equal(["a", "", "bc"], Decode(Bytes, Encoding.PLAIN, 3, 1, 0, 0, 0, 97, 0, 0, 0, 0, 2, 0, 0, 0, 98, 99).As<string>());
    }

    [Fact]
    public void DamagedTextsAreNamed()
    {
        Rejects(Bytes, Encoding.PLAIN, 1, "a value of 2 bytes where 1 are left", 2, 0, 0, 0, 97);
        Rejects(Bytes, Encoding.PLAIN, 1, "a value of -1 bytes", 255, 255, 255, 255, 97);
        Rejects(Bytes, Encoding.PLAIN, 2, "page ends within a length", 4, 0, 0, 0, 97, 97, 97, 97);
        Rejects(Bytes, Encoding.DELTA_LENGTH_BYTE_ARRAY, 2, "a value of 5 bytes where 4 are left", [.. Delta([5, 5]), .. "HelloWorl"u8]);
        Rejects(Bytes, Encoding.DELTA_LENGTH_BYTE_ARRAY, 1, "a value of -5 bytes", [.. Delta([-5]), .. "Hello"u8]);
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, 2, "a value shares 5 bytes with one of 4",
            [.. Delta([0, 5]), .. Delta([4, 0]), .. "axis"u8]);
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, 1, "a value shares 1 bytes with one of 0", [.. Delta([1]), .. Delta([4]), .. "axis"u8]);
        Rejects(Fixed(2), Encoding.DELTA_BYTE_ARRAY, 1, "a value of 3 bytes, expected 2", [.. Delta([0]), .. Delta([3]), 1, 2, 3]);
        // 20,000 values of which each shares 100,000 bytes with the one before and adds one: two gigabytes out of 140 kilobytes.
        const int Long = 100_000, Count = 20_000;
        long[] shared = [0, .. Enumerable.Repeat((long)Long, Count - 1)], added = [Long, .. Enumerable.Repeat(1L, Count - 1)];
        byte[] texts = [.. new byte[Long], .. Enumerable.Range(0, Count).Select(i => (byte)i)];
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, Count, "comes out of the file", [.. Delta(shared), .. Delta(added), .. texts]);
    }

    [Fact]
    public void WhatValuesShareIsBoundedOverAllPages()
    {
        const int Long = 100_000, Count = 100;
        byte[] page = [.. Delta([0, .. Enumerable.Repeat((long)Long, Count - 1)]), .. Delta([Long, .. Enumerable.Repeat(1L, Count - 1)]),
            .. new byte[Long + Count]];
        var decoder = ColumnDecoder.For(Bytes, Bytes.Column(), new Allowance(1 << 24));
        Read();
        Assert.Contains("comes out of the file", Assert.Throws<InvalidDataException>(Read).Message, StringComparison.Ordinal);

        void Read() => decoder.Page(new DataPage(Encoding.DELTA_BYTE_ARRAY, Count, Encoding.RLE, [], page), 2 * Count);
    }

    [Fact]
    public void SplitBytesAreJoined()
    {
        // Encodings.md: AA BB CC DD, 00 11 22 33 and A3 B4 C5 D6 become AA 00 A3, BB 11 B4, CC 22 C5, DD 33 D6.
        byte[] plain = new byte[12];
        Encodings.Join([0xAA, 0, 0xA3, 0xBB, 0x11, 0xB4, 0xCC, 0x22, 0xC5, 0xDD, 0x33, 0xD6], 4, plain);
        Assert.Equal([0xAA, 0xBB, 0xCC, 0xDD, 0, 0x11, 0x22, 0x33, 0xA3, 0xB4, 0xC5, 0xD6], plain);
        double[] values = [.. Enumerable.Range(0, 37).Select(i => Math.Pow(-1.7, i))];
        byte[] bytes = [.. values.SelectMany(BitConverter.GetBytes)];
        byte[] split = [.. Enumerable.Range(0, bytes.Length).Select(k => bytes[k % 37 * 8 + k / 37])];
        Assert.Equal(values, Decode(new() { Name = "a", Type = PhysicalType.DOUBLE }, Encoding.BYTE_STREAM_SPLIT, 37, split).As<double>());
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), Decode(Int64, Encoding.BYTE_STREAM_SPLIT, 37, split).As<long>());
        Assert.Equal([[1, 3, 5], [2, 4, 6]], Decode(Fixed(3), Encoding.BYTE_STREAM_SPLIT, 2, 1, 2, 3, 4, 5, 6).As<byte[]>());
        Rejects(Int64, Encoding.BYTE_STREAM_SPLIT, 2, "too short for 2 values", new byte[15]);
        Rejects(Int64, Encoding.BYTE_STREAM_SPLIT, 2, "17 bytes of 2 split values", new byte[17]);
        Rejects(Bytes, Encoding.BYTE_STREAM_SPLIT, 1, "encoding BYTE_STREAM_SPLIT of BYTE_ARRAY", 1, 0, 0, 0, 1);
    }
}
