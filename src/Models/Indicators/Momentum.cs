namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Momentum, the difference P_t - P_{t-period}, from index <paramref name="period"/> on.
    /// <para>Source: Murphy, "Technical Analysis of the Financial Markets", 1999, chapter 10; TA-Lib, MOM.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles to look back, at least 1.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void Momentum(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        WarmUp(output, period);
        for (int t = period; t < close.Length; t++) output[t] = close[t] - close[t - period];
    }
}
