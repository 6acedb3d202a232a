using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

/// <summary>Random pairs with all columns, some candles missing, and candles without trades or without a range.</summary>
static class FeatureMarket
{
    public static readonly string[] Bases = ["ETH", "BTC", "SOL"];

    /// <summary>Three pairs; ETH misses some candles, SOL begins later and misses others.</summary>
    public static Candles[] Three(int count, int seed = 1)
    {
        Candles[] full = [.. Bases.Select((name, i) => Full(seed + i, count, name))];
        return [Keep(full[0], t => t % 17 != 5), full[1], Keep(full[2], t => t >= 9 && t % 23 is not (4 or 5))];
    }

    public static Candles Full(int seed, int count, string name, string timeframe = "1h",
        long start = 1_700_000_000L / 3600 * SmallMarket.Hour)
    {
        if (count == 0) return Keep(Full(seed, 1, name, timeframe, start), _ => false);
        Candles c = SmallMarket.Candles(seed, count, name: name);
        var random = new CounterRandom((ulong)seed, 31);
        long length = Timeframe.Parse(timeframe).Microseconds;
        double[] low = [.. c.Low], high = [.. c.High], open = [.. c.Open], volume = [.. c.Volume];
        double[] quote = new double[count], taker = new double[count];
        for (int t = 0; t < count; t++)
        {
            if (t % 41 == 40) (open[t], low[t], high[t]) = (c.Close[t], c.Close[t], c.Close[t]);
            if (t % 37 == 36) volume[t] = 0;
            quote[t] = volume[t] * (low[t] + (high[t] - low[t]) * random.NextDouble());
            taker[t] = volume[t] * random.NextDouble();
        }
        return new Candles
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = new Timeframe(length),
            OpenTime = [.. Enumerable.Range(0, count).Select(t => start + t * length)],
            Open = open, High = high, Low = low, Close = c.Close, Volume = volume, QuoteVolume = quote, TakerBuyVolume = taker,
            TakerBuyQuoteVolume = [.. taker.Zip(low, (v, price) => v * price)], Trades = [.. volume.Select(v => Math.Round(100 * v))],
        };
    }

    public static Candles Keep(Candles c, Func<int, bool> keep)
    {
        int[] kept = [.. Enumerable.Range(0, c.Count).Where(keep)];
        return new Candles
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = [.. kept.Select(t => c.OpenTime[t])],
            Open = Of(c.Open)!, High = Of(c.High)!, Low = Of(c.Low)!, Close = Of(c.Close)!, Volume = Of(c.Volume)!,
            QuoteVolume = Of(c.QuoteVolume), TakerBuyVolume = Of(c.TakerBuyVolume),
            TakerBuyQuoteVolume = Of(c.TakerBuyQuoteVolume), Trades = Of(c.Trades),
        };

        double[]? Of(double[]? column) => column is null ? null : [.. kept.Select(t => column[t])];
    }

    public static Candles Without(Candles c, bool quote = false, bool taker = false) => new()
    {
        Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime, Open = c.Open, High = c.High, Low = c.Low,
        Close = c.Close, Volume = c.Volume, QuoteVolume = quote ? null : c.QuoteVolume, TakerBuyVolume = taker ? null : c.TakerBuyVolume,
        TakerBuyQuoteVolume = taker ? null : c.TakerBuyQuoteVolume, Trades = c.Trades,
    };

    public static void Equal(double[] expected, double[] actual, string what, double tolerance = 1e-9)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int t = 0; t < expected.Length; t++)
        {
            double allowed = tolerance * (1 + Math.Abs(expected[t]));
            bool same = double.IsNaN(expected[t]) ? double.IsNaN(actual[t]) : Math.Abs(expected[t] - actual[t]) <= allowed;
            Assert.True(same, $"{what} at candle {t}: expected {expected[t]}, got {actual[t]}");
        }
    }
}
