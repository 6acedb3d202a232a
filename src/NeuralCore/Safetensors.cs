using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace NeuralCore;

/// <summary>
/// A safetensors file in memory: named tensors and a map of texts. Layout: length of the header (8 bytes, little-endian), header (JSON,
/// padded with spaces), data. Tensors of type F32, F64 and I64 with up to four axes can be read; F32 is written.
/// <para>Source: the format's specification, github.com/huggingface/safetensors.</para>
/// </summary>
public sealed class Safetensors
{
    const string MetadataKey = "__metadata__";

    readonly byte[] bytes;
    readonly Dictionary<string, Entry> entries = [];
    readonly Dictionary<string, string> metadata = [];

    Safetensors(byte[] bytes) => this.bytes = bytes;

    readonly record struct Entry(string Type, Shape Shape, long Begin, long End);

    /// <summary>Names of all tensors, in the order of the header.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>The texts that the file carries beside its tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>Sizes of a tensor's axes.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public Shape Shape(string name) => Find(name).Shape;

    /// <summary>All values of a tensor, row-major, converted to double.</summary>
    public double[] Doubles(string name)
    {
        Entry entry = Find(name);
        var values = new double[entry.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = Value(entry, i);
        return values;
    }

    /// <summary>All values of a tensor, row-major, converted to float.</summary>
    public float[] Floats(string name)
    {
        var values = new float[Find(name).Shape.Count];
        CopyTo(name, values);
        return values;
    }

    /// <summary>Writes all values of a tensor, row-major, converted to float.</summary>
    public void CopyTo(string name, Span<float> values)
    {
        Entry entry = Find(name);
        if (values.Length != entry.Shape.Count)
            throw new ArgumentException($"safetensors: expected room for {entry.Shape.Count} values of '{name}', got {values.Length}");
        for (int i = 0; i < values.Length; i++) values[i] = (float)Value(entry, i);
    }

    double Value(Entry entry, int i)
    {
        int size = entry.Type == "F32" ? 4 : 8;
        ReadOnlySpan<byte> value = bytes.AsSpan((int)entry.Begin + i * size, size);
        return entry.Type switch
        {
            "F32" => BinaryPrimitives.ReadSingleLittleEndian(value),
            "F64" => BinaryPrimitives.ReadDoubleLittleEndian(value),
            _ => BinaryPrimitives.ReadInt64LittleEndian(value),
        };
    }

    Entry Find(string name) => entries.TryGetValue(name, out Entry entry) ? entry
        : throw new KeyNotFoundException($"safetensors: no tensor is named '{name}'");

    /// <summary>Reads and checks a whole file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of a kind that is not read here; the message names file and reason.</exception>
    public static Safetensors Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (new FileInfo(path) is { Exists: true, Length: > int.MaxValue / 2 } big)
            throw new InvalidDataException($"{path}: expected at most {int.MaxValue / 2} bytes, got {big.Length}");
        var file = new Safetensors(File.ReadAllBytes(path));
        try
        {
            file.Parse();
            return file;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not a readable safetensors file: {e.Message}", e);
        }
    }

