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
/// <c>logits</c> (batch, 3), or (batch, 2) of DOWN and UP, or none where forecasts tell the direction, and where the model has them
/// <c>magnitude</c> (batch, 1) and <c>returns</c> (batch, horizons), the forecast returns.
/// <para>Metadata: <c>config</c>, the model's config.json; <c>scaler</c>, its scaler.json; <c>scaler_folded</c>, whether the graph scales;
/// <c>feature_names</c> and <c>classes</c>, separated by commas; <c>window</c>, candles of a window; <c>label_threshold</c>, the return
/// that UP exceeds and DOWN falls below.</para>
/// </summary>
public sealed class OnnxPredictor : Predictor
{
    const string FeaturesInput = "features", Probabilities = "probabilities", Returns = "returns";
    const string Config = "config", ScalerText = "scaler", Folded = "scaler_folded";
    const int BatchRows = 16 * Trainer.ShardRows, Classes = 3;

    readonly OnnxModel network;
    readonly bool folded, takesLengths;

    OnnxPredictor(OnnxModel network, string path)
    {
        this.network = network;
        using JsonDocument config = JsonDocument.Parse(Text(Config));
        (Model, Labels) = ReadConfig(config.RootElement, path);
        Training = Texts(config.RootElement);
        Scaler = Scaler.Parse(Text(ScalerText), path, Model.Inputs.Features.Count);
        folded = bool.Parse(Text(Folded));
        takesLengths = network.Inputs.Any(port => port.Name == OnnxExport.LengthsInput);
        Require(network.Inputs, OnnxType.Float, FeaturesInput, null, Model.Window, Scaler.Width);
        if (takesLengths) Require(network.Inputs, OnnxType.Int64, OnnxExport.LengthsInput, [null]);
        Require(network.Outputs, OnnxType.Float, Probabilities, null, Classes);
        if (Model.Horizons.Count > 0) Require(network.Outputs, OnnxType.Float, Returns, null, Model.Horizons.Count);
        if (network.Inputs.Count > (takesLengths ? 2 : 1))
            throw new FormatException($"expected no other inputs than '{FeaturesInput}' and '{OnnxExport.LengthsInput}', "
                + $"got {string.Join(", ", network.Inputs)}");

        string Text(string key) => network.Metadata.TryGetValue(key, out string? text) ? text
            : throw new FormatException($"expected a direction model exported by NeuralCore, with metadata '{key}', got none");
    }

    /// <summary>Requires an input or output, whose axes are open or of the sizes that the model says; the batch, null, is open.</summary>
    static void Require(IReadOnlyList<OnnxPort> ports, OnnxType type, string name, params int?[] sizes)
    {
        OnnxPort? port = ports.FirstOrDefault(port => port.Name == name);
        if (port?.Type != type || port.Shape is { } shape
            && (shape.Count != sizes.Length || shape.Zip(sizes).Any(axis => axis.First.Size is int own && own != axis.Second)))
            throw new FormatException($"expected '{name}' {type} ({string.Join(", ", sizes.Select(size => size?.ToString() ?? "batch"))}), "
                + $"as its metadata say, got {(port is null ? $"none among {string.Join(", ", ports)}" : port)}");
    }

    /// <inheritdoc/>
    public override DirectionModel Model { get; }

    /// <inheritdoc/>
    public override Scaler? Scaler { get; }

