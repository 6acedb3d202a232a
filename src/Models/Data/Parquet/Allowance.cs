namespace NeuralCore.Models.Data.Parquet;

/// <summary>How many bytes one pass over a file may make of it, so that a small file cannot ask for much memory or time.</summary>
internal sealed class Allowance(long bytes)
{
    long left = bytes;

    /// <exception cref="InvalidDataException">There is not so much left.</exception>
    public void Take(long count)
    {
        if ((left -= count) < 0)
            throw new InvalidDataException("far more comes out of the file's pages than they hold (read fewer columns at a time)");
    }
}
