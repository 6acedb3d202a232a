using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Onnx.Tests;

/// <summary>Every named model that is a network, exported, on real windows where ../shared is there.</summary>
public sealed class PredictorTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnx").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static readonly Lazy<MarketSeries> Series = new(() =>
    {
        string? path = Reference.Folder is { } onnx
            ? Path.Combine(Path.GetDirectoryName(onnx)!, "data", "klines", "BTCUSDT", "BTC_4h.parquet") : null;
        Candles candles = File.Exists(path) ? CandleFile.Read(path, "BTCUSDT", "BTC", Timeframe.Parse("4h")).Candles.Part(..900)
            : SimulatedMarket.Create(new() { Pairs = 1, Candles = 900 }).Candles[0];
        return MarketSeries.Week3(candles);
    });

    /// <summary>Whole windows, or those of 3 to 20 candles where the features begin.</summary>
    static Windows Rows(bool lengths, int first, int count)
    {
        Windows all = Windows.Select([Series.Value], 20, (_, _) => true, minimumLength: lengths ? 3 : null);
        return all.Take([.. Enumerable.Range(first, count)]);
    }

    static DirectionModel Model(string name) => name switch
    {
        "ensemble" => new EnsembleModel { Network = new V31 { Epochs = 1 } },
        "v3 two classes" => new V3 { Epochs = 1, NeutralShare = 0 },
        _ => ((NetworkModel)DirectionModel.Named(name)) with { Epochs = 1 },
    };

    [Theory]
    [InlineData("linear", false, false), InlineData("linear", true, false)]
    [InlineData("v3", false, false), InlineData("v3", true, true), InlineData("v3 two classes", true, false)]
    [InlineData("v3.1", false, false), InlineData("v3.1", true, true)]
    [InlineData("v3.2", true, false), InlineData("v3.2", false, true)]
    [InlineData("ensemble", false, true)]
    public void Predicts_what_the_model_predicts(string name, bool fold, bool lengths)
        => Compare(name, fold, lengths, int8: false, 1e-6, 4e-6);

    [Theory]
    [InlineData("linear", false, false), InlineData("v3", true, true), InlineData("v3 two classes", false, false)]
    [InlineData("v3.1", false, true), InlineData("v3.2", true, false), InlineData("ensemble", true, false)]
    public void Predicts_what_the_int8_model_predicts(string name, bool fold, bool lengths)
        => Compare(name, fold, lengths, int8: true, 0, 1e-3);

    void Compare(string name, bool fold, bool lengths, bool int8, double absolute, double relative)
    {
        Predictor trained = Model(name).Create();
        trained.Fit(Rows(lengths: false, 100, 300), Rows(lengths: false, 400, 100), new FitContext(Seed: 3));
        var network = (NetworkPredictor)trained.Members[^1];
        if (int8) network = network.Quantize();
        string path = Path.Combine(folder, "model.onnx");
        var facts = new Dictionary<string, string> { ["pairs"] = "BTC", ["timeframe"] = "4h" };
        OnnxPredictor.Export(network, path, new OnnxPredictorOptions { FoldScaler = fold, Lengths = lengths, Training = facts });

        OnnxPredictor read = OnnxPredictor.FromFile(path);
        Assert.Equal(network.Model.Settings, read.Model.Settings);
        Assert.Equal(network.Model.Features, read.Model.Features);
        Assert.Equal(network.Labels, read.Labels);
        Assert.Equal(facts, read.Training);
        Assert.Equal(network.Scaler!.ToJson(), read.Scaler!.ToJson());
        var file = new RuntimeCase($"{name}{(fold ? "-folded" : "")}{(lengths ? "-lengths" : "")}{(int8 ? "-int8" : "")}".Replace(' ', '-'),
            File.ReadAllBytes(path));
        foreach ((int first, int count) in new[] { (7, 1), (0, 32), (500, 32) })
        {
            Windows rows = Rows(lengths, first, count);
            Prediction[] expected = network.Predict(rows), got = read.Predict(rows);
            Reference.Near("probabilities", Values(expected), Values(got), absolute, relative);
            Add(file, network, rows, fold, lengths, Values(expected), absolute, relative);
        }
        file.Write();
    }

    static float[] Values(Prediction[] predictions) => [.. predictions.SelectMany(p => new[] { p.Down, p.Neutral, p.Up })];

    static void Add(RuntimeCase file, NetworkPredictor network, Windows rows, bool fold, bool lengths, float[] probabilities,
        double absolute, double relative)
    {
        int n = rows.Count, columns = network.Model is V31 ? 4 : 3;
        int[] all = [.. Enumerable.Range(0, n)];
        Windows scaled = rows.Scaled(network.Scaler!);
        var x = new Tensor(n, 20, 6);
        scaled.Copy(all, x.Span, default);
        if (lengths) x = x.WithLengths([.. all.Select(rows.Steps)]);
        Tensor y = network.Network.Predict(x, network.Network.Tape());
        float[] input = x.Span.ToArray();
        if (fold) rows.Copy(all, input, default);
        var inputs = new Dictionary<string, OnnxTensor> { ["features"] = OnnxTensor.From(input, n, 20, 6) };
        if (lengths) inputs["lengths"] = OnnxTensor.From([.. all.Select(row => (long)rows.Steps(row))], n);
        var outputs = new Dictionary<string, OnnxTensor>
        {
            ["probabilities"] = OnnxTensor.From(probabilities, n, 3),
            ["logits"] = OnnxTensor.From([.. all.SelectMany(row => y.Row(row)[..3].ToArray())], n, 3),
        };
        if (columns == 4) outputs["magnitude"] = OnnxTensor.From([.. all.Select(row => y[row, 3])], n, 1);
        file.Add(inputs, outputs, absolute, relative);
    }

    [Fact]
    public void Says_what_cannot_be_exported()
    {
        Predictor ensemble = Model("ensemble").Create(), v2 = new V2().Create();
        string path = Path.Combine(folder, "model.onnx");
        ArgumentException e = Assert.Throws<ArgumentException>(() => OnnxPredictor.Export(ensemble, path));
        Assert.Contains("expected a network, got ensemble predictor, which asks v2 predictor and v3.1 predictor", e.Message);
        Assert.Contains("which has no layers", Assert.Throws<ArgumentException>(() => OnnxPredictor.Export(v2, path)).Message);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Reads_only_what_says_how_to_predict()
    {
        string path = Path.Combine(folder, "plain.onnx");
        OnnxExport.Save(new Model(new Dense(3, 2), seed: 1), new Shape(3), path);
        Assert.Equal($"{path}: expected a direction model exported by NeuralCore, with metadata 'config', got none",
            Assert.Throws<InvalidDataException>(() => OnnxPredictor.FromFile(path)).Message);
        Assert.Throws<FileNotFoundException>(() => OnnxPredictor.FromFile(Path.Combine(folder, "none.onnx")));
    }
}
