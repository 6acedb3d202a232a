namespace NeuralCore.Models;

/// <summary>
/// What never forgets, such as an exponential average, as a state that is fed candle by candle. A whole series is fed from its begin; one
/// that grows goes on from where it was, to the same bits, without the candles before.
/// </summary>
/// <param name="pair">The pair; columns of it that hold candle t and the ones shortly before may be asked for.</param>
/// <param name="t">Index of the candle to be fed: each once, in order. Only the first candle of all has index 0.</param>
/// <param name="columns">Columns whose row t is to be filled.</param>
delegate void Recursion(MarketPair pair, int t, double[][] columns);
