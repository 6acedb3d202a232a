using System.Globalization;

namespace NeuralCore.Models.Data;

public static partial class CandleFile
{
    /// <summary>
    /// Writes candles as CSV: a header, open times as ISO text in UTC, numbers so that they read back to the bit. The file is written
    /// under a temporary name in the same folder and moved into place.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteCsv(string path, Candles candles, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(candles);
        (string Name, double[]? Values)[] columns =
        [
            ("open", candles.Open), ("high", candles.High), ("low", candles.Low), ("close", candles.Close), ("volume", candles.Volume),
            ("quote_volume", candles.QuoteVolume), ("trades", candles.Trades), ("taker_buy_base", candles.TakerBuyVolume),
            ("taker_buy_quote", candles.TakerBuyQuoteVolume),
        ];
        columns = [.. columns.Where(c => c.Values is not null)];
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var writer = new StreamWriter(temporary) { NewLine = "\n" })
            {
                writer.WriteLine("open_time," + string.Join(',', columns.Select(c => c.Name)));
                Span<char> number = stackalloc char[32];
                for (int t = 0; t < candles.Count; t++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    writer.Write(TimeText.ToIso(candles.OpenTime[t]));
                    foreach (var (_, values) in columns)
                    {
                        writer.Write(',');
                        values![t].TryFormat(number, out int length, "R", CultureInfo.InvariantCulture);
                        writer.Write(number[..length]);
                    }
                    writer.WriteLine();
                }
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
