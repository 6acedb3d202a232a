using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// A named, versioned list of features: the columns that a model sees. It is saved in config.json and rebuilt from it; a change of a
/// feature's definition gets the set a new version. A set of one's own has another name than those of <see cref="All"/> and any distinct
/// registered features.
/// </summary>
/// <param name="Name">Name on the command line, for example <c>extended</c>.</param>
/// <param name="Version">Version of the definitions.</param>
/// <param name="Features">Names of the columns, in order: see <see cref="Feature.All"/>.</param>
public sealed record FeatureSet(string Name, int Version, IReadOnlyList<string> Features)
{
    static readonly string[] Reversal7 = ["z0", "clv0", "tb0", "mz0", "mclv", "mtb0", "vwd"];
    static readonly string[] Reversal12 = [.. Reversal7, "upw", "dnw", "v24", "rng", "btc0"];

    /// <summary>
    /// All sets: <c>week3</c>, the six of <see cref="Week3Signals"/>; <c>standard</c>, twenty indicators of open, high, low, close and
    /// volume; <c>extended</c>, order flow, cross-pair, volatility-scaled returns, candle shape, time; <c>reversal7</c>,
    /// <c>reversal12</c>, <c>blend8</c> and <c>rule3</c>, small sets for the short-term reversal; <c>volatility</c>, ranges and volumes
    /// over their medians of seven days. Columns of these five are clipped to [-12, 12], in <c>extended</c> too; the Week-3 signals, hour
    /// and weekday are as they are. <c>zigzag</c> is <c>standard</c> and the running leg of a zigzag (<see cref="Leg"/>).
    /// </summary>
    public static IReadOnlyList<FeatureSet> All { get; } =
    [
        new("week3", 1, Week3Signals.Names),
        new("standard", 1, [.. StandardFeatures.All.Select(f => f.Name)]),
        new("extended", 1, [.. Reversal12, "vwd24", "mtb4", "pos12", "btb0", .. Week3Signals.Names, "hour", "weekday"]),
        new("reversal7", 1, Reversal7),
        new("reversal12", 1, Reversal12),
        new("blend8", 1, ["vwd", "vwd24", "mtb4", "tb0", "btb0", "pos12", "clv0", "mclv"]),
        new("rule3", 1, ["vwd", "vwd24", "mtb4"]),
        new("volatility", 1, [.. RangeFeatures.All.Select(f => f.Name), "z0", "clv0", "hour", "weekday"]),
        new("zigzag", 1, [.. StandardFeatures.All.Concat(LegFeatures.All).Select(f => f.Name)]),
    ];

