namespace NeuralCore.Models;

/// <summary>Work on many rows in blocks of fixed size, which several threads may share: who does which block decides no bit.</summary>
static class Rows
{
    /// <summary>
    /// Calls <paramref name="block"/> with the first row and the number of rows of each block; the token ends it between two.
    /// </summary>
    internal static void Run(int rows, int size, int threads, Action<int, int> block, CancellationToken cancellation = default)
    {
        int blocks = (rows + size - 1) / size;
        if (threads == 1 || blocks <= 1)
            for (int b = 0; b < blocks; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                One(b);
            }
        else
            Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, One);

        void One(int b) => block(b * size, Math.Min(size, rows - b * size));
    }
}
