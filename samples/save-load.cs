#:project ../src/Models/Models.csproj

// Train, save, load, predict: a trained model is a folder, and what is loaded predicts the same bits.    dotnet run samples/save-load.cs
using NeuralCore.Models;

SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 2, Candles = 3_000, Seed = 1 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];
DirectionModel model = DirectionModel.Named("v3.2").With("hidden", 16).With("epochs", 2);   // by name, as a configuration file does
Windows training = Rows(0, 2_099), validation = Rows(2_100, 2_499), test = Rows(2_500, 3_000);

Predictor predictor = model.Create();
predictor.Fit(training, validation, new FitContext(Seed: 1));

string folder = Path.Combine(Path.GetTempPath(), $"neuralcore-sample-{Environment.ProcessId}");
try
{
    predictor.Save(folder, new Dictionary<string, string> { ["market"] = "simulated, seed 1" });
    foreach (FileInfo file in new DirectoryInfo(folder).GetFiles().OrderBy(f => f.Name))
        Console.WriteLine($"{file.Name,-24} {file.Length,8:N0} bytes");

    Predictor loaded = Predictor.Load(folder);
    Prediction[] before = predictor.Predict(test), after = loaded.Predict(test);
    if (!before.SequenceEqual(after)) throw new InvalidOperationException("the loaded model predicts something else");
    Console.WriteLine($"{loaded.Model.Name}: {after.Length} predictions, the same as before it was saved");

    // A live market: ask for the candle after the last one.
    Prediction next = loaded.Predict(series[1], series[1].Candles.Count - 1);
    Console.WriteLine($"{series[1].Candles.Symbol}: {next.Call} (up {next.Up:F3}, neutral {next.Neutral:F3}, down {next.Down:F3})");
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}

Windows Rows(int from, int to)
{
    long[] time = market.Candles[0].OpenTime;
    return Windows.Select(series, model.Window, (_, t) => t >= time[from] && t <= time[to - 1]);
}
