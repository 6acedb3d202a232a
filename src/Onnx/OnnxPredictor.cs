using System.Globalization;
using System.Text;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Onnx.Export;

namespace NeuralCore.Onnx;

/// <summary>How a trained direction model is written as an ONNX file.</summary>
public sealed record OnnxPredictorOptions
{
    /// <inheritdoc cref="OnnxExportOptions.Opset"/>
    public int Opset { get; init; } = OnnxExportOptions.OldestOpset;

    /// <inheritdoc cref="OnnxExportOptions.Lengths"/>
    public bool Lengths { get; init; }

    /// <summary>Whether the graph scales the features itself; else its input is scaled, as the metadata's <c>scaler</c> says.</summary>
    public bool FoldScaler { get; init; }

    /// <summary>Facts of the training, such as pairs and dates.</summary>
    public IReadOnlyDictionary<string, string> Training { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// A trained direction model as an ONNX file, which is enough to predict: input <c>features</c> Float (batch, time, features), the window's
/// oldest candle first, and with lengths <c>lengths</c> Int64 (batch); outputs <c>probabilities</c> (batch, 3) of DOWN, NEUTRAL and UP,
/// <c>logits</c> (batch, 3), and where the model has it <c>magnitude</c> (batch, 1).
/// <para>Metadata: <c>config</c>, the model's config.json; <c>scaler</c>, its scaler.json; <c>scaler_folded</c>, whether the graph scales;
/// <c>feature_names</c> and <c>classes</c>, separated by commas; <c>window</c>, candles of a window; <c>label_threshold</c>, the return that
/// UP exceeds and DOWN falls below.</para>
/// </summary>
public sealed class OnnxPredictor : Predictor
{
    const string FeaturesInput = "features", Probabilities = "probabilities", Config = "config", ScalerText = "scaler", Folded = "scaler_folded";
    const int BatchRows = 16 * Trainer.ShardRows, Classes = 3;

    readonly OnnxModel network;
    readonly bool folded, takesLengths;

    OnnxPredictor(OnnxModel network, string path)
    {
        this.network = network;
        using JsonDocument config = JsonDocument.Parse(Text(Config));
        (Model, Labels) = ReadConfig(config.RootElement, path);
        Training = Property(config.RootElement, "metadata").EnumerateObject()
            .ToDictionary(fact => fact.Name, fact => fact.Value.GetString() ?? "");
        Scaler = Scaler.Parse(Text(ScalerText), path, Model.Features.Features.Count);
        folded = Text(Folded) == "true";
        takesLengths = network.Inputs.Any(port => port.Name == OnnxExport.LengthsInput);
        if (network.Inputs.All(port => port.Name != FeaturesInput) || network.Outputs.All(port => port.Name != Probabilities))
            throw new FormatException($"expected an input '{FeaturesInput}' and an output '{Probabilities}', got "
                + string.Join(", ", network.Inputs.Concat(network.Outputs)));

        string Text(string key) => network.Metadata.TryGetValue(key, out string? text) ? text
            : throw new FormatException($"expected a direction model exported by NeuralCore, with metadata '{key}', got none");
    }

    /// <inheritdoc/>
    public override DirectionModel Model { get; }

    /// <inheritdoc/>
    public override Scaler? Scaler { get; }

    /// <summary>Facts of the training by name.</summary>
    public IReadOnlyDictionary<string, string> Training { get; }

    /// <summary>Reads a file that <see cref="Export"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or does not say how to predict with it.</exception>
    public static OnnxPredictor FromFile(string path)
    {
        OnnxModel network = OnnxModel.Load(path);
        try
        {
            return new OnnxPredictor(network, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or ArithmeticException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes a trained network; the file appears whole or not at all.</summary>
    /// <exception cref="ArgumentException">The model is no network, not fitted, or its scaler cannot be folded.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Export(Predictor predictor, string path, OnnxPredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxPredictorOptions();
        if (predictor is not NetworkPredictor { Model: NetworkModel model, Network: var network, Scaler: { } scaler, Labels: { } labels })
            throw new ArgumentException($"ONNX: expected a network, got {predictor}, which "
                + (predictor.Members.Count > 1 ? $"asks {string.Join(" and ", predictor.Members)}: export its members that are networks"
                    : "has no layers"));
        var export = new ModelExport(new Shape(model.Window, scaler.Width),
            new OnnxExportOptions { Opset = options.Opset, Input = FeaturesInput, Lengths = options.Lengths });
        Flow y = export.Add(network.Root, options.FoldScaler ? Scaled(export, scaler) : export.X);
        Flow logits = Columns(export, y, 0, Classes);
        export.Output("logits", logits);
        if (model.HasMagnitudeHead) export.Output("magnitude", Columns(export, y, Classes, 1));
        string votes = model.NeutralShare > 0 ? logits.Name   // with two classes NEUTRAL gets no probability
            : export.Graph.Node("Add", [logits.Name, export.Graph.Constant<float>("two_classes", [0, float.NegativeInfinity, 0], Classes)]);
        export.Output(Probabilities, logits with { Name = export.Graph.Node("Softmax", [votes], ("axis", -1)) });
        OnnxFile.Write(path, export.Finish(new Dictionary<string, string>
        {
            [Config] = ConfigText(predictor, options.Training),
            [ScalerText] = scaler.ToJson(),
            [Folded] = options.FoldScaler ? "true" : "false",
            ["feature_names"] = string.Join(',', model.Features.Features),
            ["classes"] = "DOWN,NEUTRAL,UP",
            ["window"] = model.Window.ToString(CultureInfo.InvariantCulture),
            ["label_threshold"] = labels.Threshold.ToString("R", CultureInfo.InvariantCulture),
        }));
    }

    static string ConfigText(Predictor predictor, IReadOnlyDictionary<string, string> training)
    {
        using var stream = new MemoryStream();
        predictor.WriteConfig(stream, training);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>(x - zero) / unit, in double as <see cref="Models.Scaler.Apply"/> has it, bounded.</summary>
    static Flow Scaled(ModelExport export, Scaler scaler)
    {
        (double[] zero, double[] unit) = scaler switch
        {
            StandardScaler s => (s.Mean, s.Deviation),
            RobustScaler s => (s.Median, s.Range),
            MinMaxScaler s => (s.Minimum, s.Range),
            _ => throw new ArgumentException(
                $"ONNX: expected a scaler that shifts and divides, got '{scaler.Kind}', which cannot be folded into a graph"),
        };
        GraphBuilder graph = export.Graph;
        graph.Scope = "scaler";
        string wide = graph.Node("Cast", [export.X.Name], ("to", (int)OnnxType.Double));
        string centred = graph.Node("Sub", [wide, graph.Constant<double>("zero", zero, zero.Length)]);
        string scaled = graph.Node("Div", [centred, graph.Constant<double>("unit", unit, unit.Length)]);
        string single = graph.Node("Cast", [scaled], ("to", (int)OnnxType.Float));
        string bounded = graph.Node("Clip", [single, graph.Number(-Scaler.Limit), graph.Number(Scaler.Limit)]);
        graph.Scope = "";
        return export.X with { Name = bounded };
    }

    static Flow Columns(ModelExport export, Flow y, int first, int count)
    {
        GraphBuilder graph = export.Graph;
        if (y.Shape[-1] == count) return y;
        string part = graph.Node("Slice", [y.Name, graph.Integers(first), graph.Integers(first + count), graph.Integers(-1)]);
        return new Flow(part, y.Shape.WithLast(count), HasLengths: false);
    }

    /// <summary>A model that was read is not trained further.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
        => throw new NotSupportedException($"{Model.Name} of an ONNX file: expected a model in a folder to fit, got a file to predict with");

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        Windows seen = Seen(rows);
        if (seen.HasLengths && !takesLengths)
            throw new ArgumentException($"{Model.Name}: expected whole windows, since the file was exported without lengths");
        if (!folded) seen = seen.Scaled(Scaler!);
        var predictions = new Prediction[rows.Count];
        for (int first = 0; first < rows.Count; first += BatchRows)
        {
            int[] batch = [.. Enumerable.Range(first, Math.Min(BatchRows, rows.Count - first))];
            var x = new float[batch.Length * seen.InputShape.Count];
            seen.Copy(batch, x, default);
            OnnxTensor<float> features = OnnxTensor.From(x, batch.Length, seen.InputShape[0], seen.InputShape[1]);
            var inputs = new Dictionary<string, OnnxTensor> { [FeaturesInput] = features };
            if (takesLengths) inputs[OnnxExport.LengthsInput] = OnnxTensor.From([.. batch.Select(row => (long)seen.Steps(row))], batch.Length);
            float[] p = network.Run(inputs)[Probabilities].Floats();
            if (p.Length != Classes * batch.Length)
                throw new InvalidDataException($"{Model.Name}: expected {Classes} probabilities a row, got {p.Length} for {batch.Length} rows");
            for (int i = 0; i < batch.Length; i++)
                predictions[first + i] = new Prediction(p[Classes * i], p[Classes * i + 1], p[Classes * i + 2]);
        }
        return predictions;
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
        => throw new NotSupportedException($"{Model.Name} of an ONNX file: is saved as that file");

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config) { }
}
