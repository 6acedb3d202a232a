using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// Rows stay in their part, in the audited fold and in those of a backtest: the parts of a fold follow each other, and so do the test parts
/// of the folds; the label of a training row is known by the end of the training part, that of a validation row by the end of the
/// validation part (the purge), both before the test begins; no test row is decided before it. As training rows always lie before test
/// rows, none are left that an embargo after the test would have to remove.
/// </summary>
static class RowTimes
{
    /// <param name="rows">From a fold to its rows.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="series">The pairs.</param>
    /// <param name="label">When labels are known.</param>
    /// <param name="cancellation">Ends the check.</param>
    public static AuditResult Check(Func<IReadOnlyList<MarketSeries>, Fold, Parts> rows, IReadOnlyList<Fold> folds,
        IReadOnlyList<MarketSeries> series, Func<Candles, Label> label, CancellationToken cancellation = default)
    {
        Label[] labels = [.. series.Select(s => label(s.Candles))];
        var leaks = new List<AuditLeak>();
        long training = 0, validation = 0, test = 0;
        foreach (Fold fold in folds)
        {
            cancellation.ThrowIfCancellationRequested();
            Parts parts = rows(series, fold);
            (training, validation, test) = (training + parts.Training.Count, validation + parts.Validation.Count, test + parts.Test.Count);
            AuditLeak?[] found =
            [
                First("training row", parts.Training, fold.TrainFrom, Math.Min(fold.TrainTo, fold.TestFrom), known: true),
                First("validation row", parts.Validation, Math.Max(fold.ValidateFrom, fold.TrainTo), Math.Min(fold.ValidateTo, fold.TestFrom), known: true),
                First("test row", parts.Test, fold.TestFrom, fold.TestTo, known: false),
            ];
            leaks.AddRange(found.OfType<AuditLeak>());
        }
        return AuditResult.Of("rows", $"in {folds.Count} folds the labels of {Format.Count(training)} training and {Format.Count(validation)} validation rows are "
            + $"known by the end of their part, before the first of {Format.Count(test)} test rows", leaks);

        AuditLeak? First(string what, Windows part, long from, long to, bool known)
        {
            foreach ((int pair, int end) in part.Rows)
            {
                Candles candles = part.Series[pair].Candles;
                long time = candles.OpenTime[end];
                if (time < from || time >= to)
                    return AuditLeak.At(what, candles, end, $"expected from {Format.Iso(from)} on and before {Format.Iso(to)}");
                if (known && labels[pair].KnownAt[end] > to)
                    return AuditLeak.At(what, candles, end, $"expected a label known by {Format.Iso(to)}, where its part ends, "
                        + $"got one known at {Known(labels[pair].KnownAt[end])}");
            }
            return null;
        }

        static string Known(long time) => time == long.MaxValue ? "no time" : Format.Iso(time);
    }
}
