using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Cutler's relative strength index 100·g / (g + l), where g and l are the plain sums of the gains and losses of the last
    /// <paramref name="period"/> changes. Unlike Wilder's it depends on those changes alone, not on where the series began. The first
    /// value stands at index <paramref name="period"/>; a window without any change gives 50.
    /// </summary>
    /// <remarks>Source: Cutler's variant of Wilder's index: moving sums in place of the averages that never forget.</remarks>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of changes, at least 1.</param>
    /// <param name="output">Receives one value in [0, 100] a candle, NaN before index period; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void RsiCutler(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        WarmUp(output, period);
        if (close.Length <= period) return;
        // The change at t is that of candle t + 1.
        using var gains = new SlidingWindows<WindowSum>(close.Length - 1, period);
        using var losses = new SlidingWindows<WindowSum>(close.Length - 1, period);
        while (gains.Next() && losses.Next())
        {
            Changes(close[..^1][gains.Candles], close[1..][gains.Candles], gains.Leaf(0));
            Changes(close[1..][gains.Candles], close[..^1][gains.Candles], losses.Leaf(0));
            gains.Fold();
            losses.Fold();
            for (int i = 0; i < gains.Count; i += Vector<double>.Count)
            {
                Vector<double> gain = gains[i].Sum, loss = losses[i].Sum;
                gains.Write(output[1..], i, Ratio(100 * gain, gain + loss, 50));
            }
        }
    }

    // How much each value lies above the other, 0 where it does not.
    static void Changes(ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> rises)
    {
        for (int t = 0; t < rises.Length; t++) rises[t] = Math.Max(to[t] - from[t], 0);
    }
}
