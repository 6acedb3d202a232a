using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>The layouts in which exchanges, libraries and collections give candles, and the choice between columns.</summary>
public sealed class CandleNamesTests : IDisposable
{
    const long Start = 1_640_995_200_000_000, Hour = 3_600_000_000;    // 2022-01-01
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    (Candles Candles, CandleReport Report) Read(string text) =>
        CandleFile.Read(folder.Write("BTC.csv", text), "BTCUSDT", "BTC", Timeframe.Parse("1h"));

    string Reason(string text) => Assert.Throws<InvalidDataException>(() => Read(text)).Message;

    [Theory]
    // The exchange's columns, as its documentation, its archives and pandas users name them.
    [InlineData("Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,Taker buy base asset volume,Taker buy "
        + "quote asset volume,Ignore\n1640995200000,1,2,0.5,1.5,7,1640998799999,70,3,4,40,0\n")]
    [InlineData("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
        + "ignore\n1640995200000000,1,2,0.5,1.5,7,1640998799999999,70,3,4,40,0\n")]
    [InlineData("openTime;open;high;low;close;volume;closeTime;quoteVolume;trades;takerBuyBase;takerBuyQuote\n1640995200000;1;2;0.5;1.5;7;"
        + "1640998799999;70;3;4;40\n")]
    [InlineData("1640995200000,\"1.0\",\"2.0\",\"0.5\",\"1.5\",\"7\",1640998799999,\"70\",3,\"4\",\"40\",0\n")]
    [InlineData("t,T,o,c,h,l,v,n,q,V,taker_buy_quote\n1640995200000,1640998799999,1,1.5,2,0.5,7,3,70,9,40\n", true)]
    public void AllColumnsOfTheExchangeAreKnown(string text, bool stream = false)
    {
        var (candles, report) = Read(text);
        Assert.Equal((Start, 1, 2, 0.5, 1.5, 7),
            (candles.OpenTime[0], candles.Open[0], candles.High[0], candles.Low[0], candles.Close[0], candles.Volume[0]));
        Assert.Equal((70, 3, 40), (candles.QuoteVolume![0], candles.Trades![0], candles.TakerBuyQuoteVolume![0]));
        if (!stream) Assert.Equal(4, candles.TakerBuyVolume![0]);
        Assert.Empty(report.Notes);
    }

    [Theory]
    [InlineData("date,open,high,low,close,volume\n2022-01-01 00:00:00+00:00,1,2,0.5,1.5,7\n")]                          // Freqtrade
    [InlineData("timestamp,open,high,low,close,volume\n1640995200000,1,2,0.5,1.5,7\n")]                                 // ccxt
    // The index of pandas.
    [InlineData(",open,high,low,close,volume\n2022-01-01 00:00:00+00:00,1,2,0.5,1.5,7\n")]
    // Read and written again.
    [InlineData("Unnamed: 0,open,high,low,close,volume\n2022-01-01 00:00:00+00:00,1,2,0.5,1.5,7\n")]
    [InlineData("open,high,low,close,volume,__index_level_0__\n1,2,0.5,1.5,7,2022-01-01T00:00:00.000000000Z\n")]        // and from Parquet
    // Row numbers and times.
    [InlineData("Unnamed: 0,timestamp,open,high,low,close,volume\n0,1640995200000,1,2,0.5,1.5,7\n")]
    [InlineData("Datetime,Open,High,Low,Close,Adj Close,Volume\n2022-01-01 00:00:00+00:00,1,2,0.5,1.5,1.5,7\n")]        // yfinance
    [InlineData("<Date>|<Open>|<High>|<Low>|<Close>|<Vol>\n2022-01-01T00:00Z|1|2|0.5|1.5|7\n")]
    [InlineData("timeOpen;timeClose;open;high;low;close;volume\n2022-01-01T00:00:00.000Z;2022-01-01T00:59:59.999Z;1;2;0.5;1.5;7\n")]
    // MetaTrader
    [InlineData("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<VOL>\n2022.01.01\t00:00:00Z\t1\t2\t0.5\t1.5\t7\n")]
    [InlineData("time,date,open,high,low,close,volume\n0:00Z,2022-01-01,1,2,0.5,1.5,7\n")]
    [InlineData("symbol,timeframe,unix,open,high,low,close,volume\nBTC/USDT,1h,1640995200,1,2,0.5,1.5,7\n")]
    public void OthersColumnsAreKnown(string text)
    {
        var (candles, report) = Read(text);
        Assert.Equal((Start, 1, 2, 0.5, 1.5, 7),
            (candles.OpenTime[0], candles.Open[0], candles.High[0], candles.Low[0], candles.Close[0], candles.Volume[0]));
        Assert.Empty(report.Notes);
    }

