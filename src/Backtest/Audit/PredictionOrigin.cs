using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// Predictions come from candles that have closed: those of test rows before a time keep every bit when the candles from then on are
/// deleted or multiplied by a million. A difference is traced to the feature that differs in the row's window, if one does.
/// </summary>
static class PredictionOrigin
{
    public static AuditResult Check(
        Pipeline pipeline, IReadOnlyList<Candles> pairs, Fold fold, Func<Windows, Prediction[]> predict, int cuts,
            CancellationToken cancellation = default)
    {
        Windows whole = Rows(pairs, fold.TestTo);
        Prediction[] expected = predict(whole);
        var known = Enumerable.Range(0, whole.Count).ToDictionary(row => (whole.Rows[row].Pair, Time(whole, row)));
        long[] times = [.. Enumerable.Range(0, whole.Count).Select(row => Time(whole, row)).Distinct().Order()];
        if (times.Length < 2) throw new InvalidDataException($"audit: expected test rows at two times or more, got {times.Length}");
        var leaks = new List<AuditLeak>();
        // The first cut leaves one time: what a prediction takes from the rows beside it shows most there.
        foreach (long cut in Enumerable.Range(0, cuts + 1).Select(k => times[Math.Max(1, (int)((long)k * (times.Length - 1) / cuts))])
            .Distinct())
            foreach (FutureChange change in (FutureChange[])[FutureChange.Deleted, FutureChange.Multiplied])
            {
                cancellation.ThrowIfCancellationRequested();
                Windows rows = Rows([.. pairs.Select(p => FeatureChecks.Changed(p, cut, change))], cut);
                if (First(rows, cut, change) is { } leak) leaks.Add(leak);
            }
        return AuditResult.Of("predictions",
            $"{Format.Count(whole.Count)} predictions keep every bit when candles after them are deleted or "
            + $"multiplied by a million, at {cuts + 1} times", [.. leaks.DistinctBy(leak => (leak.Column, leak.Symbol))]);

        Windows Rows(IReadOnlyList<Candles> candles, long end)
            => Windows.Select([.. pipeline.Series(candles, cancellation)], pipeline.Model.Window,
            (_, time) => time >= fold.TestFrom && time < end, labelled: false);

        AuditLeak? First(Windows rows, long cut, FutureChange change)
        {
            Prediction[] actual = predict(rows);
            int rest = known.Keys.Count(key => key.Item2 < cut);
            for (int row = 0; row < rows.Count; row++)
            {
                (int pair, int end) = rows.Rows[row];
                if (!known.TryGetValue((pair, Time(rows, row)), out int of))
                    return Found("row", pair, end, "expected to have no known window, has one");
                if (Same(expected[of], actual[row])) continue;
                return DifferentFeature(pipeline.Model, whole, of, rows, row) is var (name, before, after)
                    ? Found(name, pair, end, $"expected {before:R} in the window, got {after:R}")
                    : Found("prediction", pair, end, $"expected {expected[of]}, got {actual[row]}");
            }
            if (rows.Count == rest) return null;
            HashSet<(int, long)> there = [.. Enumerable.Range(0, rows.Count).Select(row => (rows.Rows[row].Pair, Time(rows, row)))];
            (int lost, long at) = known.Keys.First(key => key.Item2 < cut && !there.Contains((key.Pair, key.Item2)));
            return Found("row", lost, pairs[lost].CountBefore(at), "expected to have a known window, has none");

            AuditLeak Found(string column, int pair, int end, string what) => AuditLeak.At(column, pairs[pair], end,
                $"{what} with candles from {Format.Iso(cut)} on "
                    + $"{(change == FutureChange.Deleted ? "deleted" : "multiplied by a million")}");
        }
    }

    /// <summary>The first feature of a row that is not the same in two series.</summary>
    static (string Feature, float Expected, float Actual)? DifferentFeature(DirectionModel model, Windows whole, int of, Windows rows,
        int row)
    {
        foreach (FeatureSet set in model.FeatureSets)
        {
            ReadOnlySpan<float> a = whole.Of(set).Window(of), b = rows.Of(set).Window(row);
            for (int i = 0; i < a.Length; i++)
                if (BitConverter.SingleToInt32Bits(a[i]) != BitConverter.SingleToInt32Bits(b[i]))
                    return (set.Features[i % set.Features.Count], a[i], b[i]);
        }
        return null;
    }

    static long Time(Windows rows, int row) => rows.Series[rows.Rows[row].Pair].Candles.OpenTime[rows.Rows[row].End];

    /// <summary>Whether two predictions are the same to the bit.</summary>
    public static bool Same(Prediction a, Prediction b) => Bits(a) == Bits(b);

    static (int, int, int) Bits(Prediction p) =>
        (BitConverter.SingleToInt32Bits(p.Down), BitConverter.SingleToInt32Bits(p.Neutral), BitConverter.SingleToInt32Bits(p.Up));
}
