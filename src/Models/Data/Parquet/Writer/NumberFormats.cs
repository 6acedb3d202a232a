using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>BOOLEAN: a bit each.</summary>
internal sealed class BooleanFormat : ValueFormat<long>
{
    public override PhysicalType Type => PhysicalType.BOOLEAN;

    public override ReadOnlySpan<long> Stored(ColumnSlice slice)
    {
        var values = slice.As<long>();
        for (int i = 0; i < values.Length; i++)
            if (values[i] is not (0 or 1) && !slice.IsMissing(i))
                throw slice.Bad(i, "0 or 1", values[i].ToString(CultureInfo.InvariantCulture));
        return values;
    }

    public override int PlainBytes(long value) => 1;

    public override void WritePlain(ReadOnlySpan<long> values, ArrayBufferWriter<byte> to) => BitWriter.Pack(values, 1, to);

    public override (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<long> values) =>
        values.IsEmpty ? null : ([(byte)(values.Contains(0) ? 0 : 1)], [(byte)(values.Contains(1) ? 1 : 0)]);
}

/// <summary>INT64 of integers and times: neighbours are near to each other, so that their differences take few bits.</summary>
internal sealed class IntegerFormat : ValueFormat<long>
{
    public override PhysicalType Type => PhysicalType.INT64;

    public override Encoding Encoding => Encoding.DELTA_BINARY_PACKED;

    public override ReadOnlySpan<long> Stored(ColumnSlice slice) => slice.As<long>();

    public override int PlainBytes(long value) => sizeof(long);

    public override void WritePlain(ReadOnlySpan<long> values, ArrayBufferWriter<byte> to) => to.Write(MemoryMarshal.AsBytes(values));

    public override void Write(ReadOnlySpan<long> values, ArrayBufferWriter<byte> to) => DeltaEncoder.Encode(values, to);

    public override (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<long> values)
    {
        if (values.IsEmpty) return null;
        long min = values[0], max = min;
        foreach (long v in values) (min, max) = (Math.Min(min, v), Math.Max(max, v));
        return (BitConverter.GetBytes(min), BitConverter.GetBytes(max));
    }
}

/// <summary>DOUBLE, held as its bits, so that NaNs keep their payload and -0 its sign in a dictionary too.</summary>
internal sealed class RealFormat : ValueFormat<long>
{
    public override PhysicalType Type => PhysicalType.DOUBLE;

    public override IEqualityComparer<long> Equality => EqualityComparer<long>.Default;

    public override ReadOnlySpan<long> Stored(ColumnSlice slice) => MemoryMarshal.Cast<double, long>(slice.As<double>());

    public override int PlainBytes(long value) => sizeof(double);

    public override void WritePlain(ReadOnlySpan<long> values, ArrayBufferWriter<byte> to) => to.Write(MemoryMarshal.AsBytes(values));

    // parquet.thrift, ColumnOrder: NaN never counts; a minimum of 0 is written as -0 and a maximum of 0 as +0, because readers may order
    // the two zeros or not.
    public override (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<long> values)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        foreach (double v in MemoryMarshal.Cast<long, double>(values))
        {
            if (v <= min) min = v;
            if (v >= max) max = v;
        }
        if (min > max) return null;
        return (BitConverter.GetBytes(min == 0 ? -0.0 : min), BitConverter.GetBytes(max == 0 ? 0.0 : max));
    }
}

/// <summary>FIXED_LEN_BYTE_ARRAY(16) of decimals: two's complement, high byte first.</summary>
internal sealed class DecimalFormat : ValueFormat<Int128>
{
    /// <summary>Most digits of a decimal.</summary>
    public const int Digits = 38;

    /// <summary>Bytes of a decimal.</summary>
    public const int Length = 16;

    static readonly Int128 End = Int128.Parse("1" + new string('0', Digits), CultureInfo.InvariantCulture);

    public override PhysicalType Type => PhysicalType.FIXED_LEN_BYTE_ARRAY;

    public override IEqualityComparer<Int128> Equality => EqualityComparer<Int128>.Default;

    public override ReadOnlySpan<Int128> Stored(ColumnSlice slice)
    {
        var values = slice.As<Int128>();
        for (int i = 0; i < values.Length; i++)
            if ((values[i] >= End || values[i] <= -End) && !slice.IsMissing(i))
                throw slice.Bad(i, $"at most {Digits} digits", values[i].ToString(CultureInfo.InvariantCulture));
        return values;
    }

    public override int PlainBytes(Int128 value) => Length;

    public override void WritePlain(ReadOnlySpan<Int128> values, ArrayBufferWriter<byte> to)
    {
        foreach (var v in values) to.Write(BigEndian(v));
    }

    public override (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<Int128> values)
    {
        if (values.IsEmpty) return null;
        Int128 min = values[0], max = min;
        foreach (var v in values) (min, max) = (Int128.Min(min, v), Int128.Max(max, v));
        return (BigEndian(min), BigEndian(max));
    }

    static byte[] BigEndian(Int128 value)
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        return bytes;
    }
}
