using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace NeuralCore.Tests;

/// <summary>
/// Damages the bytes of JSON and safetensors files: bits, lengths, ranges, and what the JSON says. Seed and case decide how.
/// </summary>
sealed class Mutator(ulong seed, ulong number)
{
    const string Place = "\u0001place\u0001", EscapedPlace = "\"\\u0001place\\u0001\"";

    static readonly string[] Tokens =
    [
        "0", "-1", "1", "2", "3", "4", "8", "64", "1.5", "-0.0", "1e308", "1e999", "2147483647", "2147483648", "1000000", "4294967296",
        "9223372036854775807",
        "99999999999999999999", "01", "NaN", "true", "false", "null", "\"\"", "{}", "[]", "[0]", "[1,1,1,1,1]", "[0,4]", "[0,9999999999]",
        "[9999999999,9999999999]",
        "\"\\ud800\"", "\"F64\"", "\"F16\"", "\"BF16\"", "\"I64\"", "\"BOOL\"", "\"F8_E4M3\"", "\"neuralcore\"", "\"Dense\"",
        "\"Sequential\"", "\"UserStack\"", "\"Concat\"",
        "\"Lstm\"", "\"Gru\"", "\"TransformerEncoder\"", "\"MultiHeadAttention\"", "\"LayerNorm\"", "\"Embedding\"",
        "\"softmax\"", "\"gelu\"",
        "{\"type\":\"Dense\",\"inputs\":1000000000,\"outputs\":2}", "{\"type\":\"Lstm\",\"inputSize\":3,\"hiddenSize\":1000000000}",
        "{\"type\":\"Gru\",\"inputSize\":3,\"hiddenSize\":2,\"layers\":1000000000}",
        "{\"type\":\"Embedding\",\"count\":16777216,\"features\":2147483647}",
        "{\"type\":\"TransformerEncoder\",\"layers\":2147483647,\"embedSize\":4,\"heads\":2,\"feedForward\":5}",
        "{\"type\":\"MultiHeadAttention\",\"embedSize\":2147483647,\"heads\":1}",
        "{\"type\":\"LayerNorm\",\"steps\":65536,\"features\":65536}",
        "{\"type\":\"LearnedPositions\",\"maxLength\":2147483647,\"features\":2147483647}",
        "{\"type\":\"Activation\",\"function\":\"softmax\",\"axis\":-9}", "{\"type\":\"Flatten\",\"type\":\"Flatten\"}",
        $"\"{new string('x', 300)}\"", new string('[', 70) + new string(']', 70),
        string.Concat(Enumerable.Repeat("{\"type\":\"Residual\",\"inner\":", 40)),
    ];

    /// <summary>Of the formats, and arguments that a description leaves out at times; those it has are words of the document.</summary>
    static readonly string[] Keys =
    [
        "type", "name", "layers", "inner", "branches", "inputs", "outputs", "inputSize", "hiddenSize", "embedSize", "features", "heads",
        "feedForward", "steps", "axis",
        "cumulative", "momentum", "paddingIndex", "p", "bias", "dtype", "shape", "data_offsets", "__metadata__", "version", "weight", "",
    ];

    CounterRandom random = new(seed, number);

    /// <summary>Whether one of <paramref name="n"/> equally likely things happens.</summary>
    public bool OneOf(int n) => random.NextInt32(n) == 0;

    T Any<T>(IReadOnlyList<T> list) => list[random.NextInt32(list.Count)];

