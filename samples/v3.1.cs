#:project ../src/Models/Models.csproj

// v3.1, a bidirectional LSTM with attention: how sure it is, and where it looks.    dotnet run samples/v3.1.cs
using NeuralCore;
using NeuralCore.Models;

SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 4, Candles = 5_000, Accuracy = 0.65, Seed = 1 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];
var model = new V31 { Hidden = 32, Attention = 32, Epochs = 6 };   // 64 + 64 units by default
Windows training = Rows(0, 3_499), validation = Rows(3_500, 3_999), test = Rows(4_000, 5_000);   // cut by time

var predictor = (NetworkPredictor)model.Create();
History history = predictor.Fit(training, validation, new FitContext(Seed: 1)).History!;
Epoch kept = history.Epochs[history.BestEpoch - 1];
Console.WriteLine($"kept epoch {kept.Number} of {history.Epochs.Count}, "
    + $"validation loss (direction and magnitude) {kept.ValidationLoss:F4}");

// Confidence is the largest probability. The threshold for "the most confident tenth" comes from validation rows, not from the test.
float[] confidence = [.. predictor.Predict(validation).Select(p => p.Confidence).Order()];
float threshold = confidence[confidence.Length * 9 / 10];
Prediction[] predictions = predictor.Predict(test);
Report("all rows", Enumerable.Range(0, test.Count));
Report($"confidence above {threshold:F3}", Enumerable.Range(0, test.Count).Where(row => predictions[row].Confidence > threshold));

// The attention's weights over the 20 candles of the first test window.
Model network = predictor.Network;
Layer rnn = network.Root.Children[0].Layer, pool = network.Root.Children[1].Layer;
var attention = (AdditiveAttention)pool.Children[0].Layer;
Tape tape = network.Tape();
tape.Begin(training: false);
Tensor x = Tensor.From(test.Scaled(Scaler.Fit(training)).Window(0).ToArray(), 1, model.Window, training.InputShape[1]);
attention.Forward(rnn.Forward(x, tape), tape, out Tensor weights);
Console.WriteLine("attention, oldest candle first: " + string.Join(' ', weights.Span.ToArray().Select(w => w.ToString("F2"))));

void Report(string name, IEnumerable<int> rows)
{
    int[] chosen = [.. rows];
    int right = chosen.Count(row => (int)predictions[row].Call - 1 == Math.Sign(test.NextReturn(row)));
    Console.WriteLine($"{name}: {chosen.Length} rows, direction accuracy {(double)right / chosen.Length:P1}");
}

Windows Rows(int from, int to)
{
    long[] time = market.Candles[0].OpenTime;
    return Windows.Select(series, model.Window, (_, t) => t >= time[from] && t <= time[to - 1]);
}