    void Parse()
    {
        if (bytes.Length < 8) throw new InvalidDataException($"expected at least 8 bytes, got {bytes.Length}");
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (header > (ulong)bytes.Length - 8)
            throw new InvalidDataException($"the header should have {header} bytes, but only {bytes.Length - 8} follow");
        long data = 8 + (long)header;
        var json = new Utf8JsonReader(bytes.AsSpan(8, (int)header));
        Expect(ref json, JsonTokenType.StartObject, "header");
        while (ReadName(ref json, "header") is string name)
            if (name == MetadataKey) ReadMetadata(ref json);
            else if (!entries.TryAdd(name, ReadEntry(ref json, name, data))) throw new InvalidDataException($"two tensors are named '{name}'");
        if (json.Read()) throw new InvalidDataException("something follows the header's object");

        long at = data;
        foreach ((string name, Entry entry) in entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin != at)
                throw new InvalidDataException($"the data of '{name}' begins at byte {entry.Begin - data} instead of {at - data}");
            at = entry.End;
        }
        if (at != bytes.Length) throw new InvalidDataException($"expected {at} bytes in all, got {bytes.Length}");
    }

    void ReadMetadata(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject, MetadataKey);
        while (ReadName(ref json, MetadataKey) is string key)
        {
            Expect(ref json, JsonTokenType.String, key);
            metadata[key] = json.GetString()!;
        }
    }

    Entry ReadEntry(ref Utf8JsonReader json, string name, long data)
    {
        string? type = null;
        Shape? shape = null;
        List<long>? offsets = null;
        Expect(ref json, JsonTokenType.StartObject, name);
        while (ReadName(ref json, name) is string key)
            switch (key)
            {
                case "dtype": Expect(ref json, JsonTokenType.String, key); type = json.GetString(); break;
                case "shape": shape = new Shape([.. ReadNumbers(ref json, key).Select(n => (int)Math.Min(n, int.MaxValue))]); break;
                case "data_offsets": offsets = ReadNumbers(ref json, key); break;
                default: throw new InvalidDataException($"'{name}' has the unknown key '{key}'");
            }
        if (type is null || shape is null || offsets is not { Count: 2 })
            throw new InvalidDataException($"'{name}' needs dtype, shape and two data_offsets");
        int size = type switch
        {
            "F32" => 4,
            "F64" or "I64" => 8,
            _ => throw new InvalidDataException($"'{name}' has type {type}, expected F32, F64 or I64"),
        };
        long length = (long)shape.Value.Count * size;
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > bytes.Length - data)
            throw new InvalidDataException($"'{name}' should lie in bytes {begin} to {end} of {bytes.Length - data}");
        if (end - begin != length)
            throw new InvalidDataException($"'{name}' of shape {shape} and type {type} should have {length} bytes, got {end - begin}");
        return new Entry(type, shape.Value, data + begin, data + end);
    }

    static List<long> ReadNumbers(ref Utf8JsonReader json, string what)
    {
        Expect(ref json, JsonTokenType.StartArray, what);
        List<long> numbers = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0 || numbers.Count == 4)
                throw new InvalidDataException($"{what}: expected at most 4 whole numbers of at least 0");
            numbers.Add(number);
        }
        return numbers;
    }

    static string? ReadName(ref Utf8JsonReader json, string where)
        => json.Read() && json.TokenType == JsonTokenType.PropertyName ? json.GetString()
        : json.TokenType == JsonTokenType.EndObject ? null : throw new InvalidDataException($"{where}: expected a name, got {json.TokenType}");

    static void Expect(ref Utf8JsonReader json, JsonTokenType type, string what)
    {
        if (!json.Read() || json.TokenType != type) throw new InvalidDataException($"{what}: expected {type}, got {json.TokenType}");
    }

    /// <summary>Writes tensors as F32; the file appears whole or not at all.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or a length does not fit its shape.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Shape Shape, float[] Values)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = Header(tensors, metadata);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write((ulong)header.Length);
                writer.Write(header);
                foreach ((_, _, float[] values) in tensors)
                    foreach (float value in values) writer.Write(value);
                writer.Flush();
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    static byte[] Header(IReadOnlyList<(string Name, Shape Shape, float[] Values)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            HashSet<string> names = [MetadataKey];
            long at = 0;
            foreach ((string name, Shape shape, float[] values) in tensors)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"safetensors: the name '{name}' occurs twice or is reserved", nameof(tensors));
                if (values.Length != shape.Count)
                    throw new ArgumentException($"safetensors: expected {shape.Count} values for '{name}', got {values.Length}", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                for (int axis = 0; axis < shape.Rank; axis++) json.WriteNumberValue(shape[axis]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += 4L * values.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        byte[] header = new byte[(buffer.WrittenCount + 7) & -8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }
}
