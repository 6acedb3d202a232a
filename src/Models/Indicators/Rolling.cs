using System.Numerics;

namespace NeuralCore.Models;

/// <summary>
/// Sums and means of the last <c>period</c> values, NaN before there are that many and where one of them is NaN. They depend on the
/// values of the window alone (see <see cref="SlidingWindows{TWindow}"/>): where those are equal, the mean is exactly that value. The
/// output is as long as the values and apart from them.
/// </summary>
static class Rolling
{
    static int Lanes => Vector<double>.Count;

    /// <summary>Sum; for values of one sign, such as volumes (the sum of others may cancel and lose digits: take the mean).</summary>
    public static void Sum(ReadOnlySpan<double> values, int period, Span<double> output)
    {
        using var windows = new SlidingWindows<WindowSum>(values.Length, period);
        WarmUp(output, period);
        while (windows.Next())
        {
            values[windows.Candles].CopyTo(windows.Leaf(0));
            windows.Fold();
            for (int i = 0; i < windows.Count; i += Lanes) windows.Write(output, i, windows[i].Sum);
        }
    }

    /// <summary>Mean.</summary>
    public static void Mean(ReadOnlySpan<double> values, int period, Span<double> output)
    {
        using var windows = new SlidingWindows<WindowMean>(values.Length, period);
        WarmUp(output, period);
        var n = new Vector<double>(period);
        while (windows.Next())
        {
            values[windows.Candles].CopyTo(windows.Leaf(0));
            windows.Leaf(1).Clear();
            windows.Fold();
            for (int i = 0; i < windows.Count; i += Lanes) windows.Write(output, i, windows[i].Last + windows[i].Sum / n);
        }
    }

    static void WarmUp(Span<double> output, int period) => output[..Math.Min(period - 1, output.Length)].Fill(double.NaN);
}
