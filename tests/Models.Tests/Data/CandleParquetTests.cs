using NeuralCore.Models.Data;
using NeuralCore.Models.Tests;

namespace Models.Tests.Data;

public sealed class CandleParquetTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    string File => folder.File("BTC_1h.parquet");

    static Candles WithFlow(Candles c, double[]? trades, double[]? high = null) => new()
    {
        Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe,
        OpenTime = c.OpenTime, Open = c.Open, High = high ?? c.High, Low = c.Low, Close = c.Close, Volume = c.Volume,
        QuoteVolume = [.. c.Volume.Zip(c.Close, (v, p) => v * p)], Trades = trades,
        TakerBuyVolume = [.. c.Volume.Select(v => v / 3)], TakerBuyQuoteVolume = [.. c.Volume.Select(v => v / 7)],
    };

    string Types()
    {
        using var table = Table.Open(File);
        return string.Join("; ", table.Columns.Select(c => $"{c.Name} {c.Type}"));
    }

    Candles WrittenAndRead(Candles candles)
    {
        CandleFile.WriteParquet(File, candles);
        return CandleFile.Read(File, candles.Symbol, candles.Base, candles.Timeframe).Candles;
    }

    [Fact]
    public void CandlesAreReadBackToTheBit()
    {
        Candles c = SmallMarket.Candles(1, 3000, gapAt: 1000), read = WrittenAndRead(c);
        Assert.Equal("open_time timestamp[us, UTC]; open double; high double; low double; close double; volume double", Types());
        Assert.Equal(c.OpenTime, read.OpenTime);
        Assert.Equal([c.Open, c.High, c.Low, c.Close, c.Volume], [read.Open, read.High, read.Low, read.Close, read.Volume]);
        Assert.True(read is { QuoteVolume: null, Trades: null, TakerBuyVolume: null, TakerBuyQuoteVolume: null });
    }

    [Fact]
    public void OrderFlowIsReadBackToo()
    {
        Candles c = SmallMarket.Candles(2, 500);
        Candles whole = WithFlow(c, [.. c.Volume.Select((_, t) => (double)(t * t))]), read = WrittenAndRead(whole);
        Assert.EndsWith("quote_volume double; trades int64; taker_buy_base double; taker_buy_quote double", Types(),
            StringComparison.Ordinal);
        Assert.Equal([whole.QuoteVolume, whole.Trades, whole.TakerBuyVolume, whole.TakerBuyQuoteVolume],
            [read.QuoteVolume, read.Trades, read.TakerBuyVolume, read.TakerBuyQuoteVolume]);
        foreach (double trades in new[] { 0.5, 1e300, -0.0 })
        {
            Candles broken = WithFlow(c, [.. c.Volume.Select((_, t) => t == 9 ? trades : t)]);
            Candles again = WrittenAndRead(broken);
            Assert.Equal(broken.Trades!.Select(BitConverter.DoubleToInt64Bits), again.Trades!.Select(BitConverter.DoubleToInt64Bits));
            Assert.Contains("trades double", Types(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CsvAndParquetAreOne()
    {
        Candles c = WithFlow(SmallMarket.Candles(3, 400), null);
        CandleFile.WriteCsv(folder.File("BTC_1h.csv"), c);
        Candles csv = CandleFile.Read(folder.File("BTC_1h.csv"), "BTCUSDT", "BTC", c.Timeframe).Candles, parquet = WrittenAndRead(c);
        Assert.Equal(csv.OpenTime, parquet.OpenTime);
        Assert.Equal([csv.Open, csv.High, csv.Low, csv.Close, csv.Volume, csv.QuoteVolume, csv.TakerBuyVolume],
            [parquet.Open, parquet.High, parquet.Low, parquet.Close, parquet.Volume, parquet.QuoteVolume, parquet.TakerBuyVolume]);
    }

    [Fact]
    public void NoCandlesAndOneAreWritten()
    {
        CandleFile.WriteParquet(File, WithFlow(SmallMarket.Until(SmallMarket.Candles(4, 5), 0), []));
        Assert.Equal(0, TableSummary.Of(File).Rows);
        Assert.Contains("open_time timestamp[us, UTC]", Types(), StringComparison.Ordinal);
        Assert.Equal(1, WrittenAndRead(SmallMarket.Candles(5, 1)).Count);
    }

    [Fact]
    public void ColumnsOfDifferentLengthsAreRefusedAndCancelledWritingLeavesNothing()
    {
        Candles c = SmallMarket.Candles(6, 10);
        string message = Assert.Throws<ArgumentException>(() => CandleFile.WriteParquet(File, WithFlow(c, null, c.High[..9]))).Message;
        Assert.EndsWith("column 'high': expected 10 values as in 'open_time', got 9", message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => CandleFile.WriteParquet(File, c, new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
