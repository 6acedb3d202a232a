using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

// Saving and loading.
public abstract partial class Predictor
{
    /// <summary>Version of the folder's format.</summary>
    public const int FormatVersion = 1;

    const int LoadAttempts = 3;
    const int BetweenRenames = 50;     // ms: a folder that is replaced is not there for a moment (ModelFolder.Replace)

    /// <summary>Writes the folder; it appears complete or not at all.</summary>
    /// <param name="folder">Target; an existing model there is replaced, see <see cref="ModelFolder.Replace"/>.</param>
    /// <param name="metadata">Further facts for config.json, such as pairs and dates.</param>
    /// <param name="addFiles">Writes further files into the folder, which it is given under a temporary name.</param>
    /// <exception cref="IOException">The folder cannot be written, or holds something that is not a model.</exception>
    /// <exception cref="ArgumentException">The metadata's timeframe is none, which <see cref="Load"/> would refuse.</exception>
    public void Save(string folder, IReadOnlyDictionary<string, string>? metadata = null, Action<string>? addFiles = null)
    {
        RequireTimeframe(metadata);
        ModelFolder.Replace(folder, temporary =>
        {
            Write(temporary, metadata ?? new Dictionary<string, string>());
            addFiles?.Invoke(temporary);
        });
    }

    void RequireTimeframe(IReadOnlyDictionary<string, string>? metadata)
    {
        try
        {
            if (metadata is not null && metadata.TryGetValue("timeframe", out string? length)) _ = Timeframe.Parse(length);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"{Model.Name}: metadata: {e.Message}", nameof(metadata), e);
        }
    }

    /// <summary>Writes this model's files into an existing folder.</summary>
    private protected abstract void Write(string folder, IReadOnlyDictionary<string, string> metadata);

    /// <summary>Reads what the model wrote beside config.json.</summary>
    private protected abstract void Read(string folder, JsonElement config);

    /// <summary>
    /// Reads a trained predictor from its folder. One that is replaced meanwhile is read again, so that no two models are mixed:
    /// config.json is the same file before and after.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or of a newer version; or the folder was replaced again and
    /// again.</exception>
    public static Predictor Load(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        for (int left = LoadAttempts - 1; ; left--)
        {
            if (!Directory.Exists(folder)) ModelFolder.Recover(folder);
            if (!Directory.Exists(folder)) Thread.Sleep(BetweenRenames);
            (DateTime, byte[]?) before = Seen();
            try
            {
                Predictor predictor = LoadOnce(folder, path);
                if (!Replaced(before)) return predictor;
                if (left == 0) throw new InvalidDataException($"{folder}: was replaced each of {LoadAttempts} times that it was read");
            }
            catch (Exception e) when (left > 0 && e is InvalidDataException or IOException
                && (Replaced(before) || !Directory.Exists(folder)))
            {
                // Half of the model that was there and half of another one.
            }
        }

        bool Replaced((DateTime Written, byte[]? Bytes) before)
            => Seen() is var now && (now.Written != before.Written || !now.Bytes.AsSpan().SequenceEqual(before.Bytes));

        (DateTime Written, byte[]? Bytes) Seen()
        {
            try
            {
                return (File.GetLastWriteTimeUtc(path), File.ReadAllBytes(path));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return default;
            }
        }
    }

    static Predictor LoadOnce(string folder, string path)
    {
        using JsonDocument document = ReadJson(path);
        JsonElement config = document.RootElement;
        try
        {
            (DirectionModel model, LabelRule labels) = ReadConfig(config, path);
            Predictor predictor = model.Create();
            predictor.Labels = labels;
            predictor.Read(folder, config);
            predictor.Training = Texts(config);
            return predictor;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException or ArithmeticException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The metadata; none where the folder has none.</summary>
    /// <exception cref="FormatException">They are no texts, or the timeframe among them is none.</exception>
    internal static Dictionary<string, string> Texts(JsonElement config)
    {
        var texts = new Dictionary<string, string>();
        if (!config.TryGetProperty("metadata", out JsonElement metadata)) return texts;
        if (metadata.ValueKind != JsonValueKind.Object)
            throw new FormatException($"metadata: expected texts by name, got {metadata.ValueKind}");
        foreach (JsonProperty text in metadata.EnumerateObject())
            texts[text.Name] = text.Value.ValueKind == JsonValueKind.String ? text.Value.GetString()!
                : throw new FormatException($"metadata: expected '{text.Name}' to be a text, got {text.Value.ValueKind}");
        if (texts.TryGetValue("timeframe", out string? length)) _ = Timeframe.Parse(length);
        return texts;
    }

    /// <summary>The model and how returns become classes, as config.json says.</summary>
    /// <exception cref="InvalidDataException">It is of a newer version, or says something that cannot be.</exception>
    internal static (DirectionModel Model, LabelRule Labels) ReadConfig(JsonElement config, string path)
    {
        int version = Property(config, "format").GetInt32();
        if (version is < 1 or > FormatVersion)
            throw new InvalidDataException($"{path}: expected format {FormatVersion} or older, got {version}");
        DirectionModel model = DirectionModel.Named(Property(config, "model").GetString() ?? "");
        foreach (JsonProperty setting in Property(config, "settings").EnumerateObject().Where(s => !model.FormerSettings.Contains(s.Name)))
            model = model.With(setting.Name, setting.Value.GetDouble());
        FeatureSet features = ReadFeatures(Property(config, "features"));
        model = model.WithFeatures(features);
        if (!model.Features.Equals(features))
            throw new InvalidDataException($"{path}: expected features {model.Features} for {model.Name}, got {features}");
        JsonElement rule = Property(config, "labels");
        return (model, new LabelRule(Amount(rule, "threshold"), Amount(rule, "mean_move")));

        // The first folders had no sets, but a list of the names of the six signals.
        FeatureSet ReadFeatures(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Array) return FeatureSet.Read(json, path);
            string[] names = [.. json.EnumerateArray().Select(e => e.GetString() ?? "")];
            return names.SequenceEqual(Week3Signals.Names) ? FeatureSet.Named("week3")
                : throw new InvalidDataException($"{path}: expected features {string.Join(", ", Week3Signals.Names)}, "
                    + $"got {string.Join(", ", names)}");
        }

        double Amount(JsonElement json, string name) => Property(json, name).GetDouble() is >= 0 and < double.PositiveInfinity
            and double value
            ? value : throw new InvalidDataException($"{path}: expected {name} to be a number of at least 0");
    }

    /// <summary>The value of a key that must be there.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal static JsonElement Property(JsonElement json, string key)
        => json.ValueKind != JsonValueKind.Object
            ? throw new FormatException($"expected an object with the key '{key}', got {json.ValueKind}")
            : json.TryGetProperty(key, out JsonElement value) ? value : throw new FormatException($"expected the key '{key}', got none");

    /// <summary>Parses a JSON file; a missing or damaged one is an <see cref="InvalidDataException"/> that names it.</summary>
    internal static JsonDocument ReadJson(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException(e is JsonException ? $"{path}: is not valid JSON: {e.Message}"
                : $"{path}: is missing; expected a folder with a trained model", e);
        }
    }

    /// <summary>Writes a list of numbers under a key.</summary>
    internal static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private protected void WriteConfig(string folder, IReadOnlyDictionary<string, string> metadata, Action<Utf8JsonWriter>? more = null)
    {
        using FileStream file = File.Create(Path.Combine(folder, "config.json"));
        WriteConfig(file, metadata, more);
    }

    /// <summary>Writes the content of config.json.</summary>
    internal void WriteConfig(Stream stream, IReadOnlyDictionary<string, string> metadata, Action<Utf8JsonWriter>? more = null)
    {
        JsonText.WriteObject(stream, json =>
        {
            LabelRule labels = Labels ?? throw NotFitted();
            json.WriteNumber("format", FormatVersion);
            json.WriteString("model", Model.Name);
            json.WriteStartObject("settings");
            foreach ((string name, double value) in Model.Settings) json.WriteNumber(name, value);
            json.WriteEndObject();
            json.WriteStartObject("labels");
            json.WriteNumber("threshold", labels.Threshold);
            json.WriteNumber("mean_move", labels.MeanMove);
            json.WriteEndObject();
            json.WritePropertyName("features");
            Model.Features.Write(json);
            more?.Invoke(json);
            json.WriteStartObject("metadata");
            foreach ((string key, string value) in metadata) json.WriteString(key, value);
            json.WriteEndObject();
        });
    }
}
