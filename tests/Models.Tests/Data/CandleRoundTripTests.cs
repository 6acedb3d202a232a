using System.Text;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>Real candles through CSV and Parquet and back; damaged CSV.</summary>
public sealed class CandleRoundTripTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("BTCUSDT/BTC_1h.parquet")]
    [InlineData("ETHUSDT/ETH_4h.parquet")]
    [InlineData("LINKUSDT/LINK_1d.parquet")]
    [InlineData("DOGEUSDT/DOGE_1h.csv")]
    public void ParquetToCsvToParquetKeepsAllBits(string file)
    {
        string path = SharedFolder.Require($"data/klines/{file}");
        var (original, first) = CandleFile.Clean(path, "X", "X");
        CandleFile.WriteCsv(folder.File("a.csv"), original);
        var (csv, _) = CandleFile.Clean(folder.File("a.csv"), "X", "X", first.Timeframe);
        CandleFile.WriteParquet(folder.File("b.parquet"), csv);
        var (parquet, last) = CandleFile.Clean(folder.File("b.parquet"), "X", "X", first.Timeframe);
        Assert.Equal(CandleSet.Hash([original]), CandleSet.Hash([parquet]));
        Assert.Equal(original.TakerBuyQuoteVolume, parquet.TakerBuyQuoteVolume);
        Assert.Equal(first.Findings, last.Findings);
    }

    [Fact]
    public void TheHashOfCandlesWithoutTakerQuoteIsAsItWas()
    {
        Candles Pair(double[]? takerQuote) => new()
        {
            Symbol = "BTCUSDT", Base = "BTC", Timeframe = Timeframe.Parse("1h"), OpenTime = [0], Open = [1], High = [2],
            Low = [0.5], Close = [1.5], Volume = [7], TakerBuyQuoteVolume = takerQuote,
        };
        string without = CandleSet.Hash([Pair(null)]);
        Assert.Equal(HashBefore, without);
        Assert.NotEqual(without, CandleSet.Hash([Pair([3])]));
    }

    // SHA-256 of the bytes that CandleSet.Hash describes, computed outside of this program.
    const string HashBefore = "237ebbd1e427b13733c19ce07fa1ccafb823229ab9be79dd4593c2b246bc0b6c";

    // Bytes, digits, separators and lines replaced, repeated, removed and inserted: read, or refused with the file's name.
    [Fact]
    public void DamagedCsvIsReadOrRefused()
    {
        string[] originals =
        [
            "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n" + Rows(i =>
                $"{1640995200L + i * 3600},2022-01-0{1 + i / 24} {i % 24:00}:00:00,BTC/USDT,10{i % 7},120,90,100.5,{i},7.5,3\n"),
            Rows(i => $"{1640995200000L + i * 3_600_000},\"10{i % 7}\",120,90,100.5,{i},{1640998799999L + i * 3_600_000},7e2,3,4,5,0\n"),
            "\uFEFFDate;Open;High;Low;Close;Volume;close_time\r\n" + Rows(i =>
                $"2022-01-0{1 + i / 24}T{i % 24:00}:00:00.000+00:00;101;120;90;1.005e2;{i};\r\n"),
        ];
        var random = new Random(3);
        int refused = 0;
        const int Trials = 5000;
        var berlin = TimeZoneInfo.CreateCustomTimeZone("UTC+1", TimeSpan.FromHours(1), "UTC+1", "UTC+1");
        for (int trial = 0; trial < Trials; trial++)
        {
            string path = folder.Write("damaged_1h.csv", Mutated(Encoding.UTF8.GetBytes(originals[trial % originals.Length]), random));
            try
            {
                if (trial % 7 == 0) TableSummary.Of(path, berlin, DateTimeOffset.UnixEpoch);
                CandleFile.Clean(path, "X", "X", trial % 2 == 0 ? null : Timeframe.Parse("1h"), trial % 3 == 0 ? berlin : null);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
                Assert.True(e.Message.Length < 2000 && !e.Message.Contains('\n'), e.Message);
                refused++;
            }
        }
        Assert.InRange(refused, Trials / 5, Trials * 9 / 10);
    }

    static string Rows(Func<int, string> row) => string.Concat(Enumerable.Range(0, 30).Select(row));

    static ReadOnlySpan<byte> Likely => "0123456789.,;-+eE:T \"\n\rnaN"u8;

    static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (int k = random.Next(1, 5); k > 0 && bytes.Count > 0; k--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 100), bytes.Count - at);
            byte any = random.Next(2) == 0 ? (byte)random.Next(256) : Likely[random.Next(Likely.Length)];
            switch (random.Next(6))
            {
                case 0: bytes[at] = any; break;
                case 1: bytes.Insert(at, any); break;
                case 2: bytes.RemoveRange(at, Math.Min(length, 8)); break;
                case 3: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                case 4: bytes.InsertRange(at, Enumerable.Repeat(any, random.Next(1, 40))); break;
                default: bytes.RemoveRange(at, random.Next(5) == 0 ? bytes.Count - at : 1); break;
            }
        }
        return [.. bytes];
    }
}
