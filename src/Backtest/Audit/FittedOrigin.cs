using System.Globalization;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// What is fitted comes from the rows that it may come from: fitted again on candles with each <see cref="OtherFuture"/>, it keeps every
/// bit. Scalers and label threshold come from training rows alone, so all from the validation part on is changed for them; confidence
/// thresholds, temperature and the model itself come from training and validation rows, so the test part is changed.
/// </summary>
/// <param name="parts">Rows of the true candles.</param>
/// <param name="fitted">What was fitted on them.</param>
/// <param name="changed">What was fitted on candles with other futures.</param>
/// <param name="cut">When these begin.</param>
sealed class FittedOrigin(Parts parts, Fitted fitted, IReadOnlyList<Fitted> changed, long cut)
{
    /// <summary>Scaled training rows are the same.</summary>
    public AuditResult Scalers() => Result("scaler", fitted.Scalers.Count == 0 ? "the model sees features unscaled, there is no scaler"
        : $"{fitted.Scalers.Sum(s => s.Scaler.Width)} features of the training rows are scaled to the same bits, whatever candles follow the training part",
        changed.SelectMany(other => fitted.Scalers.Zip(other.Scalers, (s, o) => Scaled(s.Features, s.Scaler, o.Scaler)).SelectMany(leaks => leaks)));

    /// <summary>The rule that makes classes of returns is the same.</summary>
    public AuditResult Labels() => Result("label threshold",
        $"a move of {Format.Percent(fitted.Labels.Threshold, 4)} parts NEUTRAL from UP and DOWN, whatever candles follow the training part",
        [.. Later("label threshold", f => f.Labels.Threshold), .. Later("mean move", f => f.Labels.MeanMove)]);

    /// <summary>The threshold of the most confident tenth is the same.</summary>
    public AuditResult Confidence() => Result("confidence threshold",
        $"the most confident tenth begins at {Format.Percent(fitted.ConfidenceThreshold)}, whatever candles are tested",
        Later("confidence threshold", f => f.ConfidenceThreshold));

    /// <summary>The thresholds of the coverage curve are the same.</summary>
    public AuditResult Coverage() => Result("coverage thresholds",
        $"those of {fitted.CoverageThresholds.Count} coverages are the same bits, whatever candles are tested",
        fitted.CoverageThresholds.SelectMany((_, i) => Later($"threshold of {Format.Percent(CoverageCurve.Coverages[i], 0)} coverage", f => f.CoverageThresholds[i])));

    /// <summary>The temperature is the same.</summary>
    public AuditResult Temperature() => Result("temperature",
        $"probabilities are recalibrated with temperature {fitted.Temperature.ToString("F4", CultureInfo.InvariantCulture)}, whatever candles are tested",
        Later("temperature", f => f.Temperature));

    /// <summary>The model is the same: it says the same of validation rows.</summary>
    public AuditResult Training()
    {
        Prediction[] a = fitted.Predict(parts.Validation);
        return Result("training", $"models trained with other test candles give the same bits on {Format.Count(a.Length)} validation rows", changed.SelectMany(other =>
        {
            Prediction[] b = other.Predict(parts.Validation);
            return Enumerable.Range(0, a.Length).Where(row => !PredictionOrigin.Same(a[row], b[row])).Take(1).Select(row => AuditLeak.At("prediction",
                Candles(parts.Validation, row), parts.Validation.Rows[row].End,
                $"expected {a[row]} of a validation row, got {b[row]} from a model trained with other candles from {Format.Iso(cut)} on"));
        }));
    }

    /// <summary>The first training row of each feature that two scalers do not scale alike.</summary>
    IEnumerable<AuditLeak> Scaled(FeatureSet features, Scaler scaler, Scaler other)
    {
        Windows rows = parts.Training.Of(features), a = rows.Scaled(scaler), b = rows.Scaled(other);
        int width = features.Features.Count;
        for (int f = 0; f < width; f++)
            for (int row = 0; row < rows.Count; row++)
            {
                float expected = a.Window(row)[^(width - f)], actual = b.Window(row)[^(width - f)];
                if (Same(expected, actual)) continue;
                yield return AuditLeak.At(features.Features[f], Candles(rows, row), rows.Rows[row].End, $"expected the scaled value {expected:R} of a "
                    + $"training row whatever comes later, got {actual:R} with other candles from {Format.Iso(cut)} on");
                break;
            }
    }

    /// <summary>A number that is not the same, at the first candle that it can have come from.</summary>
    IEnumerable<AuditLeak> Later(string column, Func<Fitted, double> value)
    {
        double expected = value(fitted);
        Candles candles = parts.Training.Series.Select(series => series.Candles)
            .Where(c => c.CountBefore(cut) < c.Count).MinBy(c => c.OpenTime[c.CountBefore(cut)])!;
        return changed.Select(value).Where(actual => !Same(expected, actual)).Take(1).Select(actual => AuditLeak.At(column, candles, candles.CountBefore(cut),
            $"expected {Format.Number(expected)} whatever candles come from here on, got {Format.Number(actual)} with others"));
    }

    static AuditResult Result(string check, string pass, IEnumerable<AuditLeak> leaks) => AuditResult.Of(check, pass, [.. leaks.DistinctBy(leak => leak.Column)]);

    static Candles Candles(Windows rows, int row) => rows.Series[rows.Rows[row].Pair].Candles;

    static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);
}
