using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>Says which features of a set candles do not allow, and why.</summary>
static class MissingFeatures
{
    /// <summary>For example <c>BTCUSDT has no taker-buy volume, which tb0, mtb0 need</c>; empty where nothing is missing.</summary>
    public static string Of(FeatureSet set, IReadOnlyList<Candles> pairs)
    {
        IEnumerable<string> missing = set.Features.Except(set.For(pairs, leaveOut: true).Features);
        return string.Join("; ", missing.GroupBy(feature => Lacking(Feature.Named(feature).Needs, pairs))
            .Select(lack => $"{lack.Key}, which {string.Join(", ", lack)} need{(lack.Count() == 1 ? "s" : "")}"));
    }

    static string Lacking(FeatureNeeds needs, IReadOnlyList<Candles> pairs)
    {
        if (needs.HasFlag(FeatureNeeds.QuoteVolume) && pairs.FirstOrDefault(p => p.QuoteVolume is null) is { } quote)
            return $"{quote.Symbol} has no quote volume";
        if (needs.HasFlag(FeatureNeeds.TakerBuyVolume) && pairs.FirstOrDefault(p => p.TakerBuyVolume is null) is { } taker)
            return $"{taker.Symbol} has no taker-buy volume";
        return $"no pair has base {Market.LeaderBase}";
    }
}
