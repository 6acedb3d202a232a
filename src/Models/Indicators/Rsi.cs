namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Relative strength index 100·g / (g + l), where g and l are Wilder's averages of gains and losses: the mean of the first
    /// <paramref name="period"/> changes, then (previous·(period - 1) + new) / period. The first value stands at index
    /// <paramref name="period"/>. A series without any change (g = l = 0) gives 50, neither strong nor weak; TA-Lib gives 0 there. So
    /// does one that stands still until g + l has decayed to nothing, after thousands of candles.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of changes, at least 1; Wilder's own is 14.</param>
    /// <param name="output">Receives one value in [0, 100] a candle, NaN before index period; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void Rsi(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        var rsi = new RsiState(period);
        for (int t = 0; t < close.Length; t++) output[t] = rsi.Next(close[t]);
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
        if (gain + loss < Indicators.NoMovement) gain = loss = 0;
        return gain + loss == 0 ? 50 : 100 * (gain / (gain + loss));
    }
}
