namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Rate of change 100 (P_t - P_{t-period}) / P_{t-period}, from index <paramref name="period"/> on; 0 where the earlier price is 0.
    /// <para>Source: Murphy, "Technical Analysis of the Financial Markets", 1999, chapter 10; TA-Lib, ROC.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles to look back, at least 1.</param>
    /// <param name="output">Receives one value a candle in percent; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void Roc(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        WarmUp(output, period);
        for (int t = period; t < close.Length; t++)
        {
            double before = close[t - period];
            output[t] = before == 0 ? 0 : 100 * ((close[t] - before) / before);
        }
    }
}