    /// <summary>Flips bits, overwrites, removes, repeats, inserts, or cuts off.</summary>
    public byte[] Bytes(byte[] good)
    {
        List<byte> bytes = [.. good];
        for (int change = random.NextInt32(3); change >= 0 && bytes.Count > 0; change--)
        {
            // Half of the changes in the first bytes: that is where the lengths and names are.
            int at = random.NextInt32(OneOf(2) ? Math.Min(bytes.Count, 200) : bytes.Count),
                length = Math.Min(bytes.Count - at, 1 + random.NextInt32(20));
            switch (random.NextInt32(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.NextInt32(8)); break;
                case 1: bytes[at] = (byte)random.NextInt32(256); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Any(Tokens))); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Changes what a JSON object says: values, keys, elements.</summary>
    public byte[] Json(byte[] good)
    {
        JsonNode root = JsonNode.Parse(good)!;
        string[] tokens = new string[1 + random.NextInt32(2)];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = Edit(root);
        string text = root.ToJsonString();
        foreach (string token in tokens)
            if (text.IndexOf(EscapedPlace, StringComparison.Ordinal) is >= 0 and int at)
                text = text[..at] + token + text[(at + EscapedPlace.Length)..];
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Makes one edit and returns the raw text, not always JSON, that belongs where the edit left its mark.</summary>
    string Edit(JsonNode root)
    {
        JsonNode[] parents = [.. All(root).Where(n => n is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })];
        if (parents.Length == 0) return "";
        JsonNode node = Any(parents), other = Any(parents);
        int edit = random.NextInt32(7);
        if (node is JsonArray array)
        {
            int at = random.NextInt32(array.Count);
            switch (edit)
            {
                case 0: array.RemoveAt(at); return "";
                case 1: for (int copies = 1 << random.NextInt32(7); copies > 0; copies--) array.Add(array[at]?.DeepClone()); return "";
                case 2: array[at] = other.DeepClone(); return "";
                case 3 when array[at] is JsonValue value && value.TryGetValue(out long n): array[at] = Nearby(n); return "";
                default: array[at] = Place; return Any(Tokens);
            }
        }
        var parent = (JsonObject)node;
        string key = Any(parent.Select(p => p.Key).ToArray());
        switch (edit)
        {
            case 0: parent.Remove(key); return "";
            case 1:
                JsonNode? moved = parent[key]?.DeepClone();
                parent.Remove(key);
                parent[Any(Keys)] = moved;
                return "";
            case 2: parent[key] = other.DeepClone(); return "";
            case 3 when parent[key] is JsonValue value && value.TryGetValue(out long n): parent[key] = Nearby(n); return "";
            case 4: parent[Place] = 1; return $"\"{key}\"";      // a key twice
            case 5:
                // What an object says, under its own key or under this one.
                (string word, JsonNode? meaning) = Any(Any(parents.OfType<JsonObject>().ToArray()).ToArray());
                parent[OneOf(2) ? word : key] = meaning?.DeepClone();
                return "";
            default: parent[key] = Place; return Any(Tokens);
        }
    }

    JsonNode Nearby(long n) => random.NextInt32(6) switch { 0 => n + 1, 1 => n - 1, 2 => -n, 3 => 2 * n, 4 => n / 2, _ => n + 4 };

    static IEnumerable<JsonNode> All(JsonNode node) => node switch
    {
        JsonObject o => o.Where(p => p.Value is not null).SelectMany(p => All(p.Value!)).Prepend(node),
        JsonArray a => a.Where(e => e is not null).SelectMany(e => All(e!)).Prepend(node),
        _ => [],
    };

    /// <summary>Changes a safetensors file: any byte, the length of the header, what the header says, or how much data follows.</summary>
    public byte[] Safetensors(byte[] good)
    {
        if (OneOf(3)) return Bytes(good);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(good);
        byte[] json = OneOf(6) ? good[8..(8 + header)] : Json(good[8..(8 + header)]), data = good[(8 + header)..];
        if (OneOf(4)) Array.Resize(ref data, Math.Max(0, data.Length + 4 * random.NextInt32(9) - 16));
        var bytes = new byte[8 + json.Length + data.Length];
        ulong length = OneOf(8) ? ulong.MaxValue >> random.NextInt32(64) : (ulong)json.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return bytes;
    }
}
