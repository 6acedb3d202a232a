// What a user of the packages does first: train an LSTM, ask a direction model, put an interval around an accuracy.
using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using NeuralCore.Onnx;

// NeuralCore: which of two values comes last, the larger or the smaller one?
var random = new CounterRandom(seed: 1, stream: 0);
float[] x = new float[1_000 * 2], target = new float[1_000];
foreach (ref float value in x.AsSpan()) value = (float)random.NextNormal();
for (int i = 0; i < target.Length; i++) target[i] = x[2 * i + 1] > x[2 * i] ? 1 : 0;
var model = new Model(new Sequential(new Lstm(1, 8, lastStep: true), new Dense(8, 2)), seed: 1);
var trainer = new Trainer(model, new CrossEntropy(), new Adam(1e-2f), new TrainerOptions { Epochs = 10 });
History history = trainer.Fit(new ArraySamples(x, new Shape(2, 1), target));
double loss = history.Epochs[^1].TrainingLoss;
Console.WriteLine($"NeuralCore: an LSTM's loss fell from {history.Epochs[0].TrainingLoss:F3} to {loss:F3}");
if (!(loss < 0.35)) throw new InvalidOperationException("the LSTM did not learn");

// NeuralCore.Onnx: the same network as an ONNX file.
var window = new Tensor(1, 2, 1);
(window.Span[0], window.Span[1]) = (0.3f, -0.2f);
OnnxModel exported = OnnxModel.Read(OnnxExport.ToBytes(model, new Shape(2, 1)), "lstm.onnx");
float logit = exported.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(window) })["y"].Floats()[0];
if (Math.Abs(logit - model.Predict(window, model.Tape())[0, 0]) > 1e-5f)
    throw new InvalidOperationException("the ONNX file gives something else");

// NeuralCore.Models: v3.2 on a small simulated market.
SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 1, Candles = 1_000 });
MarketSeries[] series = [.. market.Candles.Select(MarketSeries.Week3)];
Windows rows = Windows.Select(series, 20, (_, _) => true);
Predictor predictor = new V32 { Hidden = 8, Epochs = 1 }.Create();
predictor.Fit(rows, rows, new FitContext(Seed: 1));
int right = predictor.Predict(rows).Where((p, row) => (int)p.Call - 1 == Math.Sign(rows.NextReturn(row))).Count();

// A file of candles, features, labels and purged splits.
string path = Path.GetFullPath("BTC_1h.parquet");
CandleFile.WriteParquet(path, market.Candles[0]);
Candles candles = CandleFile.Read(path, "BTCUSDT", "BTC", market.Candles[0].Timeframe).Candles;
Windows many = Windows.Select(MarketSeries.Of([candles], [FeatureSet.Named("standard")]), 5, (_, t) => t < candles.OpenTime[900]);
Label[] labels = [Labels.Returns(candles, horizon: 10)];
Split[] splits = [.. Splits.KFold(LabelSpan.Of(many, labels), folds: 3)];
Console.WriteLine($"{many.Count} rows of {many.Features.Features.Count} "
    + $"features; {string.Join(", ", splits.Select(s => s.Train.Length))} train");
if (!candles.Close.SequenceEqual(market.Candles[0].Close)) throw new InvalidOperationException("the file has other prices");
if (splits.Sum(s => s.Test.Length) != many.Count) throw new InvalidOperationException("not every row was tested once");

// NeuralCore.Backtest: Wilson's interval of the accuracy.
Interval interval = Interval.Wilson(right, rows.Count);
Console.WriteLine($"NeuralCore.Models, NeuralCore.Backtest: {right} of {rows.Count} right, interval {interval.Low:F3} "
    + $"to {interval.High:F3}");
