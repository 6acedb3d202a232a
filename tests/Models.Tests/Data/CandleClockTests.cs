using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;
using NeuralCore.Models.Data.Parquet.Writer;
using static System.FormattableString;

namespace Models.Tests.Data;

/// <summary>Times of day in a column of their own, times of typed columns, and decimals.</summary>
public sealed class CandleClockTests : IDisposable
{
    const long Start = 1_640_995_200_000_000, Hour = 3_600_000_000, Day = 24 * Hour;    // 2022-01-01
    readonly TemporaryFolder folder = new();
    readonly Timeframe hour = Timeframe.Parse("1h");

    public void Dispose() => folder.Dispose();

    Candles Read(string header, Func<int, string> time, int rows = 48) => CandleFile.Read(
        folder.Write("x.csv", header + ",open,high,low,close,volume\n" + string.Concat(Enumerable.Range(0, rows).Select(i =>
            $"{time(i)},10,12,9,11,{i}\n"))),
        "X", "X", hour).Candles;

    static string Date(int i) => $"2022-01-0{1 + i / 24}";

    static IEnumerable<long> Hours(int rows = 48) => Enumerable.Range(0, rows).Select(i => Start + i * Hour);

    [Fact]
    public void ClocksOfAllSpellingsAreJoinedToTheirDates()
    {
        foreach (var (header, clock) in new (string, Func<int, string>)[]
        {
            ("date,time", h => $"{h:00}"), ("date,hour", h => $"{h}"), ("date,Hour", h => $"{h}.0"), ("Date,Time", h => $"{h:00}:00"),
            ("date,clock", h => $"{h}:00:00.000"), ("date,time_of_day", h => $"{(h + 11) % 12 + 1}:00 {(h < 12 ? "AM" : "PM")}"),
            ("date,time", h => $"{h:00}:00Z"),
        })
            Assert.Equal(Hours(), Read(header, i => $"{Date(i)},{clock(i % 24)}").OpenTime);
        // The date has its time of day already.
        Assert.Equal(Hours(), Read("hour,date", i => $"{i % 24},{Date(i)} {i % 24:00}:00").OpenTime);
        Assert.Contains("row 2: date has no time of day: hour is '24'",
            Assert.Throws<InvalidDataException>(() => Read("date,hour", i => $"{Date(i)},{23 + i}", 2)).Message, StringComparison.Ordinal);
    }

    Candles FromParquet(params (string Name, ColumnKind Kind, Array Values)[] times)
    {
        int rows = times[0].Values.Length;
        (string Name, ColumnKind Kind, Array Values)[] all = [.. times, .. new[] { "open", "high", "low", "close", "volume" }
            .Select(n => (n, ColumnKind.Real, (Array)Enumerable.Repeat(10.0, rows).ToArray()))];
        ParquetWriter.Write(folder.File("x.parquet"), [.. all.Select(c => new TableColumn(c.Name, "", c.Kind))],
            [.. all.Select(c => new ColumnValues(c.Values, null))]);
        return CandleFile.Clean(folder.File("x.parquet"), "X", "X", hour).Candles;
    }

    [Fact]
    public void TypedDatesTakeClocksOfEveryType()
    {
        long[] dates = [.. Enumerable.Range(0, 48).Select(i => Start + i / 24 * Day)];
        var hours = Enumerable.Range(0, 48).Select(i => i % 24).ToList();
        foreach (var (kind, clocks) in new (ColumnKind, Array)[]
        {
            (ColumnKind.TimeOfDay, hours.Select(h => h * Hour).ToArray()), (ColumnKind.Text, hours.Select(h => $"{h:00}:00").ToArray()),
            (ColumnKind.Integer, hours.Select(h => (long)h).ToArray()), (ColumnKind.Real, hours.Select(h => (double)h).ToArray()),
        })
            Assert.Equal(Hours(), FromParquet(("date", ColumnKind.Time, dates), ("time", kind, clocks)).OpenTime);
        long[] times = [.. Hours()];
        Assert.Equal(times, FromParquet(("date", ColumnKind.Time, times),
            ("time", ColumnKind.TimeOfDay, hours.Select(h => h * Hour).ToArray())).OpenTime);
        Assert.Equal(times, FromParquet(("open_time", ColumnKind.Time, times), ("time", ColumnKind.TimeOfDay, new long[48])).OpenTime);
    }

