using NeuralCore.Models.Data.Parquet.Writer;

namespace NeuralCore.Models.Data;

public static partial class CandleFile
{
    const double LargestWhole = 1L << 53;

    /// <summary>
    /// Writes candles as Parquet, with the columns of <see cref="WriteCsv"/>: open_time as timestamp in microseconds UTC, the others as double to the
    /// bit, trades as int64 where all are whole numbers. Row groups of 131,072 candles, snappy, with statistics. The file is written under a temporary
    /// name in the same folder and moved into place, so that nothing is left of it where writing fails or is cancelled.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="candles">The candles, any number of them.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteParquet(string path, Candles candles, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(candles);
        var columns = new List<TableColumn> { new("open_time", "timestamp[us, UTC]", ColumnKind.Time) };
        var values = new List<ColumnValues> { new(candles.OpenTime, null) };
        Add("open", candles.Open);
        Add("high", candles.High);
        Add("low", candles.Low);
        Add("close", candles.Close);
        Add("volume", candles.Volume);
        Add("quote_volume", candles.QuoteVolume);
        if (candles.Trades is { } trades && trades.All(IsWhole)) AddColumn("trades", "int64", ColumnKind.Integer, Array.ConvertAll(trades, t => (long)t));
        else Add("trades", candles.Trades);
        Add("taker_buy_base", candles.TakerBuyVolume);
        Add("taker_buy_quote", candles.TakerBuyQuoteVolume);
        ParquetWriter.Write(path, columns, [.. values], null, cancellation);

        void Add(string name, double[]? column)
        {
            if (column is not null) AddColumn(name, "double", ColumnKind.Real, column);
        }

        void AddColumn(string name, string type, ColumnKind kind, Array column)
        {
            columns.Add(new(name, type, kind));
            values.Add(new(column, null));
        }
    }

    // A whole number that an integer gives back to the bit: not -0.
    static bool IsWhole(double v) => double.IsInteger(v) && Math.Abs(v) <= LargestWhole && !(v == 0 && double.IsNegative(v));
}
