using System.Buffers.Binary;

namespace Models.Tests.Data;

/// <summary>
/// A struct of the Thrift compact protocol as a dictionary of its fields: integers as long, texts as byte[], lists as object[]. Written
/// apart from the library's own reader, to judge what the library writes.
/// </summary>
sealed class ThriftTree
{
    readonly Dictionary<int, object> fields = [];

    public object this[int id] => fields[id];

    public bool Has(int id) => fields.ContainsKey(id);

    public long Long(int id) => (long)fields[id];

    public byte[] Bytes(int id) => (byte[])fields[id];

    public ThriftTree Struct(int id) => (ThriftTree)fields[id];

    public ThriftTree[] Structs(int id) => [.. ((object[])fields[id]).Cast<ThriftTree>()];

    public static ThriftTree Read(byte[] data, ref int at)
    {
        var tree = new ThriftTree();
        int id = 0;
        while (data[at] != 0)
        {
            int head = data[at++], step = head >> 4;
            id = step == 0 ? (int)ZigZag(data, ref at) : id + step;
            tree.fields.Add(id, (head & 15) is 1 or 2 ? (head & 15) == 1 : Value(head & 15, data, ref at));
        }
        at++;
        return tree;
    }

    static object Value(int type, byte[] data, ref int at)
    {
        switch (type)
        {
            case 4 or 5 or 6: return ZigZag(data, ref at);
            case 8:
                int length = (int)Varint(data, ref at);
                at += length;
                return data[(at - length)..at];
            case 9:
                int head = data[at++];
                object[] items = new object[head >> 4 == 15 ? (int)Varint(data, ref at) : head >> 4];
                for (int i = 0; i < items.Length; i++) items[i] = Value(head & 15, data, ref at);
                return items;
            case 12: return Read(data, ref at);
            default: throw new InvalidDataException($"type {type} at {at}");
        }
    }

    static long ZigZag(byte[] data, ref int at)
    {
        ulong v = Varint(data, ref at);
        return (long)(v >> 1) ^ -(long)(v & 1);
    }

    static ulong Varint(byte[] data, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        do value |= (ulong)(data[at] & 127) << shift;
        while (data[at++] >= 128 && (shift += 7) < 64);
        return value;
    }

    /// <summary>The footer of a Parquet file.</summary>
    public static ThriftTree Footer(byte[] file)
    {
        int at = file.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8)), start = at;
        var footer = Read(file, ref at);
        Assert.Equal(file.Length - 8, at);
        Assert.True(start >= 4);
        return footer;
    }
}
