using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// Rows stay in their part: the label of a training row is known by the end of the training part, that of a validation row by the end of the
/// validation part, both before the test begins; no test row is decided before it.
/// </summary>
static class RowTimes
{
    public static AuditResult Check(Parts parts, Fold fold, Func<Candles, Label> label)
    {
        Label[] labels = [.. parts.Training.Series.Select(series => label(series.Candles))];
        IEnumerable<AuditLeak?> leaks =
        [
            First("training row", parts.Training, fold.TrainFrom, Math.Min(fold.TrainTo, fold.TestFrom)),
            First("validation row", parts.Validation, fold.ValidateFrom, Math.Min(fold.ValidateTo, fold.TestFrom)),
            First("test row", parts.Test, fold.TestFrom, long.MaxValue),
        ];
        return AuditResult.Of("rows", $"the labels of {Format.Count(parts.Training.Count)} training and "
            + $"{Format.Count(parts.Validation.Count)} validation rows are known by the end of their part, before the first of {Format.Count(parts.Test.Count)} test rows", [.. leaks.OfType<AuditLeak>()]);

        AuditLeak? First(string what, Windows rows, long from, long to)
        {
            foreach ((int pair, int end) in rows.Rows)
            {
                Candles candles = rows.Series[pair].Candles;
                if (candles.OpenTime[end] < from) return AuditLeak.At(what, candles, end, $"expected from {Format.Iso(from)} on");
                if (to < long.MaxValue && labels[pair].KnownAt[end] > to)
                    return AuditLeak.At(what, candles, end, $"expected a label known by {Format.Iso(to)}, where its part ends, "
                        + $"got one known at {Known(labels[pair].KnownAt[end])}");
            }
            return null;
        }

        static string Known(long time) => time == long.MaxValue ? "no time" : Format.Iso(time);
    }
}