    [Fact]
    public void DatesOfParquetHaveNoZone() =>
        Assert.False(new SchemaElement { Name = "date", Type = PhysicalType.INT32, Meaning = Meaning.Date }.Column().HasZone);

    [Fact]
    public void ADateAloneDiffersFromNoTimeOnItsLocalDay()
    {
        string path = folder.Write("x.csv",
            "unix,date,open,high,low,close,volume\n1640995200,2022-01-01,1,2,0.5,1.5,7\n1641049200,2022-01-02,1,2,0.5,1.5,7\n");
        var nine = TimeZoneInfo.CreateCustomTimeZone("UTC+9", TimeSpan.FromHours(9), "UTC+9", "UTC+9");
        Assert.Empty(CandleFile.Read(path, "X", "X", hour, nine).Report.Notes);    // 15:00 UTC is the next day's midnight there
    }

    [Fact]
    public void AMissingTimeHidesNotTheRowAboveIt()
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out var berlin), "this system has no time zones");
        string Row(string time) => $"{time},1,2,0.5,1.5,7\n";
        string text = "date,open,high,low,close,volume\n" + string.Concat(new[] { "02:00", "02:30", "", "02:00", "02:30", "03:00" }
            .Select(t => Row(t.Length == 0 ? "" : "2022-10-30 " + t)));
        var (candles, _) = CandleFile.Clean(folder.Write("x.csv", text), "X", "X", Timeframe.Parse("30m"), berlin);
        Assert.Equal(["00:00", "00:30", "01:00", "01:30", "02:00"], candles.OpenTime.Select(t => TimeText.ToIso(t)[11..16]));
        string gap = "date,open,high,low,close,volume\n" + string.Concat(new[] { "01:00", "01:30", "02:00", "03:00" }.Select(t =>
            Row("2022-03-27 " + t)));
        var (spring, report) = CandleFile.Clean(folder.Write("x.csv", gap), "X", "X", Timeframe.Parse("30m"), berlin);
        Assert.Equal(3, spring.Count);
        Assert.Contains("the clock is set forward over it", Assert.Single(report.Findings).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void NumbersAreTimesUnderNamesOfTimes()
    {
        string path = folder.Write("x.csv",
            "time,ts,unix,Unnamed: 0,quote_time,t,hour\n1640995200.0,1640995200000,1640995200,0,1640995200.5,1640995200,0\n");
        Assert.Equal(["timestamp", "timestamp", "timestamp", "int64", "timestamp", "int64", "int64"],
            TableSummary.Of(path).Columns.Select(c => c.Type));
        Assert.Equal("1640995200500000", TableSummary.Of(path).Columns[4].Min);
        Assert.Equal(["int64", "double"], TableSummary.Of(folder.Write("y.csv", "time,date\n13,0.5\n")).Columns.Select(c => c.Type));
    }

    [Fact]
    public void DecimalsAreRoundedOnce()
    {
        var digits = Gen.Choose(0, 9).ArrayOf(38);
        Prop.ForAll(digits.Zip(Gen.Choose(0, 38).Zip(Gen.Choose(0, 38))).ToArbitrary(), d =>
        {
            var unscaled = Int128.Parse(string.Concat(d.Item1.Take(Math.Max(1, d.Item2.Item1))), null) * (d.Item1[0] % 2 == 0 ? 1 : -1);
            double expected = double.Parse(Invariant($"{unscaled}E-{d.Item2.Item2}"), System.Globalization.CultureInfo.InvariantCulture);
            return ScaledDecimal.ToDouble(unscaled, d.Item2.Item2) == expected;
        }).QuickCheckThrowOnFailure();
        Assert.Equal(46216.93, ScaledDecimal.ToDouble(Int128.Parse("46216930000000000000000", null), 18));
        Assert.True(TimeText.TryFromDecimal(Int128.Parse("16409952001234567890", null), 1, out long ns));
        Assert.Equal(1_640_995_200_123_456, ns);
    }
}
