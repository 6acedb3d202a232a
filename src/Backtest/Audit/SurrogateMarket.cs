using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Markets that look like given pairs and whose best possible accuracy is known.</summary>
static class SurrogateMarket
{
    /// <summary>Simulated pairs move together: more of them say little more.</summary>
    const int MostPairs = 3;
    const ulong Coins = 0x434F494E53, Flows = 0x464C4F57;

    /// <summary>
    /// The pairs with shuffled labels: at every open time a coin decides whether the candles of all pairs are mirrored, rises becoming
    /// falls of the same ratio and takers' purchases sales. Sizes, volumes, gaps and what pairs have in common stay as they are, and the
    /// next direction is a coin whatever is known: nobody who does not see the future is right more than half of the time.
    /// <code>
    /// with C the close before:   X' = C' · X/C or, mirrored, C' · C/X, and high and low change places
    /// </code>
    /// <para>Source: surrogate data, Theiler et al., "Testing for nonlinearity in time series", Physica D 58 (1992).</para>
    /// </summary>
    public static Candles Shuffled(Candles candles, ulong seed)
    {
        Candles other = candles.With(candles.OpenTime, column => [.. column]);
        for (int t = 1; t < candles.Count; t++)
        {
            bool mirrored = new CounterRandom(seed ^ Coins, (ulong)candles.OpenTime[t]).NextInt32(2) == 1;
            double before = candles.Close[t - 1], now = other.Close[t - 1], volume = candles.Volume[t];
            double Moved(double price) => now * (mirrored ? before / price : price / before);
            (other.Open[t], other.Close[t]) = (Moved(candles.Open[t]), Moved(candles.Close[t]));
            (other.High[t], other.Low[t]) = (Moved(candles.High[t]), Moved(candles.Low[t]));
            if (mirrored) (other.High[t], other.Low[t]) = (other.Low[t], other.High[t]);
            if (other.QuoteVolume is { } quote) quote[t] = volume > 0 && quote[t] > 0 ? volume * Moved(quote[t] / volume) : 0;
            if (other.TakerBuyVolume is { } bought && mirrored) bought[t] = volume - bought[t];
            if (other.TakerBuyQuoteVolume is { } paid && other.QuoteVolume is { } all && other.TakerBuyVolume is { } taken)
                paid[t] = volume > 0 ? all[t] * taken[t] / volume : 0;
        }
        return other;
    }

    /// <summary>
    /// A <see cref="SimulatedMarket"/> with the same columns and as many pairs, but at most <see cref="MostPairs"/>. Volumes in the quote
    /// asset are at the typical price, takers' shares are drawn uniformly.
    /// </summary>
    /// <param name="like">The pairs.</param>
    /// <param name="accuracy">Best possible accuracy; 0.5: a random walk.</param>
    /// <param name="seed">Seed of the market.</param>
    /// <param name="candles">Candles of all pairs together, where the pairs do not have more of them.</param>
    /// <param name="cancellation">Ends the simulation.</param>
    public static Candles[] Simulated(IReadOnlyList<Candles> like, double accuracy, ulong seed, int candles = 0,
        CancellationToken cancellation = default)
    {
        int pairs = Math.Min(like.Count, MostPairs);
        var options = new SimulatedMarketOptions
        {
            Pairs = pairs, Candles = Math.Max(like.Max(p => p.Count), candles / pairs), Accuracy = accuracy, Seed = seed,
            Timeframe = like[0].Timeframe,
        };
        return [.. SimulatedMarket.Create(options, cancellation).Candles.Select((c, pair) =>
        {
            var random = new CounterRandom(seed, Flows + (ulong)pair);
            double[] typical = [.. c.Close.Select((close, t) => (c.High[t] + c.Low[t] + close) / 3)];
            double[] taker = [.. c.Volume.Select(volume => volume * random.NextDouble())];
            return new Candles
            {
                Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
                Open = c.Open, High = c.High, Low = c.Low, Close = c.Close, Volume = c.Volume,
                QuoteVolume = like.All(p => p.QuoteVolume is not null) ? [.. c.Volume.Zip(typical, (v, p) => v * p)] : null,
                TakerBuyVolume = like.All(p => p.TakerBuyVolume is not null) ? taker : null,
            };
        })];
    }
}
