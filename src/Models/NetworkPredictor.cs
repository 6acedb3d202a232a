using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>A network behind the <see cref="Predictor"/> door: scaler, weights and labels are fitted on the training rows.</summary>
public sealed class NetworkPredictor : Predictor
{
    const int BatchRows = 16 * Trainer.ShardRows;   // windows that are copied out of the series at a time

    const string WeightsKey = "weights", Int8 = "int8", Float32 = "float32";

    readonly NetworkModel options;
    Model? network;
    Scaler? scaler;
    History? history;

    /// <summary>An untrained network.</summary>
    public NetworkPredictor(NetworkModel options) => this.options = options;

    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <inheritdoc/>
    public override Scaler? Scaler => scaler;

    /// <summary>The network; known after <see cref="Fit"/>.</summary>
    public Model Network => network ?? throw new InvalidOperationException($"{options.Name}: expected a fitted model, got one that was never fitted");

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(context);
        (training, validation) = (training.Of(options.Features), validation.Of(options.Features));
        if (training.Count == 0) throw new ArgumentException($"{options.Name}: expected training rows, got none");
        Labels = LabelRule.Fit(training, options.NeutralShare);
        scaler = Scaler.Fit(training);
        network = new Model(options.Build(training.InputShape[1]), context.Seed);
        var trainer = new Trainer(network, options.Loss(), options.Optimizer(), options.Training(context.Seed) with { Threads = context.Threads });
        history = trainer.Fit(Prepare(training), Prepare(validation), options.Callbacks(), context.Progress, context.Cancellation);
        return new FitResult(history);

        Windows Prepare(Windows rows) => rows.Scaled(scaler).Labelled(Labels, options.HasMagnitudeHead);
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length != options.Window)
            throw new ArgumentException($"{options.Name}: expected windows of {options.Window} candles, got {rows.Length}");
        var predictions = new Prediction[rows.Count];
        if (rows.Count == 0) return predictions;
        Tape tape = Network.Tape();
        Windows scaled = rows.Of(options.Features).Scaled(scaler!);
        Shape one = scaled.InputShape;
        Tensor x = default;
        Span<float> p = stackalloc float[3];
        for (int first = 0; first < rows.Count; first += BatchRows)
        {
            int[] batch = [.. Enumerable.Range(first, Math.Min(BatchRows, rows.Count - first))];
            if (x.IsEmpty || x.Shape[0] != batch.Length) x = new Tensor(batch.Length, one[0], one[1]);
            scaled.Copy(batch, x.Span, default);
            Tensor y = Network.Predict(scaled.HasLengths ? x.WithLengths([.. batch.Select(scaled.Steps)]) : x, tape);
            for (int i = 0; i < batch.Length; i++)
            {
                y.Row(i)[..3].CopyTo(p);
                if (options.NeutralShare == 0) p[1] = float.NegativeInfinity;     // two classes
                Probabilities.Softmax(p, p);
                predictions[first + i] = new Prediction(p[0], p[1], p[2]);
            }
        }
        return predictions;
    }

    /// <summary>The same predictor with int8 weights, which is not trained further; see <see cref="NeuralCore.Model.Quantize"/>.</summary>
    /// <exception cref="InvalidOperationException">It is not fitted, or quantised already.</exception>
    public NetworkPredictor Quantize() => new(options) { Labels = Labels, network = Network.Quantize(), scaler = scaler, history = history };

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata, Network.IsQuantized ? json => json.WriteString(WeightsKey, Int8) : null);
        scaler!.Save(Path.Combine(folder, "scaler.json"));
        history?.Save(Path.Combine(folder, "training_history.json"));
        Network.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        scaler = Scaler.Load(Path.Combine(folder, "scaler.json"), options.Features.Features.Count);
        string path = Path.Combine(folder, "model.safetensors");
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: is missing; expected a folder with a trained model");
        Model loaded = NeuralCore.Model.FromFile(options.Build(scaler.Width), path);
        string expected = config.TryGetProperty(WeightsKey, out JsonElement said) ? said.GetString() ?? "" : Float32, got = loaded.IsQuantized ? Int8 : Float32;
        if (got != expected) throw new InvalidDataException($"{path}: expected weights of {expected}, as config.json says, got {got}");
        foreach (Parameter parameter in loaded.Parameters.Concat(loaded.Buffers))
            foreach (float value in parameter.Value)
                if (!float.IsFinite(value)) throw new InvalidDataException($"{path}: '{parameter.Name}': expected finite weights, got {value}");
        network = loaded;
    }
}
