using Models.Tests.Data;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class MultiTimeframeTests
{
    const long Minute = 60_000_000;
    static readonly Timeframe Quarter = Timeframe.Parse("15m"), Hour = Timeframe.Parse("1h");

    [Fact]
    public void Make_the_longer_candle_of_its_parts()
    {
        Candles c = FeatureMarket.Full(1, 8, "BTC", "15m", start: 0), hour = MultiTimeframe.Resample(c, Hour);
        Assert.Equal([0, 60 * Minute], hour.OpenTime);
        Assert.Equal(("BTCUSDT", "BTC", Hour), (hour.Symbol, hour.Base, hour.Timeframe));
        Assert.Equal([c.Open[0], c.Open[4]], hour.Open);
        Assert.Equal([c.High[..4].Max(), c.High[4..].Max()], hour.High);
        Assert.Equal([c.Low[..4].Min(), c.Low[4..].Min()], hour.Low);
        Assert.Equal([c.Close[3], c.Close[7]], hour.Close);
        Assert.Equal([c.Volume[..4].Sum(), c.Volume[4..].Sum()], hour.Volume);
        Assert.Equal([c.QuoteVolume![..4].Sum(), c.QuoteVolume[4..].Sum()], hour.QuoteVolume!);
        Assert.Equal([c.TakerBuyVolume![..4].Sum(), c.TakerBuyVolume[4..].Sum()], hour.TakerBuyVolume!);
        Assert.Equal([c.TakerBuyQuoteVolume![..4].Sum(), c.TakerBuyQuoteVolume[4..].Sum()], hour.TakerBuyQuoteVolume!);
        Assert.Equal([c.Trades![..4].Sum(), c.Trades[4..].Sum()], hour.Trades!);
        Assert.Null(MultiTimeframe.Resample(FeatureMarket.Without(c, quote: true), Hour).QuoteVolume);
    }

    [Fact]
    public void Make_complete_candles_only_unless_asked()
    {
        // From 00:30 to 04:15, without 02:15: the hours 0, 2 and 4 lack something.
        Candles c = FeatureMarket.Keep(FeatureMarket.Full(1, 15, "BTC", "15m", start: 30 * Minute), t => t != 7);
        Assert.Equal([60 * Minute, 180 * Minute], MultiTimeframe.Resample(c, Hour).OpenTime);
        Candles all = MultiTimeframe.Resample(c, Hour, incomplete: true);
        Assert.Equal([0, 60 * Minute, 120 * Minute, 180 * Minute, 240 * Minute], all.OpenTime);
        Assert.Equal([c.Open[0], c.Open[2], c.Open[6], c.Open[9], c.Open[13]], all.Open);
        Assert.Equal(c.Volume[6..9].Sum(), all.Volume[2]);
    }

    [Fact]
    public void Weeks_begin_on_Monday_and_days_at_midnight_before_1970_too()
    {
        Candles days = FeatureMarket.Full(1, 29, "BTC", "1d", start: -14 * 24 * 60 * Minute);
        Candles weeks = MultiTimeframe.Resample(days, Timeframe.Parse("1w"));
        Assert.Equal(3, weeks.Count);
        Assert.All(weeks.OpenTime, t => Assert.Equal(DayOfWeek.Monday, DateTime.UnixEpoch.AddMicroseconds(t).DayOfWeek));
        Candles hours = FeatureMarket.Full(1, 100, "BTC", "1h", start: -50 * 60 * Minute);
        Assert.Equal([-48 * 60 * Minute, -24 * 60 * Minute, 0, 24 * 60 * Minute],
            MultiTimeframe.Resample(hours, Timeframe.Parse("1d")).OpenTime);
    }

    [Fact]
    public void Refuse_what_is_no_multiple_and_leave_equal_candles_as_they_are()
    {
        Candles c = FeatureMarket.Full(1, 9, "BTC", "15m");
        Assert.Equal("Resample 'BTCUSDT': expected a multiple of 15m, got 20m",
            Assert.Throws<ArgumentException>(() => MultiTimeframe.Resample(c, Timeframe.Parse("20m"))).Message);
        Assert.Throws<ArgumentException>(() => MultiTimeframe.Resample(c, Timeframe.Parse("5m")));
        Assert.Equal(CandleSet.Hash([c]), CandleSet.Hash([MultiTimeframe.Resample(c, Quarter)]));
        Assert.Equal(0, MultiTimeframe.Resample(FeatureMarket.Full(1, 0, "BTC", "15m"), Hour).Count);
    }

    [Theory]
    [InlineData("1h", "4h", 30, 4, "end of their 4h at 1970-01-01T04:00:00Z, got one from 1970-01-01T03:30:00Z to 1970-01-01T04:30:00Z")]
    [InlineData("1h", "1h", 30, 1, "end of their 1h at 1970-01-01T01:00:00Z, got one from 1970-01-01T00:30:00Z to 1970-01-01T01:30:00Z")]
    [InlineData("1d", "1w", 4 * 1440 + 960, 7, "end of their 1w at 1970-01-12T00:00:00Z, got one from 1970-01-11T16:00:00Z to "
        + "1970-01-12T16:00:00Z")]
    public void Refuse_candles_that_close_after_the_longer_candle_they_open_in(string from, string to, int minutes, int count,
        string message)
    {
        Candles c = FeatureMarket.Full(1, count, "BTC", from, start: minutes * Minute);
        foreach (bool incomplete in (bool[])[false, true])
        {
            Assert.Equal($"Resample 'BTCUSDT': expected candles of {from} that close by the {message}",
                Assert.Throws<ArgumentException>(() => MultiTimeframe.Resample(c, Timeframe.Parse(to), incomplete)).Message);
        }
    }

    [Theory]
    [InlineData("1m", "15m", "15m")]
    [InlineData("1m", "1h", "1h")]
    [InlineData("15m", "1h", "1h")]
    [InlineData("1h", "1d", "1d")]
    public void Equal_the_exchanges_own_candles(string from, string to, string file)
    {
        Candles made = MultiTimeframe.Resample(Read(from), Timeframe.Parse(to)), own = Read(file);
        int compared = 0;
        for (int t = 0, j = 0; t < made.Count; t++)
        {
            while (j < own.Count && own.OpenTime[j] < made.OpenTime[t]) j++;
            if (j == own.Count) break;
            Assert.Equal(made.OpenTime[t], own.OpenTime[j]);
            Assert.Equal((own.Open[j], own.High[j], own.Low[j], own.Close[j]), (made.Open[t], made.High[t], made.Low[t], made.Close[t]));
            Assert.Equal(own.Volume[j], made.Volume[t], 1e-10 * (1 + own.Volume[j]));
            compared++;
        }
        Assert.True(compared > 1000 && compared >= made.Count - 1, $"{compared} of {made.Count} candles compared");
    }

    [Fact]
    public void Quarters_made_of_minutes_make_the_same_hours()
    {
        Candles minutes = Read("1m"), direct = MultiTimeframe.Resample(minutes, Hour);
        Candles steps = MultiTimeframe.Resample(MultiTimeframe.Resample(minutes, Quarter), Hour);
        Assert.Equal(direct.OpenTime, steps.OpenTime);
        Assert.Equal(direct.High, steps.High);
        Assert.Equal(direct.Close, steps.Close);
    }

    static Candles Read(string timeframe)
    {
        string file = SharedFolder.Require(Path.Combine("data", "klines", "BTCUSDT", $"BTC_{timeframe}.parquet"));
        return CandleFile.Read(file, "BTCUSDT", "BTC", Timeframe.Parse(timeframe)).Candles;
    }

    [Fact]
    public void Only_closed_candles_are_visible()
    {
        Candles c = FeatureMarket.Full(1, 10, "BTC", "15m", start: 0), hour = MultiTimeframe.Resample(c, Hour, incomplete: true);
        // The hour that opens at 0 closes with the quarter that opens at 45 minutes: that one sees it, the one before does not.
        Assert.Equal([-1, -1, -1, 0, 0, 0, 0, 1, 1, 1], MultiTimeframe.LastClosed(c, hour));
        (double nan, double first, double second) = (double.NaN, hour.Close[0], hour.Close[1]);
        Assert.Equal([nan, nan, nan, first, first, first, first, second, second, second], MultiTimeframe.Align(c, hour, hour.Close));
        Assert.Equal("Align 'BTCUSDT': expected 3 values, one a candle, got 2",
            Assert.Throws<ArgumentException>(() => MultiTimeframe.Align(c, hour, [1, 2])).Message);
    }

    [Fact]
    public void A_feature_of_a_longer_timeframe_looks_nowhere_ahead_and_steps_when_one_closes()
    {
        Candles c = FeatureMarket.Full(1, 900, "BTC", "15m", start: 0);
        Feature feature = MultiTimeframe.On(Feature.Named("rsi"), Hour);
        Assert.Equal("rsi_1h", feature.Name);
        double[] column = FeatureSet.Compute([feature], [c], TestContext.Current.CancellationToken)[0][0];
        double[] hourly = Week3Signals.Compute(MultiTimeframe.Resample(c, Hour))[2];
        Assert.Equal(hourly[20], column[83]);
        Assert.Equal(hourly[20], column[86]);
        Assert.Equal(hourly[21], column[87]);
        Assert.Empty(FeatureChecks.Truncation([feature], [c], cuts: 20, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => MultiTimeframe.On(Feature.Named("mz0"), Hour));
    }
}
