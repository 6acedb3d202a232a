namespace NeuralCore.Models;

/// <summary>Bootstrap samples of the training rows as statistics for growing trees, and the values of leaves.</summary>
sealed class ForestSample
{
    readonly LabelledRows rows;
    readonly int[] weighted;    // rows that have a weight
    readonly double centre;     // of the numbers: sums of what lies around 0 lose fewer digits

    internal ForestSample(LabelledRows rows)
    {
        this.rows = rows;
        weighted = [.. Enumerable.Range(0, rows.Count).Where(i => rows.Weight(i) > 0)];
        if (rows.Classes > 0) return;
        double sum = 0, weight = 0;
        foreach (int i in weighted) (sum, weight) = (sum + rows.Weight(i) * rows.Targets[i], weight + rows.Weight(i));
        centre = sum / weight;
    }

    /// <summary>
    /// Draws as many rows as there are, with replacement, and writes the statistics of those that were drawn; gives them in ascending
    /// order.
    /// </summary>
    internal int[] Draw(CounterRandom random, float[] statistics, int width)
    {
        var times = new int[weighted.Length];
        for (int i = 0; i < times.Length; i++) times[random.NextInt32(times.Length)]++;
        int targets = Math.Max(1, rows.Classes - 1), distinct = 0;
        var drawn = new int[times.Length];
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] == 0) continue;
            int row = weighted[i];
            double weight = times[i] * rows.Weight(row), y = rows.Targets[row];
            Span<float> own = statistics.AsSpan(row * width, width);
            own.Clear();
            if (rows.Classes == 0) own[0] = (float)(weight * (y - centre));
            else if (y > 0) own[(int)y - 1] = (float)weight;
            own[targets] = (float)weight;
            own[targets + 1] = 1;
            drawn[distinct++] = row;
        }
        return drawn[..distinct];
    }

    /// <summary>The mean of the numbers, or the shares of the classes.</summary>
    internal void Value(double[] sums, Memory<double> value)
    {
        Span<double> v = value.Span;
        if (rows.Classes == 0)
        {
            v[0] = centre + sums[0] / sums[1];
            return;
        }
        int K = rows.Classes;
        double weight = sums[K - 1], rest = weight;
        for (int k = 1; k < K; k++)
        {
            v[k] = Math.Clamp(sums[k - 1] / weight, 0, 1);
            rest -= sums[k - 1];
        }
        v[0] = Math.Clamp(rest / weight, 0, 1);
    }
}
