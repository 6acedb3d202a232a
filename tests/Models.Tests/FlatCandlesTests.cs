using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Price and volume stand still: what divides by a range, a deviation or a volume has nothing to divide by.</summary>
public sealed class FlatCandlesTests : IDisposable
{
    const int Count = 1800;

    readonly string folder = Directory.CreateTempSubdirectory("flat-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Random candles that stand still from one of them on.</summary>
    static Candles Standing(int from, string name, bool volume)
    {
        Candles c = WithFlow(Candles(name.Length, Count, name: name));
        double price = c.Close[Math.Max(0, from - 1)];
        return new Candles
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
            Open = Still(c.Open, price), High = Still(c.High, price), Low = Still(c.Low, price), Close = Still(c.Close, price),
            Volume = Still(c.Volume, volume ? 7 : 0), QuoteVolume = Still(c.QuoteVolume!, volume ? 7 * price : 0),
            TakerBuyVolume = Still(c.TakerBuyVolume!, volume ? 3 : 0),
        };

        double[] Still(double[] before, double after) => [.. before.Select((v, t) => t < from ? v : after)];
    }

    /// <summary>BTC and ETH, and SOL, which never moves.</summary>
    static Candles[] Pairs(int from, bool volume)
        => [Standing(from, "BTC", volume), Standing(from, "ETHE", volume), Standing(0, "SOLAN", volume)];

    static DirectionModel Tiny(string name)
    {
        DirectionModel model = Model(name);
        if (model.Has("heads")) model = model.With("heads", 1);
        return model.Window > 60 ? model.With("window", 60) : model;
    }

    static void Proper(IEnumerable<Prediction> said)
        => Assert.All(said, p =>
        {
            Assert.True(p.Down >= 0 && p.Neutral >= 0 && p.Up >= 0, $"{p}");
            Assert.Equal(1, p.Down + p.Neutral + p.Up, 1e-4);
        });

    public static TheoryData<string> Names => [.. DirectionModel.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_says_something_of_a_market_that_came_to_a_halt(string name)
    {
        DirectionModel model = Tiny(name);
        MarketSeries[] series = MarketSeries.Of(Pairs(1400, volume: false), model.FeatureSets);
        Predictor predictor = model.Create();
        predictor.Fit(Rows(series, 800, 1460, model.Window), Rows(series, 1500, 1600, model.Window), new FitContext(3));
        Windows test = Rows(series, 1600, Count, model.Window);
        Assert.True(test.Count > 0);
        Prediction[] said = predictor.Predict(test);
        Proper(said);
        Assert.All(predictor.Forecast(test), r => Assert.True(float.IsFinite(r)));
        predictor.Save(folder + "/m");
        Assert.Equal(said, Predictor.Load(folder + "/m").Predict(test));
        (IReadOnlyList<ImportanceOfSignal> importance, _) = SignalImportance.Of(predictor, test, new FitContext(1));
        Assert.All(importance, i => Assert.True(double.IsFinite(i.Permutation) && double.IsFinite(i.Low) && double.IsFinite(i.High)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_candles_that_never_move_says_so_or_something(string name)
    {
        DirectionModel model = Tiny(name);
        MarketSeries[] series = MarketSeries.Of(Pairs(0, volume: true), model.FeatureSets);
        Predictor predictor = model.Create();
        try
        {
            predictor.Fit(Rows(series, 800, 1460, model.Window), Rows(series, 1500, 1600, model.Window), new FitContext(3));
        }
        catch (ArgumentException e)
        {
            Assert.Contains("expected training rows", e.Message);
            return;
        }
        Proper(predictor.Predict(Rows(series, 1600, Count, model.Window)));
    }

    [Fact]
    public void Blocks_before_any_move_are_not_predicted_out_of_fold()
    {
        Windows training = Rows(Series(Until(Standing(0, "BTC", volume: true), 500, cut: false)), 0, 900);
        Member[] members = [new(new Logistic { NeutralShare = 0 }, 1)];
        (Windows rows, Prediction[][] said) = OutOfFold.Of(members, training, 5, new FitContext(1));
        Assert.All(rows.Rows, row => Assert.True(row.End > 500));
        Assert.True(rows.Count > 100);
        Proper(said[0]);
    }

    public static TheoryData<string> Sets => [.. FeatureSet.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Features_of_a_halt_are_known_and_can_be_scaled(string name)
    {
        FeatureSet set = FeatureSet.Named(name);
        foreach (bool volume in (bool[])[true, false])
        {
            MarketSeries[] still = MarketSeries.Of(Pairs(0, volume), [set]);
            Windows rows = Rows(still, 0, Count, window: 2);
            Assert.Equal(Rows(MarketSeries.Of(Pairs(Count, volume), [set]), 0, Count, window: 2).Count, rows.Count);
            foreach (string kind in Scaler.Kinds)
            {
                Windows scaled = rows.Scaled(Scaler.Fit(rows, kind));
                foreach (int row in (int[])[0, rows.Count / 2, rows.Count - 1])
                    foreach (float value in scaled.Window(row)) Assert.True(float.IsFinite(value), $"{name} {kind}: {value}");
            }
        }
    }
}
