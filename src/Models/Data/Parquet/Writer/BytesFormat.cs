using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>BYTE_ARRAY of bytes, or of texts as UTF-8. A text with half a surrogate pair is no text and is refused.</summary>
internal sealed class BytesFormat(bool text) : ValueFormat<byte[]>
{
    // Longer bounds are left out. The other limit keeps a page well below the 2^31 bytes that its header can state.
    const int MostBoundBytes = 256, MostBytes = 1 << 28;
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override PhysicalType Type => PhysicalType.BYTE_ARRAY;

    public override IEqualityComparer<byte[]> Equality { get; } = EqualityComparer<byte[]>.Create(
        (a, b) => a.AsSpan().SequenceEqual(b), v =>
        {
            var hash = new HashCode();
            hash.AddBytes(v);
            return hash.ToHashCode();
        });

    public override ReadOnlySpan<byte[]> Stored(ColumnSlice slice)
    {
        if (!text) return Checked(slice.As<byte[]>(), slice);
        var texts = slice.As<string>();
        byte[][] bytes = new byte[texts.Length][];
        for (int i = 0; i < bytes.Length; i++)
            if (!slice.IsMissing(i) && texts[i] is { } value) bytes[i] = Encode(value, i, slice);
        return Checked(bytes, slice);
    }

    static byte[] Encode(string value, int i, ColumnSlice slice)
    {
        try
        {
            return Utf8.GetBytes(value);
        }
        catch (EncoderFallbackException e)
        {
            throw slice.Bad(i, "text", string.Create(CultureInfo.InvariantCulture, $"half a surrogate pair at character {e.Index + 1}"));
        }
    }

    static ReadOnlySpan<byte[]> Checked(ReadOnlySpan<byte[]> values, ColumnSlice slice)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (slice.IsMissing(i)) continue;
            if (values[i] is null) throw slice.Bad(i, "a value that is marked as missing or not null", "null");
            if (values[i].Length > MostBytes)
                throw slice.Bad(i, $"at most {MostBytes} bytes", values[i].Length.ToString(CultureInfo.InvariantCulture));
        }
        return values;
    }

    public override int PlainBytes(byte[] value) => sizeof(int) + value.Length;

    public override void WritePlain(ReadOnlySpan<byte[]> values, ArrayBufferWriter<byte> to)
    {
        foreach (byte[] v in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), v.Length);
            to.Advance(sizeof(int));
            to.Write(v);
        }
    }

    // Ordered as unsigned bytes, which for texts is the order of code points and not that of UTF-16.
    public override (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<byte[]> values)
    {
        if (values.IsEmpty) return null;
        byte[] min = values[0], max = min;
        foreach (byte[] v in values)
        {
            if (v.AsSpan().SequenceCompareTo(min) < 0) min = v;
            if (v.AsSpan().SequenceCompareTo(max) > 0) max = v;
        }
        return Math.Max(min.Length, max.Length) <= MostBoundBytes ? (min, max) : null;
    }
}
