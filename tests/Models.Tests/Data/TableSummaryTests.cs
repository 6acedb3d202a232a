using System.Text.Json;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

public sealed class TableSummaryTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CsvColumnsGetTheNarrowestType()
    {
        var summary = TableSummary.Of(folder.Write("x.csv", "id,price,when,name,empty,time,mixed\n" +
            "1,0.1,2022-01-01,b,,1640995200000,5\n-9,1e300,2022-01-02T00:00:00Z,a,,,2022-01-01\n3,,,\u00e9,,1640995200000,7\n"));
        Assert.Equal(
        [
            new("id", "int64", 0, "-9", "3", "-5"),
            new("price", "double", 1, "0.1", "1E+300", "1E+300"),
            new("when", "timestamp", 1, "1640995200000000", "1641081600000000", null),
            new("name", "string", 0, "a", "\u00e9", null),
            new("empty", "string", 3, null, null, null),
            new("time", "timestamp", 1, "1640995200000000", "1640995200000000", null),
            new("mixed", "string", 0, "2022-01-01", "7", null),
        ], summary.Columns);
        Assert.Equal(3, summary.Rows);
        Assert.Null(summary.Candles);
    }

    [Fact]
    public void SumsOfIntegersAreExact()
    {
        var summary = TableSummary.Of(folder.Write("x.csv", $"id\n{long.MaxValue}\n{long.MaxValue}\n"));
        Assert.Equal("18446744073709551614", summary.Columns[0].Sum);
    }

    static ColumnSummary Summary(TableColumn column, params Array[] blocks)
    {
        var statistics = ColumnStatistics.For(column);
        foreach (var block in blocks) statistics.Add(new ColumnValues(block, null));
        return statistics.Finish();
    }

    [Fact]
    public void ExtremesAndSumsOfEveryKind()
    {
        var real = new TableColumn("a", "double", ColumnKind.Real);
        Assert.Equal(new("a", "double", 0, "-2", "NaN", "NaN"), Summary(real, new[] { double.NaN, 1 }, new double[] { -2, 3 }));
        Assert.Equal(new("a", "double", 0, "NaN", "NaN", "NaN"), Summary(real, new[] { double.NaN }));
        Assert.Equal(new("a", "double", 0, "-Infinity", "Infinity", "NaN"),
            Summary(real, new[] { 1, double.NegativeInfinity, double.PositiveInfinity }));
        Assert.Equal(new("a", "double", 0, null, null, null), Summary(real, Array.Empty<double>()));
        Assert.Equal(new("a", "float", 0, "0.1", "0.1", "0.10000000149011612"),
            Summary(real with { Type = "float" }, new double[] { 0.1f }));
        var money = new TableColumn("a", "decimal(38,2)", ColumnKind.Decimal, Scale: 2);
        Assert.Equal(new("a", "decimal(38,2)", 0, "-0.05", "12.00", "11.95"), Summary(money, new Int128[] { -5 }, new Int128[] { 1200 }));
        // Beyond 128 bits, to both sides.
        string three = "510423550381407695195061911147652317181.00";
        Assert.Equal((three, $"-{three}".Replace("181.00", "184.00", StringComparison.Ordinal)),
            (Summary(money with { Scale = 0 }, new[] { Int128.MaxValue, Int128.MaxValue, Int128.MaxValue }).Sum + ".00",
             Summary(money with { Scale = 0 }, new[] { Int128.MinValue, Int128.MinValue, Int128.MinValue }).Sum + ".00"));
        Assert.Equal(new("a", "bool", 0, "false", "true", "2"), Summary(new("a", "bool", ColumnKind.Boolean), new long[] { 1, 0, 1 }));
        Assert.Equal(new("a", "time[us]", 0, "7", "9", null), Summary(new("a", "time[us]", ColumnKind.TimeOfDay), new long[] { 9, 7 }));
        var missing = ColumnStatistics.For(real);
        missing.Add(new ColumnValues(new double[] { 0, 5 }, [true, false]));
        missing.Add(new ColumnValues(new double[] { 0 }, [true]));
        Assert.Equal(new("a", "double", 2, "5", "5", "5"), missing.Finish());
    }

    [Fact]
    public void ManyBlocksAreOneTable()
    {
        var summary =
            TableSummary.Of(folder.Write("x.csv", "a,b\n" + string.Concat(Enumerable.Range(1, 50_000).Select(i => $"{i},x{i}\n"))));
        Assert.Equal(50_000, summary.Rows);
        Assert.Equal(new ColumnSummary("a", "int64", 0, "1", "50000", "1250025000"), summary.Columns[0]);
        Assert.Equal(("x1", "x9999"), (summary.Columns[1].Min, summary.Columns[1].Max));
    }

    [Fact]
    public void JsonHasTheDocumentedShape()
    {
        string path = folder.Write("BTC_1h.csv", "open_time,open,high,low,close,volume\n" +
            "2022-01-01 00:00:00,1,2,0.5,1.5,7\n2022-01-01 03:00:00,1,2,0.5,2.5,0\n");
        using var json = JsonDocument.Parse(TableSummary.Of(path).ToJson());
        var root = json.RootElement;
        Assert.Equal(["file", "rows", "columns", "candles"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(path, root.GetProperty("file").GetString());
        Assert.Equal(2, root.GetProperty("rows").GetInt64());
        var open = root.GetProperty("columns")[0];
        Assert.Equal(["name", "type", "nulls", "min", "max", "sum"], open.EnumerateObject().Select(p => p.Name));
        Assert.Equal("1640995200000000", open.GetProperty("min").GetString());
        Assert.Equal(JsonValueKind.Null, open.GetProperty("sum").ValueKind);
        var candles = root.GetProperty("candles");
        Assert.Equal("1h", candles.GetProperty("timeframe").GetString());
        Assert.Equal(2, candles.GetProperty("missing").GetInt64());
        Assert.Equal(["Gap:False:2", "ZeroVolume:False:2", "OutsideRange:True:2"], candles.GetProperty("findings").EnumerateArray()
            .Select(f => $"{f.GetProperty("kind").GetString()}:{f.GetProperty("fatal").GetBoolean()}:{f.GetProperty("row").GetInt32()}"));
        Assert.Equal(1, candles.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void TheTimeframeIsInferredWhereTheNameHasNone()
    {
        string rows = string.Concat(new[] { 0, 15, 30, 60, 75 }.Select(m => $"{1640995200L + m * 60},1,2,0.5,1.5,7\n"));
        var summary = TableSummary.Of(folder.Write("candles.csv", "time,open,high,low,close,volume\n" + rows));
        Assert.Equal("15m", summary.Candles!.Timeframe.ToString());
        Assert.Equal(1, summary.Candles.MissingCandles);
    }

    [Fact]
    public void CandlesThatCannotBeCheckedSayWhy()
    {
        var summary = TableSummary.Of(folder.Write("candles.csv", "time,open,high,low,close,volume\n1640995200,one,2,0.5,1.5,7\n"));
        Assert.Contains("row 1: open is 'one'", summary.CandleError, StringComparison.Ordinal);
        Assert.Contains("candle_error", summary.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void CsvAndParquetOfOnePairHaveEqualFigures()
    {
        string root = SharedFolder.Require("data/klines/BTCUSDT");
        var parquet = TableSummary.Of(Path.Combine(root, "BTC_1h.parquet"));
        var csv = TableSummary.Of(Path.Combine(root, "BTC_1h.csv"));
        Assert.Equal(parquet.Columns.Select(c => c with { Type = "" }), csv.Columns.Select(c => c with { Type = "" }));
    }
}
