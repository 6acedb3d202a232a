using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>What a model saw, thought and said at one candle, and what happened.</summary>
/// <param name="Candles">The pair.</param>
/// <param name="Candle">Index of the candle at whose close the prediction is made.</param>
/// <param name="Prediction">Probabilities of the next candle's direction.</param>
/// <param name="Return">Return to the next candle's close; NaN where it is not yet known.</param>
/// <param name="Class">Class of that return by the model's labels; null where it is not yet known.</param>
/// <param name="Members">The members of an ensemble, or the one model.</param>
public sealed record Explanation(
    Candles Candles, int Candle, Prediction Prediction, double Return, Direction? Class, IReadOnlyList<MemberExplanation> Members)
{
    /// <summary>
    /// Whether the direction called came; null where it is not yet known, where the price did not move and where nothing was called.
    /// </summary>
    public bool? Right => double.IsNaN(Return) || Return == 0 || Prediction.Call == Direction.Neutral
        ? null : Math.Sign(Return) == Prediction.Call - Direction.Neutral;

    /// <summary>Explains the predictions of rows. A row's numbers are those of <see cref="Predictor.Predict(Windows)"/>.</summary>
    /// <param name="predictor">A trained model.</param>
    /// <param name="rows">Rows of its window length, not scaled.</param>
    public static IReadOnlyList<Explanation> Of(Predictor predictor, Windows rows)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(rows);
        Prediction[] predictions = predictor.Predict(rows);
        MemberExplanation[][] members = [.. predictor.Members.Select(member => MemberExplanation.Of(member, rows))];
        return [.. rows.Rows.Select((row, i) =>
        {
            double next = rows.NextReturn(i);
            Direction? label = double.IsNaN(next) || predictor.Labels is null ? null : predictor.Labels.Class(next);
            return new Explanation(rows.Series[row.Pair].Candles, row.End, predictions[i], next, label, [.. members.Select(m => m[i])]);
        })];
    }
}

/// <summary>What one model saw, thought and said at one candle.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Prediction">Probabilities of the next candle's direction.</param>
/// <param name="Features">Features of the candle.</param>
/// <param name="Recurrent">Every layer and direction of its recurrent layers.</param>
/// <param name="Attention">Its attention layers.</param>
public sealed record MemberExplanation(string Model, Prediction Prediction, IReadOnlyList<FeatureValue> Features,
    IReadOnlyList<RecurrentView> Recurrent, IReadOnlyList<AttentionView> Attention)
{
    /// <summary>Looks into a model at every row.</summary>
    internal static MemberExplanation[] Of(Predictor member, Windows rows)
    {
        FeatureSet set = member.Model.Inputs;
        Windows raw = rows.OfLength(member.Model.Window).Of(set);
        Windows? scaled = member.Scaler is { } scaler ? raw.Scaled(scaler) : null;
        Prediction[] predictions = member.Predict(rows);
        var inside = member is NetworkPredictor network && scaled is not null ? new NetworkView(network.Network, scaled) : null;
        return [.. predictions.Select((prediction, row) =>
        {
            inside?.Look(row);
            return new MemberExplanation(member.Model.Name, prediction, Values(row), inside?.Recurrent ?? [], inside?.Attention ?? []);
        })];

        FeatureValue[] Values(int row) => [.. set.Features.Select((name, f) =>
        {
            int at = set.Features.Count - f;
            return new FeatureValue(name, raw.Window(row)[^at], scaled is null ? null : scaled.Window(row)[^at]);
        })];
    }
}

/// <summary>One feature of a candle.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Raw">Its value.</param>
/// <param name="Scaled">The value that the model sees; null where it sees the raw one.</param>
public sealed record FeatureValue(string Name, float Raw, float? Scaled);
