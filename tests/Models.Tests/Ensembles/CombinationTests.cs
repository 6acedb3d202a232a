using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Each ensemble on members' predictions that are made up, with outcomes computed by hand.</summary>
public sealed class CombinationTests
{
    static readonly MarketSeries[] series = Series(Candles(17, 500));
    static readonly Windows training = Rows(series, 0, 249), validation = Rows(series, 250, 379), test = Rows(series, 380, 500);

    /// <summary>A predictor that has learned on members' predictions of the validation rows.</summary>
    static CombinedPredictor Learned(CombinedModel model, Windows fit, Windows validate, params Prediction[][] said)
    {
        CombinedPredictor predictor = model.Create();
        predictor.Learn(fit, validate, said, new FitContext(1));
        return predictor;
    }

    static Prediction[] All(Windows rows, Prediction p) => [.. Enumerable.Repeat(p, rows.Count)];

    [Fact]
    public void Voting_and_averaging_are_weighted_means()
    {
        Prediction[] a = All(test, new(0.5f, 0.25f, 0.25f)), b = All(test, new(0.1f, 0.2f, 0.7f)), c = All(test, new(0, 0, 1));
        Prediction[] none = [];
        Windows empty = Rows(series, 0, 0);
        Assert.All(Learned(new Voting(), training, empty, none, none, none).Combine(test, [a, b, c]), p =>
        {
            Assert.Equal(0.4 * 0.5 + 0.3 * 0.1, p.Down, 1e-6);
            Assert.Equal(0.4 * 0.25 + 0.3 * 0.2, p.Neutral, 1e-6);
            Assert.Equal(0.4 * 0.25 + 0.3 * 0.7 + 0.3, p.Up, 1e-6);
        });
        Assert.All(Learned(new Averaging(), training, empty, none, none, none).Combine(test, [a, b, c]), p =>
            Assert.Equal((0.25 + 0.7 + 1) / 3, p.Up, 1e-6));
        Assert.Contains("expected 119 predictions of each of 3 members, got 119, 119",
            Assert.Throws<ArgumentException>(() => Learned(new Voting(), training, empty, none, none, none).Combine(test, [a, b])).Message);
    }

    [Fact]
    public void Beside_a_member_without_neutral_the_others_say_what_they_think_if_it_moves()
    {
        var model = (Averaging)new Averaging().With("weight_boosting", 0);
        model = (Averaging)model.WithMembers([new V32 { NeutralShare = 0 }, new Forest()]);
        Assert.Equal(0, model.NeutralShare);
        CombinedPredictor predictor = Learned(model, training, validation, All(validation, default), All(validation, default));
        Assert.Equal(0, predictor.Labels!.Threshold);
        Prediction p = predictor.Combine(test, [All(test, new(0.2f, 0, 0.8f)), All(test, new(0.3f, 0.6f, 0.1f))])[0];
        Assert.Equal(((0.2 + 0.75) / 2, 0.0, (0.8 + 0.25) / 2), ((double)p.Down, (double)p.Neutral, (double)p.Up), Near);
        // What says nothing of a move says a half.
        Assert.Equal(0.65, predictor.Combine(test, [All(test, new(0.2f, 0, 0.8f)), All(test, new(0, 1, 0))])[0].Up, 1e-6);
    }

    static bool Near((double, double, double) a, (double, double, double) b)
        => Math.Abs(a.Item1 - b.Item1) < 1e-6 && Math.Abs(a.Item2 - b.Item2) < 1e-6 && Math.Abs(a.Item3 - b.Item3) < 1e-6;

    // n rows on which member a gives the truth 0.8 and b 0.4, then m on which a gives it 0.3 and b 0.6: the log-likelihood
    // n log(0.4 + 0.4 w) + m log(0.6 - 0.3 w) is largest where n / (1 + w) = m / (2 - w), at w = (2n - m) / (n + m).
    [Theory]
    [InlineData(10, 10, 0.5)]
    [InlineData(30, 20, 0.8)]
    [InlineData(30, 5, 1)]
    [InlineData(5, 40, 0)]
    public void Tuned_weights_are_those_of_the_least_loss(int n, int m, double expected)
    {
        Prediction[] a = [.. Enumerable.Repeat(new Prediction(0.2f, 0, 0.8f), n), .. Enumerable.Repeat(new Prediction(0.3f, 0, 0.7f), m)];
        Prediction[] b = [.. Enumerable.Repeat(new Prediction(0.6f, 0, 0.4f), n), .. Enumerable.Repeat(new Prediction(0.6f, 0, 0.4f), m)];
        Direction?[] truth = [.. Enumerable.Repeat((Direction?)Direction.Up, n), .. Enumerable.Repeat((Direction?)Direction.Down, m)];
        double[] w = Tuned.BestWeights([a, b], truth, [1, 1]);
        Assert.Equal(expected, w[0], 0.02);
        Assert.Equal(1, w.Sum(), 1e-9);
        Assert.Equal(w[0], Tuned.BestWeights([a, b], truth, [9, 1])[0], 0.02);
        Assert.Equal([0.75, 0.25], Tuned.BestWeights([a, b], new Direction?[n + m], [3, 1]));      // no row that counts
    }

