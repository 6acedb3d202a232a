using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace NeuralCore;

/// <summary>
/// A safetensors file in memory: named tensors and a map of texts. Layout: length of the header (8 bytes, little-endian), header (JSON,
/// padded with spaces), data. Tensors with up to four axes are read, of every type but those of 8-bit floats; F32, F64, I8, I32 and I64 are
/// written.
/// <para>Source: the format's specification, github.com/huggingface/safetensors.</para>
/// </summary>
public sealed partial class Safetensors
{
    /// <summary>
    /// Size of the largest file that is read, and so of the largest that is written: 2 GiB - 57 bytes, one array of bytes.
    /// </summary>
    public const int MaxBytes = 0x7FFFFFC7;

    const string MetadataKey = "__metadata__";

    delegate double Number(ReadOnlySpan<byte> bytes);

    /// <summary>Bytes of one value, and how they are read. BF16 is the upper half of an F32.</summary>
    static readonly Dictionary<string, (int Size, Number Read)> Types = new()
    {
        ["F64"] = (8, BinaryPrimitives.ReadDoubleLittleEndian),
        ["F32"] = (4, b => BinaryPrimitives.ReadSingleLittleEndian(b)),
        ["F16"] = (2, b => (double)BinaryPrimitives.ReadHalfLittleEndian(b)),
        ["BF16"] = (2, b => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(b) << 16)),
        ["I64"] = (8, b => BinaryPrimitives.ReadInt64LittleEndian(b)),
        ["U64"] = (8, b => BinaryPrimitives.ReadUInt64LittleEndian(b)),
        ["I32"] = (4, b => BinaryPrimitives.ReadInt32LittleEndian(b)),
        ["U32"] = (4, b => BinaryPrimitives.ReadUInt32LittleEndian(b)),
        ["I16"] = (2, b => BinaryPrimitives.ReadInt16LittleEndian(b)),
        ["U16"] = (2, b => BinaryPrimitives.ReadUInt16LittleEndian(b)),
        ["I8"] = (1, b => (sbyte)b[0]),
        ["U8"] = (1, b => b[0]),
        ["BOOL"] = (1, b => b[0]),
    };

    readonly byte[] bytes;
    readonly Dictionary<string, Entry> entries = [];
    readonly Dictionary<string, string> metadata = [];

    Safetensors(byte[] bytes, string path) => (this.bytes, Path) = (bytes, path);

    readonly record struct Entry(string Type, Shape Shape, int Begin, int End);

    /// <summary>Where the bytes come from, for errors.</summary>
    internal string Path { get; }

    /// <summary>Names of all tensors, in the order of the header.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>The texts that the file carries beside its tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>A tensor's type as the file names it, for example F32 or I64.</summary>
    internal string Type(string name) => Find(name).Type;

    /// <summary>Whether a tensor is of I8: weights of a quantised model.</summary>
    internal bool HasInt8 => entries.Values.Any(entry => entry.Type == "I8");

    /// <summary>Whether a type holds whole numbers or truth values; the others are of floating point.</summary>
    internal static bool IsWhole(string type) => !type.Contains('F');

    /// <summary>Sizes of a tensor's axes.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public Shape Shape(string name) => Find(name).Shape;

    /// <summary>All values of a tensor, row-major, converted to double.</summary>
    public double[] Doubles(string name)
    {
        Entry entry = Find(name);
        (int size, Number read) = Types[entry.Type];
        var values = new double[entry.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = read(bytes.AsSpan(entry.Begin + i * size, size));
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
        if (entry.Type == "F32" && BitConverter.IsLittleEndian)
        {
            bytes.AsSpan(entry.Begin, entry.End - entry.Begin).CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }
        (int size, Number read) = Types[entry.Type];
        for (int i = 0; i < values.Length; i++) values[i] = (float)read(bytes.AsSpan(entry.Begin + i * size, size));
    }

    Entry Find(string name) => entries.TryGetValue(name, out Entry entry) ? entry
        : throw new KeyNotFoundException($"safetensors: no tensor is named '{name}'");

    /// <summary>Reads and checks a whole file of at most <see cref="MaxBytes"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, too large, or of a kind that is not read here; the message names file
    /// and reason.</exception>
    public static Safetensors Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(Content(path), path);
    }

    /// <summary>A whole file, if it is not too large for one array.</summary>
    internal static byte[] Content(string path) => new FileInfo(path) is { Exists: true } file && file.Length > MaxBytes
        ? throw new InvalidDataException($"{path}: expected at most {MaxBytes} bytes, got {file.Length}") : File.ReadAllBytes(path);

    /// <summary>Checks the bytes of a whole file, which are not copied.</summary>
    /// <param name="bytes">The content of the file.</param>
    /// <param name="path">Where it comes from; it stands at the beginning of every error.</param>
    /// <exception cref="InvalidDataException">The content is damaged, or of a kind that is not read here.</exception>
    public static Safetensors Read(byte[] bytes, string path)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(path);
        var file = new Safetensors(bytes, path);
        try
        {
            file.Parse();
            return file;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException
            or InvalidDataException or OverflowException)
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
        int data = 8 + (int)header;
        var json = new Utf8JsonReader(bytes.AsSpan(8, (int)header));
        Expect(ref json, JsonTokenType.StartObject, "header");
        while (ReadName(ref json, "header") is string name)
            if (name == MetadataKey) ReadMetadata(ref json);
            else if (!entries.TryAdd(name, ReadEntry(ref json, name, data)))
                throw new InvalidDataException($"two tensors are named '{name}'");
        if (json.Read()) throw new InvalidDataException("something follows the header's object");

        int at = data;
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

    Entry ReadEntry(ref Utf8JsonReader json, string name, int data)
    {
        string? type = null;
        Shape? shape = null;
        List<long>? offsets = null;
        Expect(ref json, JsonTokenType.StartObject, name);
        while (ReadName(ref json, name) is string key)
            switch (key)
            {
                case "dtype": Expect(ref json, JsonTokenType.String, key); type = json.GetString(); break;
                case "shape": shape = new Shape([.. ReadNumbers(ref json, key).Select(n => checked((int)n))]); break;
                case "data_offsets": offsets = ReadNumbers(ref json, key); break;
                default: throw new InvalidDataException($"'{name}' has the unknown key '{key}'");
            }
        if (type is null || shape is null || offsets is not { Count: 2 })
            throw new InvalidDataException($"'{name}' needs dtype, shape and two data_offsets");
        if (!Types.TryGetValue(type, out (int Size, Number) known))
            throw new InvalidDataException($"'{name}' has type {type}, expected one of {string.Join(", ", Types.Keys)}");
        long length = (long)shape.Value.Count * known.Size;
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > bytes.Length - data)
            throw new InvalidDataException($"'{name}' should lie in bytes {begin} to {end} of {bytes.Length - data}");
        if (end - begin != length)
            throw new InvalidDataException($"'{name}' of shape {shape} and type {type} should have {length} bytes, got {end - begin}");
        return new Entry(type, shape.Value, (int)(data + begin), (int)(data + end));
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
        : json.TokenType == JsonTokenType.EndObject ? null
        : throw new InvalidDataException($"{where}: expected a name, got {json.TokenType}");

    static void Expect(ref Utf8JsonReader json, JsonTokenType type, string what)
    {
        if (!json.Read() || json.TokenType != type) throw new InvalidDataException($"{what}: expected {type}, got {json.TokenType}");
    }
}
