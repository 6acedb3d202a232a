using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class FeatureChecksTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. FeatureSet.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_feature_looks_ahead(string name)
        => Assert.Empty(FeatureChecks.Truncation(FeatureSet.Named(name), FeatureMarket.Three(500), cuts: 12, Token)
            .Select(l => l.ToString()));

    [Fact]
    public void No_registered_feature_looks_ahead()
        => Assert.Empty(FeatureChecks.Truncation([.. Feature.All], FeatureMarket.Three(300, seed: 77), cuts: 6, Token)
            .Select(l => l.ToString()));

    /// <summary>Features that look ahead, each in another way, and what shows it.</summary>
    static readonly Feature[] Planted =
    [
        new("next_return", p => p.Map(t => t + 1 < p.Count ? p.Candles.Close[t + 1] / p.Candles.Close[t] - 1 : 0)),
        new("next_shape", p => p.Map(t => t + 1 < p.Count ? Shape(p.Candles, t + 1) : Shape(p.Candles, t))),
        new("centred", p => { double mean = p.Candles.Close.Average(); return p.Map(t => p.Candles.Close[t] / mean); }),
        new("market_next", FeatureNeeds.AllPairs, p => p.MarketMean(Next)),
        new("hour_open", p =>
        {
            Candles longer = MultiTimeframe.Resample(p.Candles, Timeframe.Parse("4h"), incomplete: true);   // by open, not by close
            return p.Map(t => longer.Close[Array.FindLastIndex(longer.OpenTime, o => o <= p.Candles.OpenTime[t])]);
        }),
    ];

    static double[] Next(MarketPair p) => p.Map(t => p.Candles.Volume[Math.Min(t + 1, p.Count - 1)]);

    static double Shape(Candles c, int t) => c.High[t] == c.Low[t] ? 0 : (c.Close[t] - c.Low[t]) / (c.High[t] - c.Low[t]);

    [Fact]
    public void Planted_leaks_are_caught_and_named()
    {
        Candles[] pairs = FeatureMarket.Three(400);
        Feature[] features = [.. Planted, Feature.Named("z0"), Feature.Named("mz0")];
        IReadOnlyList<FeatureLeak> leaks = FeatureChecks.Truncation(features, pairs, cuts: 8, Token);
        Assert.Equal(Planted.Select(f => f.Name).Order(), leaks.Select(l => l.Feature).Distinct().Order());
        foreach (FeatureLeak leak in leaks)
        {
            Candles pair = pairs.Single(p => p.Symbol == leak.Symbol);
            Assert.Equal(pair.OpenTime[leak.Candle], leak.OpenTime);
            Assert.True(leak.OpenTime < leak.Cut);
            Assert.NotEqual(leak.Expected, leak.Actual);
            int changed = Array.FindIndex(pair.OpenTime, t => t >= leak.Cut);
            if (leak.Feature.StartsWith("next", StringComparison.Ordinal))
                Assert.Equal(changed < 0 ? pair.Count - 1 : changed - 1, leak.Candle);
            if (leak.Feature == "centred") Assert.Equal(0, leak.Candle);
        }
        Assert.Contains(leaks, l => l.Feature == "market_next" && l.Change == FutureChange.Multiplied);
        Assert.Matches("feature 'next_return' of [A-Z]+ looks ahead: at candle [0-9]+, [0-9T:Z-]+, expected .* deleted",
            leaks.First(l => l.Feature == "next_return" && l.Change == FutureChange.Deleted).ToString());
    }

    [Fact]
    public void A_leak_from_another_pair_is_caught_in_the_pair_that_sees_it()
    {
        Feature feature = new("lead", FeatureNeeds.AllPairs | FeatureNeeds.Leader, p => p.OfLeader(Next));
        Candles[] pairs = [FeatureMarket.Full(1, 200, "BTC"), FeatureMarket.Full(2, 200, "ETH")];
        Assert.Contains(FeatureChecks.Truncation([feature], pairs, cuts: 4, Token), l => l.Symbol == "ETHUSDT");
    }

    [Fact]
    public void Warm_up_is_what_the_definitions_say()
    {
        Feature[] features =
        [
            new("close", p => p.Candles.Close),
            new("mean10", p => p.Map(t => t < 9 ? double.NaN : p.Candles.Close[(t - 9)..(t + 1)].Sum() / 10)),
            new("since_start", p => p.Map(t => p.Candles.Close[t] / p.Candles.Close[0])),
            new("never", p => p.Map(_ => double.NaN)),
            Feature.Named("trend"), Feature.Named("rsi"), Feature.Named("pos12"), Feature.Named("z0"),
        ];
        var found = FeatureChecks.WarmUp(features, FeatureMarket.Three(3000), cancellation: Token).ToDictionary(w => w.Feature);
        Assert.Equal(new FeatureWarmUp("close", 1, 1), found["close"]);
        Assert.Equal(new FeatureWarmUp("mean10", 10, 10), found["mean10"]);
        Assert.Equal(new FeatureWarmUp("since_start", 1, null), found["since_start"]);
        Assert.Equal(new FeatureWarmUp("never", null, null), found["never"]);
        Assert.Equal(new FeatureWarmUp("trend", 21, 21), found["trend"]);
        Assert.Equal(new FeatureWarmUp("pos12", 12, 12), found["pos12"]);
        Assert.Equal(15, found["rsi"].Known);
        // Wilder's average forgets a fourteenth a candle: a millionth is left after ln 1e6 / -ln(13/14) = 186 candles, more or less.
        Assert.InRange(found["rsi"].Settled!.Value, 120, 260);
        // EW48 of r² forgets 2/49 a candle: 331 candles for a millionth.
        Assert.Equal(2, found["z0"].Known);
        Assert.InRange(found["z0"].Settled!.Value, 200, 500);
    }

    [Fact]
    public void Every_feature_settles()
    {
        IReadOnlyList<FeatureWarmUp> found = FeatureChecks.WarmUp([.. Feature.All], FeatureMarket.Three(6000), starts: 3, Token);
        Assert.Equal(Feature.All.Select(f => f.Name), found.Select(w => w.Feature));
        // Over a median of seven days.
        HashSet<string> week = [.. FeatureSet.Named("volatility").Features.Except(["z0", "clv0", "hour", "weekday"])];
        Assert.All(found,
            w => Assert.True(w.Known >= 1 && w.Known <= (week.Contains(w.Feature) ? 168 : 60) && w.Settled >= w.Known && w.Settled <= 2500,
                w.ToString()));
    }

    [Fact]
    public void Nothing_to_check_finds_nothing()
    {
        Assert.Empty(FeatureChecks.Truncation(FeatureSet.Named("week3"), [FeatureMarket.Full(1, 0, "BTC")], cancellation: Token));
        Assert.Empty(FeatureChecks.Truncation(FeatureSet.Named("week3"), [], cancellation: Token));
    }

    [Fact]
    public void Too_few_candles_to_tell_the_warm_up_are_an_error_that_says_so()
    {
        FeatureSet week3 = FeatureSet.Named("week3");
        foreach (int count in (int[])[0, 1, 30, 99])
        {
            Candles[] pairs = [FeatureMarket.Full(1, 300, "BTC"), FeatureMarket.Full(2, count, "ETH")];
            Says($"WarmUp: expected at least 100 candles of every pair, got {count}", week3, pairs);
        }
        Says("WarmUp: expected at least 100 candles of every pair, got 0", week3, []);
        Assert.All(FeatureChecks.WarmUp(week3, [FeatureMarket.Full(1, 100, "BTC")], cancellation: Token), w => Assert.NotNull(w.Known));

        // 180 candles of 200 make it known, and a start within the first half leaves fewer.
        Feature slow = new("mean180", p => p.Map(t => t < 179 ? double.NaN : p.Candles.Close[(t - 179)..(t + 1)].Average()));
        Assert.Matches("WarmUp of feature 'mean180': expected at least 180 candles of BTCUSDT from [0-9T:Z-]+ on, got 1[0-9]{2}$",
            Assert.Throws<ArgumentException>(() => FeatureChecks.WarmUp([slow], [FeatureMarket.Full(1, 200, "BTC")], cancellation: Token))
                .Message);

        static void Says(string message, FeatureSet set, Candles[] pairs)
            => Assert.Equal(message, Assert.Throws<ArgumentException>(() => FeatureChecks.WarmUp(set, pairs, cancellation: Token)).Message);
    }
}
