using System.Globalization;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>What a feature needs besides a pair's open, high, low, close and volume.</summary>
[Flags]
public enum FeatureNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Volume in units of the quote asset.</summary>
    QuoteVolume = 1,

    /// <summary>Volume bought by takers.</summary>
    TakerBuyVolume = 2,

    /// <summary>The other pairs of the market: its values depend on which pairs are given.</summary>
    AllPairs = 4,

    /// <summary>The pair with base <see cref="Market.LeaderBase"/> among them.</summary>
    Leader = 8,
}

/// <summary>
/// A named function from a pair, seen within its market, to one value a candle. The value of candle t is known at its close: it depends
/// on nothing that closes later, in this pair or another, and is NaN where it is not known yet.
/// </summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Needs">What must be there.</param>
/// <param name="Column">The function.</param>
public sealed record Feature(string Name, FeatureNeeds Needs, Func<MarketPair, double[]> Column)
{
    static readonly Lazy<Dictionary<string, Feature>> ByName = new(() =>
        new[] { Week3Features.All, StandardFeatures.All, ReversalFeatures.All, MarketFeatures.All, LegFeatures.All, RangeFeatures.All }
            .SelectMany(features => features).ToDictionary(feature => feature.Name));

    /// <summary>
    /// Candles, its own among them, that a value is computed from, beside what a <see cref="Recursion"/> carries from before them; of a
    /// feature of longer candles, so many of those. A feature that does not say so is taken to need
    /// <see cref="LongSpan"/>, in which an average over 26 candles forgets what was before.
    /// </summary>
    public int Span { get; init; } = LongSpan;

    /// <summary>Days, beside the candles of <see cref="Span"/>, that a value is computed from.</summary>
    public int SpanDays { get; init; }

    /// <summary>Candles of a timeframe that a value is computed from.</summary>
    public int SpanOf(Timeframe timeframe) => Span + (int)Math.Ceiling(SpanDays * 86_400e6 / timeframe.Microseconds);

    /// <summary>Candles of a feature that does not say how many it needs.</summary>
    public const int LongSpan = 512;

    /// <summary>A feature of open, high, low, close and volume.</summary>
    public Feature(string name, Func<MarketPair, double[]> column) : this(name, FeatureNeeds.None, column) { }

    /// <summary>All registered features.</summary>
    public static IReadOnlyCollection<Feature> All => ByName.Value.Values;

    /// <summary>
    /// The registered feature of a name, or that of <c>name@k</c>: of candles k times as long, see <see cref="OnLonger"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Feature Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ByName.Value.TryGetValue(name, out Feature? feature)) return feature;
        int at = name.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && ByName.Value.TryGetValue(name[..at], out feature)
            && int.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int k) && k is >= 2 and <= 1000
                ? feature.OnLonger(k)
                : throw new ArgumentException($"feature '{name}': expected one of {string.Join(", ", ByName.Value.Keys)}");
    }

    /// <summary>
    /// This feature of candles <paramref name="k"/> times as long, seen from the pair's own: its value at the last of them that has closed
    /// when the own candle closes (<see cref="MultiTimeframe.Align"/>). Across pairs it sees their longer candles, too.
    /// </summary>
    /// <param name="k">How many times as long, at least 2.</param>
    /// <returns>A feature named, for example, <c>rsi_14@4</c>.</returns>
    public Feature OnLonger(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 2);
        return new(string.Create(CultureInfo.InvariantCulture, $"{Name}@{k}"), Needs, pair =>
        {
            if (Needs.HasFlag(FeatureNeeds.AllPairs)) pair.LookAcross();
            return MultiTimeframe.Seen(pair.OnLonger(k).Of(Column), pair.LastClosed(k));
        })
        { Span = Math.Max(Span, k), SpanDays = SpanDays };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
