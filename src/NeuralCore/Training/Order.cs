namespace NeuralCore;

/// <summary>The order in which training rows are learned: shuffled anew for each pass, and cut into steps.</summary>
sealed class Order(int rows, long stepRows, ulong seed)
{
    readonly int[] order = [.. Enumerable.Range(0, rows)];
    long passes;

    /// <summary>Steps of a pass; the last one may be shorter.</summary>
    public int Steps { get; } = (int)((rows + stepRows - 1) / stepRows);

    /// <summary>The rows of a step, numbered from 0 through all passes; the numbers of the calls rise.</summary>
    public ReadOnlySpan<int> Rows(long step)
    {
        (long pass, long start) = (step / Steps, step % Steps * stepRows);
        while (passes <= pass) new CounterRandom(seed, (ulong)++passes).Shuffle<int>(order);
        return order.AsSpan((int)start, (int)Math.Min(stepRows, order.Length - start));
    }
}
