#:project ../src/Models/Models.csproj

// The ensemble of v2 and v3.1 by weighted voting, beside its members.    dotnet run samples/ensemble.cs
using NeuralCore.Models;

SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 4, Candles = 5_000, Accuracy = 0.65, Seed = 1 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];
Windows training = Rows(0, 3_499), validation = Rows(3_500, 3_999), test = Rows(4_000, 5_000);   // cut by time

var network = new V31 { Hidden = 24, Attention = 24, Epochs = 5 };
(string Name, DirectionModel Model)[] models =
[
    ("v2", new V2()),                                                       // six fixed votes, nothing to train
    ("v3.1", network),
    ("ensemble 50/50", new EnsembleModel { Network = network }),
    ("ensemble 20/80", new EnsembleModel { Network = network, V2Weight = 0.2 }),
    ("ensemble, tuned", new EnsembleModel { Network = network, Tune = true }),   // the weight comes from the validation rows
];

Console.WriteLine($"direction accuracy on {test.Count} unseen rows");
foreach ((string name, DirectionModel model) in models)
{
    Predictor predictor = model.Create();   // one door to all models
    predictor.Fit(training, validation, new FitContext(Seed: 1));
    Prediction[] predictions = predictor.Predict(test);
    int right = Enumerable.Range(0, test.Count).Count(row => (int)predictions[row].Call - 1 == Math.Sign(test.NextReturn(row)));
    Console.WriteLine($"{name,-16} {(double)right / test.Count:P1}");
}

Windows Rows(int from, int to)
{
    long[] time = market.Candles[0].OpenTime;
    return Windows.Select(series, new V2().Window, (_, t) => t >= time[from] && t <= time[to - 1]);
}
