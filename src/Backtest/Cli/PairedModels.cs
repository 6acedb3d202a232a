using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Backtest.Cli;

/// <summary>A new model and the one in place on the same rows.</summary>
/// <param name="Rows">Number of rows; all have a direction.</param>
/// <param name="Losses">Mean log-loss of the direction of the new and the old one, -ln p of what came, p among up and down alone.</param>
/// <param name="Accuracies">Share of directions right of the new and the old one; a tie of up and down counts half.</param>
/// <param name="Loss">New less old, with the interval over blocks of candles.</param>
/// <param name="Accuracy">New less old.</param>
sealed record PairedModels(
    int Rows, (double New, double Old) Losses, (double New, double Old) Accuracies, Difference Loss, Difference Accuracy)
{
    const double Least = 1e-7;

    /// <summary>Compares two models as they are served.</summary>
    /// <param name="rows">Rows that neither was trained on, all with a direction.</param>
    /// <param name="candidate">The new model.</param>
    /// <param name="inPlace">The old one.</param>
    public static PairedModels Of(Windows rows, Predictor candidate, Predictor inPlace)
    {
        (double[] loss, double[] right) = Of(rows, candidate);
        (double[] oldLoss, double[] oldRight) = Of(rows, inPlace);
        var bootstrap = new BlockBootstrap([.. rows.Rows.Select(r => rows.Series[r.Pair].Candles.OpenTime[r.End])], seed: 1);
        double[] ones = [.. Enumerable.Repeat(1.0, rows.Count)];
        return new(rows.Count, (loss.Average(), oldLoss.Average()), (right.Average(), oldRight.Average()),
            bootstrap.Difference(loss, oldLoss, ones), bootstrap.Difference(right, oldRight, ones));
    }

    static (double[] Loss, double[] Right) Of(Windows rows, Predictor predictor)
    {
        // As they are served: what depends on the rows beside it is asked row by row.
        Prediction[] predictions = predictor.RowsDepend
            ? [.. rows.Rows.Select(row => predictor.Predict(rows.Series[row.Pair], row.End))] : predictor.Predict(rows);
        var (loss, right) = (new double[rows.Count], new double[rows.Count]);
        for (int i = 0; i < loss.Length; i++)
        {
            (Prediction p, bool up) = (predictions[i], rows.Value(i) > 0);
            double both = (double)p.Up + p.Down, came = both > 0 ? (up ? p.Up : p.Down) / both : 0.5;
            loss[i] = -Math.Log(Math.Clamp(came, Least, 1 - Least));
            right[i] = p.Call == Direction.Neutral ? 0.5 : p.Call == Direction.Up == up ? 1 : 0;
        }
        return (loss, right);
    }

    /// <summary>Whether the new model's loss is not higher, and its accuracy not clearly lower.</summary>
    public bool NoWorse => Loss.Value <= 0 && Accuracy.Interval.High >= 0;

    /// <summary>The figures in words.</summary>
    public string Reason => FormattableString.Invariant($"log-loss {Losses.New:F5} against {Losses.Old:F5}, ")
        + FormattableString.Invariant($"difference {Loss.Value:+0.00000;-0.00000;0} ")
        + FormattableString.Invariant($"[{Loss.Interval.Low:+0.00000;-0.00000;0}, {Loss.Interval.High:+0.00000;-0.00000;0}]; ")
        + $"accuracy {Format.Percent(Accuracies.New)} against {Format.Percent(Accuracies.Old)}, "
        + $"difference {Format.Points(Accuracy.Value)} points "
        + $"{Format.Range(Accuracy.Interval)} on {Format.Count(Rows)} rows";

    /// <summary>Writes the figures as keys of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("rows", Rows);
        Pair("log_loss", Losses, Loss);
        Pair("accuracy", Accuracies, Accuracy);

        void Pair(string name, (double New, double Old) values, Difference difference)
        {
            json.WriteStartObject(name);
            json.WriteNumber("candidate", values.New);
            json.WriteNumber("in_place", values.Old);
            json.WriteNumber("difference", difference.Value);
            json.WriteStartArray("interval");
            json.WriteNumberValue(difference.Interval.Low);
            json.WriteNumberValue(difference.Interval.High);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
