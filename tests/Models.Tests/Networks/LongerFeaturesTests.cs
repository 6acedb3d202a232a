using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models.Tests;

/// <summary>Features of candles several times as long, and the model that reads three timeframes.</summary>
public sealed class LongerFeaturesTests
{
    [Fact]
    public void They_know_nothing_of_the_future()
    {
        Feature[] longer = [.. from name in (string[])["rsi_14", "macd", "vwd", "mz0", "mclv", "btc0", "hour"] from k in (int[])[2, 4]
                               select Feature.Named($"{name}@{k}")];
        Assert.Empty(FeatureChecks.Truncation(longer, FeatureMarket.Three(500, seed: 3)));
    }

    [Fact]
    public void They_are_those_of_the_last_longer_candle_that_has_closed()
    {
        Candles[] pairs = FeatureMarket.Three(400, seed: 4),
            longer = [.. pairs.Select(p => MultiTimeframe.Resample(p, Timeframe.Parse("4h")))];
        foreach (string name in (string[])["return_1", "rsi_14", "mz0", "btc0"])
        {
            double[][][] own = FeatureSet.Compute([Feature.Named($"{name}@4")], pairs),
                of = FeatureSet.Compute([Feature.Named(name)], longer);
            for (int p = 0; p < pairs.Length; p++)
            {
                int[] last = MultiTimeframe.LastClosed(pairs[p], longer[p]);
                Assert.Equal(last.Select(j => j < 0 ? double.NaN : of[p][0][j]), own[p][0]);
                Assert.Contains(own[p][0], double.IsFinite);
            }
        }
    }

    [Fact]
    public void They_go_on_candle_by_candle_to_the_bits_of_all_candles()
    {
        FeatureSet set = new("mine", 1, ["return_1@4", "rsi_14@4", "z0@3", "momentum@12", "mz0@4", "btc0@3", "hour@4"]);
        Candles[] pairs = FeatureMarket.Three(900, seed: 6);
        long start = pairs[0].OpenTime[500];
        var live = new LiveMarket([.. pairs.Select(p => p.Part(..p.CountBefore(start)))], [set], 9);
        MarketSeries[] whole = MarketSeries.Of(pairs, [set]);
        int compared = 0;
        foreach (long now in pairs.SelectMany(p => p.OpenTime).Where(t => t >= start).Distinct().Order())
        {
            (int Pair, int T)[] at = [.. pairs.Index().Select(p => (p.Index, Array.BinarySearch(p.Item.OpenTime, now)))
                .Where(p => p.Item2 >= 0)];
            foreach ((int pair, int t) in at) live.Push(LiveCandle.Of(pairs[pair], t));
            foreach ((int pair, int t) in at)
            {
                MarketSeries series = live.Series(pairs[pair].Symbol, [set]);
                int end = series.Candles.Count - 1;
                Assert.Equal(whole[pair].HasWindow(t, 9), series.HasWindow(end, 9));
                if (!series.HasWindow(end, 9)) continue;
                Assert.True(Windows.At(whole[pair], 9, t).Window(0).SequenceEqual(Windows.At(series, 9, end).Window(0)),
                    $"{pairs[pair].Symbol} at {t}");
                compared++;
            }
        }
        Assert.True(compared > 500, $"{compared}");
    }

    [Theory]
    [InlineData("rsi_14@1")]
    [InlineData("rsi_14@")]
    [InlineData("rsi_14@-4")]
    [InlineData("rsi_14@4@4")]
    [InlineData("nothing@4")]
    [InlineData("@4")]
    [InlineData("rsi_14@99999")]
    public void Another_name_is_none(string name)
        => Assert.Contains($"feature '{name}': expected one of", Assert.Throws<ArgumentException>(() => Feature.Named(name)).Message);

    [Fact]
    public void Every_encoder_reads_its_own_candles_one_after_another()
    {
        var model = (MultiTimeframeModel)new MultiTimeframeModel { Window = 25, Steps = 5, Middle = 4, Longest = 12 }
            .WithFeatures(new FeatureSet("mine", 1, ["return_1", "body"]));
        Candles hours = FeatureMarket.Full(11, 500, "BTC", start: 0);
        MarketSeries[] series = MarketSeries.Of([hours], model.FeatureSets);
        Windows rows = Windows.Select(series, model.Window, (_, _) => true).Of(model.Inputs);
        var network = new Model(model.Build(6), 1);
        Layer[] encoders = [.. network.Root.Children[0].Layer.Children.Select(c => c.Layer.Children[0].Layer)];
        (int Ratio, int Steps)[] expected = [(1, 5), (4, 5), (12, 3)];
        foreach (int row in (int[])[0, 7, rows.Count - 1])
        {
            var x = new Tensor(1, 25, 6);
            rows.Copy([row], x.Span, default);
            Tape tape = network.Tape();
            tape.Begin(training: false);
            for (int e = 0; e < 3; e++)
            {
                Candles own = expected[e].Ratio == 1 ? hours
                    : MultiTimeframe.Resample(hours, new Timeframe(expected[e].Ratio * SmallMarket.Hour));
                double[][] columns = FeatureSet.Compute([Feature.Named("return_1"), Feature.Named("body")], [own])[0];
                int last = MultiTimeframe.LastClosed(hours, own)[rows.Rows[row].End];
                Tensor steps = encoders[e].Forward(x, tape);
                Assert.Equal(new Shape(1, expected[e].Steps, 2), steps.Shape);
                for (int s = 0; s < expected[e].Steps; s++)
                    Assert.Equal([.. columns.Select(c => (float)c[last - expected[e].Steps + 1 + s])], steps.Row(s).ToArray());
            }
        }
    }

    [Fact]
    public void Predictions_do_not_change_with_the_future()
    {
        var model = (NetworkModel)new MultiTimeframeModel { Window = 9, Steps = 4, Middle = 2, Longest = 4, Hidden = 4, Epochs = 1 }
            .WithFeatures(FeatureSet.Named("week3"));
        Candles whole = SmallMarket.Candles(12, 500);
        Prediction[]? expected = null;
        foreach (Candles candles in (Candles[])[whole, SmallMarket.Until(whole, 420, cut: true), SmallMarket.Until(whole, 420, cut: false)])
        {
            MarketSeries[] series = MarketSeries.Of([candles], model.FeatureSets);
            Predictor predictor = model.Create();
            predictor.Fit(SmallMarket.Rows(series, 0, 300, 9), SmallMarket.Rows(series, 301, 340, 9), new FitContext(1));
            Prediction[] predictions = predictor.Predict(SmallMarket.Rows(series, 341, 419, 9));
            Assert.Equal(78, predictions.Length);
            Assert.Equal(expected ??= predictions, predictions);
            Assert.Equal(predictions[^1], predictor.Predict(series[0], 418));
        }
    }
}
