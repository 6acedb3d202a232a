using NeuralCore.Models.Data.Parquet.Writer;

namespace NeuralCore.Models.Data;

public static partial class CandleFile
{
    const double LargestWhole = 1L << 53;

    /// <summary>
    /// Writes candles as Parquet, with the columns of <see cref="WriteCsv"/>: open_time as timestamp in microseconds UTC, the others as
    /// double to the bit, trades as int64 where all are whole numbers. Row groups of 131,072 candles, snappy, with statistics. The file is
    /// written under a temporary name in the same folder and moved into place, so that nothing is left of it where writing fails or is
    /// cancelled.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="candles">The candles, any number of them.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="ArgumentException">The columns differ in length; the message names the column.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteParquet(string path, Candles candles, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(candles);
        var columns = new List<TableColumn> { new("open_time", "timestamp[us, UTC]", ColumnKind.Time) };
        var table = new List<ColumnValues> { new(candles.OpenTime, null) };
        foreach (var (name, values) in Columns(path, candles))
        {
            bool whole = name == "trades" && values.All(IsWhole);
            columns.Add(whole ? new(name, "int64", ColumnKind.Integer) : new(name, "double", ColumnKind.Real));
            table.Add(new(whole ? Array.ConvertAll(values, v => (long)v) : values, null));
        }
        ParquetWriter.Write(path, columns, [.. table], null, cancellation);
    }

    // A whole number that an integer gives back to the bit: not -0.
    static bool IsWhole(double v) => double.IsInteger(v) && Math.Abs(v) <= LargestWhole && !(v == 0 && double.IsNegative(v));
}
