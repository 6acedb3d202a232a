namespace NeuralCore.Models;

/// <summary>
/// Indicators as pure functions over spans: <c>output[t]</c> depends on inputs 0 … t only and is NaN while the indicator warms up.
/// Conventions are TA-Lib's.
/// </summary>
public static class Indicators
{
    /// <summary>
    /// Exponential moving average with α = 2 / (period + 1): the first value, at index period - 1, is the mean of the first
    /// <paramref name="period"/> closes (TA-Lib's seed); then EMA_t = EMA_{t-1} + α (P_t - EMA_{t-1}).
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1.</param>
    /// <param name="output">Receives one value a candle, NaN before index period - 1; as long as <paramref name="close"/>.</param>
    public static void Ema(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        Check(nameof(Ema), close, period, output);
        var ema = new EmaState(period);
        for (int t = 0; t < close.Length; t++) output[t] = ema.Next(close[t]);
    }

    /// <summary>
    /// Relative strength index 100·g / (g + l), where g and l are Wilder's averages of gains and losses: the mean of the first
    /// <paramref name="period"/> changes, then (previous·(period - 1) + new) / period. The first value stands at index
    /// <paramref name="period"/>. A series without any change (g = l = 0) gives 50, neither strong nor weak; TA-Lib gives 0 there.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of changes, at least 1; Wilder's own is 14.</param>
    /// <param name="output">Receives one value in [0, 100] a candle, NaN before index period; as long as <paramref name="close"/>.</param>
    public static void Rsi(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        Check(nameof(Rsi), close, period, output);
        var rsi = new RsiState(period);
        for (int t = 0; t < close.Length; t++) output[t] = rsi.Next(close[t]);
    }

    /// <summary>
    /// The MACD line EMA_fast - EMA_slow, each average seeded with the mean of its own first closes, so that the first value stands
    /// at index slow - 1. (TA-Lib's MACD starts the fast average at the slow one's seed; the difference dies out.)
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="fast">Period of the fast average, 12 by custom.</param>
    /// <param name="slow">Period of the slow average, 26 by custom.</param>
    /// <param name="output">Receives one value a candle, in units of price; as long as <paramref name="close"/>.</param>
    public static void Macd(ReadOnlySpan<double> close, int fast, int slow, Span<double> output)
    {
        Check(nameof(Macd), close, Math.Min(fast, slow), output);
        var (a, b) = (new EmaState(fast), new EmaState(slow));
        for (int t = 0; t < close.Length; t++) output[t] = a.Next(close[t]) - b.Next(close[t]);
    }

    static void Check(string name, ReadOnlySpan<double> close, int period, Span<double> output)
    {
        if (period < 1)
            throw new ArgumentOutOfRangeException(nameof(period), period, $"{name}: expected a period of at least 1, got {period}");
        if (output.Length != close.Length)
        {
            throw new ArgumentException(
                $"{name}: expected an output of {close.Length} values, one a candle, got {output.Length}", nameof(output));
        }
    }
}

/// <summary>An exponential moving average fed candle by candle; see <see cref="Indicators.Ema"/>.</summary>
struct EmaState(int period)
{
    double value;
    int seen;

    public double Next(double close)
    {
        if (seen >= period) return value += 2.0 / (period + 1) * (close - value);
        value += close;
        if (++seen < period) return double.NaN;
        return value /= period;
    }
}

/// <summary>Wilder's RSI fed candle by candle; see <see cref="Indicators.Rsi"/>.</summary>
struct RsiState(int period)
{
    double gain, loss, previous;
    int changes = -1;

    public double Next(double close)
    {
        double change = close - previous;
        previous = close;
        if (++changes == 0) return double.NaN;
        double up = Math.Max(change, 0), down = Math.Max(-change, 0);
        if (changes <= period)
        {
            gain += up / period;
            loss += down / period;
            if (changes < period) return double.NaN;
        }
        else
        {
            changes = period + 1;
            gain = (gain * (period - 1) + up) / period;
            loss = (loss * (period - 1) + down) / period;
        }
        return gain + loss > 0 ? 100 * (gain / (gain + loss)) : 50;
    }
}
