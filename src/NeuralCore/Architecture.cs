using System.Collections.Concurrent;
using System.Text.Json;

namespace NeuralCore;

/// <summary>
/// Layers as JSON and back, so that a folder loads without the code that made it:
/// <c>{"type": "Sequential", "layers": [{"name": "rnn", "type": "Lstm", "inputSize": 6, ...}, ...]}</c>.
/// </summary>
public static class Architecture
{
    static readonly ConcurrentDictionary<string, Func<LayerConfig, Layer>> Makers = new(new Dictionary<string, Func<LayerConfig, Layer>>
    {
        [nameof(Activation)] = Activation.From,
        [nameof(AdditiveAttention)] = AdditiveAttention.From,
        [nameof(BatchNorm1d)] = BatchNorm1d.From,
        [nameof(Concat)] = Concat.From,
        [nameof(Dense)] = Dense.From,
        [nameof(Dropout)] = Dropout.From,
        [nameof(Embedding)] = Embedding.From,
        [nameof(Flatten)] = _ => new Flatten(),
        [nameof(Gru)] = Gru.From,
        [nameof(LayerNorm)] = LayerNorm.From,
        [nameof(LearnedPositions)] = LearnedPositions.From,
        [nameof(Lstm)] = Lstm.From,
        [nameof(MaxOverTime)] = _ => new MaxOverTime(),
        [nameof(MeanOverTime)] = _ => new MeanOverTime(),
        [nameof(MultiHeadAttention)] = MultiHeadAttention.From,
        [nameof(Residual)] = Residual.From,
        [nameof(Sequential)] = Sequential.From,
        [nameof(SinusoidalPositions)] = SinusoidalPositions.From,
        [nameof(TakeLast)] = _ => new TakeLast(),
        [nameof(TakeSteps)] = TakeSteps.From,
        [nameof(TransformerEncoder)] = TransformerEncoder.From,
        [nameof(TransformerEncoderLayer)] = TransformerEncoderLayer.From,
    });

    /// <summary>
    /// Makes a layer of one's own known under the type that its <see cref="Layer.Describe"/> gives. Must have run before
    /// <see cref="Model.LoadFolder(string)"/> reads a folder with such a layer; the static constructor of the layer's class may be too
    /// late.
    /// </summary>
    /// <exception cref="ArgumentException">The type is known already.</exception>
    public static void Register(string type, Func<LayerConfig, Layer> make)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        ArgumentNullException.ThrowIfNull(make);
        if (!Makers.TryAdd(type, make))
            throw new ArgumentException($"Architecture: expected a new type of layer, got '{type}', which is known already", nameof(type));
    }

    /// <summary>Makes the layer that a description tells of.</summary>
    /// <exception cref="InvalidDataException">The type is unknown, or an argument is missing, unknown or out of its range.</exception>
    internal static Layer Make(LayerConfig config)
    {
        if (!Makers.TryGetValue(config.Type, out Func<LayerConfig, Layer>? make))
            throw new InvalidDataException($"{config}: is of an unknown type; a layer of your own is made known with "
                + $"Architecture.Register(\"{config.Type}\", ...)");
        try
        {
            Layer layer = make(config) ?? throw new InvalidOperationException("expected a layer from the function that was registered, "
                + "got null");
            config.RequireAllRead();
            return layer;
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            // A constructor's own errors, of whatever kind those of a user's layer are.
            throw new InvalidDataException($"{config}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Reads a description; <paramref name="parts"/> bounds how many parts it may ask for.</summary>
    internal static LayerConfig Read(JsonElement json, int parts) => Read(json, new LayerConfig.Allowance(parts), null, "");

    static LayerConfig Read(JsonElement json, LayerConfig.Allowance allowance, LayerConfig? parent, string name)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("type", out JsonElement type)
            || type.ValueKind != JsonValueKind.String || type.GetString() == "")
            throw new InvalidDataException($"{parent?.ToString() ?? "architecture"}: expected a layer, an object with a \"type\", "
                + $"got {json.ValueKind}");
        var config = new LayerConfig(type.GetString()!, allowance, parent, name);
        foreach (JsonProperty argument in json.EnumerateObject())
            if (argument.Name is not ("type" or "name")) config.Add(argument.Name, Value(argument.Value, allowance, config, argument.Name));
        return config;
    }

    static object Value(JsonElement json, LayerConfig.Allowance allowance, LayerConfig parent, string name) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.Object => Read(json, allowance, parent, name),
        JsonValueKind.Array => json.EnumerateArray().Select(l => Child(l, allowance, parent)).ToArray(),
        _ => throw new InvalidDataException($"{parent}: expected a value for '{name}', got {json.ValueKind}"),
    };

    static (string Name, LayerConfig Config) Child(JsonElement json, LayerConfig.Allowance allowance, LayerConfig parent)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("name", out JsonElement name)
            || name.ValueKind != JsonValueKind.String)
            throw new InvalidDataException($"{parent}: expected a list of layers, each with a \"name\"");
        return (name.GetString()!, Read(json, allowance, parent, name.GetString()!));
    }

    /// <summary>Writes the description of a layer as a JSON object.</summary>
    internal static void Write(Utf8JsonWriter json, LayerConfig config, string? name = null)
    {
        json.WriteStartObject();
        if (name is not null) json.WriteString("name", name);
        json.WriteString("type", config.Type);
        foreach ((string argument, object value) in config.Arguments)
        {
            json.WritePropertyName(argument);
            switch (value)
            {
                case double number: json.WriteNumberValue(number); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case string text: json.WriteStringValue(text); break;
                case LayerConfig layer: Write(json, layer); break;
                case (string, LayerConfig)[] layers:
                    json.WriteStartArray();
                    foreach ((string child, LayerConfig layer) in layers) Write(json, layer, child);
                    json.WriteEndArray();
                    break;
            }
        }
        json.WriteEndObject();
    }
}
