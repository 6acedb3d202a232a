using System.Numerics;
using System.Runtime.InteropServices;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Commodity channel index (p - m) / (0.015 d): p is the typical price (high + low + close) / 3, m its mean over the last
    /// <paramref name="period"/> candles and d the mean of |pᵢ - m| over them; from index period - 1 on. Equal prices (d = 0) give 0.
    /// <para>Source: Lambert, "Commodity Channel Index", Commodities, 1980; TA-Lib, CCI.</para>
    /// <para>
    /// Every candle has a mean of its own, so d is summed anew: O(n · period) for n candles, in vectors. A tree that sums the prices above
    /// and below a mean would take O(log) a candle, but in scalar steps through memory; it would win only from periods of several hundred.
    /// </para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="period">Number of candles, at least 1; 20 by custom.</param>
    /// <param name="output">Receives one value a candle, free of units; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, the spans differ in length, or the output shares memory.</exception>
    public static void Cci(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(high, low, close, output);
        WarmUp(output, period - 1);
        var (n, scale) = (new Vector<double>(period), new Vector<double>(0.015));
        using var windows = new SlidingWindows<WindowMean>(close.Length, period);
        while (windows.Next())
        {
            TypicalPrices(high[windows.Candles], low[windows.Candles], close[windows.Candles], windows.Leaf(0));
            windows.Leaf(1).Clear();
            windows.Fold();
            ref double prices = ref MemoryMarshal.GetReference(windows.Leaf(0));
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
            {
                // Measured from the last price, as the sum is: the mean lies at m, the last price at 0.
                WindowMean window = windows[i];
                Vector<double> m = window.Sum / n, deviations = Vector<double>.Zero;
                for (int k = i; k < i + period; k++)
                    deviations += Vector.Abs(Vector.LoadUnsafe(ref prices, (nuint)k) - window.Last - m);
                windows.Write(output, i, Ratio(-window.Sum, scale * deviations, 0));
            }
        }
    }
}
