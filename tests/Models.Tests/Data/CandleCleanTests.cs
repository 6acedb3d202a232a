using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using Kind = NeuralCore.Models.Data.CandleFindingKind;

namespace Models.Tests.Data;

/// <summary>Cleaning: what is mended, removed and kept, and that the report accounts for every row.</summary>
public sealed class CandleCleanTests : IDisposable
{
    const string Header = "open_time,open,high,low,close,volume\n";
    const long Start = 1_640_995_200_000_000, Hour = 3_600_000_000;    // 2022-01-01
    readonly TemporaryFolder folder = new();
    readonly Timeframe hour = Timeframe.Parse("1h");

    public void Dispose() => folder.Dispose();

    (Candles Candles, CandleReport Report) Clean(string text, DateTimeOffset? now = null) =>
        CandleFile.Clean(folder.Write("x.csv", text), "BTCUSDT", "BTC", hour, now: now);

    static string Row(double hour, double close = 10, double volume = 5, double high = 12) => string.Create(CultureInfo.InvariantCulture,
        $"{(long)(Start + hour * Hour) / 1000},10,{high},9,{close},{volume}\n");

    static int[] Hours(Candles candles) => [.. candles.OpenTime.Select(t => (int)((t - Start) / Hour))];

    static (Kind, int, int)[] Found(CandleReport report) => [.. report.Findings.Select(f => (f.Kind, f.Count, f.Removed))];

