using System.Numerics;
using static System.FormattableString;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Bollinger bands: the mean of the last <paramref name="period"/> closes, and that mean plus and minus
    /// <paramref name="deviations"/> times their population standard deviation; from index period - 1 on.
    /// <para>Source: Bollinger, "Bollinger on Bollinger Bands", 2001; TA-Lib, BBANDS.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1; 20 by custom.</param>
    /// <param name="deviations">Half the width in standard deviations, above 0; 2 by custom.</param>
    /// <param name="middle">Receives the mean in units of price; as long as <paramref name="close"/>, as are the others.</param>
    /// <param name="upper">Receives the upper band in units of price.</param>
    /// <param name="lower">Receives the lower band in units of price.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or an output has another length or shares memory.</exception>
    public static void Bollinger(
        ReadOnlySpan<double> close, int period, double deviations, Span<double> middle, Span<double> upper, Span<double> lower)
    {
        CheckPeriod(period);
        CheckDeviations(nameof(Bollinger), deviations);
        CheckOutput(close, middle);
        CheckOutput(close, upper);
        CheckOutput(close, lower);
        WarmUp(middle, period - 1);
        WarmUp(upper, period - 1);
        WarmUp(lower, period - 1);
        var (n, k) = (new Vector<double>(period), new Vector<double>(deviations));
        using var windows = new SlidingWindows<WindowMoments>(close.Length, period);
        while (windows.Next())
        {
            FoldMoments(close, windows);
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
            {
                WindowMoments window = windows[i];
                Vector<double> mean = window.Last + window.Sum / n, width = k * Vector.SquareRoot(window.Squares / n);
                windows.Write(middle, i, mean);
                windows.Write(upper, i, mean + width);
                windows.Write(lower, i, mean - width);
            }
        }
    }

    /// <summary>
    /// Width of the Bollinger bands over their middle, (upper - lower) / middle, from index period - 1 on; 0 where the middle is 0.
    /// <para>Source: Bollinger, "Bollinger on Bollinger Bands", 2001.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1; 20 by custom.</param>
    /// <param name="deviations">Half the width in standard deviations, above 0; 2 by custom.</param>
    /// <param name="output">Receives one ratio a candle, free of units; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or the output has another length or shares memory.</exception>
    public static void BollingerBandwidth(ReadOnlySpan<double> close, int period, double deviations, Span<double> output)
    {
        CheckPeriod(period);
        CheckDeviations(nameof(BollingerBandwidth), deviations);
        CheckOutput(close, output);
        WarmUp(output, period - 1);
        var (n, k) = (new Vector<double>(period), new Vector<double>(2 * deviations));
        using var windows = new SlidingWindows<WindowMoments>(close.Length, period);
        while (windows.Next())
        {
            FoldMoments(close, windows);
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
            {
                WindowMoments window = windows[i];
                windows.Write(output, i, Ratio(k * Vector.SquareRoot(window.Squares / n), window.Last + window.Sum / n, 0));
            }
        }
    }

    /// <summary>
    /// Place of the close within the Bollinger bands, %b = (close - lower) / (upper - lower): 0 at the lower band, 1 at the upper; from
    /// index period - 1 on. Where the bands have no width (equal closes) it is 0.5, the middle.
    /// <para>Source: Bollinger, "Bollinger on Bollinger Bands", 2001.</para>
    /// </summary>
    /// <inheritdoc cref="BollingerBandwidth"/>
    public static void BollingerPercentB(ReadOnlySpan<double> close, int period, double deviations, Span<double> output)
    {
        CheckPeriod(period);
        CheckDeviations(nameof(BollingerPercentB), deviations);
        CheckOutput(close, output);
        ZScore(close, period, 1 / (2 * deviations), 0.5, output);
    }

    static void FoldMoments(ReadOnlySpan<double> values, SlidingWindows<WindowMoments> windows)
    {
        values[windows.Candles].CopyTo(windows.Leaf(0));
        windows.Leaf(1).Clear();
        windows.Leaf(2).Clear();
        windows.Fold();
    }

    static void CheckDeviations(string name, double deviations)
    {
        if (!(deviations > 0 && double.IsFinite(deviations)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(deviations), deviations, Invariant($"{name}: expected a number of deviations above 0, got {deviations}"));
        }
    }
}
