using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NeuralCore.Models.Data;

/// <summary>One column of a <see cref="TableSummary"/>.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its type in the file; of a CSV column, the narrowest of int64, double, timestamp and string that holds all its values.</param>
/// <param name="Nulls">Number of missing values.</param>
/// <param name="Min">Smallest value as text: numbers so that they read back to the bit, times as microseconds since 1970-01-01, texts in ordinal
/// order, booleans as false and true. Null where there is no value, and for binary columns.</param>
/// <param name="Max">Largest value, likewise; NaN counts as larger than all numbers.</param>
/// <param name="Sum">Sum as text: exact for integers and decimals, in double for floating values, the number of trues for booleans; null for others
/// and where there is no value.</param>
public sealed record ColumnSummary(string Name, string Type, long Nulls, string? Min, string? Max, string? Sum);

/// <summary>What <c>inspect</c> says of a Parquet or CSV file.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Candles">The candle checks, where the columns are those of candles.</param>
/// <param name="CandleError">Why candles could not be checked, where the columns are those of candles but their values are not.</param>
public sealed partial record TableSummary(
    string File, long Rows, IReadOnlyList<ColumnSummary> Columns, CandleReport? Candles = null, string? CandleError = null)
{
    /// <summary>Reads a file block by block and summarises each column.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, or a column is in a form that is not supported.</exception>
    public static TableSummary Of(string path)
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
        return rows > 0 && CandleColumns.Fit(table) ? summary.WithCandles(table) : summary;
    }

    TableSummary WithCandles(Table table)
    {
        try
        {
            var candles = CandleColumns.Read(table);
            return TimeframeOf(File, candles.OpenTime) is { } timeframe
                ? this with { Candles = new CandleCheck(candles, timeframe).Run(File) }
                : this with { CandleError = "the distance between its times is no timeframe of whole minutes" };
        }
        catch (InvalidDataException e)
        {
            return this with { CandleError = e.Message };
        }
    }

    // The timeframe in the file's name, otherwise the most frequent distance between candles.
    static Timeframe? TimeframeOf(string file, ReadOnlySpan<long> times)
    {
        if (TimeframeInName().Match(System.IO.Path.GetFileNameWithoutExtension(file)) is { Success: true } match)
            return Timeframe.Parse(match.Groups[1].Value);
        var distances = new Dictionary<long, int>();
        for (int i = 1; i < times.Length; i++)
            distances[times[i] - times[i - 1]] = distances.GetValueOrDefault(times[i] - times[i - 1]) + 1;
        long usual = distances.OrderByDescending(d => d.Value).ThenBy(d => d.Key).Select(d => d.Key).FirstOrDefault();
        return usual > 0 && usual % Timeframe.Parse("1m").Microseconds == 0 ? new Timeframe(usual) : null;
    }

    [GeneratedRegex("_([1-9][0-9]{0,3}[mhdw])$", RegexOptions.CultureInvariant)]
    private static partial Regex TimeframeInName();

    /// <summary>
    /// The summary as JSON: <c>{file, rows, columns: [{name, type, nulls, min, max, sum}]}</c> with min, max and sum as text or null; for candles
    /// also <c>candles: {timeframe, rows, candles, first, last, missing, findings: [{kind, count, row, fatal, detail}], notes}</c> with first and
    /// last in microseconds since 1970-01-01, or <c>candle_error</c>.
    /// </summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
            Write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

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
        if (Candles is not null) Write(json, Candles);
        if (CandleError is not null) json.WriteString("candle_error", CandleError);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, CandleReport report)
    {
        json.WriteStartObject("candles");
        json.WriteString("timeframe", report.Timeframe.ToString());
        json.WriteNumber("rows", report.Rows);
        json.WriteNumber("candles", report.Candles);
        json.WriteNumber("first", report.First);
        json.WriteNumber("last", report.Last);
        json.WriteNumber("missing", report.MissingCandles);
        json.WriteStartArray("findings");
        foreach (var f in report.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", f.Kind.ToString());
            json.WriteNumber("count", f.Count);
            json.WriteNumber("row", f.Row);
            json.WriteBoolean("fatal", f.IsFatal);
            json.WriteString("detail", f.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
