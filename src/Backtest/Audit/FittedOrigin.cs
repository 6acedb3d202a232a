using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// What is fitted comes from the rows that it may come from: fitted again on candles with <see cref="OtherFuture"/>, it keeps every bit.
/// Scalers and label threshold come from training rows alone, so all from the validation part on is changed for them; the confidence
/// threshold and the model itself come from training and validation rows, so the test part is changed.
/// </summary>
static class FittedOrigin
{
    /// <summary>Scaled training rows are the same.</summary>
    public static AuditResult Scalers(Parts parts, Fitted fitted, Fitted changed, long cut)
    {
        var leaks = new List<AuditLeak>();
        foreach (((FeatureSet features, Scaler scaler), (_, Scaler other)) in fitted.Scalers.Zip(changed.Scalers))
        {
            Windows rows = parts.Training.Of(features), a = rows.Scaled(scaler), b = rows.Scaled(other);
            int width = features.Features.Count;
            for (int f = 0; f < width; f++)
                for (int row = 0; row < rows.Count; row++)
                {
                    float expected = a.Window(row)[^(width - f)], actual = b.Window(row)[^(width - f)];
                    if (Same(expected, actual)) continue;
                    leaks.Add(AuditLeak.At(features.Features[f], Candles(rows, row), rows.Rows[row].End, $"expected the scaled value {expected:R} of a "
                        + $"training row whatever comes later, got {actual:R} with other candles from {Format.Iso(cut)} on"));
                    break;
                }
        }
        return AuditResult.Of("scaler", fitted.Scalers.Count == 0 ? "the model sees features unscaled, there is no scaler"
            : $"{fitted.Scalers.Sum(s => s.Scaler.Width)} features of the training rows are scaled to the same bits, "
                + "whatever candles follow the training part", leaks);
    }

    /// <summary>The rule that makes classes of returns is the same.</summary>
    public static AuditResult Labels(Parts parts, Fitted fitted, Fitted changed, long cut)
    {
        (LabelRule a, LabelRule b) = (fitted.Labels, changed.Labels);
        (string column, double expected, double actual) = Same(a.Threshold, b.Threshold)
            ? ("mean move", a.MeanMove, b.MeanMove) : ("label threshold", a.Threshold, b.Threshold);
        return AuditResult.Of("label threshold", $"{Format.Number(a.Threshold)}, whatever candles follow the training part",
            Same(expected, actual) ? [] : [Later(column, parts, cut, expected, actual)]);
    }

    /// <summary>The threshold of the most confident tenth is the same.</summary>
    public static AuditResult Confidence(Parts parts, Fitted fitted, Fitted changed, long cut)
    {
        double expected = fitted.ConfidenceThreshold, actual = changed.ConfidenceThreshold;
        return AuditResult.Of("confidence threshold", $"{Format.Number(fitted.ConfidenceThreshold)}, whatever candles are tested",
            Same(expected, actual) ? [] : [Later("confidence threshold", parts, cut, expected, actual)]);
    }

    /// <summary>The model is the same: it says the same of validation rows.</summary>
    public static AuditResult Training(Parts parts, Fitted fitted, Fitted changed, long cut)
    {
        Prediction[] a = fitted.Predict(parts.Validation), b = changed.Predict(parts.Validation);
        int row = Enumerable.Range(0, a.Length).FirstOrDefault(i => !PredictionOrigin.Same(a[i], b[i]), -1);
        return AuditResult.Of("training", $"the model trained with other test candles gives the same bits on {Format.Count(a.Length)} validation rows",
            row < 0 ? [] : [AuditLeak.At("prediction", Candles(parts.Validation, row), parts.Validation.Rows[row].End,
                $"expected {a[row]} of a validation row, got {b[row]} from a model trained with other candles from {Format.Iso(cut)} on")]);
    }

    static AuditLeak Later(string column, Parts parts, long cut, double expected, double actual)
    {
        // The first candle that it can have come from.
        Candles candles = parts.Training.Series.Select(series => series.Candles)
            .Where(c => c.CountBefore(cut) < c.Count).MinBy(c => c.OpenTime[c.CountBefore(cut)])!;
        return AuditLeak.At(column, candles, candles.CountBefore(cut),
            $"expected {Format.Number(expected)} whatever candles come from here on, got {Format.Number(actual)} with others");
    }

    static Candles Candles(Windows rows, int row) => rows.Series[rows.Rows[row].Pair].Candles;

    static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);
}