    /// <summary>Reads a file that <see cref="Export"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or does not say how to predict with it.</exception>
    public static OnnxPredictor FromFile(string path)
    {
        OnnxModel network = OnnxModel.Load(path);
        try
        {
            return new OnnxPredictor(network, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException
            or ArithmeticException)
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
        if (predictor is not NetworkPredictor
            {
                Model: NetworkModel model, Network: var network, Scaler: { } scaler,
                Labels: { } labels
            } trained)
            throw new ArgumentException($"ONNX: expected a network, got {predictor}, which "
                + (predictor.Members.Count > 1 ? $"asks {string.Join(" and ", predictor.Members)}: export its members that are networks"
                    : "has no layers"));
        var export = new ModelExport(new Shape(model.Window, scaler.Width),
            new OnnxExportOptions { Opset = options.Opset, Input = FeaturesInput, Lengths = options.Lengths });
        Flow y = export.Add(network.Root, options.FoldScaler ? Scaled(export, scaler) : export.X);
        Flow logits = Logits(export, model, y);
        if (model.Classes > 0) export.Output("logits", logits);
        if (model.HasMagnitudeHead) export.Output("magnitude", Columns(export, y, model.Classes, 1));
        if (model.Horizons.Count > 0) export.Output(Returns, Forecasts(export, model, y, trained.Deviations));
        export.Output(Probabilities, Votes(export, model, logits));
        OnnxFile.Write(path, export.Finish(new Dictionary<string, string>
        {
            [Config] = ConfigText(predictor, options.Training),
            [ScalerText] = scaler.ToJson(),
            [Folded] = options.FoldScaler ? "true" : "false",
            ["feature_names"] = string.Join(',', model.Inputs.Features),
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
                $"ONNX: expected a scaler that shifts and divides, got '{scaler.Kind}', which cannot be folded into a graph: "
                + "export without folding it"),
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

    /// <summary>The logits of the classes; without any, the first forecast times ±½·1.702, as the predictor takes it.</summary>
    static Flow Logits(ModelExport export, NetworkModel model, Flow y)
    {
        if (model.Classes > 0) return Columns(export, y, 0, model.Classes);
        string slope = export.Graph.Constant<float>("slope", [-NetworkModel.HalfLogistic, NetworkModel.HalfLogistic], 2);
        return new Flow(export.Graph.Node("Mul", [Columns(export, y, 0, 1).Name, slope]), y.Shape.WithLast(2), HasLengths: false);
    }

    /// <summary>Probabilities of DOWN, NEUTRAL and UP; with two classes NEUTRAL gets none.</summary>
    static Flow Votes(ModelExport export, NetworkModel model, Flow logits)
    {
        GraphBuilder graph = export.Graph;
        string votes = logits.Shape[-1] == Classes ? logits.Name
            : graph.Node("Gather", [logits.Name, graph.Integers(0, 0, 1)], ("axis", -1));
        if (model.NeutralShare == 0 || logits.Shape[-1] < Classes)
            votes = graph.Node("Add", [votes, graph.Constant<float>("two_classes", [0, float.NegativeInfinity, 0], Classes)]);
        return new Flow(graph.Node("Softmax", [votes], ("axis", -1)), logits.Shape.WithLast(Classes), HasLengths: false);
    }

    /// <summary>The forecast returns: outputs times the deviations of the horizons.</summary>
    static Flow Forecasts(ModelExport export, NetworkModel model, Flow y, IReadOnlyList<double> deviations)
    {
        Flow own = Columns(export, y, model.FirstReturn, deviations.Count);
        float[] units = [.. deviations.Select(d => (float)d)];
        return own with { Name = export.Graph.Node("Mul", [own.Name, export.Graph.Constant<float>("deviations", units, units.Length)]) };
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
        => throw new NotSupportedException($"{Model.Name} of an ONNX file: expected a model in a folder to fit, "
            + "got a file to predict with");

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        float[] p = Run(rows, Probabilities, Classes);
        return [.. Enumerable.Range(0, p.Length / Classes)
            .Select(i => new Prediction(p[Classes * i], p[Classes * i + 1], p[Classes * i + 2]))];
    }

    /// <inheritdoc/>
    public override float[] Forecast(Windows rows) => Model.Horizons.Count == 0 ? [] : Run(rows, Returns, Model.Horizons.Count);

    /// <summary>An output of all rows, (rows, columns).</summary>
    float[] Run(Windows rows, string output, int columns)
    {
        Windows seen = Seen(rows);
        if (seen.HasLengths && !takesLengths)
            throw new ArgumentException($"{Model.Name}: expected whole windows, since the file was exported without lengths");
        if (!folded) seen = seen.Scaled(Scaler!);
        var all = new float[seen.Count * columns];
        for (int first = 0; first < seen.Count; first += BatchRows)
        {
            int[] batch = [.. Enumerable.Range(first, Math.Min(BatchRows, seen.Count - first))];
            var x = new float[batch.Length * seen.InputShape.Count];
            seen.Copy(batch, x, default);
            OnnxTensor<float> features = OnnxTensor.From(x, batch.Length, seen.InputShape[0], seen.InputShape[1]);
            var inputs = new Dictionary<string, OnnxTensor> { [FeaturesInput] = features };
            if (takesLengths)
                inputs[OnnxExport.LengthsInput] = OnnxTensor.From([.. batch.Select(row => (long)seen.Steps(row))], batch.Length);
            float[] y = network.Run(inputs).TryGetValue(output, out OnnxTensor? tensor) ? tensor.Floats()
                : throw new InvalidDataException($"{Model.Name}: expected an output '{output}', got {string.Join(", ", network.Outputs)}");
            if (y.Length != columns * batch.Length)
                throw new InvalidDataException($"{Model.Name}: expected {columns} {output} a row, got {y.Length} for {batch.Length} rows");
            y.CopyTo(all, first * columns);
        }
        return all;
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
        => throw new NotSupportedException($"{Model.Name} of an ONNX file: is saved as that file");

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config) { }
}
