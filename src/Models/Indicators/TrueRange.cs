namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// True range: the range of the candle, widened to the previous close,
    /// max(high_t, close_{t-1}) - min(low_t, close_{t-1}). The first candle has no previous close and is NaN, as in TA-Lib's TRANGE.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978.</para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the output shares memory with an input.</exception>
    public static void TrueRange(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, Span<double> output)
    {
        CheckOutput(high, low, close, output);
        WarmUp(output, 1);
        for (int t = 1; t < close.Length; t++) output[t] = TrueRange(high[t], low[t], close[t - 1]);
    }

    internal static double TrueRange(double high, double low, double previous) => Math.Max(high, previous) - Math.Min(low, previous);
}