    [Theory]
    [InlineData("unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n1640995200,2022-01-01 "
        + "00:00:00,BTC/USDT,1,2,0.5,1.5,7,70,3\n")]
    [InlineData("https://www.CryptoDataDownload.com\nUnix Timestamp,Date,Symbol,Open,High,Low,Close,Volume USDT,Volume BTC,"
        + "tradecount\n1640995200000,2022-01-01 12-AM,BTCUSDT,1,2,0.5,1.5,70,7,3\n")]
    [InlineData("\uFEFFhttp://www.cryptodatadownload.com\r\nUnix,Date,Open,High,Low,Close,Volume ETH,Volume BTC,tradecount\r\n1640995200.0,"
        + "2022-01-01,1,2,0.5,1.5,7,70,3\r\n")]
    public void FilesOfCryptoDataDownloadAreKnown(string text)
    {
        var (candles, report) = Read(text);
        Assert.Equal((Start, 7, 70, 3), (candles.OpenTime[0], candles.Volume[0], candles.QuoteVolume![0], candles.Trades![0]));
        Assert.Equal(2, report.Notes.Count);
        Assert.Matches("^'Volume (BTC|ETH)' is taken as volume$", report.Notes[0]);
        Assert.Matches("^'Volume (BTC|USDT)' is taken as quote volume$", report.Notes[1]);
    }

    [Fact]
    public void AVolumeOfMoneyAloneIsNoVolume() =>
        Assert.Contains("missing volume", Reason("date,open,high,low,close,Volume USDT\n2022-01-01,1,2,0.5,1.5,70\n"),
            StringComparison.Ordinal);

    [Fact]
    public void AVolumeOfMoneyBesideAVolumeIsQuoteVolume() =>
        Assert.Equal(70, Read("unix,open,high,low,close,volume,Volume USD\n1640995200,1,2,0.5,1.5,7,70\n").Candles.QuoteVolume![0]);

    [Fact]
    public void ANumberCountsBeforeAText()
    {
        // The text is nine hours ahead: local time that does not say so.
        var (candles, report) = Read("date,open,high,low,close,volume,unix\n2022-01-01 09:00:00,1,2,0.5,1.5,7,1640995200\n2022-01-01 "
            + "10:00:00,1,2,0.5,1.5,7,1640998800\n");
        Assert.Equal([Start, Start + Hour], candles.OpenTime);
        Assert.Equal("'date' differs from 'unix', which counts, in 2 rows, first in row 1: 2022-01-01T09:00:00Z instead of "
            + "2022-01-01T00:00:00Z",
            Assert.Single(report.Notes));
    }

