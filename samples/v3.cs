#:project ../src/Models/Models.csproj

// v3, a bidirectional LSTM, step by step: what a Predictor does inside when it is fitted.    dotnet run samples/v3.cs
using NeuralCore;
using NeuralCore.Models;

SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 4, Candles = 6_000, Accuracy = 0.65, Seed = 1 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];
var v3 = new V3 { Hidden = 32, Epochs = 5 };   // 64 + 64 units by default
Windows training = Rows(0, 4_999), test = Rows(5_000, 6_000);   // candle 4,999 is left out: its label is known only at 5,000

// Everything that is fitted is fitted on training rows: the features' scale, and the threshold that makes a third of them NEUTRAL.
Scaler scaler = Scaler.Fit(training);
LabelRule labels = LabelRule.Fit(training, v3.NeutralShare);
Console.WriteLine($"moves within ±{labels.Threshold:P3} are NEUTRAL");

var model = new Model(v3.Build(training.InputShape[1]), seed: 1);
Console.WriteLine(model.Summary(new Shape(1, v3.Window, training.InputShape[1])));

// Backpropagation through time: SGD with momentum, a rate that decays by 0.95 an epoch, gradients clipped at ±5.
var trainer = new Trainer(model, v3.Loss(), v3.Optimizer(), v3.Training(seed: 1));
Windows learned = training.Scaled(scaler).Labelled(labels), unseen = test.Scaled(scaler).Labelled(labels);
trainer.Fit(learned, callbacks: v3.Callbacks(),
    progress: epoch => Console.WriteLine($"epoch {epoch.Number}: loss {epoch.TrainingLoss:F4} at rate {epoch.LearningRate:F4}"));
Console.WriteLine($"loss on unseen rows {trainer.Evaluate(unseen):F4}; of a guess without any knowledge {Math.Log(3):F4}");

// Logits of one window -> probabilities of DOWN, NEUTRAL, UP.
Tensor x = Tensor.From(unseen.Window(0).ToArray(), 1, v3.Window, training.InputShape[1]);
Span<float> p = stackalloc float[3];
Probabilities.Softmax(model.Predict(x, model.Tape()).Row(0), p);
Console.WriteLine($"first unseen window: down {p[0]:F3}, neutral {p[1]:F3}, up {p[2]:F3}; it became {labels.Class(unseen.NextReturn(0))}");

Windows Rows(int from, int to)
{
    long[] time = market.Candles[0].OpenTime;
    return Windows.Select(series, v3.Window, (_, t) => t >= time[from] && t <= time[to - 1]);
}
