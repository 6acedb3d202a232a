using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Stochastic oscillator: fast %K = 100 (close - L) / (H - L) with the highest high H and lowest low L of the last
    /// <paramref name="period"/> candles, from index period - 1 on; slow %K (that is fast %D) is the mean of the last
    /// <paramref name="smooth"/> fast %K, slow %D the mean of as many slow %K. Where H = L, fast %K is 50, the middle; TA-Lib gives 0.
    /// <para>Source: Lane, "Lane's Stochastics", Technical Analysis of Stocks and Commodities, 1984; TA-Lib, STOCHF and STOCH.</para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="period">Number of candles of the range, at least 1; 14 by custom.</param>
    /// <param name="smooth">Number of values of each mean, at least 1; 3 by custom.</param>
    /// <param name="fastK">Receives fast %K in [0, 100]; as long as <paramref name="close"/>, as are the others.</param>
    /// <param name="slowK">Receives slow %K in [0, 100].</param>
    /// <param name="slowD">Receives slow %D in [0, 100].</param>
    /// <exception cref="ArgumentException">A period is below 1, the spans differ in length, or an output shares memory.</exception>
    public static void Stochastic(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, int smooth,
        Span<double> fastK, Span<double> slowK, Span<double> slowD)
    {
        CheckPeriod(period);
        CheckPeriod(smooth);
        CheckOutput(high, low, close, fastK);
        CheckOutput(high, low, close, slowK);
        CheckOutput(high, low, close, slowD);
        PlaceInRange(high, low, close, period, 0, fastK);
        Rolling.Mean(fastK, smooth, slowK);
        Rolling.Mean(slowK, smooth, slowD);
    }

    // 100 (close - L) / (H - L) + offset, in the middle where the range is empty.
    static void PlaceInRange(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, double offset, Span<double> output)
    {
        WarmUp(output, period - 1);
        using var highest = new SlidingWindows<WindowMaximum>(close.Length, period);
        using var lowest = new SlidingWindows<WindowMinimum>(close.Length, period);
        var shift = new Vector<double>(offset);
        while (highest.Next() && lowest.Next())
        {
            high[highest.Candles].CopyTo(highest.Leaf(0));
            low[lowest.Candles].CopyTo(lowest.Leaf(0));
            highest.Fold();
            lowest.Fold();
            for (int i = 0; i < highest.Count; i += Vector<double>.Count)
            {
                Vector<double> top = highest[i].Value, bottom = lowest[i].Value;
                highest.Write(output, i, Ratio(100 * (highest.Read(close, i) - bottom), top - bottom, 50) + shift);
            }
        }
    }
}
