using System.Text;
using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>Explanations as JSON, an object a line.</summary>
static class ExplanationJson
{
    public static string Line(Explanation e)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("time", Format.Iso(e.Candles.OpenTime[e.Candle]));
            json.WriteString("pair", e.Candles.Base);
            Probabilities(json, e.Prediction);
            json.WriteString("call", Name(e.Prediction.Call));
            JsonScores.Number(json, "return", e.Return);
            if (e.Class is { } label) json.WriteString("class", Name(label));
            else json.WriteNull("class");
            if (e.Right is { } right) json.WriteBoolean("right", right);
            else json.WriteNull("right");
            json.WriteStartArray("members");
            foreach (MemberExplanation member in e.Members) Write(json, e, member);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void Write(Utf8JsonWriter json, Explanation e, MemberExplanation member)
    {
        json.WriteStartObject();
        json.WriteString("model", member.Model);
        Probabilities(json, member.Prediction);
        json.WriteStartArray("features");
        foreach (FeatureValue feature in member.Features)
        {
            json.WriteStartObject();
            json.WriteString("name", feature.Name);
            json.WriteNumber("raw", feature.Raw);
            if (feature.Scaled is { } scaled) json.WriteNumber("scaled", scaled);
            else json.WriteNull("scaled");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("recurrent");
        foreach (RecurrentView layer in member.Recurrent) Write(json, layer);
        json.WriteEndArray();
        json.WriteStartArray("attention");
        foreach (AttentionView attention in member.Attention) Write(json, e, attention);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, RecurrentView layer)
    {
        json.WriteStartObject();
        json.WriteString("layer", layer.Layer);
        json.WriteNumber("index", layer.Index);
        json.WriteString("direction", layer.Backward ? "backward" : "forward");
        json.WriteStartObject("gates");
        foreach (GateRange gate in layer.Gates)
        {
            json.WriteStartObject($"{gate.Gate}");
            json.WriteNumber("min", gate.Min);
            json.WriteNumber("mean", gate.Mean);
            json.WriteNumber("max", gate.Max);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteNumber("h_norm", layer.HiddenNorm);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, Explanation e, AttentionView attention)
    {
        json.WriteStartObject();
        json.WriteString("layer", attention.Layer);
        json.WriteStartArray("weights");
        for (int t = 0; t < attention.Weights.Count; t++)
        {
            json.WriteStartObject();
            json.WriteString("time", Format.Iso(e.Candles.OpenTime[e.Candle - attention.Weights.Count + 1 + t]));
            json.WriteNumber("weight", attention.Weights[t]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Probabilities(Utf8JsonWriter json, Prediction p)
    {
        json.WriteNumber("p_down", p.Down);
        json.WriteNumber("p_neutral", p.Neutral);
        json.WriteNumber("p_up", p.Up);
    }

    static string Name(Direction direction) => direction.ToString().ToUpperInvariant();
}
