using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class Week3SignalsTests
{
    const int Momentum = 0, Trend = 1, Rsi = 2, Macd = 3, Volatility = 4, VolumeChange = 5;

    static Candles RandomCandles(int seed, int count, double priceScale = 1, double volumeScale = 1, int gapAt = int.MaxValue)
    {
        var random = new CounterRandom((ulong)seed, 11);
        double[] close = [.. IndicatorsTests.Walk(seed, count).Select(p => p * priceScale)];
        double[] open = [close[0], .. close[..^1]];
        return new Candles
        {
            Symbol = "XUSDT",
            Base = "X",
            Timeframe = Timeframe.Parse("1h"),
            OpenTime = [.. Enumerable.Range(0, count).Select(t => (t + (t >= gapAt ? 5L : 0)) * 3_600_000_000)],
            Open = open,
            Close = close,
            High = [.. open.Zip(close, (o, c) => Math.Max(o, c) * (1 + 0.01 * random.NextDouble()))],
            Low = [.. open.Zip(close, (o, c) => Math.Min(o, c) / (1 + 0.01 * random.NextDouble()))],
            Volume = [.. open.Select(_ => volumeScale * random.NextDouble())],
        };
    }

    static Candles First(Candles c, int count) => new()
    {
        Symbol = c.Symbol,
        Base = c.Base,
        Timeframe = c.Timeframe,
        OpenTime = c.OpenTime[..count],
        Open = c.Open[..count],
        High = c.High[..count],
        Low = c.Low[..count],
        Close = c.Close[..count],
        Volume = c.Volume[..count],
    };

    static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    [Fact]
    public void Are_the_six_definitions()
    {
        var c = RandomCandles(5, 120);
        double[][] s = Week3Signals.Compute(c);
        double[] rsi = new double[120], fast = new double[120], slow = new double[120];
        Indicators.Rsi(c.Close, 14, rsi);
        Indicators.Ema(c.Close, 12, fast);
        Indicators.Ema(c.Close, 26, slow);
        Assert.Equal(["momentum", "trend", "rsi", "macd", "volatility", "volume_change"], Week3Signals.Names);
        Assert.Equal(6, s.Length);
        for (int t = Week3Signals.FirstComplete; t < 120; t++)
        {
            Assert.Equal(c.Close[t] / c.Close[t - 1] - 1, s[Momentum][t], 1e-12);
            Assert.Equal(c.Close[t] / c.Close[t - 20] - 1, s[Trend][t], 1e-12);
            Assert.Equal(rsi[t], s[Rsi][t]);
            Assert.Equal((fast[t] - slow[t]) / c.Close[t], s[Macd][t]);
            Assert.Equal((c.High[t] - c.Low[t]) / c.Close[t], s[Volatility][t]);
            Assert.Equal(Math.Min(5, c.Volume[t] / c.Volume[t - 1] - 1), s[VolumeChange][t], 1e-12);
        }
    }

    [Fact]
    public void Are_NaN_while_they_warm_up_and_never_after()
    {
        double[][] s = Week3Signals.Compute(RandomCandles(6, 60));
        int[] first = [1, 20, 14, 25, 0, 1];
        for (int k = 0; k < 6; k++)
        {
            Assert.All(s[k][..first[k]], v => Assert.True(double.IsNaN(v)));
            Assert.All(s[k][first[k]..], v => Assert.True(double.IsFinite(v)));
        }
        Assert.Equal(Week3Signals.FirstComplete, first.Max());
    }

    [Fact]
    public void Know_nothing_of_the_future() => Prop.ForAll(Seeds, Gen.Choose(0, 80).ToArbitrary(), (seed, count) =>
    {
        var candles = RandomCandles(seed, 80);
        double[][] whole = Week3Signals.Compute(candles), cut = Week3Signals.Compute(First(candles, count));
        return Enumerable.Range(0, 6).All(k => whole[k].AsSpan(0, count).SequenceEqual(cut[k]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Do_not_depend_on_the_units_of_price_and_volume() => Prop.ForAll(Seeds, Gen.Choose(-12, 12).ToArbitrary(), (seed, power) =>
    {
        double[][] a = Week3Signals.Compute(RandomCandles(seed, 60)),
            b = Week3Signals.Compute(RandomCandles(seed, 60, Math.Pow(3, power), Math.Pow(3, -power)));
        return Enumerable.Range(0, 6).All(k => Enumerable.Range(0, 60).All(t =>
            double.IsNaN(a[k][t]) ? double.IsNaN(b[k][t]) : Math.Abs(a[k][t] - b[k][t]) < 1e-9 * (1 + Math.Abs(a[k][t]))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Stay_within_their_bounds() => Prop.ForAll(Seeds, seed =>
    {
        double[][] s = Week3Signals.Compute(RandomCandles(seed, 100));
        return s[Rsi][14..].All(v => v is >= 0 and <= 100)
            && s[VolumeChange][1..].All(v => v is >= -1 and <= 5)
            && s[Volatility].All(v => v >= 0)
            && s[Momentum][1..].Zip(s[Volatility][1..]).All(p => Math.Abs(p.First) <= p.Second * (1 + p.First) + 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Volume_change_is_bounded_where_there_was_no_volume()
    {
        var candles = RandomCandles(7, 8);
        double[] volume = [10, 0, 0, 3, 1e-300, 5, 20, 10];
        volume.CopyTo(candles.Volume, 0);
        Assert.Equal([-1, 0, 5, -1, 5, 3, -0.5], Week3Signals.Compute(candles)[VolumeChange][1..]);
    }

    [Fact]
    public void Count_candles_not_hours()
    {
        double[][] a = Week3Signals.Compute(RandomCandles(8, 60)), b = Week3Signals.Compute(RandomCandles(8, 60, gapAt: 30));
        for (int k = 0; k < 6; k++) Assert.Equal(a[k], b[k]);
    }
}
