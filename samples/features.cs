#:project ../src/Models/Models.csproj

// Twenty indicators, purged cross-validation with an embargo, a scaler of another kind, a small network of one's own.
//    dotnet run samples/features.cs
using NeuralCore;
using NeuralCore.Models;

SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 3, Candles = 4_000, Accuracy = 0.7, Seed = 1 });
FeatureSet set = FeatureSet.Named("standard");      // open, high, low, close and volume are enough for it
MarketSeries[] series = MarketSeries.Of(market.Candles, [set]);
Windows rows = Windows.Select(series, length: 6, (_, _) => true);
Console.WriteLine($"{rows.Count} windows of {rows.Length} candles, {set.Features.Count} features: {string.Join(", ", set.Features)}");

// Five tests, each with the rest before and after it as training. Left out are rows whose label reaches into the test, and the rows that
// start within a day after it, since they look back into it.
LabelSpan[] spans = LabelSpan.Of(rows);
const long Day = 24L * 3_600 * 1_000_000;
int fold = 0, sum = 0;
foreach (Split split in Splits.KFold(spans, folds: 5, embargo: Day))
{
    Windows training = rows.Take(split.Train), test = rows.Take(split.Test);
    Scaler scaler = Scaler.Fit(training, "normal");                               // both see training rows only
    LabelRule labels = LabelRule.Fit(training, neutralShare: 0);
    var model = new Model(new Sequential(new Gru(set.Features.Count, 16, lastStep: true), new Dense(16, 3)), seed: 1);
    var trainer = new Trainer(model, new CrossEntropy(), new Adam(5e-3f), new TrainerOptions { Epochs = 6, ClipNorm = 1 });
    trainer.Fit(training.Scaled(scaler).Labelled(labels));

    int right = Right(model, test.Scaled(scaler));
    Console.WriteLine($"fold {++fold}: {training.Count,5} rows train, {test.Count} are tested, {(double)right / test.Count:P1} right");
    sum += right;
}
Console.WriteLine($"all folds: {(double)sum / rows.Count:P1} right; {market.Options.Accuracy:P0} is the most that anything can be");

// Rows whose direction, UP or DOWN, has the larger logit: outputs 2 and 0.
static int Right(Model model, Windows test)
{
    var x = new Tensor(test.Count, test.Length, test.InputShape[1]);
    test.Copy([.. Enumerable.Range(0, test.Count)], x.Span, []);
    Tensor logits = model.Predict(x, model.Tape());
    return Enumerable.Range(0, test.Count).Count(row => (logits[row, 2] > logits[row, 0]) == (test.NextReturn(row) > 0));
}
