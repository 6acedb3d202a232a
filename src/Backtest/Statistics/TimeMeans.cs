namespace NeuralCore.Backtest;

/// <summary>
/// The mean over all rows of a time. Pairs move together, so ten pairs' losses at one time are not ten independent ones; their mean is one
/// value of a time series, which a test of time series can take.
/// </summary>
public static class TimeMeans
{
    /// <summary>One mean for each distinct time, ascending in time.</summary>
    /// <param name="times">Time of each row, in any order.</param>
    /// <param name="values">Value of each row.</param>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static double[] Of(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        if (times.Length != values.Length)
            throw new ArgumentException($"means by time: expected {times.Length} values, got {values.Length}");
        int[] order = [.. Enumerable.Range(0, times.Length)];
        long[] sorted = times.ToArray();
        Array.Sort(sorted, order);
        var means = new List<double>();
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            double sum = 0;
            for (end = first; end < sorted.Length && sorted[end] == sorted[first]; end++) sum += values[order[end]];
            means.Add(sum / (end - first));
        }
        return [.. means];
    }
}
