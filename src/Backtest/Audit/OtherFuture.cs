using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Candles that are the same up to a time and have nothing in common with the true ones from then on.</summary>
static class OtherFuture
{
    const double Factor = 1e6;

    /// <summary>
    /// Candles from <paramref name="cut"/> on are valid ones, a million times larger, with open, close and flows drawn anew: whatever is
    /// fitted on one of them, also one that only sees ratios, comes out different.
    /// </summary>
    public static Candles Of(Candles candles, long cut, ulong seed = 1)
    {
        Candles other = candles.With(candles.OpenTime, column => [.. column]);
        var random = new CounterRandom(seed, 0x4E4F495345);
        for (int t = candles.CountBefore(cut); t < candles.Count; t++)
        {
            double factor = Factor * (0.5 + random.NextDouble());
            double low = factor * candles.Low[t], range = factor * (candles.High[t] - candles.Low[t]) + low * random.NextDouble();
            (other.Low[t], other.High[t]) = (low, low + range);
            (other.Open[t], other.Close[t]) = (low + range * random.NextDouble(), low + range * random.NextDouble());
            double volume = other.Volume[t] = factor * (1 + candles.Volume[t]), price = low + range * random.NextDouble();
            double taker = random.NextDouble();
            if (other.QuoteVolume is { } quote) quote[t] = volume * price;
            if (other.Trades is { } trades) trades[t] = Math.Ceiling(factor * random.NextDouble());
            if (other.TakerBuyVolume is { } bought) bought[t] = taker * volume;
            if (other.TakerBuyQuoteVolume is { } paid) paid[t] = taker * volume * price;
        }
        return other;
    }
}
