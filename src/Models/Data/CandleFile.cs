using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Candles from and to files.</summary>
public static partial class CandleFile
{
    /// <summary>Reads and checks a Parquet or CSV file of candles.</summary>
    /// <param name="path">The file. Columns are found by name: open_time (or timestamp, datetime, date, time), open, high, low, close, volume, and
    /// where present quote_volume, trades, taker_buy_base, and the usual other names of these; a CSV file without a header has the exchange's order.
    /// Times are typed, numbers of s, ms, us or ns, or ISO texts; without a time zone they are taken as UTC, with a note.</param>
    /// <param name="symbol">Exchange symbol, for example <c>BTCUSDT</c>.</param>
    /// <param name="baseAsset">Base asset, for example <c>BTC</c>.</param>
    /// <param name="timeframe">Length of a candle, against which times are checked.</param>
    /// <returns>The candles without duplicates, and what was found.</returns>
    /// <exception cref="InvalidDataException">The file cannot be read, is not of candles, has no row, or has a row that makes it unusable
    /// (see <see cref="CandleFindingKind"/>); the message names file, row and values.</exception>
    public static (Candles Candles, CandleReport Report) Read(string path, string symbol, string baseAsset, Timeframe timeframe)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeframe.Microseconds, nameof(timeframe));
        using var table = Table.Open(path);
        var columns = CandleColumns.Read(table);
        if (columns.Rows == 0) throw new InvalidDataException($"{path}: it has columns but no rows");
        var check = new CandleCheck(columns, timeframe);
        var report = check.Run(path);
        if (report.Fatal is { } fatal) throw new InvalidDataException(Message(path, fatal, report));

        double[] Kept(int number)
        {
            var column = columns.Column(number);
            double[] kept = new double[check.Kept.Count];
            for (int i = 0; i < kept.Length; i++) kept[i] = column[check.Kept[i]];
            return kept;
        }
        double[]? KeptIfAny(int number) => columns.Column(number).IsEmpty ? null : Kept(number);

        return (new Candles
        {
            Symbol = symbol, Base = baseAsset, Timeframe = timeframe,
            OpenTime = [.. check.Kept.Select(i => columns.OpenTime[i])],
            Open = Kept(1), High = Kept(2), Low = Kept(3), Close = Kept(4), Volume = Kept(5),
            QuoteVolume = KeptIfAny(6), Trades = KeptIfAny(7), TakerBuyVolume = KeptIfAny(8),
        }, report);
    }

    static string Message(string path, CandleFinding fatal, CandleReport report)
    {
        string what = fatal.Kind switch
        {
            CandleFindingKind.OffGrid => "open_time off the timeframe's grid",
            CandleFindingKind.Unsorted => "not sorted by open_time",
            CandleFindingKind.ConflictingDuplicate => "conflicting duplicate",
            CandleFindingKind.NotFinite => "a value is missing or not finite",
            CandleFindingKind.NonPositivePrice => "a price is not positive",
            CandleFindingKind.HighBelowLow => "high below low",
            CandleFindingKind.OutsideRange => "open or close outside low to high",
            _ => "negative volume",
        };
        int more = report.Findings.Where(f => f.IsFatal).Sum(f => f.Count) - 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"{path}: row {fatal.Row}: {what} ({fatal.Detail}){(more > 0 ? $", and {more} more such findings" : "")}");
    }

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
        ];
        columns = [.. columns.Where(c => c.Values is not null)];
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var writer = new StreamWriter(temporary) { NewLine = "\n" })
            {
                writer.WriteLine("open_time," + string.Join(',', columns.Select(c => c.Name)));
                for (int t = 0; t < candles.Count; t++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    writer.Write(TimeText.ToIso(candles.OpenTime[t]));
                    foreach (var (_, values) in columns)
                    {
                        writer.Write(',');
                        writer.Write(values![t].ToString("R", CultureInfo.InvariantCulture));
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
