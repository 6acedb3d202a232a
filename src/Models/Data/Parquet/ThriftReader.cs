namespace NeuralCore.Models.Data.Parquet;

/// <summary>Type codes of the Thrift compact protocol.</summary>
internal enum ThriftType { Stop, True, False, Byte, Int16, Int32, Int64, Double, Binary, List, Set, Map, Struct }

/// <summary>
/// Reads the Thrift compact protocol (Apache Thrift, doc/specs/thrift-compact-protocol.md), in which Parquet writes its metadata.
/// No length in the data is believed before it is compared with the bytes that are left.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    const int MaxDepth = 32;
    readonly ReadOnlySpan<byte> data = data;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    readonly int Left => data.Length - Position;

    /// <summary>Moves to the next field of a struct; false at the struct's end. <paramref name="id"/> starts at 0.</summary>
    public bool Field(ref int id, out ThriftType type)
    {
        byte head = Byte();
        type = (ThriftType)(head & 15);
        if (head == 0) return false;
        id = head >> 4 == 0 ? Range(ZigZag()) : id + (head >> 4);
        return true;
    }

    /// <summary>Number of elements of a list and their type. Every element takes at least a byte.</summary>
    public int List(ThriftType type, out ThriftType element)
    {
        Expect(type is ThriftType.List or ThriftType.Set, type, "a list");
        byte head = Byte();
        element = (ThriftType)(head & 15);
        ulong count = head >> 4 == 15 ? Varint() : (ulong)(head >> 4);
        if (count > (ulong)Left) throw new InvalidDataException($"metadata names a list of {count} elements in {Left} bytes");
        return (int)count;
    }

    public long Int64(ThriftType type)
    {
        if (type == ThriftType.Byte) return (sbyte)Byte();
        Expect(type is ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64, type, "an integer");
        return ZigZag();
    }

    public int Int32(ThriftType type) => Range(Int64(type));

    public static bool Boolean(ThriftType type)
    {
        Expect(type is ThriftType.True or ThriftType.False, type, "a boolean");
        return type == ThriftType.True;
    }

    public string Text(ThriftType type)
    {
        Expect(type == ThriftType.Binary, type, "text");
        return System.Text.Encoding.UTF8.GetString(Bytes(Varint()));
    }

    public static void Struct(ThriftType type) => Expect(type == ThriftType.Struct, type, "a struct");

    /// <summary>Passes over a value that is not needed.</summary>
    public void Skip(ThriftType type, int depth = 0)
    {
        if (depth > MaxDepth) throw new InvalidDataException("metadata is nested too deeply");
        switch (type)
        {
            case ThriftType.True or ThriftType.False: break;
            case ThriftType.Byte: Byte(); break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64: Varint(); break;
            case ThriftType.Double: Bytes(8); break;
            case ThriftType.Binary: Bytes(Varint()); break;
            case ThriftType.List or ThriftType.Set:
                int count = List(type, out var element);
                for (int i = 0; i < count; i++) SkipElement(element, depth);
                break;
            case ThriftType.Map: SkipMap(depth); break;
            case ThriftType.Struct:
                int id = 0;
                while (Field(ref id, out var field)) Skip(field, depth + 1);
                break;
            default: throw new InvalidDataException($"metadata has the unknown type code {(int)type}");
        }
    }

    void SkipMap(int depth)
    {
        ulong count = Varint();
        if (count == 0) return;
        if (count > (ulong)Left) throw new InvalidDataException($"metadata names a map of {count} entries in {Left} bytes");
        byte types = Byte();
        for (ulong i = 0; i < count; i++)
        {
            SkipElement((ThriftType)(types >> 4), depth);
            SkipElement((ThriftType)(types & 15), depth);
        }
    }

    // A boolean is part of the field's head in a struct, but a byte of its own in a list or map.
    void SkipElement(ThriftType type, int depth)
    {
        if (type is ThriftType.True or ThriftType.False) Byte();
        else Skip(type, depth + 1);
    }

    long ZigZag()
    {
        ulong v = Varint();
        return (long)(v >> 1) ^ -(long)(v & 1);
    }

    ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 127) << shift;
            if (b < 128) return value;
        }
        throw new InvalidDataException("metadata has an integer of more than 10 bytes");
    }

    byte Byte() => Position < data.Length ? data[Position++] : throw new InvalidDataException("metadata ends too early");

    ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)Left) throw new InvalidDataException($"metadata names {count} bytes where {Left} are left");
        Position += (int)count;
        return data.Slice(Position - (int)count, (int)count);
    }

    static int Range(long value) =>
        value is >= int.MinValue and <= int.MaxValue ? (int)value
            : throw new InvalidDataException($"metadata has {value} where 32 bits are allowed");

    static void Expect(bool condition, ThriftType type, string expected)
    {
        if (!condition) throw new InvalidDataException($"metadata: expected {expected}, got {type}");
    }
}
