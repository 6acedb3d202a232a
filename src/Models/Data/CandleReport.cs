using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>What the check of a candle file can find. Those from <see cref="OffGrid"/> on make the file unusable.</summary>
public enum CandleFindingKind
{
    /// <summary>A row equal to the one before in all columns. It is removed.</summary>
    Duplicate,
    /// <summary>A place where candles are missing. It is kept as a gap that no window bridges.</summary>
    Gap,
    /// <summary>A candle in which nothing was traded. It is kept.</summary>
    ZeroVolume,
    /// <summary>An open time that is no multiple of the timeframe (for more than a day: off the first candle's grid).</summary>
    OffGrid,
    /// <summary>An open time before that of the row above.</summary>
    Unsorted,
    /// <summary>The open time of the row above with other values.</summary>
    ConflictingDuplicate,
    /// <summary>A price or volume that is missing, NaN or infinite.</summary>
    NotFinite,
    /// <summary>A price of zero or less.</summary>
    NonPositivePrice,
    /// <summary>A high below the low.</summary>
    HighBelowLow,
    /// <summary>An open or close above the high or below the low.</summary>
    OutsideRange,
    /// <summary>A volume below zero.</summary>
    NegativeVolume,
}

/// <summary>One kind of finding in a file.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Count">In how many rows.</param>
/// <param name="Row">The first of them, counted from 1 without the header.</param>
/// <param name="Detail">The values in that row.</param>
public sealed record CandleFinding(CandleFindingKind Kind, int Count, long Row, string Detail)
{
    /// <summary>Whether it makes the file unusable.</summary>
    public bool IsFatal => Kind >= CandleFindingKind.OffGrid;
}

/// <summary>The result of checking a candle file.</summary>
public sealed record CandleReport
{
    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>The timeframe that it was checked against.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>Rows in the file.</summary>
    public required int Rows { get; init; }

    /// <summary>Candles that remain without duplicates.</summary>
    public required int Candles { get; init; }

    /// <summary>Open time of the first row in microseconds since 1970-01-01 UTC.</summary>
    public required long First { get; init; }

    /// <summary>Open time of the last row in microseconds since 1970-01-01 UTC.</summary>
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
        _ => $"{f.Count} x {f.Kind}, first in row {f.Row}: {f.Detail}",
    }).Concat(Notes);

    /// <summary>One line: rows, dates and findings.</summary>
    public override string ToString()
    {
        string dates = Rows == 0 ? "" : $", {TimeText.ToIso(First)} to {TimeText.ToIso(Last)}";
        return string.Create(CultureInfo.InvariantCulture, $"{File}: {Candles} candles of {Timeframe}{dates}: {string.Join("; ", Phrases.DefaultIfEmpty("no findings"))}");
    }
}
