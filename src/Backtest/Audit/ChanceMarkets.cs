using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// The whole pipeline on markets whose best possible accuracy is known: at most half of the directions are called right on the pairs with
/// shuffled labels and on random walks, and more than half on a market with a planted signal, else the two before could not have found a leak.
/// </summary>
static class ChanceMarkets
{
    /// <summary>At most this share of audits without a leak has one of the two tests raise an alarm: each interval's level is 1 less its part of it.</summary>
    public const double FalseAlarms = 0.01;

    const double PlantedAccuracy = 0.6;

    /// <summary>Half-width of an interval over which only the coarsest leak shows.</summary>
    const double Coarse = 0.1;

    /// <summary>Trains and tests on the pairs with the direction of every candle drawn by a coin.</summary>
    public static AuditResult ShuffledLabels(
        Pipeline pipeline, IReadOnlyList<Candles> pairs, AuditOptions options, CancellationToken cancellation = default) =>
        Chance("shuffled labels", "on these pairs with the direction of every candle drawn by a coin", pipeline, options,
            seed => [.. pairs.Select(p => SurrogateMarket.Shuffled(p, seed))], cancellation);

    /// <summary>Trains and tests on simulated random walks.</summary>
    public static AuditResult RandomWalk(
        Pipeline pipeline, IReadOnlyList<Candles> pairs, AuditOptions options, CancellationToken cancellation = default) =>
        Chance("random walk", "on simulated random walks", pipeline, options,
            seed => SurrogateMarket.Simulated(pairs, 0.5, seed, cancellation: cancellation), cancellation);

    static AuditResult Chance(string check, string where, Pipeline pipeline, AuditOptions options,
        Func<ulong, Candles[]> market, CancellationToken cancellation)
    {
        double level = 1 - FalseAlarms / (2 * options.Seeds);
        var accuracies = new List<ChanceAccuracy>();
        var leaks = new List<AuditLeak>();
        for (int i = 0; i < options.Seeds; i++)
        {
            ulong seed = options.Seed + (ulong)i;
            (ChanceAccuracy rate, Windows test) = Judge(pipeline, market(seed), options, seed, level, cancellation);
            accuracies.Add(rate);
            if (rate.Interval.Contains(0.5)) continue;
            (string feature, double correlation, int row) = ChanceAccuracy.Suspect(test, pipeline.Model.FeatureSets);
            leaks.Add(AuditLeak.At(feature, test.Series[test.Rows[row].Pair].Candles, test.Rows[row].End,
                $"of all features the most correlated with the direction that follows ({correlation:F2}); accuracy {where} with seed {seed} is "
                + $"{Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)}, expected 50 % within the interval"));
        }
        string found = $"accuracy {where} is {string.Join(", ", accuracies.Select(a => $"{Format.Percent(a.Accuracy)} {Format.Range(a.Interval)}"))} "
            + $"of {Format.Count(accuracies[0].N)} directions a seed: 50 % within every interval";
        double widest = accuracies.Max(a => a.Interval.HalfWidth);
        if (leaks.Count == 0 && widest > Coarse)
            return new(check, AuditOutcome.Warning, $"{found}, which only a leak of more than {Format.Percent(widest, 0)} could have left: give more candles");
        return AuditResult.Of(check, $"{found} (both tests on such markets together: a false alarm in at most one audit of {1 / FalseAlarms:F0})", leaks);
    }

    /// <summary>
    /// Trains and tests on a market with a signal in the six Week-3 signals. Where nothing of it is found, a model that learns and sees
    /// these is not trained as it should be; one that does not, such as v2, cannot be told by these tests to be without a leak.
    /// </summary>
    public static AuditResult PlantedSignal(
        Pipeline pipeline, IReadOnlyList<Candles> pairs, AuditOptions options, CancellationToken cancellation = default)
    {
        Candles[] market = SurrogateMarket.Simulated(pairs, PlantedAccuracy, options.Seed, options.PlantedCandles, cancellation);
        (ChanceAccuracy rate, Windows test) = Judge(pipeline, market, options, options.Seed, 0.95, cancellation);
        string found = $"accuracy on a market whose best possible one is {Format.Percent(PlantedAccuracy, 0)} is {Format.Percent(rate.Accuracy)} "
            + $"{Format.Range(rate.Interval)} of {Format.Count(rate.N)} directions";
        if (rate.Interval.Low > 0.5) return new("planted signal", AuditOutcome.Pass, $"{found}: the model finds what is there");
        bool able = pipeline.Model is not V2 && Week3Signals.Names.All(name => pipeline.Features.Any(feature => feature.Name == name));
        string so = $"{found}: the model finds nothing of the signal, so the two tests before have no power";
        return able
            ? new("planted signal", AuditOutcome.Fail, so)
            { Leaks = [AuditLeak.At("signal", test.Series[test.Rows[0].Pair].Candles, test.Rows[0].End, $"expected to be found from here on; {found}")] }
            : new("planted signal", AuditOutcome.Warning, $"{so}; it {(pipeline.Model is V2 ? "learns nothing" : "does not see all signals that it lies in")}");
    }

    static (ChanceAccuracy Rate, Windows Test) Judge(
        Pipeline pipeline, IReadOnlyList<Candles> market, AuditOptions options, ulong seed, double level, CancellationToken cancellation)
    {
        Fold fold = options.Fold(market);
        Parts parts = pipeline.Rows(pipeline.Series(market, cancellation), fold);
        Fitted fitted = pipeline.Fit(parts, new FitContext(seed, null, options.Threads, cancellation));
        return (ChanceAccuracy.Of(parts.Test, fitted.Predict(parts.Test), level), parts.Test);
    }
}
