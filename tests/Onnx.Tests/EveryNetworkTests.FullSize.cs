using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Onnx.Tests;

// At their default sizes, on real windows where ../shared is there: networks as they are drawn and as they are after some training.
public sealed partial class EveryNetworkTests
{
    const int History = 8000, Runs = 200, Shortest = 3;   // candles, windows in ONNX Runtime, steps of the shortest window

    static readonly Lazy<Candles[]> Real = new(() => [.. ((string[])["BTC", "ETH"]).Select((name, i) =>
    {
        string? path = Reference.Folder is { } onnx
            ? Path.Combine(Path.GetDirectoryName(onnx)!, "data", "klines", $"{name}USDT", $"{name}_4h.parquet") : null;
        return File.Exists(path) ? CandleFile.Read(path, $"{name}USDT", name, Timeframe.Parse("4h")).Candles.Part(..History)
            : WithAllColumns(SimulatedMarket.Create(new() { Pairs = 2, Candles = History, Seed = 8 }).Candles[i]);
    })]);

    public static IEnumerable<TheoryDataRow<string, string>> Sizes()
        => from model in DirectionModel.All.OfType<NetworkModel>()
           from set in ((string[])["standard", "extended"])
               .Select(set => model.WithFeatures(FeatureSet.Named(set)).Features.Name).Distinct()
           select new TheoryDataRow<string, string>(model.Name, set);

    [Theory, Trait("Speed", "Slow")]
    [MemberData(nameof(Sizes))]
    public void Predicts_at_full_size_what_the_model_does(string name, string set)
    {
        var model = (NetworkModel)DirectionModel.Named(name) with { Epochs = 1 };
        if (model.Features.Name != set) model = (NetworkModel)model.WithFeatures(FeatureSet.Named(set));
        MarketSeries[] series = MarketSeries.Of(Real.Value, model.FeatureSets);
        bool anyLength = model is not (MultiTimeframeModel or LinearModel);
        Windows all = Windows.Select(series, model.Window, (_, _) => true), some = anyLength
            ? Windows.Select(series, model.Window, (_, _) => true, minimumLength: Shortest) : all;
        foreach (bool train in (bool[])[false, true])
        {
            NetworkModel trained = train ? model : (NetworkModel)model.With("learning_rate", 1e-12);
            var floats = (NetworkPredictor)trained.Create();
            Windows training = all.Take([.. Enumerable.Range(0, 256)]), validation = all.Take([.. Enumerable.Range(300, 32)]);
            floats.Fit(training, validation, new FitContext(Seed: train ? 3u : 4u));
            foreach (bool int8 in (bool[])[false, true])
                foreach (bool lengths in anyLength ? (bool[])[false, true] : [false])
                {
                    NetworkPredictor predictor = int8 ? floats.Quantize() : floats;
                    (double absolute, double relative) = (1e-6, 4e-6);   // int8 too, so that a whole number that differs is seen
                    string path = Path.Combine(folder, "full.onnx");
                    OnnxPredictor.Export(predictor, path, new OnnxPredictorOptions { Lengths = lengths });
                    string file = $"full-{name}-{set}{(train ? "-trained" : "")}{(lengths ? "-lengths" : "")}{(int8 ? "-int8" : "")}";
                    var runs = new RuntimeCase(file, File.ReadAllBytes(path));
                    OnnxPredictor read = OnnxPredictor.FromFile(path);
                    foreach ((int first, int count) in new[] { (7, 1), (0, 32), (400, Runs) })
                    {
                        Windows rows = (lengths ? some : all).Take([.. Enumerable.Range(first, count)]);
                        float[] returns = predictor.Forecast(rows);
                        if (count == 1)
                        {
                            float[] expected = Values(predictor.Predict(rows));
                            Reference.Near($"{file} probabilities", expected, Values(read.Predict(rows)), absolute, relative);
                            Reference.Near($"{file} returns", returns, read.Forecast(rows), absolute, relative);
                        }
                        Add(runs, predictor, rows, fold: false, returns, absolute, relative);
                    }
                    runs.Write();
                }
        }
    }
}
