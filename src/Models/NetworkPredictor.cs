using System.Collections.Concurrent;
using System.Text.Json;
using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>A network behind the <see cref="Predictor"/> door: scaler, weights and labels are fitted on the training rows.</summary>
public sealed class NetworkPredictor : Predictor
{
    // Windows, and values of them, that are copied out of the series at a time.
    const int BatchRows = 16 * Trainer.ShardRows, BatchValues = 1 << 20;

    const string WeightsKey = "weights", Int8 = "int8", Float32 = "float32";

    // Settings of the training: what goes on from given weights may have others.
    static readonly HashSet<string> ofTraining =
    [
        "epochs", "steps_per_epoch", "patience", "batch_size", "learning_rate", "decay", "dropout", "encoder_dropout", "weight_decay",
        "momentum", "magnitude_weight", "return_weight", "plateau_factor", "plateau_patience",
    ];

    readonly NetworkModel options;
    ConcurrentBag<(Tape Tape, Tensor X)> warm = [];   // of the network, one for each thread that predicts
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
    public Model Network
        => network ?? throw NotFitted();

    /// <summary>Deviation √(mean r²) of the return of each horizon in the training rows: the unit of the network's forecasts.</summary>
    public IReadOnlyList<double> Deviations { get; private set; } = [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no training rows, or <see cref="FitContext.From"/> is another model.</exception>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(context);
        (training, validation) = (Known(training), Known(validation));
        if (training.Count == 0) throw new ArgumentException($"{options.Name}: expected training rows, got none");
        (network, warm) = (new Model(options.Build(training.InputShape[1]), context.Seed), []);
        if (context.From is { } from) GoOnFrom(from);
        else
        {
            Labels = LabelRule.Fit(training, options.NeutralShare);
            scaler = Scaler.Fit(training);
            Deviations = [.. options.Horizons.Select(h => NetworkRows.Deviation(training, h))];
        }
        TrainerOptions how = options.Training(context.Seed) with { Threads = context.Threads };
        var trainer = new Trainer(network, options.Loss(), options.Optimizer(), how);
        history = trainer.Fit(Prepare(training), Prepare(validation), options.Callbacks(), context.Progress, context.Cancellation);
        return new FitResult(history);

        NetworkRows Prepare(Windows rows) => new(rows.Scaled(scaler!), options, Labels!, Deviations);
    }

    /// <summary>The rows as the model sees them, of which all that it learns from is known.</summary>
    Windows Known(Windows rows)
    {
        rows = Seen(rows);
        foreach (int horizon in options.Horizons) rows = rows.For(HorizonReturn.Of(horizon));
        return rows.For(options.Target);
    }

    /// <summary>Weights, labels and scaler of a model that was trained before, on other rows.</summary>
    void GoOnFrom(Predictor from)
    {
        if (from is not NetworkPredictor { network: { IsQuantized: false } trained, options: var other } before
            || other.Name != options.Name)
            throw Other($" that is not quantised, got {from}");
        foreach (((string name, double wanted), (_, double got)) in options.Settings.Zip(other.Settings))
            if (got != wanted && !ofTraining.Contains(name)) throw Other(Invariant($" with {name} {wanted}, got one with {name} {got}"));
        if (!other.Inputs.Equals(options.Inputs)) throw Other($" on features {options.Inputs}, got one on {other.Inputs}");
        if (!trained.Parameters.Select(p => (p.Name, p.Shape)).SequenceEqual(Network.Parameters.Select(p => (p.Name, p.Shape)))
            || !other.Horizons.SequenceEqual(options.Horizons)) throw Other(" of the same sizes and horizons, got another");
        trained.State.CopyTo(Network.State);
        Network.ParametersChanged();
        (Labels, scaler, Deviations) = (before.Labels, before.scaler, before.Deviations);

        ArgumentException Other(string problem) => new($"{options.Name}: expected to go on from a fitted {options.Name}{problem}");
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        var predictions = new Prediction[Seen(rows).Count];
        Run(rows, (row, y) => predictions[row] = Read(y));
        return predictions;
    }

    /// <inheritdoc/>
    public override float[] Forecast(Windows rows)
    {
        int horizons = options.Horizons.Count, first = options.FirstReturn;
        var returns = new float[Seen(rows).Count * horizons];
        if (horizons == 0) return returns;
        Run(rows, (row, y) =>
        {
            for (int h = 0; h < horizons; h++) returns[row * horizons + h] = (float)(y[first + h] * Deviations[h]);
        });
        return returns;
    }

    /// <summary>Gets a row and the network's outputs of it.</summary>
    delegate void Reader(int row, ReadOnlySpan<float> outputs);

