using System.Text.Json;

namespace NeuralCore.Models.Data;

/// <summary>One column of a <see cref="TableSummary"/>.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its type in the file; of a CSV column, the narrowest of int64, double, timestamp and string that holds all its
/// values.</param>
/// <param name="Nulls">Number of missing values.</param>
/// <param name="Min">Smallest value as text: numbers so that they read back to the bit, times as microseconds since 1970-01-01, texts in
/// ordinal order, booleans as false and true. Null where there is no value, and for binary columns.</param>
/// <param name="Max">Largest value, likewise; NaN counts as larger than all numbers.</param>
/// <param name="Sum">Sum as text: exact for integers and decimals, in double for floating values, the number of trues for booleans; null
/// for others and where there is no value.</param>
public sealed record ColumnSummary(string Name, string Type, long Nulls, string? Min, string? Max, string? Sum);

/// <summary>What <c>inspect</c> says of a Parquet or CSV file.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Candles">The candle checks, where the columns are those of candles.</param>
/// <param name="CandleError">Why candles could not be checked, where the columns are those of candles but their values are not.</param>
public sealed record TableSummary(
    string File, long Rows, IReadOnlyList<ColumnSummary> Columns, CandleReport? Candles = null, string? CandleError = null)
{
    /// <summary>Reads a file block by block and summarises each column.</summary>
    /// <param name="path">The file.</param>
    /// <param name="zone">Whose local time the times of candles are that state no zone; null for UTC. The columns are shown as they
    /// stand.</param>
    /// <param name="now">The time of checking, which shows whether the last candle has closed; null where that is not asked.</param>
    /// <exception cref="InvalidDataException">The file cannot be read, or a column is in a form that is not supported.</exception>
    public static TableSummary Of(string path, TimeZoneInfo? zone = null, DateTimeOffset? now = null)
    {
        using var table = Table.Open(path);
        int[] all = [.. Enumerable.Range(0, table.Columns.Count)];
        var types = table is CsvTable csv ? CsvTypes.Infer(csv) : null;
        var summaries = table.Columns.Select((c, i) => ColumnStatistics.For(types is null ? c : types[i])).ToList();
        long rows = 0;
        foreach (var block in table.Blocks(all))
        {
            for (int i = 0; i < all.Length; i++) summaries[i].Add(types is null ? block[i] : CsvTypes.Convert(types[i], block[i]));
            rows += block.Length == 0 ? 0 : block[0].Count;
        }
        var summary = new TableSummary(path, rows, summaries.ConvertAll(s => s.Finish()));
        return rows > 0 && CandleColumns.Fit(table) ? summary.WithCandles(table, zone, now) : summary;
    }

    TableSummary WithCandles(Table table, TimeZoneInfo? zone, DateTimeOffset? now)
    {
        try
        {
            var candles = CandleColumns.Read(table, zone, mayMiss: true);
            return this with { Candles = new CandleCheck(candles, candles.TimeframeOf(File), now: CandleFile.Microseconds(now)).Run(File) };
        }
        catch (InvalidDataException e)
        {
            return this with { CandleError = e.Message };
        }
    }

    /// <summary>
    /// The summary as JSON: <c>{file, rows, columns: [{name, type, nulls, min, max, sum}]}</c> with min, max and sum as text or null; for
    /// candles also <c>candles: {timeframe, rows, candles, first, last, missing, findings: [{kind, count, removed, row, fatal, detail}],
    /// notes}</c> with first and last in microseconds since 1970-01-01, or <c>candle_error</c>.
    /// </summary>
    public string ToJson() => JsonText.Of(Write);

    void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("file", File);
        json.WriteNumber("rows", Rows);
        json.WriteStartArray("columns");
        foreach (var c in Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", c.Name);
            json.WriteString("type", c.Type);
            json.WriteNumber("nulls", c.Nulls);
            json.WriteString("min", c.Min);
            json.WriteString("max", c.Max);
            json.WriteString("sum", c.Sum);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Candles is not null)
        {
            json.WritePropertyName("candles");
            Candles.WriteTo(json);
        }
        if (CandleError is not null) json.WriteString("candle_error", CandleError);
        json.WriteEndObject();
    }
}
