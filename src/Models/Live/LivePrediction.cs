using System.Buffers;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Live;

/// <summary>What a served model says of the candle after one.</summary>
/// <param name="Symbol">The pair.</param>
/// <param name="OpenTime">Open time of the last candle of the window, µs since 1970 UTC.</param>
/// <param name="Model">Name of the model that answers.</param>
/// <param name="Prediction">Its probabilities.</param>
/// <param name="Latency">Time until the answer: features, forward pass, and what a model took that failed before.</param>
public sealed record LivePrediction(string Symbol, long OpenTime, string Model, Prediction Prediction, TimeSpan Latency)
{
    /// <summary>Why the fallback answers and not the model itself; null where that one does.</summary>
    public string? Fallback { get; init; }

    /// <summary>What the probabilities are of: of <see cref="Target.Direction"/> the three directions, of another one that its value is
    /// over 0 (up) or under 0 (down).</summary>
    public Target Target { get; init; } = Target.Direction;

    /// <summary>What the model in shadow says; null where there is none.</summary>
    public ShadowPrediction? Shadow { get; init; }

    /// <summary>
    /// The line of the log: {"time", "symbol", "candle", "model", "p_down", "p_neutral", "p_up", "call", "confidence", "latency_us",
    /// "fallback": null or the reason, "shadow": null or {"model", "p_down", ..., "latency_us"} or {"model", "error"}}. A model that is
    /// judged on another target has "target", "p_above" and "p_below" in place of the three probabilities, and the target's names as
    /// "call"; none where they depend on the candle (<see cref="Target.NamesAt"/>).
    /// </summary>
    internal static byte[] Line(DateTimeOffset time, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.UtcDateTime);
            write(json);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteString("symbol", Symbol);
        json.WriteString("candle", TimeText.ToIso(OpenTime));
        json.WriteString("model", Model);
        Write(json, Target, Prediction, Latency);
        json.WriteString("fallback", Fallback);
        if (Shadow is null) json.WriteNull("shadow");
        else
        {
            json.WriteStartObject("shadow");
            json.WriteString("model", Shadow.Model);
            if (Shadow.Prediction is { } p) Write(json, Shadow.Target, p, Shadow.Latency);
            else json.WriteString("error", Shadow.Problem);
            json.WriteEndObject();
        }
    }

    static void Write(Utf8JsonWriter json, Target target, Prediction p, TimeSpan latency)
    {
        if (target == Target.Direction)
        {
            json.WriteNumber("p_down", p.Down);
            json.WriteNumber("p_neutral", p.Neutral);
            json.WriteNumber("p_up", p.Up);
            json.WriteString("call", p.Call switch { Direction.Up => "UP", Direction.Down => "DOWN", _ => "NEUTRAL" });
            json.WriteNumber("confidence", p.Confidence);
        }
        else
        {
            json.WriteString("target", target.Name);
            json.WriteNumber("p_above", p.Up);
            json.WriteNumber("p_below", p.Down);
            if (target.NamesAt is null)
                json.WriteString("call", p.Up == p.Down ? "" : p.Up > p.Down ? target.Names.Above : target.Names.Below);
            json.WriteNumber("confidence", Math.Max(p.Up, p.Down));
        }
        json.WriteNumber("latency_us", latency.Ticks / TimeSpan.TicksPerMicrosecond);
    }
}

/// <summary>What a model in shadow says.</summary>
/// <param name="Model">Its name, or its folder where it could not be read.</param>
/// <param name="Prediction">Its probabilities; null where it failed.</param>
/// <param name="Latency">Time that it took, after the answer was there.</param>
/// <param name="Problem">Why it failed; null where it did not.</param>
public sealed record ShadowPrediction(string Model, Prediction? Prediction, TimeSpan Latency, string? Problem)
{
    /// <summary>What the probabilities are of.</summary>
    public Target Target { get; init; } = Target.Direction;
}
