using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;

namespace Models.Tests.Data;

/// <summary>What values mean, and how pages become a column.</summary>
public partial class EncodingTests
{
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
            Encoding.PLAIN, values.Length,
            [.. values.SelectMany(v => BitConverter.GetBytes(v)[..(type == PhysicalType.INT32 ? 4 : 8)])]).As<long>();
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
        byte[] ones = [.. Enumerable.Repeat((byte)255, 8)];
        Assert.Equal([(Int128)ulong.MaxValue], Decode(unsigned with { Type = PhysicalType.INT64 }, Encoding.PLAIN, 1, ones).As<Int128>());
        // Nanoseconds of the day, then the Julian day: half a day after 1970-01-02 began.
        Assert.Equal([129_600_000_000], Decode(new() { Name = "a", Type = PhysicalType.INT96 }, Encoding.PLAIN, 1,
            [.. BitConverter.GetBytes(43_200_000_000_000), .. BitConverter.GetBytes(2_440_589)]).As<long>());
    }

    [Fact]
    public void MeaningsOfBytes()
    {
        Assert.Equal([(Int128)(-2), 256], Decode(Fixed(3, Meaning.Decimal), Encoding.PLAIN, 2, 255, 255, 254, 0, 1, 0).As<Int128>());
        Assert.Equal([(Int128)(-1)], Decode(Fixed(20, Meaning.Decimal), Encoding.PLAIN, 1, [.. Enumerable.Repeat((byte)255, 20)])
            .As<Int128>());
        Rejects(Fixed(17, Meaning.Decimal), Encoding.PLAIN, 1, "beyond 128 bits", [1, .. new byte[16]]);
        Rejects(Bytes with { Meaning = Meaning.Decimal, Precision = 9 }, Encoding.PLAIN, 1, "a decimal of 0 bytes", 0, 0, 0, 0);
        Assert.Equal([1.5, -0.0, double.PositiveInfinity],
            Decode(Fixed(2, Meaning.Float16), Encoding.PLAIN, 3, 0, 0x3E, 0, 0x80, 0, 0x7C).As<double>());
        Assert.Equal(["00112233-4455-6677-8899-aabbccddeeff"],
            Decode(Fixed(16, Meaning.Uuid), Encoding.PLAIN, 1, Convert.FromHexString("00112233445566778899AABBCCDDEEFF")).As<string>());
        Assert.Equal("\uFFFD", Decode(Bytes, Encoding.PLAIN, 1, 1, 0, 0, 0, 0xFF).As<string>()[0]);
    }

    [Fact]
    public void PagesOfOneChunkFollowEachOther()
    {
        var optional = Int64 with { Repetition = Repetition.Optional };
        var decoder = ColumnDecoder.For(optional, optional.Column(), new Allowance(1 << 24));
        decoder.Dictionary(TinyParquet.Plain(10, 20, 30), 3);
        // 10, 20, 30
        decoder.Page(new DataPage(Encoding.RLE_DICTIONARY, 3, Encoding.RLE, [6, 1], [2, 3, 0b100100, 0]), 3);
        decoder.Page(new DataPage(Encoding.PLAIN, 0, Encoding.RLE, [], []), 3);                                                    // empty
        // -, 7, -, 8, -
        decoder.Page(new DataPage(Encoding.PLAIN, 5, Encoding.RLE, [3, 0b01010], TinyParquet.Plain(7, 8)), 100);
        // All missing.
        decoder.Page(new DataPage(Encoding.RLE_DICTIONARY, 4, Encoding.RLE, [8, 0], []), 100);
        decoder.Page(new DataPage(Encoding.DELTA_BINARY_PACKED, 2, Encoding.BIT_PACKED, [0b1100_0000], Delta([1, -1])), 200);     // 1, -1
        var column = decoder.Finish();
        Assert.Equal([10, 20, 30, 0, 7, 0, 8, 0, 0, 0, 0, 0, 1, -1], column.As<long>());
        Assert.Equal("...X.X.XXXXX..", string.Concat(column.Missing!.Select(m => m ? 'X' : '.')));
        Assert.Equal(14, column.Count);
    }
}
