namespace NeuralCore.Models;

/// <summary>The last <paramref name="period"/> values in order of size, kept so by shifting: O(period) a value.</summary>
sealed class SortedWindow(int period)
{
    readonly double[] sorted = new double[period];

    /// <summary>Values in the window.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the window is full.</summary>
    public bool IsFull => Count == period;

    public void Clear() => Count = 0;

    public void Add(double value)
    {
        int at = Array.BinarySearch(sorted, 0, Count, value);
        if (at < 0) at = ~at;
        Array.Copy(sorted, at, sorted, at + 1, Count++ - at);
        sorted[at] = value;
    }

    /// <summary>Takes out a value that is there.</summary>
    public void Remove(double value)
    {
        int at = Array.BinarySearch(sorted, 0, Count, value);
        Array.Copy(sorted, at + 1, sorted, at, --Count - at);
    }

    /// <summary>The middle value, of an even number the mean of the middle two.</summary>
    public double Median => Count % 2 == 1 ? sorted[Count / 2] : (sorted[Count / 2 - 1] + sorted[Count / 2]) / 2;

    /// <summary>The value at the place q (n - 1) in order of size, between two values linear.</summary>
    public double Quantile(double q)
    {
        double place = q * (Count - 1);
        int below = (int)place;
        return below + 1 == Count ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>
    /// Quantiles of the last <paramref name="period"/> values at each place, NaN where there are fewer that are known in a row.
    /// </summary>
    public static double[][] Quantiles(double[] values, int period, ReadOnlySpan<double> q)
    {
        double[][] quantiles = [.. q.ToArray().Select(_ => new double[values.Length])];
        var window = new SortedWindow(Math.Min(period, values.Length + 1));   // a longer one is never full
        for (int t = 0; t < values.Length; t++)
        {
            if (double.IsNaN(values[t])) window.Clear();
            else
            {
                if (window.IsFull) window.Remove(values[t - period]);
                window.Add(values[t]);
            }
            for (int i = 0; i < q.Length; i++) quantiles[i][t] = window.IsFull ? window.Quantile(q[i]) : double.NaN;
        }
        return quantiles;
    }
}
