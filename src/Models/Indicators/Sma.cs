namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>Simple moving average: the mean of the last <paramref name="period"/> closes, from index period - 1 on.</summary>
    /// <remarks>Source: Murphy, "Technical Analysis of the Financial Markets", 1999, chapter 9; TA-Lib's SMA.</remarks>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void Sma(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        Rolling.Mean(close, period, output);
    }
}
