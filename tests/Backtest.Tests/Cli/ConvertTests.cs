using System.Globalization;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Cli;

public sealed class ConvertTests : IDisposable
{
    const string Header = "date,open,high,low,close,volume\n";
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    static string Rows(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(h =>
        string.Create(CultureInfo.InvariantCulture, $"2022-01-01 {h:00}:00:00,{10 + h},{12 + h},{9 + h},{11 + h},5\n")));

    static string Hash(string path) =>
        CandleSet.Hash([CandleFile.Read(path, "X", "X", Timeframe.Parse("1h")).Candles]);

    [Fact]
    public void Csv_becomes_parquet_and_csv_again()
    {
        string csv = program.Write("BTC_1h.csv", Header + Rows(0, 20)), parquet = program.Path("new", "BTC_1h.parquet"),
            again = program.Path("again.CSV");
        Outcome outcome = Neuralcore.Run("convert", csv, parquet);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.Equal($"{parquet}: from {csv}: 20 candles of 1h, 2022-01-01T00:00:00Z to 2022-01-01T19:00:00Z: "
            + "20 times in 'date' have no time zone and are taken as UTC\n", outcome.Out.ReplaceLineEndings("\n"));
        Assert.Equal(0, Neuralcore.Run("convert", parquet, again).Code);
        Assert.Equal((Hash(csv), Hash(csv)), (Hash(parquet), Hash(again)));
        Assert.StartsWith("open_time,open,high,low,close,volume\n2022-01-01T00:00:00Z,10,12,9,11,5\n", File.ReadAllText(again),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_says_what_was_cleaned()
    {
        string csv = program.Write("x.csv", Header + Rows(2, 3) + Rows(0, 2) + Rows(4, 1) + "2022-01-01 05:00:00,1,2,3,4,5\n" + Rows(7, 1));
        Outcome outcome = Neuralcore.Run("convert", csv, program.Path("y.csv"), "--json", "--timeframe", "1h");
        Assert.Equal(0, outcome.Code);
        Assert.Equal(["in", "out", "candles"], outcome.Json.EnumerateObject().Select(p => p.Name));
        JsonElement candles = outcome.Json.GetProperty("candles");
        Assert.Equal((8, 6, 2L), (candles.GetProperty("rows").GetInt32(), candles.GetProperty("candles").GetInt32(),
            candles.GetProperty("missing").GetInt64()));
        Assert.Equal(1640995200000000, candles.GetProperty("first").GetInt64());
        Assert.Equal(["Duplicate:1:1", "Gap:1:0", "Unsorted:1:0", "HighBelowLow:1:1"], candles.GetProperty("findings").EnumerateArray()
            .Select(f => $"{f.GetProperty("kind").GetString()}:{f.GetProperty("count")}:{f.GetProperty("removed")}"));
        Assert.Equal(6, File.ReadAllLines(program.Path("y.csv")).Length - 1);
    }

    [Theory]
    [InlineData("Asia/Seoul")]
    [InlineData("UTC+9")]
    [InlineData("+09:00")]
    [InlineData("GMT+0900")]
    public void A_stated_zone_moves_local_times(string zone)
    {
        Assert.SkipUnless(zone != "Asia/Seoul" || TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _), "this system has no time zones");
        string csv = program.Write("x.csv", Header + Rows(9, 3));
        Outcome outcome = Neuralcore.Run("convert", csv, program.Path("y.csv"), "--time-zone", zone);
        Assert.Equal(0, outcome.Code);
        Assert.Contains($"taken as {zone}", outcome.Out);
        Assert.Contains("\n2022-01-01T00:00:00Z,", File.ReadAllText(program.Path("y.csv")));
        Outcome inspect = Neuralcore.Run("inspect", csv, "--time-zone", zone, "--json");
        Assert.Equal(1640995200000000, inspect.Json.GetProperty("candles").GetProperty("first").GetInt64());
        // As it stands in the file.
        Assert.Equal("1641027600000000", inspect.Json.GetProperty("columns")[0].GetProperty("min").GetString());
    }

    [Fact]
    public void A_folder_is_converted_pair_by_pair()
    {
        program.Write("in/BTCUSDT/BTC_1h.csv", Header + Rows(0, 5));
        program.Write("in/ETHBTC/ETH_1h.csv", Header + Rows(0, 6));
        program.Write("in/ETHBTC/ETH_1d.csv", Header + Rows(0, 1));
        Outcome outcome = Neuralcore.Run("convert", program.Path("in"), program.Path("out"), "--json");
        Assert.Equal((0, 2), (outcome.Code, outcome.Json.GetArrayLength()));
        Assert.Equal(["BTCUSDT", "BTCUSDT/BTC_1h.parquet", "ETHBTC", "ETHBTC/ETH_1h.parquet"], program.Files("out"));
        Assert.Equal(Hash(program.Path("in", "ETHBTC", "ETH_1h.csv")), Hash(program.Path("out", "ETHBTC", "ETH_1h.parquet")));
        Assert.Equal(0, Neuralcore.Run("convert", program.Path("out"), program.Path("back"), "--format", "csv").Code);
        Assert.Equal(["BTCUSDT", "BTCUSDT/BTC_1h.csv", "ETHBTC", "ETHBTC/ETH_1h.csv"], program.Files("back"));

        program.Write("in/SOLUSDT/SOL_1h.csv", Header + "2022-01-01,1,2,3,4,5\n");    // one pair fails, the others are converted
        outcome = Neuralcore.Run("convert", program.Path("in"), program.Path("most"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("1 of 3 files are not converted: " + program.Path("in", "SOLUSDT", "SOL_1h.csv"), outcome.Error);
        Assert.Equal(4, program.Files("most").Length);
    }

    [Fact]
    public void Nothing_usable_leaves_nothing_behind()
    {
        string bad = program.Write("BTC_1h.csv", Header + "2022-01-01,1,2,3,4,5\n"),
            trades = program.Write("trades.csv", "time,price,amount\n1,2,3\n");
        string target = program.Path("new", "x.parquet");
        Neuralcore.Run("convert", bad, target).Fails(1, bad, "no candle remains of 1 rows", "HighBelowLow");
        Neuralcore.Run("convert", trades, target).Fails(1, trades, "not candles: missing open, high, low, close, volume; found time, "
            + "price, amount");
        Neuralcore.Run("convert", program.Path("none.csv"), target).Fails(1, "none.csv: no such file");
        Neuralcore.Run("convert", program.Write("one.csv", Header + Rows(0, 1)), target).Fails(1, "one.csv", "expected a timeframe");
        Assert.False(Directory.Exists(program.Path("new")));
    }

    [Fact]
    public void Wrong_names_and_zones_are_refused()
    {
        string csv = program.Write("x.csv", Header + Rows(0, 5));
        string before = File.ReadAllText(csv);
        Neuralcore.Run("convert", csv, program.Path("y.txt")).Fails(2, "expected OUT to end in .csv or .parquet");
        Neuralcore.Run("convert", csv, System.IO.Path.Combine(program.Folder, ".", "x.csv"))
            .Fails(2, "expected OUT to be another file than IN");
        File.CreateSymbolicLink(program.Path("link.csv"), csv);
        Neuralcore.Run("convert", csv, program.Path("link.csv")).Fails(2, "expected OUT to be another file than IN");
        Neuralcore.Run("convert", csv, program.Path("y.csv"), "--format", "csv").Fails(2, "--format: expected only with a folder");
        foreach (string zone in (string[])["Mars/Base", "UTC+15", "../../etc/passwd", "+9:75"])
            Neuralcore.Run("convert", csv, program.Path("y.csv"), "--time-zone", zone).Fails(2, "--time-zone: expected", $"'{zone}'");
        Neuralcore.Run("convert", csv).Fails(2, "OUT");
        program.Write("data/BTC_1h.csv", before);
        Neuralcore.Run("convert", program.Path("data"), csv).Fails(2, "expected OUT to be a folder");
        Neuralcore.Run("convert", program.Path("data"), program.Path("out"), "--timeframe", "4h").Fails(1, "no candles of 4h");
        Assert.Equal(before, File.ReadAllText(csv));
        Assert.False(File.Exists(program.Path("y.csv")));
    }

    [Fact]
    public void Long_and_unprintable_texts_are_shown_short_and_escaped()
    {
        string csv = program.Write("x.csv", $"id,note\n1,\"a\u001b[31m\nred\u202e\"\n2,{new string('z', 500)}\n");
        string shown = Neuralcore.Run("inspect", csv).Out;
        Assert.Contains(@" a\u001B[31m\u000Ared\u202E ", shown);
        Assert.Contains($" {new string('z', 40)}... ", shown);
        Assert.DoesNotContain("\u001b", shown);
        Assert.Contains(new string('z', 500), Neuralcore.Run("inspect", csv, "--json").Out);
    }
}
