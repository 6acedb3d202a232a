using System.Buffers;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>
/// Writes one struct in the Thrift compact protocol (Apache Thrift, doc/specs/thrift-compact-protocol.md). Fields are given in ascending
/// order of their ids; inner structs and lists are given as functions that write their content.
/// </summary>
internal sealed class ThriftWriter
{
    readonly ArrayBufferWriter<byte> bytes = new();
    int last;    // id of the field before, in the innermost open struct

    public void Int32(int id, int value)
    {
        Field(id, ThriftType.Int32);
        BitWriter.WriteZigZag(value, bytes);
    }

    public void Int64(int id, long value)
    {
        Field(id, ThriftType.Int64);
        BitWriter.WriteZigZag(value, bytes);
    }

    public void Boolean(int id, bool value) => Field(id, value ? ThriftType.True : ThriftType.False);

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Field(id, ThriftType.Binary);
        Raw(value);
    }

    public void Text(int id, string value) => Binary(id, System.Text.Encoding.UTF8.GetBytes(value));

    public void Struct(int id, Action content)
    {
        Field(id, ThriftType.Struct);
        Inner(content);
    }

    public void Structs<T>(int id, IReadOnlyList<T> items, Action<T> content)
    {
        List(id, ThriftType.Struct, items.Count);
        foreach (var item in items) Inner(() => content(item));
    }

    public void Integers(int id, IReadOnlyList<int> items)
    {
        List(id, ThriftType.Int32, items.Count);
        foreach (int item in items) BitWriter.WriteZigZag(item, bytes);
    }

    public void Texts(int id, IReadOnlyList<string> items)
    {
        List(id, ThriftType.Binary, items.Count);
        foreach (string item in items) Raw(System.Text.Encoding.UTF8.GetBytes(item));
    }

    /// <summary>Ends the struct and gives its bytes.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        bytes.Write([(byte)ThriftType.Stop]);
        return bytes.WrittenSpan;
    }

    // The head of a field is one byte where its id is at most 15 beyond the one before.
    void Field(int id, ThriftType type)
    {
        int step = id - last;
        last = id;
        if (step is >= 1 and <= 15) bytes.Write([(byte)(step << 4 | (int)type)]);
        else
        {
            bytes.Write([(byte)type]);
            BitWriter.WriteZigZag(id, bytes);
        }
    }

    void List(int id, ThriftType element, int count)
    {
        Field(id, ThriftType.List);
        bytes.Write([(byte)(Math.Min(count, 15) << 4 | (int)element)]);
        if (count >= 15) BitWriter.WriteVarint((ulong)count, bytes);
    }

    void Inner(Action content)
    {
        int outer = last;
        last = 0;
        content();
        bytes.Write([(byte)ThriftType.Stop]);
        last = outer;
    }

    void Raw(ReadOnlySpan<byte> value)
    {
        BitWriter.WriteVarint((ulong)value.Length, bytes);
        bytes.Write(value);
    }
}
