using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Population standard deviation of the last <paramref name="period"/> values, from index period - 1 on. Equal values give exactly 0.
    /// </summary>
    /// <remarks>Source: TA-Lib, STDDEV.</remarks>
    /// <param name="values">Values, ascending in time.</param>
    /// <param name="period">Number of values, at least 1.</param>
    /// <param name="output">Receives one value a candle in the units of the input; as long as <paramref name="values"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void StandardDeviation(ReadOnlySpan<double> values, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(values, output);
        WarmUp(output, period - 1);
        var n = new Vector<double>(period);
        using var windows = new SlidingWindows<WindowMoments>(values.Length, period);
        while (windows.Next())
        {
            FoldMoments(values, windows);
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
                windows.Write(output, i, Vector.SquareRoot(windows[i].Squares / n));
        }
    }
}
