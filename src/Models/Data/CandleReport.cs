using System.Globalization;
using System.Text.Json;

namespace NeuralCore.Models.Data;

/// <summary>
/// What the check of a candle file can find. Those from <see cref="OffGrid"/> on make <see cref="CandleFile.Read"/> refuse the file;
/// <see cref="CandleFile.Clean"/> mends them.
/// </summary>
public enum CandleFindingKind
{
    /// <summary>A row equal to an earlier one of the same open time in all columns. It is removed.</summary>
    Duplicate,
    /// <summary>A place where candles are missing. It is kept as a gap that no window bridges.</summary>
    Gap,
    /// <summary>A candle in which nothing was traded. It is kept.</summary>
    ZeroVolume,
    /// <summary>
    /// A price that looks like a bad print. It is kept: markets do such things too. With returns r(t) = ln(C(t)/C(t-1)) and their robust
    /// deviation s = 1.4826 median|r - median r| (the MAD as in Rousseeuw and Croux, JASA 88, 1993) that is a move beyond both 15 s and ln
    /// 1.25 that does not last: a close that jumps, of which the next takes back half or more; or a wick, ln of the high over the higher of
    /// open and close, or of the lower of them over the low. Fewer than 30 candles are not judged.
    /// </summary>
    Outlier,
    /// <summary>The last candle, not closed yet at the time of checking, if that was stated. Read keeps it, Clean removes it.</summary>
    Unclosed,
    /// <summary>
    /// An open time after the time of checking, if that was stated and few rows have one. Read keeps the row, Clean removes it.
    /// </summary>
    Future,
    /// <summary>
    /// An open time that is no multiple of the timeframe (for more than a day: off most candles' grid). Clean removes the row.
    /// </summary>
    OffGrid,
    /// <summary>An open time before that of the row above. Clean sorts.</summary>
    Unsorted,
    /// <summary>The open time of an earlier row with other values. Of such rows Clean keeps the last one in the file.</summary>
    ConflictingDuplicate,
    /// <summary>
    /// A time that is missing or cannot be read, or a price or volume that is missing, NaN or infinite. Clean removes the row. Of quote
    /// volume, trades and taker-buy volumes, which candles can do without, the column is left out with a note instead where more than 1 %
    /// of rows lack it; reading strictly, where one does.
    /// </summary>
    NotFinite,
    /// <summary>A price of zero or less. Clean removes the row.</summary>
    NonPositivePrice,
    /// <summary>A high below the low. Clean removes the row.</summary>
    HighBelowLow,
    /// <summary>An open or close above the high or below the low. Clean removes the row.</summary>
    OutsideRange,
    /// <summary>A volume, quote volume or taker-buy volume below zero. Clean removes the row.</summary>
    NegativeVolume,
    /// <summary>
    /// A taker-buy volume, of which the volume is made, above it by more than a thousandth and 1e-8. Clean removes the row.
    /// </summary>
    TakerAboveVolume,
}

/// <summary>One kind of finding in a file.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Count">In how many rows.</param>
/// <param name="Row">The first of them, counted from 1 without the header.</param>
/// <param name="Detail">The values in that row.</param>
public sealed record CandleFinding(CandleFindingKind Kind, int Count, long Row, string Detail)
{
    /// <summary>How many rows were removed for it. A row with several faults is counted in each finding, but removed for one.</summary>
    public int Removed { get; init; }

    /// <summary>Whether it makes the file unusable as it is.</summary>
    public bool IsFatal => Kind >= CandleFindingKind.OffGrid;
}

/// <summary>
/// The result of checking or cleaning a candle file: its rows are its candles and the rows that the findings say were removed.
/// </summary>
public sealed record CandleReport
{
    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>The timeframe that it was checked against.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>Rows in the file.</summary>
    public required int Rows { get; init; }

    /// <summary>Candles that remain.</summary>
    public required int Candles { get; init; }

    /// <summary>Open time of the first candle in microseconds since 1970-01-01 UTC.</summary>
    public required long First { get; init; }

    /// <summary>Open time of the last candle in microseconds since 1970-01-01 UTC.</summary>
    public required long Last { get; init; }

    /// <summary>Candles missing in all gaps together.</summary>
    public required long MissingCandles { get; init; }

    /// <summary>Findings by kind, each kind once, in the order of <see cref="CandleFindingKind"/>; empty for a flawless file.</summary>
    public required IReadOnlyList<CandleFinding> Findings { get; init; }

    /// <summary>What was assumed, for example that times without a zone are UTC.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>In how many rows something of a kind was found.</summary>
    public int Count(CandleFindingKind kind) => Findings.FirstOrDefault(f => f.Kind == kind)?.Count ?? 0;

    /// <summary>The first finding that makes the file unusable; null where there is none.</summary>
    public CandleFinding? Fatal => Findings.Where(f => f.IsFatal).MinBy(f => f.Row);

    /// <summary>Findings and notes as phrases, for example <c>2 gaps (5 candles missing)</c>.</summary>
    public IEnumerable<string> Phrases => Findings.Select(f => f.Kind switch
    {
        CandleFindingKind.Duplicate => $"{f.Count} duplicate rows removed",
        CandleFindingKind.Gap => $"{f.Count} gaps ({MissingCandles} candles missing)",
        CandleFindingKind.ZeroVolume => $"{f.Count} candles without volume",
        CandleFindingKind.Outlier => $"{f.Count} outliers kept, first in row {f.Row}: {f.Detail}",
        _ => $"{f.Count} x {f.Kind}{(f.Removed > 0 ? $" ({f.Removed} rows removed)" : "")}, first in row {f.Row}: {f.Detail}",
    }).Concat(Notes);

    /// <summary>One line: rows, dates and findings.</summary>
    public override string ToString()
    {
        string dates = Candles == 0 ? "" : $", {TimeText.ToIso(First)} to {TimeText.ToIso(Last)}";
        string phrases = string.Join("; ", Phrases.DefaultIfEmpty("no findings"));
        return string.Create(CultureInfo.InvariantCulture, $"{File}: {Candles} candles of {Timeframe}{dates}: {phrases}");
    }

    /// <summary>
    /// Writes it as a JSON object: <c>{timeframe, rows, candles, first, last, missing,
    /// findings: [{kind, count, removed, row, fatal, detail}], notes}</c> with first and last in microseconds since 1970-01-01.
    /// </summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("timeframe", Timeframe.ToString());
        json.WriteNumber("rows", Rows);
        json.WriteNumber("candles", Candles);
        json.WriteNumber("first", First);
        json.WriteNumber("last", Last);
        json.WriteNumber("missing", MissingCandles);
        json.WriteStartArray("findings");
        foreach (var f in Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", f.Kind.ToString());
            json.WriteNumber("count", f.Count);
            json.WriteNumber("removed", f.Removed);
            json.WriteNumber("row", f.Row);
            json.WriteBoolean("fatal", f.IsFatal);
            json.WriteString("detail", f.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