    [Fact]
    public void FlawlessFilesStayAsTheyAre()
    {
        string text = Header + Row(0) + Row(1) + Row(2);
        var (clean, report) = Clean(text);
        var (read, _) = CandleFile.Read(folder.File("x.csv"), "BTCUSDT", "BTC", hour);
        Assert.Equal(CandleSet.Hash([read]), CandleSet.Hash([clean]));
        Assert.Empty(report.Findings);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void DisorderIsSorted()
    {
        var (candles, report) = Clean(Header + Row(3, 10.3) + Row(2, 10.2) + Row(0, 10) + Row(1, 10.1));
        Assert.Equal([0, 1, 2, 3], Hours(candles));
        Assert.Equal([10, 10.1, 10.2, 10.3], candles.Close);
        Assert.Equal([(Kind.Unsorted, 2, 0)], Found(report));
        Assert.Contains("the rows are sorted by open_time", report.Notes);
        Assert.Equal((Start, Start + 3 * Hour), (report.First, report.Last));
    }

    [Fact]
    public void DuplicatesGoWhereverTheyAre()
    {
        var (candles, report) = Clean(Header + Row(0) + Row(1, 10) + Row(2) + Row(0) + Row(1, 11) + Row(1, 9.5));
        Assert.Equal([0, 1, 2], Hours(candles));
        Assert.Equal(9.5, candles.Close[1]);    // the last in the file
        Assert.Equal([(Kind.Duplicate, 1, 1), (Kind.Unsorted, 1, 0), (Kind.ConflictingDuplicate, 2, 2)], Found(report));
        Assert.Equal((4, 5), (report.Findings[0].Row, report.Findings[2].Row));
    }

    [Fact]
    public void ImpossibleRowsGoBeforeDuplicatesAreCompared()
    {
        var (candles, report) = Clean(Header + Row(0) + Row(1) + Row(1, close: 99) + Row(2, double.NaN) + Row(3, volume: -1) + Row(4.5)
            + Row(5, high: 8) + Row(6, close: -1) + ",1,2,3,4,5\n" + Row(7) + "1641031200000,,,,,\n");
        Assert.Equal([0, 1, 7], Hours(candles));
        Assert.Equal([(Kind.Gap, 1, 0), (Kind.OffGrid, 1, 1), (Kind.NotFinite, 3, 3), (Kind.NonPositivePrice, 1, 1),
            (Kind.HighBelowLow, 2, 1),
            // The row without a time has its high below its low, too.
            (Kind.OutsideRange, 2, 1), (Kind.NegativeVolume, 1, 1)], Found(report));
        Assert.Equal(5, report.MissingCandles);
        Assert.Contains("3 x NotFinite (3 rows removed), first in row 4: 2022-01-01T02:00:00Z: open 10, high 12, low 9, close NaN, "
            + "volume 5",
            report.Phrases);
    }

    [Fact]
    public void HolesInRowsThatGoCostNoColumn()
    {
        var (candles, report) = Clean("unix,open,high,low,close,volume,trades\n1640995200,1,2,0.5,1.5,7,3\n1640998800,,,,,,\n");
        Assert.Equal([3], candles.Trades!);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void TheLastCandleGoesWhileItLasts()
    {
        string text = Header + Row(0) + Row(1) + Row(2);
        var (candles, report) = Clean(text, new DateTimeOffset(2022, 1, 1, 2, 59, 59, TimeSpan.Zero));
        Assert.Equal([0, 1], Hours(candles));
        Assert.Equal([(Kind.Unclosed, 1, 1)], Found(report));
        Assert.Equal(3, Clean(text, new DateTimeOffset(2022, 1, 1, 3, 0, 0, TimeSpan.Zero)).Candles.Count);
        Assert.Equal(3, Clean(text).Candles.Count);
        var (all, late) = Clean(text, new DateTimeOffset(2021, 12, 31, 23, 0, 0, TimeSpan.Zero));
        Assert.Equal(3, all.Count);
        Assert.Equal("3 candles open after the time of checking, 2021-12-31T23:00:00Z", Assert.Single(late.Notes));
        var (read, strict) = CandleFile.Read(folder.File("x.csv"), "X", "X", hour,
            now: new DateTimeOffset(2022, 1, 1, 2, 30, 0, TimeSpan.Zero));
        Assert.Equal((3, 1), (read.Count, strict.Count(Kind.Unclosed)));
    }

    [Fact]
    public void BadPrintsAreListedAndKept()
    {
        var random = new Random(1);
        double[] close = new double[200];
        close[0] = 100;
        for (int t = 1; t < close.Length; t++) close[t] = close[t - 1] * Math.Exp(0.002 * (random.NextDouble() - 0.5));
        close[50] *= 1.5;                                       // jumps and is back: found
        for (int t = 100; t < close.Length; t++) close[t] *= 1.5;   // jumps and stays: a market does that
        string Line(int t, double high) => string.Create(CultureInfo.InvariantCulture,
            $"{(Start + t * Hour) / 1000},{close[t]:R},{high:R},{close[t]:R},{close[t]:R},1\n");
        // And a wick to twice the close.
        var (candles, report) = Clean(Header + string.Concat(close.Select((c, t) => Line(t, t == 150 ? 2 * c : c))));
        Assert.Equal(200, candles.Count);
        var outliers = Assert.Single(report.Findings);
        Assert.Equal((Kind.Outlier, 2, 0, 51L, false), (outliers.Kind, outliers.Count, outliers.Removed, outliers.Row, outliers.IsFatal));
        Assert.StartsWith("2022-01-03T02:00:00Z: close ", outliers.Detail, StringComparison.Ordinal);
        Assert.Contains("2 outliers kept, first in row 51", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNotUsableIsRefused()
    {
        Assert.Contains("no candle remains of 2 rows: 2 x OutsideRange (2 rows removed)",
            Assert.Throws<InvalidDataException>(() => Clean(Header + Row(0, 99) + Row(1, 99))).Message, StringComparison.Ordinal);
        string quarters = Header + string.Concat(Enumerable.Range(0, 8).Select(i => Row(i / 4.0)));
        Assert.Contains("expected candles of 1h, got 6 of 8 rows off its grid",
            Assert.Throws<InvalidDataException>(() => Clean(quarters)).Message, StringComparison.Ordinal);
        Assert.Equal("15m", CandleFile.Clean(folder.File("x.csv"), "X", "X").Report.Timeframe.ToString());
        Assert.Contains("expected a timeframe",
            Assert.Throws<InvalidDataException>(() => CandleFile.Clean(folder.Write("one.csv", Header + Row(0)), "X", "X")).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, CandleFile.Clean(folder.Write("X-1h-2022.csv", Header + Row(0)), "X", "X").Candles.Count);
        Assert.Contains("no rows", Assert.Throws<InvalidDataException>(() => Clean(Header)).Message, StringComparison.Ordinal);
        Assert.Contains("empty", Assert.Throws<InvalidDataException>(() => Clean("")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LongCandlesKeepTheGridOfMost()
    {
        string text = Header + string.Concat(new[] { "2022-01-04", "2022-01-03", "2022-01-10", "2022-01-17" }.Select(d =>
            $"{d}T00:00:00Z,1,2,0.5,1.5,7\n"));
        var (candles, report) = CandleFile.Clean(folder.Write("x_1w.csv", text), "X", "X");
        Assert.Equal(3, candles.Count);
        Assert.Equal(1, report.Findings.Single(f => f.Kind == Kind.OffGrid).Removed);
    }

    // Rows drawn with and without faults: cleaned, they pass the strict check, and each row is a candle or was removed for one stated
    // reason.
    [Fact]
    public void EveryRowIsACandleOrAccountedFor()
    {
        var row = Gen.Choose(0, 600).SelectMany(time => Gen.Choose(0, 11).Select(fault => (Time: time, Fault: fault)));
        Prop.ForAll(row.ArrayOf().ToArbitrary(), rows =>
        {
            string text = Header + Row(0) + string.Concat(rows.Select(r => r.Fault switch
            {
                0 => Row(r.Time, 99),
                1 => Row(r.Time, double.NaN),
                2 => Row(r.Time, volume: -1),
                3 => ",1,2,0.5,1,1\n",
                4 => Row(r.Time, 9.5),
                5 => Row(r.Time, volume: 0),
                6 => Row(r.Time, high: 8),
                _ => Row(r.Time),
            }));
            Candles candles;
            CandleReport report;
            try
            {
                (candles, report) = Clean(text);
            }
            catch (InvalidDataException e) when (e.Message.Contains("expected one row for each time", StringComparison.Ordinal))
            {
                int[] times = [0, .. rows.Where(r => r.Fault != 3).Select(r => r.Time)];
                return 10 * (times.Length - times.Distinct().Count()) > times.Length;    // drawn too often, they are refused
            }
            string path = folder.File("clean.csv");
            CandleFile.WriteCsv(path, candles);
            var (again, strict) = CandleFile.Read(path, "BTCUSDT", "BTC", hour);
            return report.Rows == rows.Length + 1 && report.Candles == candles.Count && strict.Rows == candles.Count
                && report.Rows - report.Candles == report.Findings.Sum(f => f.Removed)
                && report.Findings.All(f => f.Removed <= f.Count)
                && strict.MissingCandles == report.MissingCandles && CandleSet.Hash([again]) == CandleSet.Hash([candles]);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("third-party/inventec5678-aptusdt_4h.parquet", 7525, "2 outliers kept, first in row 1: 2022-10-19T00:00:00Z: open 1, "
        + "high 100, low 1, close 6.8147")]
    [InlineData("third-party/chris467-BTCUSDT_15m.parquet", 1000, "1000 times in 'timestamp' have no time zone and are taken as UTC")]
    [InlineData("third-party/AegisFintech-BTCUSDT_1m.parquet", 10080, null)]
    [InlineData("third-party/yagokhan-FILUSDT_1h.parquet", 28310, null)]
    public void ForeignFilesAreCleaned(string sample, int candles, string? phrase)
    {
        var report = CandleFile.Clean(SharedFolder.Require($"data/parquet-samples/{sample}"), "X", "X").Report;
        Assert.Equal((candles, candles), (report.Rows, report.Candles));
        Assert.Equal(phrase is null ? [] : [phrase], report.Phrases);
    }

    [Fact]
    public void LocalTimesAreThoseOfAnotherFile()
    {
        // One file has the local times of Korea without saying so, the other those of the exchange: with the zone stated, 15m and 1m
        // candles agree.
        string local = SharedFolder.Require("data/parquet-samples/third-party/wookie0127-BTCUSDT_15m.parquet");
        string minutes = SharedFolder.Require("data/parquet-samples/third-party/AegisFintech-BTCUSDT_1m.parquet");
        var nine = TimeZoneInfo.CreateCustomTimeZone("UTC+9", TimeSpan.FromHours(9), "UTC+9", "UTC+9");
        var (quarters, report) = CandleFile.Clean(local, "BTCUSDT", "BTC", zone: nine);
        Assert.Contains(report.Notes, n => n.EndsWith("have no time zone and are taken as UTC+9", StringComparison.Ordinal));
        var (ones, _) = CandleFile.Clean(minutes, "BTCUSDT", "BTC");
        var opens = ones.OpenTime.Zip(ones.Open).ToDictionary(p => p.First, p => p.Second);
        var common = Enumerable.Range(0, quarters.Count).Where(i => opens.ContainsKey(quarters.OpenTime[i])).ToList();
        Assert.True(common.Count > 500, $"{common.Count} in common");
        Assert.All(common, i => Assert.Equal(opens[quarters.OpenTime[i]], quarters.Open[i]));
    }

    [Fact]
    public void ACandleThatHadNotClosedIsFoundByTheClock()
    {
        // The file's last rows were stored while they lasted: at 13:20 the candle of 13:00 is not closed.
        string path = SharedFolder.Require("data/parquet-samples/third-party/yagokhan-FILUSDT_1h.parquet");
        var (candles, report) = CandleFile.Clean(path, "FILUSDT", "FIL", now: new DateTimeOffset(2026, 3, 25, 13, 20, 0, TimeSpan.Zero));
        Assert.Equal((28309, 1), (candles.Count, report.Count(Kind.Unclosed)));
    }
}
