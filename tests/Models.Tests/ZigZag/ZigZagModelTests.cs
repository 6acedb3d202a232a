using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models.Tests;

public sealed class ZigZagModelTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("zigzag-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static readonly ZigZagModel Small = new() { Hidden = 4, Epochs = 2, Window = 10 };

    static readonly Candles Market = SmallMarket.Candles(3, 3_000, gapAt: 700);

    static Windows Rows(ZigZagModel model, int from, int to, Candles? candles = null) => Windows.Select(
        MarketSeries.Of([candles ?? Market], model.FeatureSets), model.Window,
        (_, time) => time >= Market.OpenTime[from] && time < Market.OpenTime[to], labelled: false, knownBy: Market.OpenTime[to]);

    static Predictor Fitted(ZigZagModel model, int threads = 1, Candles? candles = null)
    {
        Predictor predictor = model.Create();
        predictor.Fit(Rows(model, 0, 2_000, candles), Rows(model, 2_000, 2_500, candles), new FitContext(7, Threads: threads));
        return predictor;
    }

    [Fact]
    public void It_is_one_of_the_models_with_a_target_and_features_of_its_own()
    {
        var model = (ZigZagModel)DirectionModel.Named("zigzag");
        Assert.Equal((LegEnds.Target, LegEnds.Target, 0.0), (model.Target, model.Judged, model.NeutralShare));
        Assert.DoesNotContain(DirectionModel.Main, m => m.Name == "zigzag");
        Assert.Equal(FeatureSet.Named("zigzag"), model.Features);
        Assert.Equal(FeatureSet.Named("standard").Features, model.Features.Features.Take(20));
        Assert.Equal(["leg_side", "leg_made", "leg_left", "leg_back", "leg_candles", "leg_extreme_candles", "leg_last", "leg_before",
            "leg_last_candles"], model.Features.Features.Skip(20));
        Assert.Equal((8, 0.5), (((ZigZagModel)model.With("hidden", 8)).Hidden, ((ZigZagModel)model.With("dropout", 0.5)).Dropout));
    }

    [Fact]
    public void It_takes_sets_that_show_the_leg_and_keeps_its_own_otherwise()
    {
        FeatureSet week3 = FeatureSet.Named("week3"), withLeg = ZigZagModel.WithLeg(week3);
        Assert.Same(Small, Small.WithFeatures(week3));
        Assert.Equal(withLeg, Small.WithFeatures(withLeg).Features);
        Assert.Equal("week3+leg", withLeg.Name);
        Assert.Equal(FeatureSet.Named("zigzag"), ZigZagModel.WithLeg(FeatureSet.Named("standard")));
        Assert.Equal(withLeg.Features, ZigZagModel.WithLeg(withLeg).Features);
    }

    [Fact]
    public void It_trains_on_decision_points_whose_leg_ends_before_the_training_does()
    {
        Windows training = Rows(Small, 0, 2_000).For(LegEnds.Target);
        Label ends = LegEnds.Beyond(Market);
        int[] decisions = [.. Enumerable.Range(0, 2_000).Where(t => ends.KnownAt[t] <= Market.OpenTime[2_000])];
        Assert.Equal(decisions.Where(t => training.Series[0].HasWindow(t, 10)), training.Rows.Select(row => row.End));
        Assert.True(training.Count > 50 && decisions.Length < Enumerable.Range(0, 2_000).Count(ends.IsKnown));
        Assert.All(Enumerable.Range(0, training.Count), row => Assert.Equal(1, Math.Abs(training.Value(row))));
    }

    [Fact]
    public void Two_classes_are_saved_loaded_and_the_same_from_any_number_of_threads()
    {
        Predictor one = Fitted(Small), three = Fitted(Small, threads: 3);
        Windows test = Rows(Small, 2_500, 2_900).For(LegEnds.Target);
        Prediction[] expected = one.Predict(test);
        Assert.True(expected.Length > 5 && expected.Distinct().Count() > 5);
        Assert.All(expected, p => Assert.Equal((0f, 1.0), (p.Neutral, Math.Round(p.Up + p.Down, 5))));
        Assert.Equal(expected, three.Predict(test));
        one.Save(Path.Combine(folder, "m"));
        Predictor loaded = Predictor.Load(Path.Combine(folder, "m"));
        Assert.Equal(one.Model, loaded.Model);
        Assert.Equal(expected, loaded.Predict(test));
    }

    [Fact]
    public void What_comes_after_the_validation_changes_neither_training_nor_prediction()
    {
        Candles other = SmallMarket.Until(Market, 2_500, cut: false);
        Windows test = Rows(Small, 2_000, 2_499).For(LegEnds.Target);
        Windows changed = Rows(Small, 2_000, 2_499, other).For(LegEnds.Target);
        Assert.Equal(test.Rows, changed.Rows);
        Assert.Equal(Fitted(Small).Predict(test), Fitted(Small, candles: other).Predict(changed));
    }

    [Fact]
    public void A_candle_at_a_time_it_says_the_same_to_the_bit()
    {
        Predictor predictor = Fitted(Small);
        predictor.Save(Path.Combine(folder, "m"));
        MarketSeries whole = MarketSeries.Of([Market], [Small.Features])[0];
        LiveSession session = LivePredictor.Open(Path.Combine(folder, "m")).Follow([Market.Part(..2_500)]);
        for (int t = 2_500; t < 2_600; t++)
        {
            session.Push(LiveCandle.Of(Market, t));
            Assert.Equal(predictor.Predict(whole, t), session.Predict(Market.Symbol).Prediction);
        }
    }

    [Fact]
    public void It_learns_what_a_random_walk_tells()
    {
        ZigZagModel model = Small with { Hidden = 8, Epochs = 15, LearningRate = 5e-3f, Window = 4 };
        Candles many = SmallMarket.Candles(11, 20_000);
        Windows All(int from, int to) => Windows.Select(MarketSeries.Of([many], model.FeatureSets), model.Window,
            (_, time) => time >= many.OpenTime[from] && time < many.OpenTime[to], labelled: false, knownBy: many.OpenTime[to]);
        Predictor predictor = model.Create();
        predictor.Fit(All(0, 12_000), All(12_000, 14_000), new FitContext(1));
        Windows test = All(14_000, 19_999).For(LegEnds.Target);
        Prediction[] predictions = predictor.Predict(test);
        double right = predictions.Where((p, row) => p.Up > p.Down == test.Value(row) > 0).Count() / (double)test.Count;
        Assert.True(test.Count > 100 && right > 0.65, $"{right} of {test.Count}");
    }
}
