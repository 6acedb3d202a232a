using System.Globalization;
using System.Text;

namespace NeuralCore.Models.Data;

/// <summary>
/// The candles of an unfinished download: a CSV file to which whole pages are appended, in the order in which they came. A process that
/// dies while it writes leaves at most a torn last line, which is cut off when the download goes on.
/// </summary>
internal sealed class KlinePart(string path)
{
    const string Header = "open_time,open,high,low,close,volume,quote_volume,trades,taker_buy_base,taker_buy_quote\n";

    public string Path => path;

    /// <summary>The candles that there were before, cleaned; null where there were none.</summary>
    public Candles? Known { get; private set; }

    /// <summary>The candles of the file that an earlier download finished, cleaned; null where there is none.</summary>
    public Candles? Finished { get; private set; }

    /// <summary>Goes on with what is there: the unfinished download, else the file that an earlier one finished.</summary>
    /// <exception cref="InvalidDataException">The finished file is not of candles.</exception>
    public void Load(KlinePair pair, Timeframe timeframe, string finished)
    {
        if (File.Exists(path))
        {
            CutTornLine();
            try
            {
                Known = CandleFile.Clean(path, pair.Symbol, pair.Base, timeframe).Candles;
            }
            catch (InvalidDataException)
            {
                Forget();       // not even one candle, or a disk that lost power
            }
        }
        try
        {
            if (File.Exists(finished)) Finished = CandleFile.Clean(finished, pair.Symbol, pair.Base, timeframe).Candles;
        }
        catch (InvalidDataException) when (Known is not null)
        {
            // The unfinished download is about to replace it.
        }
        Known ??= Finished;
    }

    public void Forget()
    {
        Known = null;
        if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>Adds a page; a new file begins with the candles known.</summary>
    public void Append(IEnumerable<Kline> rows)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        bool fresh = file.Position == 0;
        if (fresh && Known is not null) rows = Kline.Of(Known).Concat(rows);
        var lines = new StringBuilder(fresh ? Header : "");
        foreach (Kline row in rows)
        {
            lines.Append(row.OpenTime);
            foreach (double value in row.Values)
            {
                lines.Append(',');
                if (!double.IsNaN(value)) lines.Append(CultureInfo.InvariantCulture, $"{value:R}");
            }
            lines.Append('\n');
        }
        file.Write(Encoding.ASCII.GetBytes(lines.ToString()));
    }

    void CutTornLine()
    {
        const int Longest = 4096;
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        file.Seek(-Math.Min(file.Length, Longest), SeekOrigin.End);
        byte[] end = new byte[file.Length - file.Position];
        file.ReadExactly(end);
        file.SetLength(file.Length - end.Length + end.AsSpan().LastIndexOf((byte)'\n') + 1);
    }
}
