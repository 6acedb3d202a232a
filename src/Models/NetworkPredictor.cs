using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>A network behind the <see cref="Predictor"/> door: scaler, weights and labels are fitted on the training rows.</summary>
public sealed class NetworkPredictor : Predictor
{
    readonly NetworkModel options;
    Model? network;
    Scaler? scaler;
    History? history;

    /// <summary>An untrained network.</summary>
    public NetworkPredictor(NetworkModel options) => this.options = options;

    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <summary>The network; known after <see cref="Fit"/>.</summary>
    public Model Network => network ?? throw new InvalidOperationException($"{options.Name}: expected a fitted model, got one that was never fitted");

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(context);
        if (training.Count == 0) throw new ArgumentException($"{options.Name}: expected training rows, got none");
        Labels = LabelRule.Fit(training, options.NeutralShare);
        scaler = Scaler.Fit(training);
        network = new Model(options.Build(training.InputShape[1]), context.Seed);
        var trainer = new Trainer(network, options.Loss(), options.Optimizer(), options.Training(context.Seed) with { Threads = context.Threads });
        history = trainer.Fit(Prepare(training), Prepare(validation), context.Progress, context.Cancellation);
        return new FitResult(history);

        Windows Prepare(Windows rows) => rows.Scaled(scaler).Labelled(Labels, options.HasMagnitudeHead);
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length != options.Window) throw new ArgumentException($"{options.Name}: expected windows of {options.Window} candles, got {rows.Length}");
        var predictions = new Prediction[rows.Count];
        if (rows.Count == 0) return predictions;
        Windows scaled = rows.Scaled(scaler!);
        Tape tape = Network.Tape();
        Shape one = rows.InputShape;
        var shard = new int[Trainer.ShardRows];
        Span<float> p = stackalloc float[3];
        for (int first = 0; first < rows.Count; first += shard.Length)
        {
            int count = Math.Min(shard.Length, rows.Count - first);
            for (int i = 0; i < count; i++) shard[i] = first + i;
            var x = new Tensor(count, one[0], one[1]);
            scaled.Copy(shard.AsSpan(0, count), x.Span, default);
            Tensor y = Network.Predict(x, tape);
            for (int i = 0; i < count; i++)
            {
                Probabilities.Softmax(y.Row(i)[..3], p);
                predictions[first + i] = new Prediction(p[0], p[1], p[2]);
            }
        }
        return predictions;
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata);
        WriteJson(Path.Combine(folder, "scaler.json"), json =>
        {
            WriteNumbers(json, "mean", scaler!.Mean);
            WriteNumbers(json, "deviation", scaler.Deviation);
        });
        if (history is not null)
            WriteJson(Path.Combine(folder, "training_history.json"), json =>
            {
                json.WriteNumber("best_epoch", history.BestEpoch);
                json.WriteStartArray("epochs");
                foreach (Epoch epoch in history.Epochs)
                {
                    json.WriteStartObject();
                    json.WriteNumber("epoch", epoch.Number);
                    json.WriteNumber("training_loss", epoch.TrainingLoss);
                    if (double.IsFinite(epoch.ValidationLoss)) json.WriteNumber("validation_loss", epoch.ValidationLoss);
                    else json.WriteNull("validation_loss");
                    json.WriteNumber("learning_rate", epoch.LearningRate);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        Network.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        using JsonDocument document = ReadJson(Path.Combine(folder, "scaler.json"));
        double[] mean = Numbers(document.RootElement, "mean"), deviation = Numbers(document.RootElement, "deviation");
        int features = config.GetProperty("features").GetArrayLength();
        if (mean.Length != features || deviation.Length != features)
            throw new InvalidDataException($"{Path.Combine(folder, "scaler.json")}: expected {features} means and deviations, got {mean.Length} and {deviation.Length}");
        scaler = new Scaler(mean, deviation);
        network = new Model(options.Build(features), 0);
        network.Load(Path.Combine(folder, "model.safetensors"));
    }

    static double[] Numbers(JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];

    static void WriteNumbers(Utf8JsonWriter json, string name, double[] values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
