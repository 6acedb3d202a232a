using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>Each encoding by itself: the examples of parquet-format's Encodings.md, values packed by a plain encoder here, and damage.</summary>
public class EncodingTests
{
    static readonly SchemaElement Int64 = new() { Name = "a", Type = PhysicalType.INT64 };
    static readonly SchemaElement Int32 = new() { Name = "a", Type = PhysicalType.INT32 };
    static readonly SchemaElement Bytes = new() { Name = "a", Type = PhysicalType.BYTE_ARRAY, Meaning = Meaning.Text };

    static ColumnValues Decode(SchemaElement schema, Encoding encoding, int count, params byte[] data)
    {
        var decoder = ColumnDecoder.For(schema, schema.Column());
        decoder.Page(new DataPage(encoding, count, Encoding.RLE, default, data), count);
        return decoder.Finish();
    }

    static void Rejects(SchemaElement schema, Encoding encoding, int count, string reason, params byte[] data) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Decode(schema, encoding, count, data)).Message, StringComparison.Ordinal);

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
        var bytes = new List<byte>([.. Varint(128), .. Varint(4), .. Varint((ulong)values.Count), .. ZigZag(values.Count > 0 ? values[0] : 0)]);
        for (int i = 1; i < values.Count; i += 128)
        {
            long[] differences = [.. Enumerable.Range(i, Math.Min(128, values.Count - i)).Select(k => unchecked(values[k] - values[k - 1]))];
            long least = differences.Min();
            ulong[][] parts = [.. differences.Select(d => (ulong)unchecked(d - least)).Chunk(32)];
            byte[] widths = [.. Enumerable.Range(0, 4).Select(m => (byte)(m < parts.Length ? 64 - BitOperations.LeadingZeroCount(parts[m].Max()) : 0))];
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
                ulong[] values = [.. Enumerable.Range(0, count).Select(_ => width == 0 ? 0 : (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> (64 - width))];
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
        Gen.Choose(0, 32).SelectMany(width => Gen.Choose(0, 3).Select(kind => (width, kind)).ListOf().Select(runs => (width, runs))).ToArbitrary(),
        c =>
        {
            var random = new Random(c.runs.Count);
            List<byte> data = [];
            List<ulong> values = [];
            foreach (var (_, kind) in c.runs)
            {
                ulong[] run = [.. Enumerable.Range(0, kind == 0 ? 8 * random.Next(1, 20) : random.Next(1, 300)).Select(_ => (ulong)random.NextInt64(1L << c.width))];
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
            values.Length == 0 || Decode(Int64, Encoding.DELTA_BINARY_PACKED, values.Length, Delta(values)).As<long>().SequenceEqual(values))
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
        Rejects(new() { Name = "a", Type = PhysicalType.DOUBLE }, Encoding.DELTA_BINARY_PACKED, 1, "encoding DELTA_BINARY_PACKED of DOUBLE");
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
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, 2, "a value shares 5 bytes with one of 4", [.. Delta([0, 5]), .. Delta([4, 0]), .. "axis"u8]);
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, 1, "a value shares 1 bytes with one of 0", [.. Delta([1]), .. Delta([4]), .. "axis"u8]);
        Rejects(Fixed(2), Encoding.DELTA_BYTE_ARRAY, 1, "a value of 3 bytes, expected 2", [.. Delta([0]), .. Delta([3]), 1, 2, 3]);
        // 20,000 values of which each shares 100,000 bytes with the one before and adds one: two gigabytes out of 140 kilobytes.
        const int Long = 100_000, Count = 20_000;
        long[] shared = [0, .. Enumerable.Repeat((long)Long, Count - 1)], added = [Long, .. Enumerable.Repeat(1L, Count - 1)];
        Rejects(Bytes, Encoding.DELTA_BYTE_ARRAY, Count, "too long together", [.. Delta(shared), .. Delta(added), .. new byte[Long], .. Enumerable.Range(0, Count).Select(i => (byte)i)]);
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

    [Fact]
    public void BooleansPlainAndInRuns()
    {
        var boolean = new SchemaElement { Name = "a", Type = PhysicalType.BOOLEAN };
        Assert.Equal([1, 0, 1, 1, 0, 0, 0, 0, 1], Decode(boolean, Encoding.PLAIN, 9, 0b00001101, 1).As<long>());
        Assert.Equal([1, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0], Decode(boolean, Encoding.RLE, 11, 4, 0, 0, 0, 6, 1, 3, 0b01010010).As<long>());
        Rejects(boolean, Encoding.PLAIN, 9, "too short for 9 values of BOOLEAN", 1);
    }

    [Fact]
    public void MeaningsOfIntegers()
    {
        // An annotation that does not fit its type says nothing.
        Assert.Equal([7], Decode(Int32 with { Meaning = Meaning.Milliseconds }, Encoding.PLAIN, 1, 7, 0, 0, 0).As<long>());
        Assert.Equal([7], Decode(Int64 with { Meaning = Meaning.Date }, Encoding.PLAIN, 1, 7, 0, 0, 0, 0, 0, 0, 0).As<long>());
        long[] Of(Meaning meaning, PhysicalType type, params long[] values) => Decode(new() { Name = "a", Type = type, Meaning = meaning },
            Encoding.PLAIN, values.Length, [.. values.SelectMany(v => type == PhysicalType.INT32 ? BitConverter.GetBytes((int)v) : BitConverter.GetBytes(v))]).As<long>();
        Assert.Equal([86_400_000_000, -86_400_000_000], Of(Meaning.Date, PhysicalType.INT32, 1, -1));
        Assert.Equal([1000, -7000], Of(Meaning.Milliseconds, PhysicalType.INT64, 1, -7));
        Assert.Equal([1, -7], Of(Meaning.Microseconds, PhysicalType.INT64, 1, -7));
        Assert.Equal([0, 1, -1, -1, -2], Of(Meaning.Nanoseconds, PhysicalType.INT64, 999, 1000, -1, -1000, -1001));
        var time = new SchemaElement { Name = "a", Type = PhysicalType.INT64, Meaning = Meaning.TimeMicroseconds }.Column();
        Assert.Equal(("time[us]", ColumnKind.TimeOfDay), (time.Type, time.Kind));
        Assert.Equal([43_200_000_000], Of(Meaning.TimeMilliseconds, PhysicalType.INT32, 43_200_000));
        Assert.Equal([1], Of(Meaning.TimeNanoseconds, PhysicalType.INT64, 1999));
        const long Most = long.MaxValue / 1000;
        Assert.Equal([Most * 1000, -Most * 1000], Of(Meaning.Milliseconds, PhysicalType.INT64, Most, -Most));
        foreach (long beyond in new[] { Most + 1, -Most - 1, long.MaxValue, long.MinValue })
            Assert.Throws<InvalidDataException>(() => Of(Meaning.Milliseconds, PhysicalType.INT64, beyond));
        var unsigned = new SchemaElement { Name = "a", Type = PhysicalType.INT32, Meaning = Meaning.Integer, Bits = 32, Unsigned = true };
        Assert.Equal([4294967295], Decode(unsigned, Encoding.PLAIN, 1, 255, 255, 255, 255).As<long>());
        Assert.Equal([(Int128)ulong.MaxValue], Decode(unsigned with { Type = PhysicalType.INT64 }, Encoding.PLAIN, 1, [.. Enumerable.Repeat((byte)255, 8)]).As<Int128>());
        // Nanoseconds of the day, then the Julian day: half a day after 1970-01-02 began.
        Assert.Equal([129_600_000_000], Decode(new() { Name = "a", Type = PhysicalType.INT96 }, Encoding.PLAIN, 1,
            [.. BitConverter.GetBytes(43_200_000_000_000), .. BitConverter.GetBytes(2_440_589)]).As<long>());
    }

    [Fact]
    public void MeaningsOfBytes()
    {
        Assert.Equal([(Int128)(-2), 256], Decode(Fixed(3, Meaning.Decimal), Encoding.PLAIN, 2, 255, 255, 254, 0, 1, 0).As<Int128>());
        Assert.Equal([(Int128)(-1)], Decode(Fixed(20, Meaning.Decimal), Encoding.PLAIN, 1, [.. Enumerable.Repeat((byte)255, 20)]).As<Int128>());
        Rejects(Fixed(17, Meaning.Decimal), Encoding.PLAIN, 1, "beyond 128 bits", [1, .. new byte[16]]);
        Rejects(Bytes with { Meaning = Meaning.Decimal, Precision = 9 }, Encoding.PLAIN, 1, "a decimal of 0 bytes", 0, 0, 0, 0);
        Assert.Equal([1.5, -0.0, double.PositiveInfinity], Decode(Fixed(2, Meaning.Float16), Encoding.PLAIN, 3, 0, 0x3E, 0, 0x80, 0, 0x7C).As<double>());
        Assert.Equal(["00112233-4455-6677-8899-aabbccddeeff"],
            Decode(Fixed(16, Meaning.Uuid), Encoding.PLAIN, 1, Convert.FromHexString("00112233445566778899AABBCCDDEEFF")).As<string>());
        Assert.Equal("\uFFFD", Decode(Bytes, Encoding.PLAIN, 1, 1, 0, 0, 0, 0xFF).As<string>()[0]);
    }

    [Fact]
    public void PagesOfOneChunkFollowEachOther()
    {
        var optional = Int64 with { Repetition = Repetition.Optional };
        var decoder = ColumnDecoder.For(optional, optional.Column());
        decoder.Dictionary(TinyParquet.Plain(10, 20, 30), 3);
        decoder.Page(new DataPage(Encoding.RLE_DICTIONARY, 3, Encoding.RLE, [6, 1], [2, 3, 0b100100, 0]), 3);                     // 10, 20, 30
        decoder.Page(new DataPage(Encoding.PLAIN, 0, Encoding.RLE, [], []), 3);                                                    // empty
        decoder.Page(new DataPage(Encoding.PLAIN, 5, Encoding.RLE, [3, 0b01010], TinyParquet.Plain(7, 8)), 100);                  // -, 7, -, 8, -
        decoder.Page(new DataPage(Encoding.RLE_DICTIONARY, 4, Encoding.RLE, [8, 0], []), 100);                                     // all missing
        decoder.Page(new DataPage(Encoding.DELTA_BINARY_PACKED, 2, Encoding.BIT_PACKED, [0b1100_0000], Delta([1, -1])), 200);     // 1, -1
        var column = decoder.Finish();
        Assert.Equal([10, 20, 30, 0, 7, 0, 8, 0, 0, 0, 0, 0, 1, -1], column.As<long>());
        Assert.Equal("...X.X.XXXXX..", string.Concat(column.Missing!.Select(m => m ? 'X' : '.')));
        Assert.Equal(14, column.Count);
    }
}
