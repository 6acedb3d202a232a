using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

public class AttentionTests
{
    static readonly FoldOptions folds = new() { Count = 2, MinimumTrainingCandles = 100 };

    static readonly Candles[] market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 2400, Seed = 5 }).Candles;

    static V31 Small => new() { Hidden = 4, Attention = 4, Units = 4, Epochs = 1, BatchSize = 256 };

    static BacktestResult Run(params DirectionModel[] models) => BacktestRun.Run(
        new BacktestData { Pairs = market, Description = "test", Hash = CandleSet.Hash(market), PairNotes = [[], []] },
        new BacktestOptions { Models = models, Folds = folds, Threads = 2 }, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []));

    [Fact]
    public void Each_month_of_the_test_has_the_mean_weight_of_each_candle_of_the_window()
    {
        BacktestResult result = Run(new V2(), Small, new EnsembleModel { Network = Small });
        IReadOnlyList<AttentionMonth> attention = result.Models[1].Attention;
        Assert.Empty(result.Models[0].Attention);
        Assert.Equal(attention.Select(m => m.MonthStart), result.Models[2].Attention.Select(m => m.MonthStart));
        Assert.Equal(attention.SelectMany(m => m.Weights), result.Models[2].Attention.SelectMany(m => m.Weights));
        long[] months = [.. result.Rows.Time.Select(Month).Distinct().Order()];
        Assert.True(months.Length > 1);
        Assert.Equal(months, attention.Select(m => m.MonthStart));
        foreach (AttentionMonth month in attention)
        {
            // The tests have fewer rows than are looked at: every one counts.
            Assert.Equal(result.Rows.Time.LongCount(time => Month(time) == month.MonthStart), month.Rows);
            Assert.Equal(20, month.Weights.Length);
            Assert.Equal(1, month.Weights.Sum(), 5);
            Assert.All(month.Weights, w => Assert.InRange(w, 0, 1));
        }
        Assert.NotEqual(attention[0].Weights, attention[1].Weights);
    }

    [Fact]
    public void The_weights_are_those_that_the_network_gives()
    {
        MarketSeries[] series = MarketSeries.Of(market, [FeatureSet.Named("week3")]);
        Windows rows = Windows.Select(series, 20, (_, time) => time < market[0].OpenTime[1500]),
            test = Windows.Select(series, 20, (p, time) => p == 1 && time >= market[0].OpenTime[2330]);
        var predictor = (NetworkPredictor)Small.Create();
        predictor.Fit(rows, rows, new FitContext(3));
        AttentionMonth month = Assert.Single(AttentionOverTime.Of(predictor, test));
        Assert.Equal(test.Count, month.Rows);
        // One row at a time, by the layers themselves.
        Windows scaled = test.Scaled(predictor.Scaler!);
        var mean = new double[20];
        Tape tape = predictor.Network.Tape();
        tape.Watch = (layer, what, values) =>
        {
            if (layer is AdditiveAttention) for (int t = 0; t < 20; t++) mean[t] += values.Row(0)[t] / (double)test.Count;
        };
        for (int row = 0; row < test.Count; row++)
        {
            var x = new Tensor(1, 20, 6);
            scaled.Copy([row], x.Span, default);
            predictor.Network.Predict(x, tape);
        }
        Assert.Equal(mean, month.Weights, new Near());
    }

    [Fact]
    public void Months_of_several_jobs_are_joined_by_their_rows()
    {
        AttentionMonth a = new(10, 1, [1, 0]), b = new(5, 2, [0.5, 0.5]), c = new(10, 3, [0, 1]);
        IReadOnlyList<AttentionMonth> joined = AttentionOverTime.Join([a, b, c]);
        Assert.Equal([(5L, 2L), (10L, 4L)], joined.Select(m => (m.MonthStart, m.Rows)));
        Assert.Equal([0.25, 0.75], joined[1].Weights);
        Assert.Empty(AttentionOverTime.Join([]));
    }

    static long Month(long time)
    {
        DateTime day = DateTime.UnixEpoch.AddMicroseconds(time);
        return (long)(new DateTime(day.Year, day.Month, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMicroseconds;
    }

    sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-9;

        public int GetHashCode(double x) => 0;
    }
}
