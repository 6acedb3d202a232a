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
        Macd(close, MacdState.OwnSeeds(fast, slow, signalPeriod), line, signal, histogram);
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
        Macd(close, new MacdState((fast, fast), (slow, slow), (signalPeriod, signalPeriod), (longer - fast, longer - slow, longer - 1)),
            line, signal, histogram);
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
        Macd(close, new MacdState((1, fast), (1, slow), (1, signalPeriod), (0, 0, 0)), line, signal, histogram);
    }

    static void Macd(
        ReadOnlySpan<double> close, MacdState macd, Span<double> line, Span<double> signal, Span<double> histogram)
    {
        for (int t = 0; t < close.Length; t++)
        {
            (line[t], signal[t]) = macd.Next(close[t]);
            histogram[t] = line[t] - signal[t];
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

/// <summary>MACD line and signal fed candle by candle; see <see cref="Indicators.MacdOwnSeeds"/>.</summary>
/// <param name="fast">Seed and period of the fast average.</param>
/// <param name="slow">Of the slow one.</param>
/// <param name="average">Of the signal.</param>
/// <param name="start">Candles before the first that each of the three takes.</param>
struct MacdState(
    (int Seed, int Period) fast, (int Seed, int Period) slow, (int Seed, int Period) average, (int Fast, int Slow, int Line) start)
{
    RecursiveAverage fast = Exponential(fast), slow = Exponential(slow), average = Exponential(average);
    int seen;

    /// <summary>Each average is seeded with the mean of its own first values.</summary>
    public static MacdState OwnSeeds(int fast, int slow, int average)
        => new((fast, fast), (slow, slow), (average, average), (0, 0, Math.Max(fast, slow) - 1));

    public (double Line, double Signal) Next(double close)
    {
        double line = (seen < start.Fast ? double.NaN : fast.Next(close)) - (seen < start.Slow ? double.NaN : slow.Next(close));
        double signal = seen < start.Line ? double.NaN : average.Next(line);
        seen = Math.Min(seen + 1, int.MaxValue - 1);
        return (line, signal);
    }

    static RecursiveAverage Exponential((int Seed, int Period) of) => new(of.Seed, 2.0 / (of.Period + 1.0));
}
