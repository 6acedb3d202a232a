using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

public static partial class CandleFile
{
    /// <summary>
    /// Writes candles as CSV: a header, open times as ISO text in UTC, numbers so that they read back to the bit. The file is written
    /// under a temporary name in the same folder and moved into place.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="candles">The candles, any number of them.</param>
    /// <param name="cancellation">Ends the writing; no file is left then.</param>
    /// <exception cref="ArgumentException">The columns differ in length; the message names the column.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteCsv(string path, Candles candles, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(candles);
        var columns = Columns(path, candles);
        NewFile.Write(path, file =>
        {
            using var writer = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("open_time," + string.Join(',', columns.Select(c => c.Name)));
            Span<char> number = stackalloc char[32];
            for (int t = 0; t < candles.Count; t++)
            {
                cancellation.ThrowIfCancellationRequested();
                writer.Write(TimeText.ToIso(candles.OpenTime[t]));
                foreach (var (_, values) in columns)
                {
                    writer.Write(',');
                    values[t].TryFormat(number, out int length, "R", CultureInfo.InvariantCulture);
                    writer.Write(number[..length]);
                }
                writer.WriteLine();
            }
        });
    }

    // The columns that are there beside the time, by the names under which they are written.
    static List<(string Name, double[] Values)> Columns(string path, Candles candles)
    {
        var columns = new List<(string, double[])>();
        Add("open", candles.Open);
        Add("high", candles.High);
        Add("low", candles.Low);
        Add("close", candles.Close);
        Add("volume", candles.Volume);
        Add("quote_volume", candles.QuoteVolume);
        Add("trades", candles.Trades);
        Add("taker_buy_base", candles.TakerBuyVolume);
        Add("taker_buy_quote", candles.TakerBuyQuoteVolume);
        return columns;

        void Add(string name, double[]? values)
        {
            if (values is null) return;
            if (values.Length != candles.Count)
                throw new ArgumentException(
                    Invariant($"{path}: column '{name}': expected {candles.Count} values as in 'open_time', got {values.Length}"));
            columns.Add((name, values));
        }
    }
}
