using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>Logarithmic return ln(P_t / P_{t-1}), from index 1 on; NaN where one of the two prices is not above 0.</summary>
    /// <remarks>Source: Campbell, Lo, MacKinlay, "The Econometrics of Financial Markets", 1997, section 1.4.</remarks>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="output">Receives one value a candle, free of units; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The output has another length or shares memory.</exception>
    public static void LogReturn(ReadOnlySpan<double> close, Span<double> output)
    {
        CheckOutput(close, output);
        LogReturns(close, 0, output);
    }

    /// <summary>
    /// Volatility: the sample standard deviation (divisor period - 1) of the last <paramref name="period"/> logarithmic returns, from
    /// index <paramref name="period"/> on. Times √m it is the volatility of m candles. Equal prices, and a period of 1, give exactly 0;
    /// a price that is not above 0 makes the windows that contain it NaN.
    /// </summary>
    /// <remarks>Source: Hull, "Options, Futures, and Other Derivatives", on estimating volatility from historical data.</remarks>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of returns, at least 1.</param>
    /// <param name="output">Receives one value a candle, free of units; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void RollingVolatility(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        WarmUp(output, period - 1);
        var degrees = new Vector<double>(Math.Max(1, period - 1));
        using var windows = new SlidingWindows<WindowMoments>(close.Length, period);
        while (windows.Next())
        {
            LogReturns(close, windows.Candles.Start.Value, windows.Leaf(0));
            windows.Leaf(1).Clear();
            windows.Leaf(2).Clear();
            windows.Fold();
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
                windows.Write(output, i, Vector.SquareRoot(windows[i].Squares / degrees));
        }
        // A NaN alone has no deviation; the first candle has no return.
        WarmUp(output, period);
    }

    static void LogReturns(ReadOnlySpan<double> close, int from, Span<double> returns)
    {
        for (int i = 0; i < returns.Length; i++)
        {
            double price = close[from + i], previous = from + i == 0 ? double.NaN : close[from + i - 1];
            returns[i] = price > 0 && previous > 0 ? ScalarMath.Log(price / previous) : double.NaN;
        }
    }
}
