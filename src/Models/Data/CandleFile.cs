using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>Candles from and to files.</summary>
public static partial class CandleFile
{
    /// <summary>Reads and checks a Parquet or CSV file of candles.</summary>
    /// <param name="path">
    /// The file. Columns are found by the names that exchanges, libraries and collections give them, whatever their case and marks:
    /// open_time (or, in this order, timestamp, unix, datetime, date, time, an index of pandas), open, high, low, close, volume (or o, h,
    /// l, c, v), and where present quote_volume, trades, taker_buy_base, taker_buy_quote. A time of day, or its hour, in a column of its
    /// own belongs to the date beside it; other time columns that disagree are noted. A file with close_time alone has its times moved by
    /// one timeframe; a CSV file without a header has the exchange's order of columns. Times are typed, numbers of s, ms, us or ns, or ISO
    /// texts.
    /// </param>
    /// <param name="symbol">Exchange symbol, for example <c>BTCUSDT</c>.</param>
    /// <param name="baseAsset">Base asset, for example <c>BTC</c>.</param>
    /// <param name="timeframe">Length of a candle, against which times are checked.</param>
    /// <param name="zone">
    /// Whose local time the times are that state no zone; null for UTC. It is never guessed, and a note says how many there were. A local
    /// time that does not occur is an error. One that occurs twice is that of the first time around, unless the row above has reached it;
    /// rows must then ascend.
    /// </param>
    /// <param name="now">The time of checking, which shows whether the last candle has closed; null where that is not asked.</param>
    /// <returns>The candles without duplicates, and what was found.</returns>
    /// <exception cref="InvalidDataException">The file cannot be read, is not of candles, has no row, is not of one pair and this
    /// timeframe, or has a row that makes it unusable (see <see cref="CandleFindingKind"/>); the message names file, row and
    /// values.</exception>
    public static (Candles Candles, CandleReport Report) Read(
        string path, string symbol, string baseAsset, Timeframe timeframe, TimeZoneInfo? zone = null, DateTimeOffset? now = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeframe.Microseconds, nameof(timeframe));
        var columns = Rows(path, zone, mayMiss: false);
        var check = new CandleCheck(columns, timeframe, now: Microseconds(now));
        var report = check.Run(path);
        if (check.Problem is { } problem) throw new InvalidDataException($"{path}: {problem}");
        if (report.Fatal is { } fatal) throw new InvalidDataException(Message(path, fatal, report));
        return (Chosen(columns, check.Kept, symbol, baseAsset, timeframe), report);
    }

    /// <summary>
    /// Reads a file like <see cref="Read"/> and mends what that refuses: rows are sorted by time; rows whose time cannot be read, that are
    /// off the grid, not finite or impossible are removed; then exact duplicates are removed, and of rows that have one time and other
    /// values the last in the file is kept; a last candle that has not closed by <paramref name="now"/>, and few that open after it, are
    /// removed. The report counts the rows removed for each reason.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="symbol">Exchange symbol, for example <c>BTCUSDT</c>.</param>
    /// <param name="baseAsset">Base asset, for example <c>BTC</c>.</param>
    /// <param name="timeframe">
    /// Length of a candle; null for that in the file's name (<see cref="CandleFileName"/>), otherwise the most frequent distance of rows.
    /// </param>
    /// <param name="zone">Whose local time the times are that state no zone; null for UTC.</param>
    /// <param name="now">The time of checking; null to keep the last candle in any case.</param>
    /// <exception cref="InvalidDataException">The file cannot be read or is not of candles; it is of another timeframe, time zone or of
    /// several pairs, which rows at other distances show, or more than a tenth of rows off the grid, without a readable time, or with other
    /// values for the time of another row; or nothing remains.</exception>
    public static (Candles Candles, CandleReport Report) Clean(
        string path, string symbol, string baseAsset, Timeframe? timeframe = null, TimeZoneInfo? zone = null, DateTimeOffset? now = null)
    {
        if (timeframe is { } given) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(given.Microseconds, nameof(timeframe));
        var columns = Rows(path, zone, mayMiss: true);
        var length = timeframe ?? columns.TimeframeOf(path);
        var check = new CandleCheck(columns, length, clean: true, Microseconds(now));
        var report = check.Run(path);
        if (check.Problem is { } problem) throw new InvalidDataException($"{path}: {problem}");
        if (report.Candles == 0)
            throw new InvalidDataException(
                Invariant($"{path}: no candle remains of {report.Rows} rows: {string.Join("; ", report.Phrases)}"));
        return (Chosen(columns, check.Kept, symbol, baseAsset, length), report);
    }

    static CandleColumns Rows(string path, TimeZoneInfo? zone, bool mayMiss)
    {
        using var table = Table.Open(path);
        var columns = CandleColumns.Read(table, zone, mayMiss);
        return columns.Rows > 0 ? columns : throw new InvalidDataException($"{path}: it has columns but no rows");
    }

    static Candles Chosen(CandleColumns columns, IReadOnlyList<int> rows, string symbol, string baseAsset, Timeframe timeframe)
    {
        return new Candles
        {
            Symbol = symbol, Base = baseAsset, Timeframe = timeframe, OpenTime = Kept(columns.OpenTime),
            Open = Kept(columns.Open), High = Kept(columns.High), Low = Kept(columns.Low), Close = Kept(columns.Close),
            Volume = Kept(columns.BaseVolume), QuoteVolume = KeptIfAny(CandleNames.QuoteVolume), Trades = KeptIfAny(CandleNames.Trades),
            TakerBuyVolume = KeptIfAny(CandleNames.TakerBase), TakerBuyQuoteVolume = KeptIfAny(CandleNames.TakerQuote),
        };

        T[] Kept<T>(ReadOnlySpan<T> column)
        {
            var kept = new T[rows.Count];
            for (int i = 0; i < kept.Length; i++) kept[i] = column[rows[i]];
            return kept;
        }

        double[]? KeptIfAny(int number) => columns.Column(number).IsEmpty ? null : Kept(columns.Column(number));
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
            CandleFindingKind.NegativeVolume => "negative volume",
            _ => "taker-buy volume above the volume",
        };
        int more = report.Findings.Where(f => f.IsFatal).Sum(f => f.Count) - 1;
        string others = more > 0 ? Invariant($", and {more} more such findings") : "";
        return Invariant($"{path}: row {fatal.Row}: {what} ({fatal.Detail}){others}; convert writes a cleaned file");
    }

    internal static long? Microseconds(DateTimeOffset? time) =>
        time is { } t ? (t - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : null;
}