    void Run(Windows rows, Reader read)
    {
        if (rows.Count == 0) return;
        (Tape tape, Tensor x) = warm.TryTake(out var used) ? used : (Network.Tape(), default);
        Windows seen = Seen(rows);
        bool alone = rows.Count == 1;     // is scaled in the batch; of several, which share candles, each candle is scaled once before
        if (!alone) seen = seen.Scaled(scaler!);
        Shape one = seen.InputShape;
        int most = Math.Max(Trainer.ShardRows, Math.Min(BatchRows, BatchValues / one.Count));
        for (int first = 0; first < rows.Count; first += most)
        {
            int[] batch = [.. Enumerable.Range(first, Math.Min(most, rows.Count - first))];
            if (x.IsEmpty || x.Shape[0] != batch.Length) x = new Tensor(batch.Length, one[0], one[1]);
            seen.Copy(batch, x.Span, default);
            if (alone) scaler!.ApplyTo(x.Span[..(seen.Steps(0) * one[1])]);
            Tensor y = Network.Predict(seen.HasLengths ? x.WithLengths([.. batch.Select(seen.Steps)]) : x, tape);
            for (int i = 0; i < batch.Length; i++) read(first + i, y.Row(i));
        }
        warm.Add((tape, x));
    }

    /// <summary>
    /// The softmax of the logits. Without logits the first forecast y, in deviations of the return, stands for them: UP with probability
    /// 1 / (1 + e^(-1.702 y)), which is near Φ(y).
    /// </summary>
    Prediction Read(ReadOnlySpan<float> y)
    {
        Span<float> p = stackalloc float[3];
        switch (options.Classes)
        {
            case 3: y[..3].CopyTo(p); break;
            case 2: (p[0], p[2]) = (y[0], y[1]); break;
            default: (p[0], p[2]) = (-NetworkModel.HalfLogistic * y[0], NetworkModel.HalfLogistic * y[0]); break;
        }
        if (options.NeutralShare == 0 || options.Classes < 3) p[1] = float.NegativeInfinity;     // two classes
        Probabilities.Softmax(p, p);
        return new Prediction(p[0], p[1], p[2]);
    }

    /// <summary>The same predictor with int8 weights, which is not trained further; see <see cref="NeuralCore.Model.Quantize"/>.</summary>
    /// <exception cref="InvalidOperationException">It is not fitted, or quantised already.</exception>
    public NetworkPredictor Quantize() => new(options)
    {
        Labels = Labels, network = Network.Quantize(), scaler = scaler, history = history, Deviations = Deviations,
    };

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata, json =>
        {
            if (Network.IsQuantized) json.WriteString(WeightsKey, Int8);
            if (Deviations.Count == 0) return;
            json.WriteStartArray("deviations");
            foreach (double deviation in Deviations) json.WriteNumberValue(deviation);
            json.WriteEndArray();
        });
        scaler!.Save(Path.Combine(folder, "scaler.json"));
        history?.Save(Path.Combine(folder, "training_history.json"));
        Network.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        scaler = Scaler.Load(Path.Combine(folder, "scaler.json"), options.Inputs.Features.Count);
        if (options.Horizons.Count > 0) Deviations = ReadDeviations(config, Path.Combine(folder, "config.json"));
        string path = Path.Combine(folder, "model.safetensors");
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: is missing; expected a folder with a trained model");
        Model loaded = NeuralCore.Model.FromFile(options.Build(scaler.Width), path);
        string expected = config.TryGetProperty(WeightsKey, out JsonElement said) ? said.GetString() ?? "" : Float32;
        string got = loaded.IsQuantized ? Int8 : Float32;
        if (got != expected) throw new InvalidDataException($"{path}: expected weights of {expected}, as config.json says, got {got}");
        foreach (Parameter parameter in loaded.Parameters.Concat(loaded.Buffers))
            foreach (float value in parameter.Value)
                if (!float.IsFinite(value))
                    throw new InvalidDataException($"{path}: '{parameter.Name}': expected finite weights, got {value}");
        (network, warm) = (loaded, []);
    }

    double[] ReadDeviations(JsonElement config, string path)
    {
        double[] deviations = [.. Property(config, "deviations").EnumerateArray().Select(d => d.GetDouble())];
        return deviations.Length == options.Horizons.Count && deviations.All(d => d is > 0 and < double.PositiveInfinity) ? deviations
            : throw new InvalidDataException($"{path}: expected {options.Horizons.Count} positive deviations, one a horizon, "
                + $"got {string.Join(", ", deviations)}");
    }
}
