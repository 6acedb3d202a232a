using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>A named, versioned list of features.</summary>
/// <param name="Name">Name on the command line, for example <c>week3</c>.</param>
/// <param name="Version">Changes when a feature of the set changes its meaning.</param>
/// <param name="Features">Names of the columns, in order.</param>
public sealed record FeatureSet(string Name, int Version, IReadOnlyList<string> Features)
{
    /// <summary>All sets by name.</summary>
    public static IReadOnlyList<FeatureSet> All { get; } = [new("week3", 1, Week3Signals.Names),
        new("standard", 1, ["r1", "r2", "r3"]), new("reversal7", 1, ["mz0", "mclv", "tb0"])];

    /// <summary>The set of a name.</summary>
    public static FeatureSet Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"features '{name}': expected one of {string.Join(", ", All.Select(s => s.Name))}");

    /// <summary>Whether a feature of the set looks at other pairs than its own.</summary>
    public bool NeedsAllPairs => Name == "reversal7";

    /// <summary>The set for these pairs.</summary>
    public FeatureSet For(IReadOnlyList<Candles> pairs, bool leaveOut)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (!Features.Contains("tb0") || pairs.All(p => p.TakerBuyVolume is not null)) return this;
        if (!leaveOut) throw new InvalidDataException($"features {Name}: tb0 needs taker-buy volume, which {pairs.First(p => p.TakerBuyVolume is null).Base} lacks");
        return this with { Features = [.. Features.Where(f => f != "tb0")] };
    }

    /// <summary>The columns [pair][feature][candle], NaN while not known.</summary>
    public double[][][] Compute(IReadOnlyList<Candles> pairs, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        cancellation.ThrowIfCancellationRequested();
        if (Name == "week3") return [.. pairs.Select(Week3Signals.Compute)];
        int n = pairs.Max(p => p.Count);
        return [.. pairs.Select(p => Features.Select((f, i) => Enumerable.Range(0, p.Count).Select(t => t < 30 ? double.NaN
            : Name == "standard" ? (p.Close[t] / p.Close[t - i - 1] - 1)
            : f == "tb0" ? p.TakerBuyVolume![t] : pairs.Average(q => q.Close[t] / q.Close[t - i - 1] - 1)).ToArray()).ToArray())];
    }

    /// <summary>Writes {name, version, columns}.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteNumber("version", Version);
        json.WriteStartArray("columns");
        foreach (string feature in Features) json.WriteStringValue(feature);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static FeatureSet Read(JsonElement json)
    {
        FeatureSet set = Named(json.GetProperty("name").GetString() ?? "");
        int version = json.GetProperty("version").GetInt32();
        if (version != set.Version) throw new InvalidDataException($"features {set.Name}: expected version {set.Version}, got {version}");
        return set with { Features = [.. json.GetProperty("columns").EnumerateArray().Select(e => e.GetString() ?? "")] };
    }

    /// <inheritdoc/>
    public bool Equals(FeatureSet? other) =>
        other is not null && Name == other.Name && Version == other.Version && Features.SequenceEqual(other.Features);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Version, Features.Count);
}
