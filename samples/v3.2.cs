#:project ../src/Models/Models.csproj

// v3.2, one small LSTM: trained on the first candles of a simulated market, tested on the last.    dotnet run samples/v3.2.cs
using NeuralCore.Models;

// Four markets whose next direction nobody can call right more often than 65 times in 100.
SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 4, Candles = 6_000, Accuracy = 0.65, Seed = 1 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];   // candles -> six signals a candle
var model = new V32 { Epochs = 6 };

// A row is a window of 20 candles. Rows are cut by time, the same for all pairs, with one candle left out before each cut,
// because a row's label is known one candle later.
Windows training = Rows(0, 4_199), validation = Rows(4_200, 4_799), test = Rows(4_800, 6_000);
Console.WriteLine($"{training.Count} rows to train, {validation.Count} to validate, {test.Count} to test, each {test.InputShape}");

Predictor predictor = model.Create();
predictor.Fit(training, validation, new FitContext(Seed: 1, Progress: epoch =>
    Console.WriteLine($"epoch {epoch.Number}: training loss {epoch.TrainingLoss:F4}, validation loss {epoch.ValidationLoss:F4}")));

// The call is the sign of p(up) - p(down); the truth is the sign of the next return.
Prediction[] predictions = predictor.Predict(test);
int right = 0, possible = 0;
for (int row = 0; row < test.Count; row++)
{
    (int pair, int end) = test.Rows[row];
    bool up = test.NextReturn(row) > 0;
    if (predictions[row].Call == (up ? Direction.Up : Direction.Down)) right++;
    if (market.ProbabilityUp[pair][end] > 0.5 == up) possible++;
}
Console.WriteLine($"direction accuracy {(double)right / test.Count:P1}; "
    + $"knowing the market's own probabilities: {(double)possible / test.Count:P1}");

// And what comes after the last candle of the first market?
Prediction next = predictor.Predict(series[0], series[0].Candles.Count - 1);
Console.WriteLine($"{series[0].Candles.Symbol}: down {next.Down:F3}, neutral {next.Neutral:F3}, up {next.Up:F3} -> {next.Call}");

Windows Rows(int from, int to)
{
    long[] time = market.Candles[0].OpenTime;
    return Windows.Select(series, model.Window, (_, t) => t >= time[from] && t <= time[to - 1]);
}
