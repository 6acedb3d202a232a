using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// A label is known when its time says so, and not before: with the candles after a time deleted or multiplied by a million, labels known
/// by then keep every bit, and with them deleted no other label is known. No label is known at its own candle's close: it would be no
/// forecast.
/// </summary>
static class LabelTimes
{
    public static AuditResult Check(Func<Candles, Label> label, IReadOnlyList<Candles> pairs, int cuts,
        CancellationToken cancellation = default)
    {
        var leaks = new List<AuditLeak>();
        foreach (Candles pair in pairs)
        {
            Label whole = label(pair);
            int early = Enumerable.Range(0, pair.Count).FirstOrDefault(t => whole.KnownAt[t] <= whole.Start(t), -1);
            if (early >= 0) leaks.Add(AuditLeak.At("label", pair, early,
                "expected to become known after the candle's close, is said to be known then"));
            foreach (int cut in Enumerable.Range(1, cuts).Select(k => (int)((long)k * (pair.Count - 1) / cuts)).Where(cut => cut > 0)
                .Distinct())
            {
                cancellation.ThrowIfCancellationRequested();
                if (Leak(label, whole, cut, FutureChange.Deleted) is { } deleted) leaks.Add(deleted);
                if (Leak(label, whole, cut, FutureChange.Multiplied) is { } multiplied) leaks.Add(multiplied);
            }
        }
        return AuditResult.Of("labels",
            $"labels of {pairs.Count} pairs are known from the time that they state on, and no earlier, at {cuts} times",
            [.. leaks.DistinctBy(leak => leak.Symbol)]);
    }

    /// <summary>The first label that is wrong with candles from number <paramref name="cut"/> on changed.</summary>
    static AuditLeak? Leak(Func<Candles, Label> label, Label whole, int cut, FutureChange change)
    {
        Candles pair = whole.Candles;
        long now = whole.Start(cut - 1);
        Label changed = label(FeatureChecks.Changed(pair, pair.OpenTime[cut], change));
        for (int t = 0; t < cut; t++)
        {
            (bool said, double expected, double actual) = (whole.KnownAt[t] <= now, whole.Values[t], changed.Values[t]);
            if (said ? BitConverter.DoubleToInt64Bits(expected) != BitConverter.DoubleToInt64Bits(actual)
                : change == FutureChange.Deleted && !double.IsNaN(actual))
                return AuditLeak.At("label", pair, t, said
                    ? $"is said to be known at {Format.Iso(whole.KnownAt[t])}, expected {Format.Number(expected)} whatever comes later, "
                        + $"got {Format.Number(actual)}"
                    : $"expected to be unknown {(whole.IsKnown(t) ? $"before {Format.Iso(whole.KnownAt[t])}" : "for ever")}, "
                        + $"is {Format.Number(actual)} at {Format.Iso(now)}");
        }
        return null;
    }
}
