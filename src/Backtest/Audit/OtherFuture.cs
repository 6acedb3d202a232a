using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Candles that are the same up to a time and have nothing in common with the true ones from then on.</summary>
static class OtherFuture
{
    const double Factor = 1e6, LargestMove = 1e-4;

    /// <summary>
    /// Candles from <paramref name="cut"/> on are valid ones, a million times larger, with opens, wicks and flows drawn anew, and each closes
    /// higher than the one before, or each lower. Whatever is fitted on them comes out different: also what only sees ratios, and what
    /// only counts directions is different in one of the two.
    /// </summary>
    public static Candles Of(Candles candles, long cut, bool rises)
    {
        Candles other = candles.With(candles.OpenTime, column => [.. column]);
        var random = new CounterRandom(rises ? 1u : 2u, 0x4E4F495345);
        int first = candles.CountBefore(cut);
        double close = first < candles.Count ? Factor * candles.Close[first] : 0;
        for (int t = first; t < candles.Count; t++)
        {
            double move = 1 + LargestMove * (1 - random.NextDouble());   // never 1
            close = rises ? close * move : close / move;
            double low = close * (1 - 0.5 * random.NextDouble()), high = close * (1 + random.NextDouble());
            (other.Low[t], other.High[t], other.Close[t], other.Open[t]) = (low, high, close, low + (high - low) * random.NextDouble());
            double volume = other.Volume[t] = Factor * (1 + candles.Volume[t]) * (0.5 + random.NextDouble()), taker = random.NextDouble();
            if (other.QuoteVolume is { } quote) quote[t] = volume * close;
            if (other.Trades is { } trades) trades[t] = Math.Ceiling(Factor * random.NextDouble());
            if (other.TakerBuyVolume is { } bought) bought[t] = taker * volume;
            if (other.TakerBuyQuoteVolume is { } paid) paid[t] = taker * volume * close;
        }
        return other;
    }
}
