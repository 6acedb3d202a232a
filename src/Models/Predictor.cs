using System.Globalization;

namespace NeuralCore.Models;

/// <summary>What training a predictor gave.</summary>
/// <param name="History">Epochs of the network; null for a model without training.</param>
public sealed record FitResult(History? History);

/// <summary>How a predictor is fitted.</summary>
/// <param name="Seed">Seed of all randomness.</param>
/// <param name="Progress">Called after each epoch.</param>
/// <param name="Threads">Threads that share a batch; the result does not depend on them.</param>
/// <param name="Cancellation">Ends the fit.</param>
public sealed record FitContext(ulong Seed, Action<Epoch>? Progress = null, int Threads = 1, CancellationToken Cancellation = default)
{
    /// <summary>
    /// Another fitted predictor of the same model: a network goes on from its weights, labels and scaler instead of beginning with its own.
    /// Null: from the beginning. Models that are no networks do not look at it.
    /// </summary>
    public Predictor? From { get; init; }
}

/// <summary>
/// The one door to all direction models: fit, predict, save, load. A trained predictor is a folder with config.json, scaler.json and, for
/// networks, model.safetensors and training_history.json; an ensemble's folder holds its members' folders.
/// </summary>
public abstract partial class Predictor
{
    FeatureSet? inputs;                // of the model, which makes them anew each time

    /// <summary>The model and its settings.</summary>
    public abstract DirectionModel Model { get; }

    /// <summary>How returns become classes; known after <see cref="Fit"/>.</summary>
    public LabelRule? Labels { get; private protected set; }

    /// <summary>
    /// How features are scaled before the model sees them; null before <see cref="Fit"/> and for a model that sees them raw.
    /// </summary>
    public virtual Scaler? Scaler => null;

    /// <summary>What config.json says about the training (its metadata); empty for a model that was not read from a folder.</summary>
    public IReadOnlyDictionary<string, string> Training { get; private protected set; } = new Dictionary<string, string>();

    /// <summary>Base assets of the pairs that the model was trained on, where config.json says so; else empty.</summary>
    public IReadOnlyList<string> TrainedPairs => Training.GetValueOrDefault("pairs", "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The models that this one asks: the members of an ensemble, else itself alone.</summary>
    public virtual IReadOnlyList<Predictor> Members => [this];

    /// <summary>
    /// Whether what it says of a row depends on the rows asked for with it. Served, every row is asked for alone.
    /// </summary>
    public virtual bool RowsDepend => Members.Any(member => member != this && member.RowsDepend);

    /// <summary>
    /// Learns from the training rows; the validation rows decide when to stop. Rows whose label of <see cref="DirectionModel.Target"/> is
    /// not known by their <see cref="Windows.KnownBy"/> are left out.
    /// </summary>
    public abstract FitResult Fit(Windows training, Windows validation, FitContext context);

    /// <summary>Probabilities for every row. The windows are raw (not scaled) and have this model's length, or a longer one.</summary>
    /// <exception cref="ArgumentException">The windows are shorter.</exception>
    public abstract Prediction[] Predict(Windows rows);

    /// <summary>The returns C(t+h) / C(t) - 1 that the model expects, (rows, <see cref="DirectionModel.Horizons"/>).</summary>
    public virtual float[] Forecast(Windows rows) => [];

    /// <summary>Probabilities for the candle after candle <paramref name="end"/>.</summary>
    public Prediction Predict(MarketSeries series, int end)
    {
        return Predict(Windows.At(series, Model.Window, end))[0];
    }

    /// <summary>The rows as the model sees them: its features, not scaled, and the last candles of the windows that are its own.</summary>
    /// <exception cref="ArgumentException">The windows are shorter than the model's.</exception>
    public Windows Seen(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length < Model.Window)
            throw new ArgumentException($"{Model.Name}: expected windows of {Model.Window} candles, got {rows.Length}");
        return rows.OfLength(Model.Window).Of(inputs ??= Model.Inputs);
    }

    /// <summary>The error for what only a fitted model can do.</summary>
    internal InvalidOperationException NotFitted()
        => new($"{Model.Name}: expected a fitted model, got one that was never fitted");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model.Name} predictor");
}
