using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Onnx.Tests;

/// <summary>Every named model that consists of layers, exported with its two or three classes and its forecasts.</summary>
public sealed partial class EveryNetworkTests : IDisposable
{
    /// <summary>Two pairs with all columns, since some features look across pairs and at who bought.</summary>
    static readonly Candles[] candles = [.. SimulatedMarket.Create(new() { Pairs = 2, Candles = 900, Seed = 8 })
        .Candles.Select(WithAllColumns)];

    static Candles WithAllColumns(Candles c) => new()
    {
        Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime, Open = c.Open, High = c.High, Low = c.Low,
        Close = c.Close, Volume = c.Volume,
        QuoteVolume = [.. c.Volume.Zip(c.Close, (v, p) => v * p)],
        TakerBuyVolume = [.. c.Volume.Select((v, t) => v * (t * 7 % 11 + 0.5) / 12)],
    };

    readonly string folder = Directory.CreateTempSubdirectory("onnx").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Names => [.. DirectionModel.All.OfType<NetworkModel>().Select(m => m.Name)];

    /// <summary>Small, on the six signals where it takes them.</summary>
    static NetworkModel Small(string name)
    {
        var model = (NetworkModel)DirectionModel.Named(name).WithFeatures(FeatureSet.Named("week3"));
        (string Name, double Value)[] sizes = [("window", 13), ("hidden", 8), ("hidden_top", 8), ("attention", 6),
            ("units", 8), ("layers", 2),
            ("feed_forward", 16), ("middle", 2), ("longest", 3), ("steps", 6), ("epochs", 1), ("batch_size", 64)];
        foreach ((string setting, double value) in sizes)
            if (model.Settings.Any(s => s.Name == setting)) model = (NetworkModel)model.With(setting, value);
        return model;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Predicts_and_forecasts_what_the_model_does(string name) => Compare(name, int8: false, (1e-6, 1e-7, 4e-6));

    [Theory]
    [MemberData(nameof(Names))]
    public void Predicts_and_forecasts_what_the_int8_model_does(string name) => Compare(name, int8: true, (0, 0, 1e-3));

    void Compare(string name, bool int8, (double Probability, double Return, double Relative) tolerance)
    {
        NetworkModel model = Small(name);
        MarketSeries[] series = MarketSeries.Of(candles, model.FeatureSets);
        Windows all = Windows.Select(series, model.Window, (_, _) => true);
        var trained = (NetworkPredictor)model.Create();
        trained.Fit(all.Take([.. Enumerable.Range(0, 300)]), all.Take([.. Enumerable.Range(300, 100)]), new FitContext(Seed: 3));
        if (int8) trained = trained.Quantize();
        foreach (bool fold in (bool[])[false, true])
        {
            string path = Path.Combine(folder, $"{fold}.onnx");
            OnnxPredictor.Export(trained, path, new OnnxPredictorOptions { FoldScaler = fold });
            OnnxPredictor read = OnnxPredictor.FromFile(path);
            Assert.Equal(model, read.Model);
            Windows rows = all.Take([.. Enumerable.Range(420, 40)]);
            Reference.Near("probabilities", Values(trained.Predict(rows)), Values(read.Predict(rows)), tolerance.Probability,
                tolerance.Relative);
            float[] returns = trained.Forecast(rows);
            Assert.Equal(40 * model.Horizons.Count, returns.Length);
            Reference.Near("returns", returns, read.Forecast(rows), tolerance.Return, tolerance.Relative);
            var file = new RuntimeCase($"every-{name}{(fold ? "-folded" : "")}{(int8 ? "-int8" : "")}", File.ReadAllBytes(path));
            Add(file, trained, rows, fold, returns, tolerance.Probability, tolerance.Relative);
            file.Write();
        }
    }

    static void Add(RuntimeCase file, NetworkPredictor trained, Windows rows, bool fold, float[] returns, double absolute, double relative)
    {
        Windows seen = trained.Seen(rows), scaled = seen.Scaled(trained.Scaler!), given = fold ? seen : scaled;
        int[] all = [.. Enumerable.Range(0, rows.Count)], lengths = [.. all.Select(given.Steps)];
        Shape one = given.InputShape;
        var x = new Tensor(rows.Count, one[0], one[1]);
        scaled.Copy(all, x.Span, default);
        Tensor y = trained.Network.Predict(given.HasLengths ? x.WithLengths(lengths) : x, trained.Network.Tape());
        int classes = trained.Model is NetworkModel model ? model.Classes : 0;
        var outputs = new Dictionary<string, OnnxTensor>
        {
            ["probabilities"] = OnnxTensor.From(Values(trained.Predict(rows)),
            rows.Count, 3)
        };
        if (classes > 0)
            outputs["logits"] = OnnxTensor.From([.. all.SelectMany(row => y.Row(row)[..classes].ToArray())], rows.Count, classes);
        if (returns.Length > 0) outputs["returns"] = OnnxTensor.From(returns, rows.Count, returns.Length / rows.Count);
        if (fold) given.Copy(all, x.Span, default);
        var inputs = new Dictionary<string, OnnxTensor> { ["features"] = OnnxTensor.From(x) };
        if (given.HasLengths) inputs["lengths"] = OnnxTensor.From([.. lengths.Select(n => (long)n)], rows.Count);
        file.Add(inputs, outputs, absolute, relative);
    }

    static float[] Values(Prediction[] predictions) => [.. predictions.SelectMany(p => new[] { p.Down, p.Neutral, p.Up })];
}
