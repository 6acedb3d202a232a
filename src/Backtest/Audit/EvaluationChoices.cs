using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// What a report chooses of a model before it judges it, by the code that reports use: the confidence threshold of a strategy, the
/// thresholds of the <see cref="CoverageCurve"/> and the temperature of the <see cref="Recalibration"/>. They get the test rows too, as
/// they do in a report, so a choice that looks at these comes out different with others.
/// </summary>
static class EvaluationChoices
{
    /// <summary>The fit with what is chosen by its validation rows.</summary>
    public static Fitted Of(DirectionModel model, Parts parts, Fitted fitted)
    {
        TestRows rows = Rows(parts, fitted.Labels);
        Prediction[] test = fitted.Predict(parts.Test), seen = fitted.Predict(parts.Validation);
        var predictions = new ModelPredictions
        {
            Model = model.Name, Down = [.. test.Select(p => p.Down)], Neutral = [.. test.Select(p => p.Neutral)], Up = [.. test.Select(p => p.Up)],
            ConfidenceThreshold = [ModelPredictions.TopTenth([.. seen.Select(p => p.Down)], [.. seen.Select(p => p.Up)])],
            Validation = [seen], Epochs = [0],
        };
        double[] returns = [.. Enumerable.Range(0, parts.Validation.Count).Select(parts.Validation.NextReturn)];
        return fitted with
        {
            ConfidenceThreshold = predictions.ConfidenceThreshold[0],
            Temperature = Recalibration.Of(rows, [returns], predictions)!.Temperatures[0],
            CoverageThresholds = [.. DirectionCalls.Of(rows, predictions).Coverage(predictions, out _).Points.Select(point => point.Thresholds[0])],
        };
    }

    static TestRows Rows(Parts parts, LabelRule labels)
    {
        Windows test = parts.Test;
        int rises = Enumerable.Range(0, parts.Training.Count).Sum(row => Math.Sign(parts.Training.NextReturn(row)));
        var majority = new byte[test.Count];
        Array.Fill(majority, rises >= 0 ? TestRows.Up : TestRows.Down);
        return new TestRows
        {
            Pair = [.. test.Rows.Select(row => row.Pair)],
            Time = Of((candles, end) => candles.OpenTime[end]),
            Fold = new int[test.Count],
            Return = [.. Enumerable.Range(0, test.Count).Select(test.NextReturn)],
            Label = [.. Enumerable.Range(0, test.Count).Select(row => (byte)labels.Class(test.NextReturn(row)))],
            LastReturn = Of((candles, end) => candles.Close[end] / candles.Close[end - 1] - 1),
            Momentum = Of(TestRows.MomentumAt),
            Majority = majority,
        };

        T[] Of<T>(Func<Candles, int, T> value) => [.. test.Rows.Select(row => value(test.Series[row.Pair].Candles, row.End))];
    }
}
