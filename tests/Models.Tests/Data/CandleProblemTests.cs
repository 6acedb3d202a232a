using System.Globalization;
using NeuralCore.Models.Data;
using Kind = NeuralCore.Models.Data.CandleFindingKind;

namespace Models.Tests.Data;

/// <summary>Files that are of another timeframe or of several pairs, and the few bad rows that cost no file.</summary>
public sealed class CandleProblemTests : IDisposable
{
    const string Header = "open_time,open,high,low,close,volume\n";
    const long Start = 1_640_995_200_000, Minute = 60_000;    // 2022-01-01 in ms
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static string Rows(int count, int minutes, Func<int, string>? rest = null) => string.Concat(Enumerable.Range(0, count).Select(i =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Start + i * minutes * Minute},10,12,9,11,{rest?.Invoke(i) ?? (5 + i % 3).ToString(CultureInfo.InvariantCulture)}\n")));

    (Candles Candles, CandleReport Report) Clean(string name, string text, string? timeframe = null, DateTimeOffset? now = null) =>
        CandleFile.Clean(folder.Write(name, text), "X", "X", timeframe is null ? null : Timeframe.Parse(timeframe), now: now);

    // Cleaning and strict reading refuse alike, and inspecting says the same.
    void Refuses(string reason, string name, string text, string? timeframe = null)
    {
        string cleaned = Assert.Throws<InvalidDataException>(() => Clean(name, text, timeframe)).Message;
        Assert.StartsWith(folder.File(name) + ": ", cleaned, StringComparison.Ordinal);
        Assert.Contains(reason, cleaned, StringComparison.Ordinal);
        if ((timeframe is null ? CandleFileName.Of(name).Timeframe : Timeframe.Parse(timeframe)) is not { } length) return;
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => CandleFile.Read(folder.File(name), "X", "X", length)).Message,
            StringComparison.Ordinal);
        if (timeframe is null)
            Assert.Contains(TableSummary.Of(folder.File(name)).Candles!.Notes, n => n.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void RowsOfAnotherTimeframeAreRefused()
    {
        Refuses("expected candles of 30m, got rows 15m apart", "BTC_30m.csv", Header + Rows(96, 15));
        Refuses("expected candles of 30m, got rows 15m apart", "x.csv", Header + Rows(96, 15), "30m");
        Refuses("expected candles of 15m, got rows 1h apart", "BTC_15m.csv", Header + Rows(96, 60));
        Refuses("expected candles of 1h, got 12 of 100 rows off its grid", "BTC_1h.csv",
            Header + string.Concat(Enumerable.Range(0, 100).Select(i =>
                $"{Start + (60 * i + (i % 8 == 1 && i < 92 ? 7 : 0)) * Minute},10,12,9,11,5\n")));
        Assert.Equal(90, Clean("BTC_1h.csv",
            Header + string.Concat(Enumerable.Range(0, 100).Select(i =>
                $"{Start + (60 * i + (i % 10 == 1 ? 7 : 0)) * Minute},10,12,9,11,5\n"))).Candles.Count);
    }

    [Fact]
    public void SparseRowsAreNoOtherTimeframe()
    {
        int[] hours = [0, 1, 5, 6, 9, 14, 15, 22, 30, 31, 40, 47, 52, 53, 70];
        string sparse = Header + string.Concat(hours.Select(h => $"{Start + h * 60 * Minute},10,12,9,11,5\n"));
        Assert.Equal(15, Clean("BTC_1h.csv", sparse).Candles.Count);
        Assert.Equal(15, CandleFile.Read(folder.File("BTC_1h.csv"), "X", "X", Timeframe.Parse("1h")).Candles.Count);
        Assert.Equal(9, Clean("BTC_15m.csv", Header + Rows(9, 60)).Candles.Count);    // too few to tell
    }

    [Fact]
    public void CalendarMonthsAreNoTimeframe()
    {
        string months = "date,open,high,low,close,volume\n" + string.Concat(Enumerable.Range(0, 30).Select(i =>
            $"{2020 + i / 12}-{1 + i % 12:00}-01,1,2,0.5,1.5,7\n"));
        Refuses("the rows are one calendar month apart, which is no fixed length", "BTC_1M.csv", months);
        Refuses("expected candles of 1d, got rows one calendar month apart", "BTC_1d.csv", months);
        Assert.Contains("calendar month", TableSummary.Of(folder.Write("months.csv", months)).CandleError, StringComparison.Ordinal);
        Assert.Contains("calendar months have no fixed length", Assert.Throws<FormatException>(() => Timeframe.Parse("1M")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coin")]
    [InlineData("asset")]
    [InlineData("Market")]
    [InlineData("name")]
    [InlineData("token")]
    [InlineData("base")]
    public void StackedPairsAreRefused(string column)
    {
        string text = $"{column}," + Header + string.Concat(Rows(24, 60).TrimEnd('\n').Split('\n').SelectMany(r =>
            new[] { $"BTC,{r}\n", $"ETH,{r}1\n" }));
        Refuses($"got several: {column} is 'BTC', but 'ETH' in row 2", "x_1h.csv", text);
        Refuses("expected one row for each time, got 24 of 48 rows with the time of an earlier one: several pairs, "
            + "or a time of day", "x_1h.csv",
            text.Replace(column + ",open", "remark,open", StringComparison.Ordinal));
    }

    [Fact]
    public void FewRowsForOneTimeAreMended()
    {
        string text = Header + Rows(30, 60) + Rows(3, 60, _ => "99");
        var (candles, report) = Clean("x_1h.csv", text);
        Assert.Equal((30, 3), (candles.Count, report.Count(Kind.ConflictingDuplicate)));
        Assert.Equal(99, candles.Volume[2]);
        Assert.Equal(30, Clean("x_1h.csv", Header + Rows(30, 60) + Rows(30, 60)).Candles.Count);    // two equal files in one
        Refuses("expected one row for each time, got 4 of 34", "x_1h.csv", Header + Rows(30, 60) + Rows(4, 60, _ => "99"));
        Refuses("expected one row for each time, got 60 of 90", "x_1h.csv", Header + Rows(30, 60) + Rows(30, 60) + Rows(30, 60));
    }

    [Fact]
    public void FewTimesThatCannotBeReadCostTheirRows()
    {
        string text = Header + Rows(20, 60) + "open_time,open,high,low,close,volume\nTotal,,,,,160\n";
        var (candles, report) = Clean("x.csv", text);
        Assert.Equal(20, candles.Count);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((Kind.NotFinite, 2, 2, 21L), (finding.Kind, finding.Count, finding.Removed, finding.Row));
        Assert.Equal("no time: open_time is 'open_time', expected a time between 1970 and 2262", finding.Detail);
        Assert.Equal(20, TableSummary.Of(folder.File("x.csv")).Candles!.Candles);
        Assert.Contains("row 21: open_time is 'open_time', expected a time",
            Assert.Throws<InvalidDataException>(() => CandleFile.Read(folder.File("x.csv"), "X", "X", Timeframe.Parse("1h"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("row 21: open_time is 'Total', expected a time between 1970 and 2262, and 2 more rows like it of 23",
            Assert.Throws<InvalidDataException>(() =>
                Clean("x.csv", Header + Rows(20, 60) + string.Concat(Enumerable.Repeat("Total,,,,,1\n", 3)))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FewCandlesBeyondTheClockGo()
    {
        var now = new DateTimeOffset(2022, 1, 3, 0, 0, 0, TimeSpan.Zero);
        string text = Header + Rows(24, 60) + "9000000000000,10,12,9,11,5\n";
        var (candles, report) = Clean("x.csv", text, now: now);
        Assert.Equal((24, 0L), (candles.Count, report.MissingCandles));
        Assert.Equal([(Kind.Future, 1, 1, 25L)], report.Findings.Select(f => (f.Kind, f.Count, f.Removed, f.Row)));
        Assert.Equal(25, Clean("x.csv", text).Candles.Count);
        (candles, report) = Clean("x.csv", Header + Rows(100, 60), now: now);    // 51 of 100: the clock may be wrong
        Assert.Equal(100, candles.Count);
        Assert.Equal("51 candles open after the time of checking, 2022-01-03T00:00:00Z", Assert.Single(report.Notes));
    }

    [Fact]
    public void HolesInFewRowsCostTheRowsInManyTheColumn()
    {
        string Holes(int every)
            => Header.TrimEnd('\n') + ",quote_volume,trades\n" + Rows(1000, 60, i => $"5,{(i % every == 1 ? "" : "55")},7");
        var (candles, report) = Clean("x_1h.csv", Holes(100));    // 10 of 1000
        Assert.Equal(990, candles.Count);
        Assert.All(candles.QuoteVolume!, v => Assert.Equal(55, v));
        Assert.Equal((10, 10L), (report.Findings.Single(f => f.Kind == Kind.NotFinite).Removed, report.MissingCandles));
        var (read, strict) = CandleFile.Read(folder.File("x_1h.csv"), "X", "X", Timeframe.Parse("1h"));
        Assert.Equal((1000, null, 7), (read.Count, read.QuoteVolume, read.Trades![0]));
        Assert.Equal("quote_volume is left out: 10 of its values are missing or not finite; convert removes these rows instead",
            Assert.Single(strict.Notes));

        (candles, report) = Clean("x_1h.csv", Holes(90));    // 12
        Assert.Equal((1000, null), (candles.Count, candles.QuoteVolume));
        Assert.Equal("quote_volume is left out: 12 of its values are missing or not finite", Assert.Single(report.Notes));
    }

    [Theory]
    [InlineData("5,-3,1,2", Kind.NegativeVolume)]
    [InlineData("5,50,-1,2", Kind.NegativeVolume)]
    [InlineData("5,50,1,-2", Kind.NegativeVolume)]
    [InlineData("5,50,5.01,2", Kind.TakerAboveVolume)]
    [InlineData("5,50,1,50.1", Kind.TakerAboveVolume)]
    [InlineData("5,50,5.0000001,50.000001", null)]      // single precision
    [InlineData("0,0,0.00000001,0", null)]              // eight decimals
    public void ImpossibleFlowsAreFound(string flows, Kind? kind)
    {
        string text = Header.TrimEnd('\n') + ",quote_volume,taker_buy_base,taker_buy_quote\n"
            + Rows(20, 60, i => i == 3 ? flows : "5,55,2,22");
        var (candles, report) = Clean("x.csv", text);
        Assert.Equal(kind is null ? 20 : 19, candles.Count);
        Assert.Equal(kind is null ? 0 : 1, kind is { } k ? report.Count(k) : report.Findings.Count(f => f.IsFatal));
        if (kind is null) Assert.Equal(20, CandleFile.Read(folder.File("x.csv"), "X", "X", Timeframe.Parse("1h")).Candles.Count);
        else
            Assert.Contains("row 4: " + (kind == Kind.NegativeVolume ? "negative volume" : "taker-buy volume above the volume"),
                Assert.Throws<InvalidDataException>(() => CandleFile.Read(folder.File("x.csv"), "X", "X", Timeframe.Parse("1h"))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void InspectingLooksAtSortedRows()
    {
        string[] rows = Rows(10, 60).TrimEnd('\n').Split('\n');
        // Descending, ascending, a duplicate; 05:00 is missing
        string text = Header + string.Join('\n', [.. rows[6..].Reverse(), .. rows[..5], rows[8]]) + "\n";
        var report = TableSummary.Of(folder.Write("x_1h.csv", text)).Candles!;
        Assert.Equal(("2022-01-01T00:00:00Z", "2022-01-01T09:00:00Z"), (TimeText.ToIso(report.First), TimeText.ToIso(report.Last)));
        Assert.Equal([(Kind.Duplicate, 1), (Kind.Gap, 1), (Kind.Unsorted, 4)], report.Findings.Select(f => (f.Kind, f.Count)));
        Assert.Equal((1L, 9), (report.MissingCandles, report.Candles));
    }

    [Theory]
    [InlineData("data/BTC_1h.csv", "BTC", "1h", true)]
    [InlineData("BTC_15m_2025H1.parquet", "BTC", "15m", false)]
    [InlineData("BTCUSDT-4h-2022-01.csv", "BTCUSDT", "4h", false)]
    [InlineData("eth_60m.csv", "eth", "1h", false)]
    [InlineData("BTC_1M.csv", "BTC", null, false)]
    [InlineData("BTC_0h.csv", "BTC", null, false)]
    [InlineData("_1h.csv", "", "1h", false)]
    [InlineData("candles.csv", "candles", null, false)]
    public void NamesOfFilesAreRead(string path, string asset, string? timeframe, bool plain)
    {
        var name = CandleFileName.Of(path);
        Assert.Equal((asset, timeframe, plain), (name.Base, name.Timeframe?.ToString(), name.IsPlain));
    }

    [Fact]
    public void ColumnsOfDifferentLengthsAreNotWritten()
    {
        var candles = new Candles
        {
            Symbol = "X", Base = "X", Timeframe = Timeframe.Parse("1h"), OpenTime = [0, 3_600_000_000], Open = [1, 1],
            High = [1, 1], Low = [1], Close = [1, 1], Volume = [1, 1],
        };
        foreach (var write in (Action<string>[])[p => CandleFile.WriteCsv(p, candles), p => CandleFile.WriteParquet(p, candles)])
            Assert.Equal(folder.File("x") + ": column 'low': expected 2 values as in 'open_time', got 1",
                Assert.Throws<ArgumentException>(() => write(folder.File("x"))).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
