using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// How many population standard deviations a value lies above the mean of the last <paramref name="period"/> values, itself among
    /// them; from index period - 1 on. Equal values give 0.
    /// </summary>
    /// <remarks>Source: the standard score, with the deviation of Bollinger's bands: %b = 1/2 + z / (2 deviations).</remarks>
    /// <param name="values">Values, ascending in time.</param>
    /// <param name="period">Number of values, at least 1.</param>
    /// <param name="output">Receives one value a candle, free of units; as long as <paramref name="values"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void ZScore(ReadOnlySpan<double> values, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(values, output);
        ZScore(values, period, 1, 0, output);
    }

    // scale·z + offset.
    static void ZScore(ReadOnlySpan<double> values, int period, double scale, double offset, Span<double> output)
    {
        WarmUp(output, period - 1);
        var (n, a, b) = (new Vector<double>(period), new Vector<double>(scale), new Vector<double>(offset));
        using var windows = new SlidingWindows<WindowMoments>(values.Length, period);
        while (windows.Next())
        {
            FoldMoments(values, windows);
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
            {
                // The value lies -Σ (xᵢ - x) / n above the mean, the deviation is √(M₂ / n).
                WindowMoments window = windows[i];
                windows.Write(output, i, a * Ratio(-window.Sum, Vector.SquareRoot(n * window.Squares), 0) + b);
            }
        }
    }
}
