using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>A model without training, a function of a window, behind the <see cref="Predictor"/> door; a fit only learns the label
/// threshold.</summary>
/// <param name="options">The model.</param>
/// <param name="prediction">The prediction of a raw window (T, I) of the model's own length and features.</param>
public sealed class UntrainedPredictor(DirectionModel options, Func<ReadOnlySpan<float>, Prediction> prediction) : Predictor
{
    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        Labels = LabelRule.Fit(training, options.NeutralShare);
        return new FitResult(null);
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        rows = Seen(rows);
        var predictions = new Prediction[rows.Count];
        for (int row = 0; row < predictions.Length; row++) predictions[row] = prediction(rows.Window(row));
        return predictions;
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata) => WriteConfig(folder, metadata);

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config) { }
}
