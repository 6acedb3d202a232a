namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// MACD line EMA_fast - EMA_slow, its signal (the exponential average of the line) and histogram (line - signal). Each average is
    /// seeded with the mean of its own first closes, the signal with that of the first lines: the line begins at index slow - 1, the
    /// signal and the histogram at slow + signalPeriod - 2. Equal prices give exactly 0.
    /// <para>Source: Appel, "Technical Analysis: Power Tools for Active Investors", 2005.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="fast">Period of the fast average, 12 by custom.</param>
    /// <param name="slow">Period of the slow average, 26 by custom.</param>
    /// <param name="signalPeriod">Period of the signal, 9 by custom.</param>
    /// <param name="line">Receives the line in units of price; as long as <paramref name="close"/>, as are the others.</param>
    /// <param name="signal">Receives the signal in units of price.</param>
    /// <param name="histogram">Receives line - signal in units of price.</param>
    /// <exception cref="ArgumentException">A period is below 1, or an output has another length or shares memory.</exception>
    public static void MacdOwnSeeds(
        ReadOnlySpan<double> close, int fast, int slow, int signalPeriod, Span<double> line, Span<double> signal, Span<double> histogram)
    {
        CheckMacd(nameof(MacdOwnSeeds), close, fast, slow, signalPeriod, line, signal, histogram);
        Macd(close, Exponential(fast, fast), Exponential(slow, slow), Exponential(signalPeriod, signalPeriod), 0, 0,
            Math.Max(fast, slow) - 1, line, signal, histogram);
    }

    /// <summary>
    /// As <see cref="MacdOwnSeeds"/>, but both averages begin at index slow - 1: the fast one is seeded with the mean of the
    /// <paramref name="fast"/> closes up to there. So does TA-Lib's MACD, which leaves out the lines before the first signal.
    /// <para>Source: TA-Lib, MACD.</para>
    /// </summary>
    /// <inheritdoc cref="MacdOwnSeeds"/>
    public static void MacdAlignedSeed(
        ReadOnlySpan<double> close, int fast, int slow, int signalPeriod, Span<double> line, Span<double> signal, Span<double> histogram)
    {
        CheckMacd(nameof(MacdAlignedSeed), close, fast, slow, signalPeriod, line, signal, histogram);
        int longer = Math.Max(fast, slow);
        Macd(close, Exponential(fast, fast), Exponential(slow, slow), Exponential(signalPeriod, signalPeriod), longer - fast, longer - slow,
            longer - 1, line, signal, histogram);
    }

    /// <summary>
    /// As <see cref="MacdOwnSeeds"/>, but all three averages start at the first value and there is no warm-up.
    /// <para>Source: pandas, <c>ewm(span, adjust=False)</c>.</para>
    /// </summary>
    /// <inheritdoc cref="MacdOwnSeeds"/>
    public static void MacdFromFirst(
        ReadOnlySpan<double> close, int fast, int slow, int signalPeriod, Span<double> line, Span<double> signal, Span<double> histogram)
    {
        CheckMacd(nameof(MacdFromFirst), close, fast, slow, signalPeriod, line, signal, histogram);
        Macd(close, Exponential(1, fast), Exponential(1, slow), Exponential(1, signalPeriod), 0, 0, 0, line, signal, histogram);
    }

    static RecursiveAverage Exponential(int seed, int period) => new(seed, 2.0 / (period + 1.0));

    static void Macd(
        ReadOnlySpan<double> close, RecursiveAverage fast, RecursiveAverage slow, RecursiveAverage average, int fastStart, int slowStart,
        int lineStart, Span<double> line, Span<double> signal, Span<double> histogram)
    {
        for (int t = 0; t < close.Length; t++)
        {
            double a = t < fastStart ? double.NaN : fast.Next(close[t]), b = t < slowStart ? double.NaN : slow.Next(close[t]);
            line[t] = a - b;
            signal[t] = t < lineStart ? double.NaN : average.Next(a - b);
            histogram[t] = a - b - signal[t];
        }
    }

    static void CheckMacd(
        string name, ReadOnlySpan<double> close, int fast, int slow, int signalPeriod,
        ReadOnlySpan<double> line, ReadOnlySpan<double> signal, ReadOnlySpan<double> histogram)
    {
        CheckPeriod(fast, name);
        CheckPeriod(slow, name);
        CheckPeriod(signalPeriod, name);
        CheckOutput(close, line, name);
        CheckOutput(close, signal, name);
        CheckOutput(close, histogram, name);
    }
}
