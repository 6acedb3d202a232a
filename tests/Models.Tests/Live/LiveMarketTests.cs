using FsCheck;
using FsCheck.Fluent;
using Models.Tests.Data;
using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models.Tests;

public sealed class LiveMarketTests
{
    const int Window = 20;
    const string Longer = "mz0@3,rsi_14@4,btc0@2,relative_return,mtb4@6,hour";

    /// <summary>The clock stands after all candles.</summary>
    sealed class Clock(long now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMicroseconds(now);
    }

    public static TheoryData<string> Sets => [.. FeatureSet.All.Select(s => s.Name)];

    /// <summary>Feeds the candles after the first ones in the order of time and compares each pair's window with that of all candles so
    /// far.</summary>
    static void Compare(Candles[] pairs, FeatureSet set, int known, int step)
    {
        long start = pairs.Max(p => p.OpenTime[0]) + known * pairs[0].Timeframe.Microseconds;
        var live = new LiveMarket([.. pairs.Select(p => p.Part(..p.CountBefore(start)))], [set], Window);
        MarketSeries[] whole = MarketSeries.Of(pairs, [set]);
        bool exact = set.Definitions.All(f => f.Span < Feature.LongSpan);
        int compared = 0;
        IEnumerable<(int Pair, int T)> coming = pairs.SelectMany((p, i) => Enumerable.Range(0, p.Count).Skip(p.CountBefore(start))
            .Select(t => (Pair: i, T: t)));
        foreach (IGrouping<long, (int Pair, int T)> now in coming.GroupBy(c => pairs[c.Pair].OpenTime[c.T]).OrderBy(g => g.Key))
        {
            foreach ((int pair, int t) in now) live.Push(LiveCandle.Of(pairs[pair], t));
            if (now.Key / pairs[0].Timeframe.Microseconds % step != 0) continue;
            foreach ((int pair, int t) in now)
            {
                MarketSeries series = live.Series(pairs[pair].Symbol, [set]);
                int end = series.Candles.Count - 1;
                Assert.Equal(whole[pair].HasWindow(t, Window), series.HasWindow(end, Window));
                if (!series.HasWindow(end, Window)) continue;
                Assert.Equal(pairs[pair].OpenTime[t], series.Candles.OpenTime[end]);
                ReadOnlySpan<float> expected = Windows.At(whole[pair], Window, t).Window(0);
                ReadOnlySpan<float> actual = Windows.At(series, Window, end).Window(0);
                if (exact) Assert.True(expected.SequenceEqual(actual), $"{set.Name} of {pairs[pair].Symbol} at {t}");
                else
                    for (int i = 0; i < expected.Length; i++)
                        Assert.Equal(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
                compared++;
            }
        }
        Assert.True(compared > 20, $"{compared} windows");
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Features_of_a_new_candle_are_those_of_the_whole_history(string set)
        => Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(),
            seed => Compare(FeatureMarket.Three(900, seed), FeatureSet.Named(set), known: 700, step: 3))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Features_of_a_real_candle_are_those_of_the_whole_history(string set)
    {
        string data = SharedFolder.Require(Path.Combine("data", "klines"));
        Candles[] pairs = DataFolder.Find(data, Timeframe.Parse("1h"), ["BTC", "ETH", "SOL"]).Load().Pairs;
        long from = pairs.Max(p => p.OpenTime[0]);
        Compare([.. pairs.Select(p => p.Part(p.CountBefore(from)..(p.CountBefore(from) + 3_000)))], FeatureSet.Named(set),
            known: 2_500, step: 5);
    }

    [Fact]
    public void Features_of_longer_candles_go_on_too()
    {
        string[] columns = ["rsi_14@4", "mz0@6", "macd_12_26@3", "tb0", "btc0@2", "range_0@12"];
        Compare(FeatureMarket.Three(4_000, 9), new FeatureSet("longer", 1, columns), known: 3_600, step: 1);
        Candles btc = FeatureMarket.Full(2, 3_000, "BTC");
        Compare([btc], new FeatureSet("longest", 1, ["adx_14@24", "return_24@24", "leg_made@4"]), known: 2_500, step: 1);
    }

    static FeatureSet Set(string features)
        => FeatureSet.All.FirstOrDefault(s => s.Name == features) ?? new FeatureSet("mine", 1, features.Split(','));

    static Candles[] Gapless(int count, int seed)
        => [.. FeatureMarket.Bases.Select((name, i) => FeatureMarket.Full(seed + i, count, name))];

    static Candles[] UpTo(Candles[] pairs, int[] known) => [.. pairs.Zip(known, (p, n) => p.Part(..n))];

    /// <summary>Whether a pair has a window at its last candle, which is then that of all candles so far.</summary>
    static bool HasWindowOfWholeHistory(LiveMarket live, Candles[] now, FeatureSet set, int window, int asked)
    {
        MarketSeries whole = MarketSeries.Of(now, [set])[asked], series = live.Series(now[asked].Symbol, [set]);
        int end = now[asked].Count - 1, last = series.Candles.Count - 1;
        Assert.Equal(whole.HasWindow(end, window), series.HasWindow(last, window));
        if (!whole.HasWindow(end, window)) return false;
        ReadOnlySpan<float> expected = Windows.At(whole, window, end).Window(0);
        Assert.True(expected.SequenceEqual(Windows.At(series, window, last).Window(0)), $"{now[asked].Symbol} at {end}");
        return true;
    }

    /// <summary>
    /// A pair stops now and then, for up to <paramref name="longest"/> candles, and brings them later, all at once; any pair is asked for
    /// at any time.
    /// </summary>
    static void CatchUp(Candles[] pairs, FeatureSet set, int seed, int window, int longest)
    {
        int length = pairs[1].Count, begin = length - 120;
        long[] times = pairs[1].OpenTime;
        int[] known = [.. pairs.Select(p => p.CountBefore(times[begin]))], stopped = new int[pairs.Length];
        var live = new LiveMarket(UpTo(pairs, known), [set], window);
        var random = new CounterRandom((ulong)seed, 7);
        int compared = 0;
        int Below(int limit) => (int)(random.NextDouble() * limit);
        for (int t = begin; t < length; t++)
            for (int pair = 0; pair < pairs.Length; pair++)
            {
                stopped[pair] = stopped[pair] > 0 ? stopped[pair] - 1 : Below(12) == 0 ? Below(longest) : 0;
                for (int end = pairs[pair].CountBefore(times[t] + 1); stopped[pair] == 0 && known[pair] < end; known[pair]++)
                    live.Push(LiveCandle.Of(pairs[pair], known[pair]));
                if (Below(3) == 0 && Compare(Below(pairs.Length))) compared++;
            }
        Assert.True(compared > 5, $"{compared} windows");

        bool Compare(int asked)
        {
            Candles[] now = UpTo(pairs, known);
            if (!set.NeedsAllPairs || now.Max(p => p.OpenTime[^1]) <= now[asked].OpenTime[^1] + LiveMarket.Lag * SmallMarket.Hour)
                return HasWindowOfWholeHistory(live, now, set, window, asked);
            Assert.Throws<InvalidOperationException>(() => live.Series(now[asked].Symbol));
            return false;
        }
    }

    [Theory]
    [InlineData("extended", 8)]
    [InlineData("extended", 60)]
    [InlineData("standard", 8)]
    [InlineData("volatility", 8)]
    [InlineData(Longer, 8)]
    [InlineData(Longer, 60)]
    public void Pairs_that_were_behind_are_seen_as_if_they_had_never_been(string features, int window)
        => Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), seed =>
        {
            CatchUp(FeatureMarket.Three(440, seed), Set(features), seed, window, longest: 40);
            CatchUp(Gapless(440, seed), Set(features), seed, window, longest: 80);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    /// <summary>Two pairs go on, the late one brings all its candles at once, then the <paramref name="again"/> ones go on before the pair
    /// is asked for that had been there.</summary>
    [Theory]
    [InlineData("extended", 60, "SOL", "")]
    [InlineData("extended", 60, "BTC", "")]
    [InlineData("extended", 60, "BTC", "SOL")]
    [InlineData("extended", 60, "SOL", "BTC")]
    [InlineData("extended", 240, "BTC", "SOL,BTC")]
    [InlineData(Longer, 60, "BTC", "SOL")]
    [InlineData("multi-tf", 241, "BTC", "SOL")]
    [InlineData("multi-tf", 241, "SOL", "SOL,BTC")]
    public void A_pair_that_brings_many_late_candles_keeps_those_that_others_need(string features, int window, string late, string again)
    {
        FeatureSet set = features == "multi-tf"
            ? DirectionModel.Named(features).WithFeatures(FeatureSet.Named("extended")).FeatureSets[^1] : Set(features);
        int begin = features == "multi-tf" ? 3_000 : 600;
        foreach (int behind in (int[])[12, 50, window + 30])
        {
            Candles[] pairs = Gapless(begin + behind + LiveMarket.Lag, behind);
            int[] known = [.. pairs.Select(_ => begin)];
            var live = new LiveMarket(UpTo(pairs, known), [set], window);
            void Push(string name, int count)
            {
                for (int pair = Array.IndexOf(FeatureMarket.Bases, name); count > 0; count--)
                    live.Push(LiveCandle.Of(pairs[pair], known[pair]++));
            }
            foreach (string name in FeatureMarket.Bases.Where(name => name != late)) Push(name, behind);
            Push(late, behind);
            foreach (string name in again.Split(',', StringSplitOptions.RemoveEmptyEntries)) Push(name, LiveMarket.Lag);
            // ETH only waits; a pair that goes on before BTC does has no window.
            Assert.True(HasWindowOfWholeHistory(live, UpTo(pairs, known), set, window, asked: 0));
            for (int asked = 1; asked < pairs.Length; asked++) HasWindowOfWholeHistory(live, UpTo(pairs, known), set, window, asked);
        }
    }

    [Fact]
    public async Task A_market_that_several_threads_push_to_and_ask_ends_as_if_one_had()
    {
        const int window = 60, begin = 400, length = 700;
        FeatureSet across = FeatureSet.Named("extended"), alone = FeatureSet.Named("week3");
        Candles[] pairs = Gapless(length, 11);
        MarketSeries[] whole = MarketSeries.Of(pairs, [across, alone]);
        var live = new LiveMarket([.. pairs.Select(p => p.Part(..begin))], [across, alone], window);
        CancellationToken stop = TestContext.Current.CancellationToken;
        Task pushing = Task.WhenAll(pairs.Select(pair => Task.Run(() =>
        {
            for (int t = begin; t < length; t++) live.Push(LiveCandle.Of(pair, t));
        }, stop)));
        Task asking = Task.WhenAll(Enumerable.Range(0, pairs.Length).Select(asked => Task.Run(() =>
        {
            do
            {
                // Features of the pair alone do not depend on how far the others are.
                MarketSeries series = live.Series(pairs[asked].Symbol, [alone]);
                int last = series.Candles.Count - 1, t = Array.IndexOf(pairs[asked].OpenTime, series.Candles.OpenTime[last]);
                int width = alone.Features.Count, count = window * width;
                ReadOnlySpan<float> expected = whole[asked].Features(alone).AsSpan((t + 1) * width - count, count);
                Assert.True(expected.SequenceEqual(series.Features(alone).AsSpan()[^count..]), $"{pairs[asked].Symbol} at {t}");
            }
            while (!pushing.IsCompleted);
        }, stop)));
        await Task.WhenAll(pushing, asking);
        for (int asked = 0; asked < pairs.Length; asked++)
            Assert.True(HasWindowOfWholeHistory(live, pairs, across, window, asked));
    }

    [Fact]
    public void A_window_takes_room_only_for_the_candles_that_are_there()
    {
        Candles all = FeatureMarket.Full(5, 400, "BTC");
        FeatureSet set = FeatureSet.Named("week3");
        long before = GC.GetAllocatedBytesForCurrentThread();
        var live = new LiveMarket([all.Part(..300)], [set], window: 1 << 20);
        for (int t = 300; t < 400; t++) live.Push(LiveCandle.Of(all, t));
        MarketSeries series = live.Series("BTCUSDT", [set]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 32 << 20);
        Assert.Equal(all.OpenTime, series.Candles.OpenTime);
        foreach (int window in (int[])[int.MaxValue, LiveMarket.MaxWindow + 1, 0, -1])
            Assert.Contains("live market: expected a window of 1 to",
                Assert.Throws<ArgumentOutOfRangeException>(() => new LiveMarket([all], [set], window)).Message);
    }

    [Fact]
    public void A_series_stays_as_it_is_when_the_market_goes_on()
    {
        FeatureSet set = FeatureSet.Named("reversal7");
        Candles[] pairs = [.. FeatureMarket.Bases.Select((name, i) => FeatureMarket.Full(i, 300, name))];
        var live = new LiveMarket([.. pairs.Select(p => p.Part(..200))], [set], Window);
        MarketSeries series = live.Series("BTCUSDT");
        (float[] features, long[] times) = ([.. series.Features(set)], [.. series.Candles.OpenTime]);
        foreach (Candles pair in pairs)
            for (int t = 200; t < 240; t++) live.Push(LiveCandle.Of(pair, t));
        Assert.NotEqual(times, live.Series("BTCUSDT").Candles.OpenTime);
        Assert.Equal(features, series.Features(set));
        Assert.Equal(times, series.Candles.OpenTime);
    }

    [Fact]
    public void A_market_that_begins_with_few_candles_or_none_is_the_history_from_there_on()
    {
        FeatureSet set = FeatureSet.Named("standard");
        Candles all = FeatureMarket.Full(3, 200, "BTC");
        var live = new LiveMarket([all.Part(..0)], [set], Window);
        for (int t = 0; t < all.Count; t++) live.Push(LiveCandle.Of(all, t));
        MarketSeries whole = MarketSeries.Of([all], [set])[0], series = live.Series("BTCUSDT", [set]);
        ReadOnlySpan<float> expected = Windows.At(whole, Window, all.Count - 1).Window(0);
        Assert.True(expected.SequenceEqual(Windows.At(series, Window, series.Candles.Count - 1).Window(0)));
    }

    [Fact]
    public void A_candle_that_cannot_follow_is_one_error_and_changes_nothing()
    {
        Candles all = FeatureMarket.Full(5, 300, "BTC");
        long hour = SmallMarket.Hour, last = all.OpenTime[199];
        var live = new LiveMarket([all.Part(..200)], [FeatureSet.Named("extended")], Window, new Clock(last + 3 * hour));
        LiveCandle next = LiveCandle.Of(all, 200);
        foreach ((LiveCandle candle, string says) in ((LiveCandle, string)[])
        [
            (LiveCandle.Of(all, 199), "got it again"), (LiveCandle.Of(all, 100), "an earlier one"),
            (next with { OpenTime = last + hour / 2 }, "a time between"), (next with { OpenTime = last + 3 * hour }, "that has closed"),
            (next with { Symbol = "XUSDT" }, "expected one of BTCUSDT, got 'XUSDT'"),
            (next with { Close = double.NaN }, "close NaN"), (next with { Open = -1 }, "open -1"),
            (next with { High = next.Low / 2 }, "between low and high"),
            (next with { Volume = -1 }, "volume -1"), (next with { TakerBuyVolume = double.NaN }, "taker-buy volume NaN"),
            (next with { QuoteVolume = double.PositiveInfinity }, "quote volume"),
        ])
            Assert.Contains(says, Assert.Throws<ArgumentException>(() => live.Push(candle)).Message);
        Assert.Equal(last, live.Series("BTCUSDT", [FeatureSet.Named("extended")]).Candles.OpenTime[^1]);
        live.Push(next);
        Assert.Equal(next.OpenTime, live.Series("BTCUSDT", [FeatureSet.Named("extended")]).Candles.OpenTime[^1]);
    }

    [Fact]
    public void A_pair_far_behind_the_others_has_no_features_across_pairs()
    {
        FeatureSet across = FeatureSet.Named("reversal7"), alone = FeatureSet.Named("week3");
        Candles btc = FeatureMarket.Full(6, 300, "BTC"), eth = FeatureMarket.Full(7, 300, "ETH");
        var live = new LiveMarket([btc.Part(..200), eth.Part(..200)], [across, alone], Window);
        for (int t = 200; t < 200 + LiveMarket.Lag; t++) live.Push(LiveCandle.Of(btc, t));
        Candles[] known = [btc.Part(..(200 + LiveMarket.Lag)), eth.Part(..200)];
        MarketSeries late = live.Series("ETHUSDT", [across]), whole = MarketSeries.Of(known, [across])[1];
        Assert.True(Windows.At(whole, Window, 199).Window(0).SequenceEqual(Windows.At(late, Window, late.Candles.Count - 1).Window(0)));
        live.Push(LiveCandle.Of(btc, 200 + LiveMarket.Lag));
        Assert.Contains("within 8 candles", Assert.Throws<InvalidOperationException>(() => live.Series("ETHUSDT", [across])).Message);
        Assert.True(live.Series("ETHUSDT", [alone]).Candles.Count > Window);
    }

    [Fact]
    public void A_market_needs_what_its_features_need()
    {
        Candles plain = SmallMarket.Candles(1, 100, name: "BTC");
        FeatureSet flow = FeatureSet.Named("extended"), set = FeatureSet.Named("week3");
        Assert.Contains("taker-buy", Assert.Throws<InvalidDataException>(() => new LiveMarket([plain], [flow], Window)).Message);
        Assert.Contains("at least one pair", Assert.Throws<ArgumentException>(() => new LiveMarket([], [set], Window)).Message);
        Assert.Contains("2 times", Assert.Throws<ArgumentException>(() => new LiveMarket([plain, plain], [set], Window)).Message);
    }
}
