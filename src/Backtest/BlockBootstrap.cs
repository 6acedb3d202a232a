namespace NeuralCore.Backtest;

/// <summary>A bootstrapped difference of two models on the same rows.</summary>
/// <param name="Value">Accuracy of the first less that of the second.</param>
/// <param name="Interval">Percentile interval of the difference.</param>
/// <param name="PValue">Two-sided: twice the share of draws on the other side of 0 (one added to count and draws), at most 1.</param>
public readonly record struct Difference(double Value, Interval Interval, double PValue);

/// <summary>
/// Circular block bootstrap over whole timestamps: a draw strings together blocks of consecutive timestamps, each from a random
/// start, until it is as long as the sample; all rows of a timestamp move together. So it keeps both dependences that make a
/// binomial interval of pooled rows too narrow: over pairs at one time, and over neighbouring times.
/// <para>All statistics of one object use the same draws, which makes differences of models paired.</para>
/// <para>Sources: Künsch, Annals of Statistics 17 (1989); Politis and Romano, "A circular block-resampling procedure for stationary
/// data" (1992); Davison and Hinkley, "Bootstrap Methods and their Application" (1997), sections 5.3 and 8.2.</para>
/// </summary>
public sealed class BlockBootstrap
{
    /// <summary>Timestamps in a block, where the sample is long enough.</summary>
    public const int Block = 24;

    /// <summary>Draws.</summary>
    public const int DefaultDraws = 2_000;

    // Two or three blocks cannot show how much blocks vary: a short sample is cut into this many shorter ones.
    const int FewestBlocks = 10;
    const ulong Stream = 0x626F6F74;

    readonly int[] ordinal;      // of each row: the rank of its time among the distinct times
    readonly int times, draws, least;
    readonly ulong seed;

    /// <summary>Prepares the draws for rows at these times.</summary>
    /// <param name="rowTimes">Time of each row, in any order, repeated for rows that belong together.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="block">Distinct timestamps in a block; samples of fewer than 10 blocks get shorter ones.</param>
    /// <param name="draws">Number of draws.</param>
    /// <param name="least">
    /// Fewest timestamps in a block, twice as many as rows that overlap: a sample that gets shorter ones has no intervals.
    /// </param>
    public BlockBootstrap(ReadOnlySpan<long> rowTimes, ulong seed, int block = Block, int draws = DefaultDraws, int least = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(block);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
        long[] sorted = rowTimes.ToArray();
        Array.Sort(sorted);
        foreach (long time in sorted)
            if (times == 0 || sorted[times - 1] != time) sorted[times++] = time;
        ordinal = new int[rowTimes.Length];
        for (int i = 0; i < ordinal.Length; i++) ordinal[i] = Array.BinarySearch(sorted, 0, times, rowTimes[i]);
        BlockLength = Math.Clamp(times / FewestBlocks, 1, block);
        this.draws = draws;
        this.least = least;
        this.seed = seed;
    }

    /// <summary>Distinct timestamps in a block.</summary>
    public int BlockLength { get; }

    /// <summary>
    /// Percentile interval of Σ numerator / Σ denominator, both given for every row. With hits and counts it is an accuracy.
    /// </summary>
    public Interval Ratio(ReadOnlySpan<double> numerator, ReadOnlySpan<double> denominator, double level = 0.95) =>
        Percentiles(Draws(numerator, denominator), level);

    /// <summary>Difference of two accuracies on the same rows.</summary>
    /// <param name="first">Hits of the first model for every row.</param>
    /// <param name="second">Hits of the second.</param>
    /// <param name="counted">1 for every row that counts, else 0.</param>
    /// <param name="level">Confidence level.</param>
    public Difference Difference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<double> counted, double level = 0.95)
    {
        Check(first.Length);
        Check(second.Length);
        Check(counted.Length);
        var gain = new double[ordinal.Length];
        double sum = 0, n = 0;
        for (int i = 0; i < gain.Length; i++)
        {
            gain[i] = first[i] - second[i];
            sum += gain[i];
            n += counted[i];
        }
        double[] differences = Draws(gain, counted);
        if (differences.Length == 0) return new Difference(sum / n, Interval.None, double.NaN);
        int below = differences.Count(d => d <= 0), above = differences.Count(d => d >= 0);
        double p = 2.0 * (1 + Math.Min(below, above)) / (1 + differences.Length);
        return new Difference(sum / n, Percentiles(differences, level), Math.Min(1, p));
    }

    // The ratio in every draw, ascending; draws without a counted row are left out, and there are
    // none where blocks would be too short. With sums S[i] over the first i timestamps of the
    // sample laid out twice, a block that starts at s is S[s + length] - S[s].
    double[] Draws(ReadOnlySpan<double> numerator, ReadOnlySpan<double> denominator)
    {
        Check(numerator.Length);
        Check(denominator.Length);
        if (times == 0 || BlockLength < least) return [];
        (double Above, double Below)[] sums = Sums(numerator, denominator);
        var random = new CounterRandom(seed, Stream);
        var ratios = new List<double>(draws);
        for (int draw = 0; draw < draws; draw++)
        {
            double above = 0, below = 0;
            for (int done = 0; done < times; done += BlockLength)
            {
                int start = random.NextInt32(times), end = start + Math.Min(BlockLength, times - done);
                above += sums[end].Above - sums[start].Above;
                below += sums[end].Below - sums[start].Below;
            }
            if (below != 0) ratios.Add(above / below);
        }
        ratios.Sort();
        return [.. ratios];
    }

    (double Above, double Below)[] Sums(ReadOnlySpan<double> numerator, ReadOnlySpan<double> denominator)
    {
        var atTime = new (double Above, double Below)[times];
        for (int i = 0; i < ordinal.Length; i++)
        {
            atTime[ordinal[i]].Above += numerator[i];
            atTime[ordinal[i]].Below += denominator[i];
        }
        var sums = new (double Above, double Below)[2 * times + 1];
        for (int i = 0; i < 2 * times; i++)
            sums[i + 1] = (sums[i].Above + atTime[i % times].Above, sums[i].Below + atTime[i % times].Below);
        return sums;
    }

    static Interval Percentiles(double[] ascending, double level)
    {
        if (!(level is > 0 and < 1))
            throw new ArgumentException($"block bootstrap: expected a level between 0 and 1, got {Format.Number(level)}");
        return ascending.Length == 0 ? Interval.None
            : new Interval(Quantile(ascending, (1 - level) / 2), Quantile(ascending, (1 + level) / 2));
    }

    /// <summary>Quantile of ascending values by linear interpolation between order statistics (Hyndman and Fan's type 7).</summary>
    internal static double Quantile(ReadOnlySpan<double> ascending, double share)
    {
        double position = share * (ascending.Length - 1);
        int i = Math.Min((int)position, ascending.Length - 1), j = Math.Min(i + 1, ascending.Length - 1);
        return ascending[i] + (position - i) * (ascending[j] - ascending[i]);
    }

    void Check(int rows)
    {
        if (rows != ordinal.Length) throw new ArgumentException($"block bootstrap: expected {ordinal.Length} rows, got {rows}");
    }
}
