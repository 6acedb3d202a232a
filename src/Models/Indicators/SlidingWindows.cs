using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Models;

/// <summary>
/// The summary of a window of consecutive candles, for as many neighbouring windows as a vector has lanes. Two adjacent windows
/// make one: their joint summary follows from the two alone.
/// </summary>
interface IWindow<TSelf> where TSelf : struct, IWindow<TSelf>
{
    /// <summary>How many numbers a summary consists of; the first number of a single candle is its value.</summary>
    static abstract int Numbers { get; }

    /// <summary>Reads the numbers of the windows that end at <paramref name="at"/> and after; number k stands k strides further.</summary>
    static abstract TSelf Load(ref double first, nuint at, nuint stride);

    /// <summary>Writes the numbers where <see cref="Load"/> reads them.</summary>
    void Store(ref double first, nuint at, nuint stride);

    /// <summary>The summary of a window of some candles and the one that follows it.</summary>
    static abstract TSelf Join(TSelf older, double olderCount, TSelf newer, double newerCount);
}

/// <summary>
/// Summaries of the windows of <paramref name="period"/> candles that end at each candle, by doubling: windows of 2n candles are
/// two neighbouring windows of n, and the binary digits of the period say which of them make the window, for example
/// 20 candles = 4 new ones after 16 old ones. That is O(n log period) additions in all, done for several candles at once.
/// <para>
/// No sum is carried from candle to candle. So nothing drifts over millions of candles, a value that left the window leaves no
/// trace, and the order of the additions (hence the last bit) depends neither on where the series begins nor on the machine.
/// </para>
/// <para>Candles are taken in blocks that stay in the cache: <see cref="Next"/>, fill <see cref="Leaf"/>, <see cref="Fold"/>, read.</para>
/// </summary>
sealed class SlidingWindows<TWindow>(int length, int period) : IDisposable where TWindow : struct, IWindow<TWindow>
{
    const int Block = 1024;

    static readonly int Lanes = Vector<double>.Count;

    // A vector of slack before the numbers, for the older halves of windows that are not complete; and after them, for the last lanes.
    readonly int block = Math.Max(0, Math.Min(Math.Max(Block, period), length - period + 1));
    readonly nuint stride = period > length ? 0 : (nuint)(Math.Min(length, Math.Max(Block, period) + (period - 1)) + 3 * Lanes);
    double[]? numbers;

    /// <summary>Index of the first candle whose window the block has.</summary>
    public int First { get; private set; } = period - 1;

    /// <summary>Number of windows that the block has.</summary>
    public int Count { get; private set; }

    /// <summary>The candles that the windows of the block cover.</summary>
    public Range Candles => (First - period + 1)..(First + Count);

    /// <summary>Goes on to the next block; false at the end, at once where the series is shorter than the period.</summary>
    public bool Next()
    {
        First += Count;
        Count = Math.Min(block, length - First);
        if (Count <= 0) return false;
        numbers ??= ArrayPool<double>.Shared.Rent(checked(2 * TWindow.Numbers * (int)stride));
        return true;
    }

    /// <summary>
    /// Receives number <paramref name="number"/> of each of the <see cref="Candles"/> as a window of one candle; number 0, the value,
    /// may be read afterwards where it is the last value of the window.
    /// </summary>
    public Span<double> Leaf(int number) => numbers.AsSpan(number * (int)stride + Lanes, Count + period - 1);

    /// <summary>Turns the windows of one candle into windows of the period.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fold()
    {
        ref double windows = ref MemoryMarshal.GetArrayDataReference(numbers!);
        ref double folded = ref Unsafe.Add(ref windows, TWindow.Numbers * (int)stride);
        int covered = 0;
        for (int n = 1; ; n *= 2)
        {
            if ((period & n) != 0)
            {
                if (covered > 0) Join(ref windows, n, ref folded, covered);
                else numbers.AsSpan(0, TWindow.Numbers * (int)stride).CopyTo(numbers.AsSpan(TWindow.Numbers * (int)stride));
                covered += n;
            }
            if (covered == period) return;
            Join(ref windows, n, ref windows, n);
        }
    }

    // newer[t] becomes older[t - newerCount] and newer[t] together; from the end, so that older may be newer itself. Compiled at once: for
    // the first million candles, waiting for the tiers to find it worth while takes longer than the work.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Join(ref double older, int olderCount, ref double newer, int newerCount)
    {
        int complete = olderCount + newerCount - 1, at = (Count + period - 2) / Lanes * Lanes;
        for (; at > complete - Lanes; at -= Lanes)
        {
            var before = TWindow.Load(ref older, (nuint)(at - newerCount + Lanes), stride);
            var after = TWindow.Load(ref newer, (nuint)(at + Lanes), stride);
            TWindow.Join(before, olderCount, after, newerCount).Store(ref newer, (nuint)(at + Lanes), stride);
        }
    }

    /// <summary>The windows that end at candle First + <paramref name="i"/> and after it, as many as a vector has lanes.</summary>
    public TWindow this[int i] => TWindow.Load(
        ref MemoryMarshal.GetArrayDataReference(numbers!), (nuint)(i + period - 1 + Lanes) + (nuint)TWindow.Numbers * stride, stride);

    /// <summary>The entries of a column for candle First + <paramref name="i"/> and after it; 0 after the block.</summary>
    public Vector<double> Read(ReadOnlySpan<double> column, int i)
    {
        if (i + Lanes <= Count) return new Vector<double>(column[(First + i)..]);
        Span<double> lanes = stackalloc double[Lanes];
        lanes.Clear();
        column[(First + i)..(First + Count)].CopyTo(lanes);
        return new Vector<double>(lanes);
    }

    /// <summary>Writes the entries of a column for candle First + <paramref name="i"/> and after it, up to the end of the block.</summary>
    public void Write(Span<double> column, int i, Vector<double> values)
    {
        if (i + Lanes <= Count) values.CopyTo(column[(First + i)..]);
        else
        {
            for (int lane = 0; i + lane < Count; lane++) column[First + i + lane] = values[lane];
        }
    }

    public void Dispose()
    {
        if (numbers is not null) ArrayPool<double>.Shared.Return(numbers);
        numbers = null;
    }
}
