using System.Text.Json.Nodes;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Models on feature sets other than Week-3's: trained, saved, loaded, asked.</summary>
public sealed class FeatureModelTests : IDisposable
{
    static readonly Candles[] pairs =
        [WithFlow(Candles(31, 420, name: "BTC")), WithFlow(Candles(32, 420, gapAt: 250, name: "ETH")),
            WithFlow(Candles(33, 400, name: "SOL"))];
    readonly string folder = Directory.CreateTempSubdirectory("features-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Place => Path.Combine(folder, "m");

    static Predictor Fitted(DirectionModel model, MarketSeries[] series)
    {
        Predictor predictor = model.Create();
        predictor.Fit(Rows(series, 0, 260), Rows(series, 261, 330), new FitContext(3));
        return predictor;
    }

    public static TheoryData<string, string> SetsAndModels => [.. from set in FeatureSet.All
                                                                  from model in (string[])["linear", "v3.2",
                                                                      "ensemble"] select (set.Name, model)];

    [Theory]
    [MemberData(nameof(SetsAndModels))]
    public void A_loaded_model_knows_its_features_and_predicts_the_same(string name, string kind)
    {
        FeatureSet set = FeatureSet.Named(name);
        DirectionModel model = Model(kind).WithFeatures(set);
        MarketSeries[] series = MarketSeries.Of(pairs, model.FeatureSets);
        Windows test = Rows(series, 331, 500);
        Predictor predictor = Fitted(model, series);
        predictor.Save(Place);
        Predictor loaded = Predictor.Load(Place);
        Assert.Equal(predictor.Model, loaded.Model);
        Assert.Equal(set, loaded.Model.Features);
        Prediction[] expected = predictor.Predict(test);
        Assert.Equal(expected, loaded.Predict(Rows(MarketSeries.Of(pairs, loaded.Model.FeatureSets), 331, 500)));
        Assert.True(expected.Length > 100 && expected.Distinct().Count() > 50);
        // The newest candle, whose next return nobody knows.
        Assert.Equal(1, loaded.Predict(series[0], 419) is var p ? p.Down + p.Neutral + p.Up : 0, 5);
        JsonNode features = JsonNode.Parse(File.ReadAllText(Path.Combine(Place, "config.json")))!["features"]!;
        Assert.Equal((name, set.Version), ((string)features["name"]!, (int)features["version"]!));
        Assert.Equal(set.Features, features["columns"]!.AsArray().Select(c => (string)c!));
    }

    [Fact]
    public void The_members_of_an_ensemble_see_the_same_rows_each_with_its_own_features()
    {
        DirectionModel model = Model("ensemble").WithFeatures(FeatureSet.Named("reversal7"));
        Assert.Equal(["week3", "reversal7"], model.FeatureSets.Select(s => s.Name));
        MarketSeries[] series = MarketSeries.Of(pairs, model.FeatureSets);
        Windows test = Rows(series, 331, 500);
        Prediction[] both = Fitted(model, series).Predict(test);
        Prediction[] v2 = Fitted(new V2(), series).Predict(test),
            v31 = Fitted(Model("v3.1") with { Features = model.Features }, series).Predict(test);
        Assert.Equal(EnsembleModel.Mean(v2, v31, 0.5), both);
        Assert.NotEqual(v31, Fitted(Model("v3.1"), series).Predict(test));
        // v2 itself is what it is on series that hold nothing but its signals.
        Windows alone = Rows(Series(pairs), 331, 500);
        Dictionary<(int, int), int> at = alone.Rows.Index().ToDictionary(r => r.Item, r => r.Index);
        Prediction[] there = Fitted(new V2(), Series(pairs)).Predict(alone);
        Assert.Equal(v2, test.Rows.Select(r => there[at[r]]));
    }

    [Fact]
    public void A_folder_with_a_bare_list_of_the_six_signals_is_of_week3()
    {
        MarketSeries[] series = Series(pairs);
        Predictor predictor = Fitted(Model("v3.2"), series);
        predictor.Save(Place);
        Edit(Path.Combine(Place, "config.json"), new JsonArray([.. Week3Signals.Names.Select(n => (JsonNode)n)]));
        Predictor loaded = Predictor.Load(Place);
        Assert.Equal(predictor.Model, loaded.Model);
        Assert.Equal(predictor.Predict(Rows(series, 331, 500)), loaded.Predict(Rows(series, 331, 500)));
    }

    [Fact]
    public void A_set_with_some_features_left_out_is_saved_as_such()
    {
        Candles[] poor = [Candles(31, 420, name: "BTC"), Candles(32, 420, name: "ETH")];
        FeatureSet all = FeatureSet.Named("reversal12"), some = all.For(poor, leaveOut: true);
        Assert.True(some.Features.Count < all.Features.Count);
        Assert.Contains("tb0", Assert.Throws<InvalidDataException>(() => MarketSeries.Of(poor, [all])).Message);
        MarketSeries[] series = MarketSeries.Of(poor, [some]);
        Predictor predictor = Fitted(Model("linear") with { Features = some }, series);
        predictor.Save(Place);
        Assert.Equal(some, Predictor.Load(Place).Model.Features);
        Assert.Equal(predictor.Predict(Rows(series, 331, 500)), Predictor.Load(Place).Predict(Rows(series, 331, 500)));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("ensemble")]
    public void A_set_of_ones_own_is_saved_and_loaded(string kind)
    {
        FeatureSet mine = new("mine", 3, ["vwd", "rsi_14", "relative_return", "momentum"]);
        DirectionModel model = Model(kind).WithFeatures(mine);
        MarketSeries[] series = MarketSeries.Of(pairs, model.FeatureSets);
        Predictor predictor = Fitted(model, series);
        predictor.Save(Place);
        Predictor loaded = Predictor.Load(Place);
        Assert.Equal(mine, loaded.Model.Features);
        Assert.Equal(predictor.Predict(Rows(series, 331, 500)), loaded.Predict(Rows(series, 331, 500)));
    }

    [Fact]
    public void A_set_that_could_not_be_loaded_again_is_refused_before_training()
    {
        Refused("features 'week3': expected version 1, got 2", new FeatureSet("week3", 2, Week3Signals.Names));
        Refused("features 'reversal7': expected columns z0, clv0,", new FeatureSet("reversal7", 1, ["z0", "rsi"]));
        Refused("in this order, got clv0, z0", new FeatureSet("reversal7", 1, ["clv0", "z0"]));
        Refused("features 'mine': expected distinct columns, got none", new FeatureSet("mine", 1, []));
        Refused("feature 'z9': expected one of momentum", new FeatureSet("mine", 1, ["z0", "z9"]));

        static void Refused(string message, FeatureSet set)
        {
            foreach (string kind in (string[])["linear", "v3.2", "ensemble"])
                Assert.Contains(message, Assert.Throws<ArgumentException>(() => Model(kind).WithFeatures(set)).Message,
                    StringComparison.Ordinal);
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => new V31 { Features = set }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Features_that_a_model_cannot_have_are_refused()
    {
        FeatureSet reversal = FeatureSet.Named("reversal7");
        Assert.Contains("expected features week3, got reversal7",
            Assert.Throws<ArgumentException>(() => new V2 { Features = reversal }).Message);
        Assert.Equal(new V2(), new V2().WithFeatures(reversal));
        Assert.Contains("expected features reversal7",
            Assert.Throws<ArgumentException>(() => Fitted(Model("linear").WithFeatures(reversal), Series(pairs))).Message);

        MarketSeries[] series = MarketSeries.Of(pairs, [FeatureSet.Named("week3"), reversal, FeatureSet.Named("reversal12")]);
        Fitted(new V2(), series).Save(Place);
        Edit(Path.Combine(Place, "config.json"), Json(reversal));
        Assert.Contains("expected features week3 v1: momentum, trend, rsi, macd, volatility, volume_change for v2, got reversal7 v1",
            Assert.Throws<InvalidDataException>(() => Predictor.Load(Place)).Message);
        Fitted(Model("ensemble").WithFeatures(reversal), series).Save(Place);
        Fitted(Model("v3.1").WithFeatures(FeatureSet.Named("reversal12")), series).Save(Path.Combine(Place, "v3.1"));
        Assert.Contains("expected features reversal7 v1: z0", Assert.Throws<InvalidDataException>(() => Predictor.Load(Place)).Message);
    }

    [Fact]
    public void Features_that_cannot_be_rebuilt_are_refused_before_there_is_anything_to_save()
    {
        FeatureSet own = new MarketSeries(pairs[0], [pairs[0].Close, pairs[0].Volume]).Sets[0];
        Assert.StartsWith("feature '1': expected one of momentum, ",
            Assert.Throws<ArgumentException>(() => Model("linear") with { Features = own }).Message);
    }

    static void Edit(string config, JsonNode features)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(config))!;
        root["features"] = features;
        File.WriteAllText(config, root.ToJsonString());
    }

    static JsonObject Json(FeatureSet set) => new()
    {
        ["name"] = set.Name, ["version"] = set.Version, ["columns"] = new JsonArray([.. set.Features.Select(n => (JsonNode)n)]),
    };
}
