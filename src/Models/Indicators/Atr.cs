namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Average true range: the mean of the true ranges of candles 1 … period stands at index <paramref name="period"/>, then
    /// ATR_t = ATR_{t-1} + (TR_t - ATR_{t-1}) / period. The first candle, which has no previous close, is left out, as in TA-Lib.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978; TA-Lib, ATR.</para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="period">Number of candles, at least 1; Wilder's own is 14.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, the spans differ in length, or the output shares memory.</exception>
    public static void Atr(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(high, low, close, output);
        WarmUp(output, 1);
        var average = new RecursiveAverage(period, 1.0 / period);
        for (int t = 1; t < close.Length; t++) output[t] = average.Next(TrueRange(high[t], low[t], close[t - 1]));
    }

    /// <summary>
    /// As <see cref="Atr"/>, but the first candle counts with its range high - low, so that the first value stands at index period - 1.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978, as charting programs begin it.</para>
    /// </summary>
    /// <inheritdoc cref="Atr"/>
    public static void AtrFromFirst(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(high, low, close, output);
        var average = new RecursiveAverage(period, 1.0 / period);
        for (int t = 0; t < close.Length; t++)
            output[t] = average.Next(t == 0 ? high[t] - low[t] : TrueRange(high[t], low[t], close[t - 1]));
    }
}
