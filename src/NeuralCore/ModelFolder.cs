using System.Text.Json;

namespace NeuralCore;

/// <summary>
/// A trained model as a folder: config.json, which describes the architecture, and model.safetensors. Written by
/// <see cref="Model.SaveFolder"/>, read without the code that made it by <see cref="Model.LoadFolder(string)"/>.
/// <code>
/// {"format": "neuralcore", "version": 1, "architecture": {"type": "Sequential", "layers": [...]}, "metadata": {"pair": "BTC"}}
/// </code>
/// </summary>
public static partial class ModelFolder
{
    /// <summary>What config.json calls its format.</summary>
    public const string Format = "neuralcore";

    /// <summary>Version of the format that is written; older ones are read too.</summary>
    public const int Version = 1;

    internal const string Config = "config.json", Weights = "model.safetensors";

    /// <summary>The content of config.json, of which it was tried that it makes the same layers again.</summary>
    /// <exception cref="NotSupportedException">A layer does not describe itself, or makes another one from its description.</exception>
    internal static byte[] Describe(Model model, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] config = Write(model.Root, metadata);
        Parameter[] own = [.. model.Parameters, .. model.Buffers];
        try
        {
            Layer made = Read(config, Config, own.Length, out _);
            var named = new Naming(made, int8: model.IsQuantized);
            bool same = named.Parameters.Concat(named.Buffers).Select(p => (p.Name, p.Parameter.Shape))
                .SequenceEqual(own.Select(p => (p.Name, p.Shape)));
            if (same && Write(made, metadata).AsSpan().SequenceEqual(config)) return config;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new NotSupportedException($"{model.Root}: its description cannot be read again: {e.Message}", e);
        }
        throw new NotSupportedException($"{model.Root}: its description makes other layers: compare what Describe sets with what is read "
            + "from it");
    }

    static byte[] Write(Layer root, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WritePropertyName("architecture");
            Architecture.Write(json, root.Describe());
            json.WriteStartObject("metadata");
            foreach ((string key, string value) in metadata) json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Makes the layers that config.json describes; nothing has memory yet.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="path">Its place, for errors.</param>
    /// <param name="tensors">Tensors in the file of weights, which bounds the parts that a description may ask for.</param>
    /// <param name="metadata">The texts beside the architecture.</param>
    internal static Layer Read(byte[] bytes, string path, int tensors, out IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonElement json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"expected an object, got {json.ValueKind}");
            RequireVersion(json);
            var texts = new Dictionary<string, string>();
            if (json.TryGetProperty("metadata", out JsonElement given))
                foreach (JsonProperty text in given.EnumerateObject())
                    texts.Add(text.Name, text.Value.GetString() ?? throw new InvalidDataException("metadata: expected texts, got null"));
            metadata = texts;
            return json.TryGetProperty("architecture", out JsonElement architecture)
                ? Architecture.Make(Architecture.Read(architecture, tensors))
                : throw new InvalidDataException("expected an \"architecture\", got none");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {(e is JsonException ? "is not valid JSON: " : "")}{e.Message}", e);
        }
    }

    static void RequireVersion(JsonElement json)
    {
        if (!json.TryGetProperty("format", out JsonElement format) || format.ValueKind != JsonValueKind.String
            || !format.ValueEquals(Format))
            throw new InvalidDataException($"expected \"format\": \"{Format}\", "
                + $"got {(format.ValueKind == JsonValueKind.Undefined ? "none" : format.GetRawText())}");
        if (!json.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out int number) || number < 1)
            throw new InvalidDataException($"expected a \"version\" from 1 to {Version}, "
                + $"got {(version.ValueKind == JsonValueKind.Undefined ? "none" : version.GetRawText())}");
        if (number > Version)
            throw new InvalidDataException($"is of version {number} of the format, this NeuralCore reads versions up to {Version}: "
                + "use a newer NeuralCore");
    }
}

public sealed partial class Model
{
    /// <summary>
    /// Writes a folder with config.json and model.safetensors, complete or not at all, from which <see cref="LoadFolder(string)"/> makes
    /// the model again without the code that made it.
    /// </summary>
    /// <param name="folder">Target; a model there is replaced, see <see cref="ModelFolder.Replace"/>.</param>
    /// <param name="metadata">Texts for config.json, such as what the model was trained on.</param>
    /// <exception cref="NotSupportedException">A layer does not describe itself, or its type is not known to
    /// <see cref="Architecture"/>.</exception>
    /// <exception cref="IOException">The folder cannot be written, or holds something that is not a model.</exception>
    /// <exception cref="ArgumentException">The weights are larger than a file that can be read, see
    /// <see cref="Safetensors.Write"/>.</exception>
    public void SaveFolder(string folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        byte[] config = ModelFolder.Describe(this, metadata ?? new Dictionary<string, string>());
        ModelFolder.Replace(folder, temporary =>
        {
            using (FileStream stream = File.Create(Path.Combine(temporary, ModelFolder.Config)))
            {
                stream.Write(config);
                stream.Flush(flushToDisk: true);
            }
            Save(Path.Combine(temporary, ModelFolder.Weights));
        });
    }

    /// <summary>Reads a model from a folder that <see cref="SaveFolder"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or of a newer version, or the two do not belong
    /// together.</exception>
    public static Model LoadFolder(string folder) => LoadFolder(folder, out _);

    /// <summary>
    /// Reads a model and the texts beside it from a folder that <see cref="SaveFolder"/> wrote. If there is no folder, because a process
    /// was killed while it replaced it, the old one is put back first (<see cref="ModelFolder.Recover"/>).
    /// </summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or of a newer version, or the two do not belong
    /// together.</exception>
    public static Model LoadFolder(string folder, out IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) ModelFolder.Recover(folder);
        string config = Path.Combine(folder, ModelFolder.Config), weights = Path.Combine(folder, ModelFolder.Weights);
        foreach (string path in (string[])[config, weights])
            if (!File.Exists(path)) throw new InvalidDataException($"{path}: is missing; expected a folder with a trained model");
        return FromBytes(Safetensors.Content(config), config, Safetensors.Read(weights), out metadata);
    }

    /// <summary>The same from what the two files hold.</summary>
    internal static Model FromBytes(byte[] config, string path, Safetensors weights, out IReadOnlyDictionary<string, string> metadata)
    {
        Layer root = ModelFolder.Read(config, path, weights.Names.Count, out metadata);
        try
        {
            return From(root, weights);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
