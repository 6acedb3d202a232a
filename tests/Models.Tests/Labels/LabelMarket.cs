using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

/// <summary>
/// Candles for labels: hand-made ones, random pairs with gaps, and what is left when the future is deleted or multiplied.
/// </summary>
static class LabelMarket
{
    public const long Hour = SmallMarket.Hour;

    public static readonly Arbitrary<int> Seeds = Gen.Choose(0, 1_000_000).ToArbitrary();

    /// <summary>Hourly candles from 1970 on; a candle stands at its index unless <paramref name="hours"/> say otherwise.</summary>
    public static Candles Bars((double Open, double High, double Low, double Close)[] bars, int[]? hours = null, string name = "X") => new()
    {
        Symbol = name + "USDT",
        Base = name,
        Timeframe = Timeframe.Parse("1h"),
        OpenTime = [.. bars.Select((_, t) => (hours?[t] ?? t) * Hour)],
        Open = [.. bars.Select(b => b.Open)],
        High = [.. bars.Select(b => b.High)],
        Low = [.. bars.Select(b => b.Low)],
        Close = [.. bars.Select(b => b.Close)],
        Volume = [.. bars.Select(_ => 1.0)],
    };

    /// <summary>Candles of which only the closes matter.</summary>
    public static Candles Closes(double[] closes, int[]? hours = null) => Bars([.. closes.Select(c => (c, c, c, c))], hours);

    /// <summary>Three pairs; the first two have gaps at different places.</summary>
    public static Candles[] Pairs(int seed, int count) =>
    [
        SmallMarket.Candles(seed, count, seed % count),
        SmallMarket.Candles(seed ^ 0x5555, count, seed / 7 % count, "Y"),
        SmallMarket.Candles(seed ^ 0x3333, count + 5, name: "Z"),
    ];

    /// <summary>The candles that are closed by a moment.</summary>
    public static Candles Cut(Candles c, long closedBy) => Future(c, closedBy, cut: true);

    /// <summary>All candles, those closed after a moment with prices and volume multiplied by a million.</summary>
    public static Candles Multiplied(Candles c, long closedBy) => Future(c, closedBy, cut: false);

    static Candles Future(Candles c, long closedBy, bool cut)
    {
        int n = c.OpenTime.Count(time => time + c.Timeframe.Microseconds <= closedBy);
        return new Candles
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = cut ? c.OpenTime[..n] : c.OpenTime,
            Open = Column(c.Open), High = Column(c.High), Low = Column(c.Low), Close = Column(c.Close), Volume = Column(c.Volume),
        };

        double[] Column(double[] x) => cut ? x[..n] : [.. x[..n], .. x[n..].Select(v => 1e6 * v)];
    }

    /// <summary>The close of a candle.</summary>
    public static long CloseOf(Candles c, int t) => c.OpenTime[t] + c.Timeframe.Microseconds;

    /// <summary>Equal but for rounding.</summary>
    public static void AssertNear(double expected, double actual) =>
        Assert.True(expected.Equals(actual) || Math.Abs(actual - expected) <= 1e-12 * (1 + Math.Abs(expected)),
            $"expected {expected:R}, got {actual:R}");

    /// <summary>Values and the candle at whose close each is known; -1 for unknown.</summary>
    public static void AssertLabel(Label label, (double Value, int Candle)[] expected)
    {
        Assert.Equal(expected.Length, label.Values.Length);
        for (int t = 0; t < expected.Length; t++)
        {
            AssertNear(expected[t].Value, label.Values[t]);
            Assert.Equal(expected[t].Candle < 0 ? long.MaxValue : CloseOf(label.Candles, expected[t].Candle), label.KnownAt[t]);
        }
    }
}
