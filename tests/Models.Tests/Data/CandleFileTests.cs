using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

public sealed class CandleFileTests : IDisposable
{
    const string Header = "open_time,open,high,low,close,volume\n";
    const long Start = 1_640_995_200_000_000, Hour = 3_600_000_000;    // 2022-01-01
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    (Candles Candles, CandleReport Report) Read(string text, string timeframe = "1h") =>
        CandleFile.Read(folder.Write("BTC.csv", text), "BTCUSDT", "BTC", Timeframe.Parse(timeframe));

    void Rejects(string text, params string[] parts)
    {
        string message = Assert.Throws<InvalidDataException>(() => Read(text)).Message;
        Assert.StartsWith(folder.File("BTC.csv") + ": ", message, StringComparison.Ordinal);
        foreach (string part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    static string Row(int hour, double close = 10, double volume = 5) =>
        string.Create(CultureInfo.InvariantCulture, $"{(Start + hour * Hour) / 1000},10,12,9,{close},{volume}\n");

    [Theory]
    [InlineData("1640995200")]
    [InlineData("1640995200000")]
    [InlineData("1640995200000000")]
    [InlineData("1640995200000000000")]
    [InlineData("1640995200.0")]
    [InlineData("2022-01-01T00:00:00Z")]
    [InlineData("2022-01-01 00:00:00+00:00")]
    [InlineData("2022-01-01 00:00:00 UTC")]
    [InlineData("2022-01-01T03:30:00.000+03:30")]
    [InlineData("2021-12-31T19:00:00-05:00")]
    public void TimesComeInAllSpellings(string time)
    {
        var (candles, report) = Read(Header + $"{time},1,2,0.5,1.5,7\n");
        Assert.Equal([Start], candles.OpenTime);
        Assert.Empty(report.Notes);
    }

    [Theory]
    [InlineData("2022-01-01")]
    [InlineData("2022-01-01 00:00")]
    [InlineData("2022/01/01 00:00:00")]
    public void TimesWithoutZoneAreUtcAndNoted(string time)
    {
        var (candles, report) = Read(Header + $"{time},1,2,0.5,1.5,7\n");
        Assert.Equal([Start], candles.OpenTime);
        Assert.Contains("taken as UTC", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timestamp;O;H;L;C;V\n1640995200;1;2;0.5;1.5;7\n")]
    [InlineData("date\topen\thigh\tlow\tclose\tvolume\r\n2022-01-01T00:00:00Z\t1\t2\t0.5\t1.5\t7\r\n")]
    [InlineData("\uFEFFvolume,close,low,high,open,Open Time\r\n7,1.5,0.5,2,1,1640995200000")]
    [InlineData("1640995200000,1,2,0.5,1.5,7,1640998799999,70,3,4,40,0\n")]
    [InlineData("1640995200000,1,2,0.5,1.5,7\n")]
    [InlineData(
        "\"open_time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n\"2022-01-01T00:00:00Z\",\"1\",\"2\",\"0.5\",\"1.5\",\"7\"\n\n")]
    public void SeparatorsHeadersAndOrdersDiffer(string text)
    {
        var (candles, report) = Read(text);
        Assert.Equal((Start, 1, 2, 0.5, 1.5, 7),
            (candles.OpenTime[0], candles.Open[0], candles.High[0], candles.Low[0], candles.Close[0], candles.Volume[0]));
        Assert.Equal((1, 1), (candles.Count, report.Rows));
    }

    [Fact]
    public void TheExchangesTwelveColumnsAreKnown()
    {
        var (candles, _) = Read("1640995200000,1,2,0.5,1.5,7,1640998799999,70,3,4,40,0\n");
        Assert.Equal((70, 3, 4), (candles.QuoteVolume![0], candles.Trades![0], candles.TakerBuyVolume![0]));
        (candles, _) = Read("open_time,open,high,low,close,volume,quote_asset_volume,number_of_trades,"
            + "taker_buy_base_asset_volume\n1640995200000,1,2,0.5,1.5,7,70,3,4\n");
        Assert.Equal((70, 3, 4), (candles.QuoteVolume![0], candles.Trades![0], candles.TakerBuyVolume![0]));
    }

    [Fact]
    public void OptionalColumnsWithHolesAreLeftOutWithANote()
    {
        var (candles,
            report) = Read("open_time,open,high,low,close,volume,trades\n1640995200000,1,2,0.5,1.5,7,\n1640998800000,1,2,0.5,1.5,7,3\n");
        Assert.Null(candles.Trades);
        Assert.Contains("trades is left out: 1", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void RepairableFindingsAreCounted()
    {
        var (candles, report) = Read(Header + Row(0) + Row(1) + Row(1) + Row(4) + Row(5, volume: 0) + Row(5, volume: 0)
            + Row(5, volume: 0) + Row(7));
        Assert.Equal([0, 1, 4, 5, 7], candles.OpenTime.Select(t => (t - Start) / Hour));
        Assert.Equal(8, report.Rows);
        Assert.Equal(5, report.Candles);
        Assert.Equal(3, report.Count(CandleFindingKind.Duplicate));
        Assert.Equal(2, report.Count(CandleFindingKind.Gap));
        Assert.Equal(3, report.MissingCandles);
        Assert.Equal(1, report.Count(CandleFindingKind.ZeroVolume));
        Assert.Null(report.Fatal);
        Assert.Equal([true, false, true], [candles.Follows(1), candles.Follows(2), candles.Follows(3)]);
        Assert.Contains("3 duplicate rows removed; 2 gaps (3 candles missing); 1 candles without volume", report.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void UnusableRowsAreNamed()
    {
        Rejects(Header + Row(0) + Row(2) + Row(1), "row 3", "not sorted", "2022-01-01T01:00:00Z");
        Rejects(Header + Row(0) + Row(0, close: 11), "row 2", "conflicting duplicate");
        Rejects(Header + Row(0) + Row(1, close: double.NaN), "row 2", "not finite", "close NaN");
        Rejects(Header + Row(0) + Row(1).Replace("10,12", ",12", StringComparison.Ordinal), "row 2", "open NaN");
        Rejects(Header + Row(0) + "1640998800000,10,8,9,10,5\n", "row 2", "high below low", "high 8, low 9");
        Rejects(Header + Row(0) + Row(1, close: 12.5), "row 2", "outside low to high", "close 12.5");
        Rejects(Header + Row(0) + "1640998800000,10,12,0,10,5\n", "row 2", "not positive", "low 0");
        Rejects(Header + Row(0) + Row(1, volume: -1), "row 2", "negative volume", "volume -1");
        Rejects(Header + Row(0) + "1640998800001,10,12,9,10,5\n", "row 2", "off the timeframe's grid", "2022-01-01T01:00:00.001Z");
        Rejects(Header + Row(0) + Row(1, close: 99) + Row(2, close: 99), "row 2", "and 1 more");
    }

    [Fact]
    public void UnreadableRowsAreNamed()
    {
        Rejects(Header + Row(0) + "1640998800000,ten,12,9,10,5\n", "row 2", "open is 'ten', expected a number");
        Rejects(Header + Row(0) + "yesterday,10,12,9,10,5\n", "row 2", "open_time is 'yesterday', expected a time");
        Rejects(Header + Row(0) + ",10,12,9,10,5\n", "row 2", "open_time is missing");
        Rejects(Header + Row(0) + "-1640998800000,10,12,9,10,5\n", "row 2", "between 1970 and 2262");
        Rejects(Header + Row(0) + "1640998800000,10,12,9\n", "row 2", "4 fields, expected 6");
        Rejects(Header + Row(0) + "1640998800000,10,12,9,10,5,6\n", "row 2", "7 fields, expected 6");
    }

    [Fact]
    public void EmptyFilesAndOtherSchemasAreOneLine()
    {
        Rejects("", "empty");
        Rejects("\n\n", "no row");
        Rejects(Header, "no rows");
        Rejects("time,price,amount\n1640998800000,10,12\n", "not candles: missing open, high, low, close, volume; found time, "
            + "price, amount");
        Rejects("open,high,low,close,volume\n1,2,0.5,1,5\n", "missing open_time");
    }

    [Fact]
    public void GridsOfADayStartAtMidnightAndWeeksAnywhere()
    {
        Assert.Equal(1, Read(Header + "2022-01-01T00:00:00Z,1,2,0.5,1.5,7\n", "1d").Candles.Count);
        Assert.Throws<InvalidDataException>(() => Read(Header + "2022-01-01T01:00:00Z,1,2,0.5,1.5,7\n", "1d"));
        Assert.Equal(2, Read(Header + "2022-01-03T00:00:00Z,1,2,0.5,1.5,7\n2022-01-10T00:00:00Z,1,2,0.5,1.5,7\n", "1w").Candles.Count);
    }

    [Fact]
    public void ParquetAndCsvOfOnePairAreEqual()
    {
        string root = SharedFolder.Require("data/klines");
        var hour = Timeframe.Parse("1h");
        var (parquet, report) = CandleFile.Read(Path.Combine(root, "BTCUSDT/BTC_1h.parquet"), "BTCUSDT", "BTC", hour);
        var (csv, _) = CandleFile.Read(Path.Combine(root, "BTCUSDT/BTC_1h.csv"), "BTCUSDT", "BTC", hour);
        Assert.Equal(30335, parquet.Count);
        Assert.Equal((1, 1L, 1), (report.Count(CandleFindingKind.Gap), report.MissingCandles, report.Count(CandleFindingKind.ZeroVolume)));
        Assert.Equal(CandleSet.Hash([parquet]), CandleSet.Hash([csv]));
        var (doge, _) = CandleFile.Read(Path.Combine(root, "DOGEUSDT/DOGE_1h.csv"), "DOGEUSDT", "DOGE", hour);
        Assert.Equal(parquet.OpenTime, doge.OpenTime);
        Assert.Null(doge.Trades);
    }

    [Theory]
    [InlineData("written/duckdb_binance_12_columns_15m.parquet", "15m", 4000)]
    [InlineData("third-party/AegisFintech-BTCUSDT_1m.parquet", "1m", 10080)]
    [InlineData("third-party/inventec5678-aptusdt_4h.parquet", "4h", 7525)]
    [InlineData("written/parquetrs_ts_seconds_snappy.parquet", "1h", 3000)]
    [InlineData("written/parquetrs_ts_ns_local_gzip.parquet", "1h", 3000)]
    [InlineData("written/parquetrs_f32_i32_snappy.parquet", "1h", 3000)]
    public void ForeignCandleFilesAreRead(string sample, string timeframe, int rows)
    {
        string path = SharedFolder.Require($"data/parquet-samples/{sample}");
        var (candles, report) = CandleFile.Read(path, "X", "X", Timeframe.Parse(timeframe));
        Assert.Equal(rows, candles.Count);
        Assert.Equal(sample.Contains("local", StringComparison.Ordinal) || sample.Contains("binance_12", StringComparison.Ordinal) ? 1 : 0,
            report.Notes.Count(n => n.Contains("no time zone", StringComparison.Ordinal)));
    }

    [Fact]
    public void OtherTablesAreNotCandles()
    {
        string path = SharedFolder.Require("data/parquet-samples/third-party/freqtrade-XRP_ETH-trades.parquet");
        string message = Assert.Throws<InvalidDataException>(() => CandleFile.Read(path, "X", "X", Timeframe.Parse("1h"))).Message;
        Assert.Contains("missing open, high, low, close, volume; found timestamp, id, type, side, price, amount, cost", message,
            StringComparison.Ordinal);
        path = SharedFolder.Require("data/parquet-samples/written/duckdb_empty.parquet");
        Assert.Contains("no rows",
            Assert.Throws<InvalidDataException>(() => CandleFile.Read(path, "X", "X", Timeframe.Parse("1h"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WrittenCandlesReadBackToTheBit()
    {
        var prices = ArbMap.Default.ArbFor<NormalFloat[]>();
        Prop.ForAll(prices, numbers =>
        {
            var candles = Market([.. numbers.Select(n => Math.Abs(n.Get)).Where(v => v > 0).Append(0.1)]);
            string path = folder.File("written.csv");
            CandleFile.WriteCsv(path, candles);
            var (read, report) = CandleFile.Read(path, candles.Symbol, candles.Base, candles.Timeframe);
            return report.Fatal is null && CandleSet.Hash([read]) == CandleSet.Hash([candles]);
        }).QuickCheckThrowOnFailure();
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AFailedWriteLeavesNothingBehind()
    {
        string taken = folder.File("taken.csv/inside");
        Assert.ThrowsAny<Exception>(() => CandleFile.WriteCsv(System.IO.Path.GetDirectoryName(taken)!, Market([1])));
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.ThrowsAny<IOException>(() => CandleFile.WriteCsv(System.IO.Path.Combine(folder.Path, "no", "folder.csv"), Market([1])));
    }

    [Fact]
    public void TheHashSeesEveryColumn()
    {
        var market = Market([1, 2, 3]);
        var hashes = new[]
        {
            market, Market([1, 2, 4]), Market([1, 2]), Market([1, 2, 3], "ETH"), With(market, null, market.Volume),
            With(market, market.Volume, null),
        }.Select(m => CandleSet.Hash([m])).ToList();
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.All(hashes, h => Assert.Matches("^[0-9a-f]{64}$", h));
        Assert.Equal(hashes[0], CandleSet.Hash([Market([1, 2, 3])]));
    }

    static Candles With(Candles c, double[]? quote, double[]? trades) => new()
    {
        Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
        Open = c.Open, High = c.High, Low = c.Low, Close = c.Close, Volume = c.Volume, QuoteVolume = quote, Trades = trades,
    };

    static Candles Market(double[] prices, string asset = "BTC") => new()
    {
        Symbol = asset + "USDT", Base = asset, Timeframe = Timeframe.Parse("1h"),
        OpenTime = [.. prices.Select((_, t) => t * Hour)],    // from 1970 on, where numbers of ms could be mistaken for s
        Open = prices, High = prices, Low = prices, Close = prices, Volume = prices,
    };
}