    /// <summary>The set of a name.</summary>
    /// <exception cref="ArgumentException">There is no such set.</exception>
    public static FeatureSet Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"features '{name}': expected one of {string.Join(", ", All.Select(s => s.Name))}");

    /// <summary>Whether values depend on the other pairs: such a set needs all pairs that a model was trained with.</summary>
    public bool NeedsAllPairs => Definitions.Any(f => f.Needs.HasFlag(FeatureNeeds.AllPairs));

    /// <summary>The features.</summary>
    /// <exception cref="ArgumentException">A name is not registered.</exception>
    public IEnumerable<Feature> Definitions => Features.Select(Feature.Named);

    /// <summary>Computes the set: <c>[pair][feature][candle]</c>, NaN while a value is not known.</summary>
    /// <exception cref="InvalidDataException">A pair lacks what a feature needs; see <see cref="For"/>.</exception>
    /// <exception cref="ArgumentException">The set looks across pairs of different timeframes, or a column is too short.</exception>
    public double[][][] Compute(IReadOnlyList<Candles> pairs, CancellationToken cancellation = default)
        => Compute([.. For(pairs, leaveOut: false).Definitions], pairs, cancellation);

    /// <summary>Computes features, registered or not: <c>[pair][feature][candle]</c>.</summary>
    /// <exception cref="ArgumentException">The pairs do not fit together, or a column does not have one value a candle.</exception>
    public static double[][][] Compute(
        IReadOnlyList<Feature> features, IReadOnlyList<Candles> pairs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        var market = new Market(pairs);
        return [.. market.Pairs.Select(pair => features.Select(feature =>
        {
            cancellation.ThrowIfCancellationRequested();
            double[] column = pair.Of(feature.Column);
            return column.Length == pair.Count ? column : throw new ArgumentException(
                $"feature '{feature.Name}' of {pair.Candles.Symbol}: expected {pair.Count} values, got {column.Length}");
        }).ToArray())];
    }

    /// <summary>The set for these pairs.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="leaveOut">
    /// What becomes of features for which a pair lacks a column, or the market its leader: they are left out, so that name and version stay
    /// and the columns are fewer; or they are an error.
    /// </param>
    /// <exception cref="InvalidDataException">Something is lacking; the message says what, and which features need it.</exception>
    public FeatureSet For(IReadOnlyList<Candles> pairs, bool leaveOut)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var missing = Missing(pairs).ToList();
        if (missing.Count == 0) return this;
        if (leaveOut) return this with { Features = [.. Features.Except(missing.Select(m => m.Feature))] };
        throw new InvalidDataException($"features '{Name}': {Lacking(pairs)}; give such candles, or take the set without these features");
    }

    /// <summary>
    /// What these pairs lack for the set, in words, for example <c>BTCUSDT has no quote volume, which vwd, vwd24 need</c>; empty where they
    /// lack nothing.
    /// </summary>
    public string Lacking(IReadOnlyList<Candles> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return string.Join("; ", Missing(pairs).GroupBy(m => m.What, m => m.Feature)
            .Select(g => $"{g.Key}, which {string.Join(", ", g)} need{(g.Count() == 1 ? "s" : "")}"));
    }

    /// <summary>The features that cannot be computed from these pairs, each with what is lacking.</summary>
    IEnumerable<(string Feature, string What)> Missing(IReadOnlyList<Candles> pairs)
    {
        string? quote = Lacking(p => p.QuoteVolume, "quote volume"), taker = Lacking(p => p.TakerBuyVolume, "taker-buy volume");
        string? leader = pairs.Any(p => p.Base == Market.LeaderBase) ? null : $"no pair has base {Market.LeaderBase}";
        foreach (Feature feature in Definitions)
        {
            string? what = feature.Needs.HasFlag(FeatureNeeds.QuoteVolume) && quote is not null ? quote
                : feature.Needs.HasFlag(FeatureNeeds.TakerBuyVolume) && taker is not null ? taker
                : feature.Needs.HasFlag(FeatureNeeds.Leader) ? leader : null;
            if (what is not null) yield return (feature.Name, what);
        }

        string? Lacking(Func<Candles, double[]?> column, string name)
            => pairs.FirstOrDefault(p => column(p) is null) is { } pair ? $"{pair.Symbol} has no {name}" : null;
    }

    /// <summary>Writes <c>{name, version, columns}</c>, a value of config.json.</summary>
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
    /// <param name="json">The value.</param>
    /// <param name="file">Where it stands, for the message.</param>
    /// <exception cref="InvalidDataException">The version or the columns are not known; the message says what is.</exception>
    public static FeatureSet Read(JsonElement json, string file = "config.json")
    {
        try
        {
            return new FeatureSet(json.GetProperty("name").GetString() ?? "", json.GetProperty("version").GetInt32(),
                [.. json.GetProperty("columns").EnumerateArray().Select(c => c.GetString() ?? "")]).Checked();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: features: expected {{name, version, columns}}, got another form: {e.Message}", e);
        }
    }

    /// <summary>
    /// This set, if it is one of <see cref="All"/> with its columns or some of them in their order, or one of another name with any
    /// distinct registered features: what a model may be trained on, since its folder can be read again.
    /// </summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    internal FeatureSet Checked()
    {
        if (Name.Length == 0) throw new ArgumentException("features: expected a name, got none");
        FeatureSet? known = All.FirstOrDefault(s => s.Name == Name);
        if (known is not null && Version != known.Version)
            throw new ArgumentException($"features '{Name}': expected version {known.Version}, got {Version}");
        string[] valid = known is null
            ? [.. Definitions.Select(feature => feature.Name).Distinct()]
            : [.. known.Features.Where(Features.Contains)];
        if (valid.Length > 0 && valid.SequenceEqual(Features)) return this;
        string expected = known is null ? "distinct columns" : $"columns {string.Join(", ", known.Features)}, or some of them in "
            + "this order";
        throw new ArgumentException(
            $"features '{Name}': expected {expected}, got {(Features.Count == 0 ? "none" : string.Join(", ", Features))}");
    }

    /// <summary>Sets are equal by name, version and columns.</summary>
    public bool Equals(FeatureSet? other)
        => other is not null && Name == other.Name && Version == other.Version && Features.SequenceEqual(other.Features);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Version, Features.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} v{Version}: {string.Join(", ", Features)}";
}
