using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>Spellings of times, and local times.</summary>
public sealed class CandleTimesTests : IDisposable
{
    const long Start = 1_640_995_200_000_000, Hour = 3_600_000_000, Minute = Hour / 60;    // 2022-01-01
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    (Candles Candles, CandleReport Report) Read(TimeZoneInfo? zone, params string[] times) => CandleFile.Read(
        folder.Write("x.csv", "time,open,high,low,close,volume\n" + string.Concat(times.Select(t => $"{t},1,2,0.5,1.5,7\n"))), "X", "X",
            Timeframe.Parse("15m"), zone);

    string Reason(TimeZoneInfo? zone, params string[] times) => Assert.Throws<InvalidDataException>(() => Read(zone, times)).Message;

    static TimeZoneInfo Zone(string id)
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone), $"this system has no time zone {id}");
        return zone!;
    }

    [Theory]
    [InlineData("1640995200", Start)]
    [InlineData("1640995200.0", Start)]
    [InlineData("1.6409952E9", Start)]
    [InlineData("1640995200000.0", Start)]
    [InlineData("1.6409952E+18", Start)]
    [InlineData("1640995200.25", Start + 250_000)]
    [InlineData("2022-01-01", Start)]
    [InlineData("2022/1/1 0:00", Start)]
    [InlineData("2022.01.01 00:00", Start)]
    [InlineData("2022-01-01T00:00Z", Start)]
    [InlineData("2022-01-01 00:00:00.000000000 UTC", Start)]
    [InlineData("2022-01-01 05:30:00 +0530", Start)]
    [InlineData("2022-01-01T01:00:00.5+01", Start + 500_000)]
    [InlineData("2021-12-31 07-PM", Start - 5 * Hour)]
    [InlineData("2022-01-01 12:30 AM", Start + 30 * Minute)]
    [InlineData("2022-01-01 12-PM", Start + 12 * Hour)]
    public void TimesAreRead(string text, long time)
    {
        Assert.True(TimeText.TryParse(text, out long read, out _));
        Assert.Equal(time, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2022")]     // a second of 1970, refused only by what candles say
    [InlineData("01/02/2022")]
    [InlineData("2022-13-01")]
    [InlineData("2022-02-29")]
    [InlineData("2022-01-01T24:00:00")]
    [InlineData("2022-01-01T00:60:00")]
    [InlineData("2022-01-01T00:00:60")]
    [InlineData("2022-01-01T00:00:00.")]
    [InlineData("2022-01-01T00:00:00+25:00")]
    [InlineData("2022-01-01T00:00:00 CET")]
    [InlineData("2022-01-01T")]
    [InlineData("2022-01-01 05")]
    [InlineData("2022-01-01 13-PM")]
    [InlineData("2022-01/01")]
    [InlineData("1e19")]
    [InlineData("nan")]
    public void OthersAreNot(string text)
    {
        if (text == "2022") Assert.True(TimeText.TryParse(text, out long t, out _) && t == 2_022_000_000);
        else Assert.False(TimeText.TryParse(text, out _, out _));
    }

    [Fact]
    public void SpellingsMayChangeWithinAColumn()
    {
        // As where the exchange's archives change from ms to us in 2025.
        var (candles, report) = Read(null, "1640995200", "1640996100000", "1640997000000000", "2022-01-01T00:45:00Z", "2022-01-01 01:00");
        Assert.Equal(Enumerable.Range(0, 5).Select(i => Start + i * 15 * Minute), candles.OpenTime);
        Assert.Equal("1 times in 'time' have no time zone and are taken as UTC", Assert.Single(report.Notes));
    }

    [Fact]
    public void AnOffsetMovesWhatStatesNone()
    {
        var nine = TimeZoneInfo.CreateCustomTimeZone("UTC+9", TimeSpan.FromHours(9), "UTC+9", "UTC+9");
        var (candles, report) = Read(nine, "2022-01-01 09:00", "2022-01-01T00:15:00Z", "1640997000");
        Assert.Equal([Start, Start + 15 * Minute, Start + 30 * Minute], candles.OpenTime);
        Assert.Equal("1 times in 'time' have no time zone and are taken as UTC+9", Assert.Single(report.Notes));
        Assert.Contains("between 1970 and 2262", Reason(nine, "1970-01-01 08:00"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheHourThatOccursTwiceIsTakenInOrder()
    {
        // 2022-10-30 03:00 summer time (01:00 UTC) the clock goes back to 02:00.
        var berlin = Zone("Europe/Berlin");
        string[] local = ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"];
        var (candles, report) = Read(berlin, [.. local.Select(t => "2022-10-30 " + t)]);
        Assert.Equal(10, candles.Count);
        Assert.Equal(0, report.MissingCandles);
        Assert.Equal("2022-10-29T23:45:00Z", TimeText.ToIso(candles.OpenTime[0]));
        Assert.Contains("8 times in 'time' occur twice in Europe/Berlin", report.Notes[1], StringComparison.Ordinal);
        Assert.Contains("row 2: time is 2022-10-30T02:45:00, which occurs twice in Europe/Berlin: expected rows in ascending order",
            Reason(berlin, "2022-10-30 03:00", "2022-10-30 02:45"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheHourThatDoesNotOccurIsRefused() =>
        Assert.Contains("row 2: time is 2022-03-27T02:00:00, which is no time in Europe/Berlin",
            Reason(Zone("Europe/Berlin"), "2022-03-27 01:45", "2022-03-27 02:00"), StringComparison.Ordinal);

    [Fact]
    public void OtherTimeColumnsAreComparedInTheZone()
    {
        string path = folder.Write("x.csv", "unix,date,open,high,low,close,volume\n1640995200,2022-01-01 09:00:00,1,2,0.5,1.5,7\n");
        var nine = TimeZoneInfo.CreateCustomTimeZone("UTC+9", TimeSpan.FromHours(9), "UTC+9", "UTC+9");
        Assert.Empty(CandleFile.Read(path, "X", "X", Timeframe.Parse("15m"), nine).Report.Notes);
        Assert.Single(CandleFile.Read(path, "X", "X", Timeframe.Parse("15m")).Report.Notes);
    }

    [Fact]
    public void LocalTimesOfParquetAreMoved()
    {
        string path = SharedFolder.Require("data/parquet-samples/written/parquetrs_ts_ns_local_gzip.parquet");
        var zone = TimeZoneInfo.CreateCustomTimeZone("UTC-5", TimeSpan.FromHours(-5), "UTC-5", "UTC-5");
        var hour = Timeframe.Parse("1h");
        var (utc, _) = CandleFile.Read(path, "X", "X", hour);
        var (moved, report) = CandleFile.Read(path, "X", "X", hour, zone);
        Assert.Equal(utc.OpenTime.Select(t => t + 5 * Hour), moved.OpenTime);
        Assert.Contains(report.Notes, n => n.EndsWith("are taken as UTC-5", StringComparison.Ordinal));
    }
}