    [Fact]
    public void No_other_weights_have_a_lower_loss_than_the_tuned_ones()
    {
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new CounterRandom((ulong)seed, 3);
            Prediction[][] said = [Made(), Made(), Made()];
            Direction?[] truth = [.. Enumerable.Range(0, 20)
                .Select(_ => (Direction?)(random.NextDouble() < 0.5 ? Direction.Down : Direction.Up))];
            double[] w = Tuned.BestWeights(said, truth, [1, 1, 1]), other = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            return Loss(w) <= Loss([.. other.Select(o => o / other.Sum())]) + 2e-6 && Loss(w) <= Loss([1, 0, 0]) + 2e-6
                && Math.Abs(w.Sum() - 1) < 1e-9 && w.All(x => x >= 0);

            Prediction[] Made()
                => [.. Enumerable.Range(0, 20).Select(_ => (float)(0.01 + 0.98 * random.NextDouble()))
                    .Select(u => new Prediction(1 - u, 0, u))];

            double Loss(double[] weights) => -Enumerable.Range(0, 20).Average(i => Math.Log(Enumerable.Range(0, 3)
                .Sum(m => weights[m] * (truth[i] == Direction.Up ? said[m][i].Up : said[m][i].Down))));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Tuned_takes_the_member_that_knew_the_validation_rows()
    {
        var model = new Tuned();
        LabelRule rule = LabelRule.Fit(training, 1.0 / 3);
        Prediction[] knows = [.. Enumerable.Range(0, validation.Count).Select(row => rule.Class(validation.NextReturn(row)) switch
        {
            Direction.Down => new Prediction(0.9f, 0.05f, 0.05f),
            Direction.Neutral => new Prediction(0.05f, 0.9f, 0.05f),
            _ => new Prediction(0.05f, 0.05f, 0.9f),
        })];
        Prediction[] even = All(validation, new(1 / 3f, 1 / 3f, 1 / 3f));
        var predictor = (TunedPredictor)Learned(model, training, validation, even, knows, even);
        Assert.Equal(1, predictor.TunedWeights[1], 1e-4);
        Assert.Equal(0.7, predictor.Combine(test, [All(test, default), All(test, new(0.7f, 0.2f, 0.1f)), All(test, default)])[0].Down,
            1e-3);
    }

    [Fact]
    public void A_gate_calls_nothing_on_the_share_of_rows_that_are_least_like_the_training()
    {
        var predictor = (GatedPredictor)Learned((CombinedModel)new Gated().With("share", 0.1), training, validation,
            All(validation, default));
        var said = new Prediction(0.1f, 0.3f, 0.6f);
        double[] distances = predictor.Distances(validation);
        Prediction[] gated = predictor.Combine(validation, [All(validation, said)]);
        Assert.Equal(0.1, gated.Count(p => p.Call == Direction.Neutral) / (double)gated.Length, 0.01);
        for (int row = 0; row < gated.Length; row++)
        {
            Prediction p = gated[row];
            if (distances[row] <= predictor.Threshold) Assert.Equal(said, p);
            else
            {
                Assert.Equal((Direction.Neutral, Direction.Neutral, 0.3f), (p.Call, p.Class, p.Neutral));
                Assert.Equal(0.35, p.Up, 1e-6);
            }
        }
        Assert.InRange(predictor.Distances(training).Average(), 0.5, 1.5);
        // A candle that moved a hundred times as far is unlike all before.
        Candles jump = Candles(17, 500);
        double[] close = [.. jump.Close];
        close[400] *= 3;
        MarketSeries[] odd = Series(new Candles
        {
            Symbol = jump.Symbol, Base = jump.Base, Timeframe = jump.Timeframe, OpenTime = jump.OpenTime, Open = jump.Open, Close = close,
            High = [.. jump.High.Zip(close, Math.Max)], Low = jump.Low, Volume = jump.Volume,
        });
        Windows there = Rows(odd, 400, 401);
        Assert.True(predictor.Distances(there)[0] > 2 * predictor.Threshold);
        Assert.Equal(Direction.Neutral, predictor.Combine(there, [All(there, said)])[0].Call);
    }

    [Fact]
    public void The_distance_is_the_mahalanobis_distance()
    {
        // Two features that are the same number count once: z, z with correlations all 1 give about d^2 = z^2 / 2.
        Candles candles = Candles(3, 300);
        double[] x = [.. candles.Close.Select(c => Math.Log(c))];
        MarketSeries twice = new(candles, [x, x]), once = new(candles, [x]);
        Windows two = Windows.Select([twice], 1, (_, _) => true), one = Windows.Select([once], 1, (_, _) => true);
        AnomalyGate pair = AnomalyGate.Fit(two), single = AnomalyGate.Fit(one);
        double mean = one.Rows.Average(r => x[r.End]), deviation = Math.Sqrt(one.Rows.Average(r => (x[r.End] - mean) * (x[r.End] - mean)));
        foreach (int row in (int[])[0, 17, 200, 298])
        {
            double z = (x[one.Rows[row].End] - mean) / deviation;
            Assert.Equal(Math.Abs(z), single.Distance(one, row), 2e-3);
            Assert.Equal(Math.Abs(z) / Math.Sqrt(2), pair.Distance(two, row), 2e-3);
        }
    }

    [Fact]
    public void A_feature_that_is_not_finite_is_named_with_its_row()
    {
        Candles candles = SmallMarket.Candles(4, 300);
        float[] x = [.. candles.Close.SelectMany(c => (float[])[(float)c, -(float)c])];
        x[2 * 17 + 1] = float.NegativeInfinity;
        x[2 * 30] = float.NaN;
        MarketSeries series = new(candles, [new FeatureSet("two", 1, ["up", "down"])], [x], [.. candles.Close.Select(_ => true)]);
        Windows rows = Windows.Select([series], 1, (_, time) => time > candles.OpenTime[9]);
        Assert.Equal("anomaly gate: expected finite features, got -Infinity of down in row 7",
            Assert.Throws<ArgumentException>(() => AnomalyGate.Fit(rows)).Message);
    }

    [Fact]
    public void Kinds_of_market_are_told_by_recent_volatility_and_trend()
    {
        // 60 returns of ±1 %, then 10 of ±4 %; the trend of 10 candles is what they add up to.
        double[] r = [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? 0.01 : -0.01),
            .. Enumerable.Range(0, 10).Select(i => i < 6 ? 0.04 : -0.04)];
        double[] close = new double[r.Length + 1];
        close[0] = 100;
        for (int i = 0; i < r.Length; i++) close[i + 1] = close[i] * (1 + r[i]);
        Candles candles = Made(close);
        Assert.Equal(1, MarketState.RelativeVolatility(candles, 60, 10), 1e-9);
        Assert.Equal(0.04 / Math.Sqrt((60 * 0.0001 + 10 * 0.0016) / 70), MarketState.RelativeVolatility(candles, 70, 10), 1e-9);
        Assert.Equal(1, MarketState.RelativeVolatility(candles, 5, 10));
        Assert.Equal(close[70] / close[60] - 1, MarketState.Trend(candles, 70, 10), 1e-12);
        var model = new Regimes { Period = 10 };
        Assert.Equal("turbulent-rising", Regimes.Kinds[model.Kind(candles, 70, 1.5)]);
        Assert.Equal("calm-falling", Regimes.Kinds[model.Kind(candles, 60, 1.5)]);
        Assert.Equal("calm-rising", Regimes.Kinds[model.Kind(candles, 61, 1.5)]);
    }

    static Candles Made(double[] close) => new()
    {
        Symbol = "XUSDT", Base = "X", Timeframe = Timeframe.Parse("1h"), OpenTime = [.. close.Select((_, t) => t * Hour)],
        Open = [close[0], .. close[..^1]], Close = close, High = [.. close.Select(c => c * 1.1)], Low = [.. close.Select(c => c / 1.1)],
        Volume = [.. close.Select(_ => 1.0)],
    };
}
