using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// Features know nothing of the future: deleting later candles, or multiplying them by a million, changes no bit of them. See
/// <see cref="FeatureChecks.Truncation(FeatureSet, IReadOnlyList{Candles}, int, CancellationToken)"/>.
/// </summary>
static class FeatureTruncation
{
    public static AuditResult Check(IReadOnlyList<Feature> features, IReadOnlyList<Candles> pairs, int cuts,
        CancellationToken cancellation = default)
    {
        AuditLeak[] leaks = [.. FeatureChecks.Truncation(features, pairs, cuts, cancellation)
            .Select(leak => new AuditLeak(leak.Feature, leak.Symbol, leak.Candle, leak.OpenTime, leak.ToString()))];
        return AuditResult.Of("features",
            $"{features.Count} features of {pairs.Count} pairs keep every bit when later candles are deleted or "
            + $"multiplied by a million, at {cuts} random times and at the last candle", leaks);
    }
}