    [Fact]
    public void OpenTimesCountBeforeAllOthers()
    {
        var (candles, report) = Read("timestamp,open_time,open,high,low,close,volume\n1640998800,1640995200,1,2,0.5,1.5,7\n");
        Assert.Equal([Start], candles.OpenTime);
        Assert.Contains("'timestamp' differs from 'open_time'", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1640998799999", "1641002399999")]                                  // the exchange: the last millisecond
    [InlineData("1640998799999999", "1641002399999999")]                            // or microsecond
    [InlineData("2022-01-01T00:59:59Z", "2022-01-01T01:59:59Z")]
    [InlineData("2022-01-01T01:00:00Z", "2022-01-01T02:00:00Z")]
    public void CloseTimesAloneAreMoved(string first, string second)
    {
        var (candles, report) = Read($"close_time,open,high,low,close,volume\n{first},1,2,0.5,1.5,7\n{second},1,2,0.5,1.5,7\n");
        Assert.Equal([Start, Start + Hour], candles.OpenTime);
        Assert.Contains("'close_time' has the times at which candles close", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void CloseTimesOffTheGridStayOffIt() =>
        Assert.Contains("off the timeframe's grid", Reason("close_time,open,high,low,close,volume\n2022-01-01T00:59:30Z,1,2,0.5,1.5,7\n"),
            StringComparison.Ordinal);

    [Fact]
    public void RowNumbersAreNoTimes() =>
        Assert.Contains("row 1: Unnamed: 0 is '0', expected a time, not a row's number",
            Reason("Unnamed: 0,open,high,low,close,volume\n0,1,2,0.5,1.5,7\n1,1,2,0.5,1.5,7\n"), StringComparison.Ordinal);

    [Fact]
    public void AColumnThatIsThereTwiceIsRefused() =>
        Assert.Contains("expected one column 'close', got 2",
            Reason("date,open,high,low,close,close,volume\n2022-01-01,1,2,0.5,1.5,1.5,7\n"), StringComparison.Ordinal);

    [Fact]
    public void SeveralPairsInOneFileAreRefused()
    {
        const string Two = "symbol,unix,open,high,low,close,volume\nBTC,1640995200,1,2,0.5,1.5,7\nETH,1640995200,1,2,0.5,1.4,7\n";
        Assert.Contains("expected the candles of one pair and timeframe, got several: symbol is 'BTC', but 'ETH' in row 2", Reason(Two),
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => CandleFile.Clean(folder.File("BTC.csv"), "X", "X", Timeframe.Parse("1h")));
        var (candles, report) = Read(Two.Replace("ETH,1640995200", "XBT,1640998800", StringComparison.Ordinal));
        Assert.Equal(2, candles.Count);    // one pair that changed its name
        Assert.Contains("symbol is 'BTC', but 'XBT' in row 2", report.Notes);
    }

    [Theory]
    [InlineData("unix;open;high;low;close;volume\n1640995200;1,5;2;0,5;1,5;7\n", "row 1: open is '1,5', expected a number with a "
        + "decimal point")]
    [InlineData("unix;open;high;low;close;volume\n1640995200;46,216.93;2;1;2;7\n", "open is '46,216.93', expected a number")]
    [InlineData("unix,open,high,low,close,volume\n1640995200,1,5,2,0,5,1,5,7\n", "row 1: 9 fields, expected 6")]
    [InlineData("unix,open,high,low,close,volume\n1640995200,1 USD,2,1,2,7\n", "open is '1 USD', expected a number")]
    [InlineData("unix,open,high,low,close,volume\nunix,open,high,low,close,volume\n", "row 1: unix is 'unix', expected a time")]
    public void OtherSpellingsOfNumbersAreRefused(string text, string reason)
        => Assert.Contains(reason, Reason(text), StringComparison.Ordinal);

    [Fact]
    public void HugeFieldsAreRefused()
    {
        Assert.Contains("row 1: open is '11111",
            Reason("unix,open,high,low,close,volume\n1640995200," + new string('1', 300_000) + "x,2,1,2,7\n"), StringComparison.Ordinal);
        Assert.True(Reason("unix,open,high,low,close,volume\n1640995200," + new string('x', 3 << 20) + ",2,1,2,7\n").Length < 1000);
        Assert.Contains("not finite", Reason("unix,open,high,low,close,volume\n1640995200,1e400,2,1,2,7\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void MarksOfMissingValuesAreMissing()
    {
        foreach (string mark in (string[])["", "nan", "NaN", "null", "None", "NA", "N/A", "\\N", "<NA>", "inf", "-inf"])
            Assert.Contains("a value is missing or not finite", Reason($"unix,open,high,low,close,volume\n1640995200,{mark},2,0.5,1.5,7\n"),
                StringComparison.Ordinal);
        Assert.Contains("unix is missing", Reason("unix,open,high,low,close,volume\nNaT,1,2,0.5,1.5,7\n"), StringComparison.Ordinal);
    }
}
