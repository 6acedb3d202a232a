namespace NeuralCore.Tests;

/// <summary>Managed memory that work takes on this thread.</summary>
static class Allocation
{
    /// <summary>
    /// Bytes of the cheapest of three runs. Work that allocates does so every time; the runtime's own tables (of casts and of generic
    /// types, which tests beside this one fill) grow once, on whatever thread looks something up.
    /// </summary>
    public static long Of(Action work)
    {
        long least = long.MaxValue;
        for (int run = 0; run < 3 && least > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
