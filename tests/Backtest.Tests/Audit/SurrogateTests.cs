using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Audit;

public class SurrogateTests
{
    static readonly Candles Pair =
        MadeUp.WithFlow(SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 1, Candles = 4_000 }).Candles[0]);

    [Fact]
    public void A_shuffled_market_keeps_sizes_and_draws_directions_by_coins()
    {
        Candles other = SurrogateMarket.Shuffled(Pair, 7);
        int same = 0;
        for (int t = 1; t < Pair.Count; t++)
        {
            double was = Math.Log(Pair.Close[t] / Pair.Close[t - 1]), now = Math.Log(other.Close[t] / other.Close[t - 1]);
            Assert.Equal(Math.Abs(was), Math.Abs(now), 1e-12);
            Assert.Equal(Pair.High[t] / Pair.Low[t], other.High[t] / other.Low[t], 1e-12);
            Assert.True(other.Low[t] <= Math.Min(other.Open[t], other.Close[t])
                && other.High[t] >= Math.Max(other.Open[t], other.Close[t]));
            Assert.InRange(other.TakerBuyVolume![t], 0, other.Volume[t]);
            double share = other.TakerBuyVolume[t] / other.Volume[t], before = Pair.TakerBuyVolume![t] / Pair.Volume[t];
            Assert.Equal(Math.Sign(was) == Math.Sign(now) ? before : 1 - before, share, 1e-9);
            if (Math.Sign(was) == Math.Sign(now)) same++;
        }
        Assert.Equal(Pair.Volume, other.Volume);
        Assert.InRange(same, 1_850, 2_150);           // 2,000 ± 4.7 standard deviations
        Assert.Equal(SurrogateMarket.Shuffled(Pair, 7).Close, other.Close);
        Assert.NotEqual(SurrogateMarket.Shuffled(Pair, 8).Close, other.Close);
    }

    [Fact]
    public void Pairs_that_moved_together_still_do()
    {
        Candles half = Pair.With(Pair.OpenTime, column => [.. column.Select(x => x / 2)]).Part(100..);
        Candles a = SurrogateMarket.Shuffled(Pair, 3), b = SurrogateMarket.Shuffled(half, 3);
        for (int t = 1; t < b.Count; t++) Assert.Equal(a.Close[100 + t] / a.Close[99 + t], b.Close[t] / b.Close[t - 1], 1e-12);
    }

    [Fact]
    public void Simulated_pairs_have_the_columns_of_the_real_ones()
    {
        Candles[] markets = SurrogateMarket.Simulated([Pair.Part(..300), Pair.Part(..200)], 0.5, 1);
        Assert.Equal([300, 300], markets.Select(m => m.Count));
        Assert.All(markets,
            m => Assert.True(m.QuoteVolume is not null && m.TakerBuyVolume!.Zip(m.Volume).All(x => x.First >= 0 && x.First <= x.Second)));
        Candles plain = SurrogateMarket.Simulated([MadeUp.Candles("AAA", 300)], 0.5, 1, candles: 500)[0];
        Assert.Equal((500, null, null), (plain.Count, plain.QuoteVolume, plain.TakerBuyVolume));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_future_is_valid_and_begins_at_its_time(bool rises)
    {
        long cut = Pair.OpenTime[1_000];
        Candles other = OtherFuture.Of(Pair, cut, rises);
        Assert.Equal(Pair.Close[..1_000], other.Close[..1_000]);
        for (int t = 1_000; t < Pair.Count; t++)
        {
            Assert.True(other.Low[t] > 1_000 * Pair.Low[t] && other.Low[t] <= Math.Min(other.Open[t], other.Close[t])
                && other.High[t] >= Math.Max(other.Open[t], other.Close[t]));
            Assert.True(other.TakerBuyVolume![t] <= other.Volume[t] && other.QuoteVolume![t] >= other.Volume[t] * other.Low[t]);
            if (t > 1_000) Assert.Equal(rises, other.Close[t] > other.Close[t - 1]);
        }
    }

    /// <summary>The interval of coins holds ½ as often as it says, also where three pairs always move together.</summary>
    [Fact]
    public void The_interval_of_coins_holds_its_level()
    {
        Candles[] together = [.. Enumerable.Range(0, 3).Select(_ => Pair.Part(..400))];
        var set = new FeatureSet("none", 1, ["x"]);
        int held = 0;
        const int trials = 400;
        for (int trial = 0; trial < trials; trial++)
        {
            MarketSeries[] series = [.. together.Select(c => SurrogateMarket.Shuffled(c, (ulong)trial))
                .Select(c => new MarketSeries(c, [new double[c.Count]], set))];
            Windows rows = Windows.Select(series, 1, (_, _) => true);
            var random = new CounterRandom((ulong)trial, 99);
            Prediction[] p = [.. Enumerable.Range(0, rows.Count).Select(_ => random.NextDouble() < 0.8 ? new Prediction(0.2f, 0.2f, 0.6f)
                : new Prediction(0.6f, 0.2f, 0.2f))];
            if (ChanceAccuracy.Of(rows, p, 0.9).Interval.Contains(0.5)) held++;
        }
        Assert.InRange(held, 0.9 * trials - 24, 0.9 * trials + 24);    // 4 standard deviations of a binomial share
    }

    [Fact]
    public void Accuracy_counts_hits_and_halves_ties()
    {
        Candles c = MadeUp.Candles("AAA", 5).With(MadeUp.Candles("AAA", 5).OpenTime, column => [1, 2, 1, 1, 2]);
        Windows rows = Windows.Select([new MarketSeries(c, [new double[5]])], 1, (_, _) => true);      // returns: up, down, none, up
        ChanceAccuracy rate = ChanceAccuracy.Of(rows, [new(0, 0, 1), new(0, 0, 1), new(0, 0, 1), new(0.5f, 0, 0.5f)], 0.95);
        Assert.Equal((0.5, 3), (rate.Accuracy, rate.N));
        Assert.Equal(1.959964 * Math.Sqrt(0.5) / 3, rate.Interval.HalfWidth, 1e-5);
    }
}
