using FsCheck;
using FsCheck.Fluent;
using Models.Tests.Data;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.LabelMarket;

namespace NeuralCore.Models.Tests;

public class ReturnLabelTests
{
    const double NaN = double.NaN;

    [Fact]
    public void Returns_are_from_close_to_close()
    {
        // 100 -> 110 is +10 %, 110 -> 99 is -10 %, 99 -> 99 nothing; two candles on: 99 / 100 - 1 = -1 %, 99 / 110 - 1 = -10 %
        Candles c = Closes([100, 110, 99, 99]);
        AssertLabel(Labels.Returns(c, 1), [(0.1, 1), (-0.1, 2), (0, 3), (NaN, -1)]);
        AssertLabel(Labels.Returns(c, 2), [(-0.01, 2), (-0.1, 3), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.LogReturns(c, 1), [(0.0953101798043249, 1), (-0.105360515657826, 2), (0, 3), (NaN, -1)]);   // ln 1.1, ln 0.9
        AssertLabel(Labels.Returns(c, 4), [(NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.Returns(c, int.MaxValue), [(NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1)]);
    }

    [Fact]
    public void A_fill_return_goes_from_the_next_open_to_the_kth_close()
    {
        // candle 0 decides, the fill is the open 4 of candle 1: one candle on its close 8 is a doubling, two candles on 2 a halving
        Candles c = Bars([(1, 1, 1, 1), (4, 8, 4, 8), (6, 6, 2, 2)]);
        AssertLabel(Labels.FillReturns(c, 1), [(Math.Log(2), 1), (Math.Log(2.0 / 6), 2), (NaN, -1)]);
        AssertLabel(Labels.FillReturns(c, 2), [(-Math.Log(2), 2), (NaN, -1), (NaN, -1)]);
    }

    [Fact]
    public void A_missing_candle_leaves_only_what_lies_beside_it()
    {
        // hours 0 1 2 . 4 5: one candle ahead from 0, 1 and 4; two ahead from 0 alone
        Candles c = Closes([1, 2, 4, 8, 16], [0, 1, 2, 4, 5]);
        AssertLabel(Labels.Returns(c, 1), [(1, 1), (1, 2), (NaN, -1), (1, 4), (NaN, -1)]);
        AssertLabel(Labels.Returns(c, 2), [(3, 2), (NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1)]);
        // off the hourly grid: two steps make two hours, but neither is one
        c.OpenTime[1] = Hour / 2;
        AssertLabel(Labels.Returns(c, 2), [(NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1)]);
    }

    [Fact]
    public void Returns_equal_a_search_by_time() => Prop.ForAll(Seeds, Gen.Choose(1, 30).ToArbitrary(), (seed, k) =>
    {
        Candles c = Pairs(seed, 80)[0];
        var (simple, log, fill) = (Labels.Returns(c, k), Labels.LogReturns(c, k), Labels.FillReturns(c, k));
        var at = Enumerable.Range(0, c.Count).ToDictionary(t => c.OpenTime[t]);
        for (int t = 0; t < c.Count; t++)
        {
            bool known = Enumerable.Range(0, k + 1).All(j => at.ContainsKey(c.OpenTime[t] + j * Hour));
            int last = known ? at[c.OpenTime[t] + k * Hour] : -1;
            long knownAt = known ? c.OpenTime[last] + Hour : long.MaxValue;
            Assert.Equal((knownAt, knownAt, knownAt), (simple.KnownAt[t], log.KnownAt[t], fill.KnownAt[t]));
            AssertNear(known ? (c.Close[last] - c.Close[t]) / c.Close[t] : NaN, simple.Values[t]);
            AssertNear(known ? Math.Log(c.Close[last]) - Math.Log(c.Close[t]) : NaN, log.Values[t]);
            AssertNear(known ? Math.Log(c.Close[last]) - Math.Log(c.Open[at[c.OpenTime[t] + Hour]]) : NaN, fill.Values[t]);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_next_return_of_a_series_is_the_label_of_one_candle()
    {
        Candles c = SmallMarket.Candles(4, 200, 90);
        Assert.Equal(MarketSeries.Week3(c).NextReturn, Labels.Returns(c, 1).Values);
    }

    [Fact]
    public void Relative_returns_are_what_a_pair_does_beyond_the_middle_of_all()
    {
        // next candle: +10 %, +20 %, +60 %: median 20 %, mean 30 %. Then the third pair has a gap: +10 %, -10 %: the middle of two is 0.
        Label[] returns =
        [
            Labels.Returns(Closes([100, 110, 121]), 1),
            Labels.Returns(Closes([100, 120, 108]), 1),
            Labels.Returns(Closes([100, 160, 1000], [0, 1, 3]), 1),
        ];
        Label[] median = Labels.Relative(returns), mean = Labels.Relative(returns, Centre.Mean);
        AssertLabel(median[0], [(-0.1, 1), (0.1, 2), (NaN, -1)]);
        AssertLabel(median[1], [(0, 1), (-0.1, 2), (NaN, -1)]);
        AssertLabel(median[2], [(0.4, 1), (NaN, -1), (NaN, -1)]);
        AssertLabel(mean[0], [(-0.2, 1), (0.1, 2), (NaN, -1)]);
        AssertLabel(mean[1], [(-0.1, 1), (-0.1, 2), (NaN, -1)]);
        AssertLabel(mean[2], [(0.3, 1), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.Relative(returns[..1])[0], [(NaN, -1), (NaN, -1), (NaN, -1)]);   // a pair alone has no market
        Assert.Empty(Labels.Relative([]));
    }

    [Fact]
    public void Relative_returns_equal_a_search_by_time() => Prop.ForAll(Seeds, Gen.Choose(1, 4).ToArbitrary(), (seed, k) =>
    {
        Label[] returns = [.. Pairs(seed, 60).Concat(Pairs(seed + 9, 50)).Select(c => Labels.LogReturns(c, k))];
        foreach (Centre centre in Enum.GetValues<Centre>())
        {
            Label[] relative = Labels.Relative(returns, centre);
            for (int i = 0; i < returns.Length; i++)
                for (int t = 0; t < returns[i].Values.Length; t++)
                {
                    double[] all = [.. returns.Select(r => (r, Array.IndexOf(r.Candles.OpenTime, returns[i].Candles.OpenTime[t])))
                        .Where(x => x.Item2 >= 0).Select(x => x.r.Values[x.Item2]).Where(double.IsFinite).Order()];
                    double middle = all.Length < 2 ? NaN : centre == Centre.Mean ? all.Sum() / all.Length
                        : (all[(all.Length - 1) / 2] + all[all.Length / 2]) / 2;
                    AssertNear(returns[i].Values[t] - middle, relative[i].Values[t]);
                }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Skew_alone_beats_the_mean_of_the_ten_pairs_but_not_their_median()
    {
        CandleSet set = DataFolder.Find(SharedFolder.Require("data"), Timeframe.Parse("1h"))
            .Load(cancellation: TestContext.Current.CancellationToken);
        Label[] returns = [.. set.Pairs.Select(c => Labels.Returns(c, 10))];
        Assert.InRange(Below(Centre.Mean), 0.535, 0.545);
        Assert.InRange(Below(Centre.Median), 0.499, 0.501);

        double Below(Centre centre)
        {
            double[] y = [.. Labels.Relative(returns, centre).SelectMany(r => r.Values).Where(v => v < 0 || v > 0)];
            return y.Count(v => v < 0) / (double)y.Length;
        }
    }

    [Fact]
    public void Directions_have_a_neutral_zone_of_fixed_width()
    {
        Candles c = Closes([100, 101, 103.02, 101.9898, 101.9898]);   // +1 %, +2 %, -1 %, 0
        AssertLabel(Labels.Directions(Labels.Returns(c, 1), new LabelRule(0.015, 0)), [(1, 1), (2, 2), (1, 3), (1, 4), (NaN, -1)]);
        AssertLabel(Labels.Directions(Labels.Returns(c, 1), new LabelRule(0.005, 0)), [(2, 1), (2, 2), (0, 3), (1, 4), (NaN, -1)]);
        AssertLabel(Labels.Directions(Labels.Returns(c, 1), new LabelRule(0, 0)), [(2, 1), (2, 2), (0, 3), (1, 4), (NaN, -1)]);
    }

    [Fact]
    public void Directions_have_a_neutral_zone_that_follows_the_volatility()
    {
        // The same +1 % is neutral at σ = 2 % and up at σ = 0.4 %, with c = 1; σ = 0 or unknown gives no label.
        Candles c = Closes([100, 101, 102.01, 103.0301, 104.060401]);
        double[] sigma = [0.02, 0.004, 0, NaN, 0.01];
        Label scaled = Labels.Scaled(Labels.Returns(c, 1), sigma);
        AssertLabel(scaled, [(0.5, 1), (2.5, 2), (NaN, -1), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.Directions(scaled, new LabelRule(1, 0)), [(1, 1), (2, 2), (NaN, -1), (NaN, -1), (NaN, -1)]);
    }

    [Fact]
    public void A_quantile_is_fitted_on_what_is_known_by_a_moment()
    {
        // |returns| 10 %, 20 %, 30 %, 40 % of one pair and 50 % of another, known at the ends of hours 1, 2, 3, 4 and 1
        Label[] returns = [Labels.Returns(Closes([100, 110, 88, 114.4, 68.64]), 1), Labels.Returns(Closes([100, 150]), 1)];
        LabelRule all = LabelRule.Fit(returns, long.MaxValue, 0.4);
        Assert.Equal((0.2, 0.3), (Math.Round(all.Threshold, 9), Math.Round(all.MeanMove, 9)));
        LabelRule early = LabelRule.Fit(returns, 3 * Hour, 0.4);   // 10 %, 20 %, 50 %
        Assert.Equal(0.2, early.Threshold, 1e-9);
        Assert.Equal(0.8 / 3, early.MeanMove, 1e-9);
        Assert.Equal(LabelRule.Fit([0.1, -0.2, 0.5], 0.4).Threshold, early.Threshold, 9);
        Says("expected training rows, got none", () => LabelRule.Fit(returns, Hour));
        Says("got NaN at row 1", () => LabelRule.Fit([0.1, NaN]));
    }

    [Fact]
    public void Wrong_arguments_are_errors_that_say_so()
    {
        Candles c = Closes([1, 2, 3]);
        Candles minutes = new()
        {
            Symbol = "YUSDT", Base = "Y", Timeframe = Timeframe.Parse("1m"), OpenTime = c.OpenTime,
            Open = c.Open, High = c.High, Low = c.Low, Close = c.Close, Volume = c.Volume,
        };
        Says("Returns: expected a horizon of at least 1 candle, got 0", () => Labels.Returns(c, 0));
        Says("FillReturns: expected a horizon of at least 1 candle, got -3", () => Labels.FillReturns(c, -3));
        Says("RealisedVolatility: expected a horizon", () => Labels.RealisedVolatility(c, 0));
        Says("RangeAboveMedian: expected a period", () => Labels.RangeAboveMedian(c, 0));
        Says("Volatility: expected a period of at least 2", () => Labels.Volatility(c, 1));
        Says("Scaled: expected 3 volatilities, one a candle of XUSDT, got 1", () => Labels.Scaled(Labels.Returns(c, 1), [1]));
        Says("TripleBarrier: expected 3 volatilities", () => Labels.TripleBarrier(c, [1]));
        Says("TripleBarrier: expected barriers above 0 σ, got 2 and NaN", () =>
            Labels.TripleBarrier(c, [1, 1, 1], new BarrierOptions { Lower = NaN }));
        Says("TripleBarrier: expected a horizon", () => Labels.TripleBarrier(c, [1, 1, 1], new BarrierOptions { Horizon = 0 }));
        Says("pairs of one timeframe, got YUSDT at 1m and XUSDT at 1h",
            () => Labels.Relative([Labels.Returns(c, 1), Labels.Returns(minutes, 1)]));
        Says("returns of one horizon", () => Labels.Relative([Labels.Returns(c, 1), Labels.Returns(c, 2)]));
        Says("expected Median or Mean, got 7", () => Labels.Relative([], (Centre)7));
    }

    static void Says(string reason, Func<object> act) =>
        Assert.Contains(reason, Assert.ThrowsAny<ArgumentException>(() => _ = act()).Message, StringComparison.Ordinal);
}
