namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Williams %R = -100 (H - close) / (H - L) with the highest high H and lowest low L of the last <paramref name="period"/> candles,
    /// from index period - 1 on: 0 at the top of the range, -100 at the bottom. Where H = L it is -50, the middle; TA-Lib gives 0.
    /// <para>Source: Williams, "How I Made One Million Dollars Last Year Trading Commodities", 1973; TA-Lib, WILLR.</para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="period">Number of candles, at least 1; 14 by custom.</param>
    /// <param name="output">Receives one value in [-100, 0] a candle; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, the spans differ in length, or the output shares memory.</exception>
    public static void WilliamsR(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(high, low, close, output);
        PlaceInRange(high, low, close, period, -100, output);
    }
}
