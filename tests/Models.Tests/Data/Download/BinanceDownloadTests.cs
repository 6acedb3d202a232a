using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>Downloads from an exchange's REST interface: what is served arrives to the bit, whatever goes wrong on the way.</summary>
public sealed partial class BinanceDownloadTests : IDisposable
{
    const long Hour = FakeExchange.Hour, Start = FakeExchange.Start;
    readonly TemporaryFolder folder = new();
    readonly FakeExchange exchange = new();
    readonly FakeTime time = new(DateTimeOffset.FromUnixTimeMilliseconds(Start));
    readonly LocalServer server;

    public BinanceDownloadTests() => server = new LocalServer(exchange.Answer);

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    string Final => Path.Combine(folder.Path, "klines", "BTCUSDT", "BTC_1h.parquet");

    string Part => Path.ChangeExtension(Final, "binance.part");

    DownloadOptions Options => new()
    {
        Folder = folder.Path, Source = DownloadSource.Binance, Pairs = ["BTC"], BaseAddress = server.Address, Time = time,
        From = Start * 1000,
    };

    async Task<CandleReport> Run(DownloadOptions? options = null)
    {
        DownloadResult result = await CandleDownload.RunAsync(options ?? Options);
        Assert.Empty(result.Failed);
        Assert.Equal(Final, Assert.Single(result.Files).Path);
        Assert.False(File.Exists(Part));
        return result.Files[0].Report!;
    }

    async Task<string> Fails(DownloadOptions? options = null)
    {
        string message = await Reason(options ?? Options);
        Assert.False(File.Exists(Final));
        return message;
    }

    static async Task<string> Reason(DownloadOptions options)
    {
        try
        {
            return Assert.Single((await CandleDownload.RunAsync(options)).Failed);
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    [Fact]
    public async Task Pages_are_put_together_to_the_bit()
    {
        CandleReport report = await Run();
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal((2345, 0), (report.Candles, report.Findings.Count));
        Assert.Equal(["/api/v3/time", "/api/v3/klines", "/api/v3/klines", "/api/v3/klines"], server.Requests.Select(r => r.Path));
        Assert.Equal([Start, Start + 1000 * Hour, Start + 2000 * Hour],
            server.Requests.Skip(1).Select(r => FakeExchange.Number(r, "startTime", -1)));
        Assert.Empty(time.Waits);
        Assert.Equal([Final], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    public static TheoryData<string, double[]> Faults => new()
    {
        { "500", [] }, { "503", [7] }, { "429", [13] }, { "418", [120] }, { "429 without a time", [60] },
        { "html", [] }, { "malformed", [] }, { "truncated", [] }, { "reset", [] },
        { "object", [] }, { "short row", [] }, { "no number", [] }, { "nan", [] },
    };

    Answer Faulty(string fault, Asked asked)
    {
        Answer good = exchange.True(asked);
        return fault switch
        {
            "500" => Answer.Text(500, "oops"),
            "503" => Answer.Text(503, "<html>maintenance</html>", "text/html", ("Retry-After", "7")),
            "429" => Answer.Text(429, "{\"code\":-1003,\"msg\":\"Too much request weight used\"}", "application/json",
                ("Retry-After", "13")),
            "418" => Answer.Text(418, "{}", "application/json",
                ("Date", "Wed, 01 May 2024 10:00:00 GMT"), ("Retry-After", "Wed, 01 May 2024 10:02:00 GMT")),
            "429 without a time" => Answer.Text(429, "{}"),
            "html" => Answer.Text(200, "<html>log in</html>", "text/html"),
            "malformed" => new Answer(200, good.Body[..^7]),
            "truncated" => good with { Sent = good.Body.Length / 2 },
            "reset" => good with { Sent = good.Body.Length / 2, Ending = Ending.Reset },
            "stall" => good with { Sent = good.Body.Length / 2, Ending = Ending.Stall },
            "silent" => good with { Sent = 0, Ending = Ending.Stall },
            "object" => Answer.Text(200, "{\"rows\":[]}"),
            "short row" => Answer.Text(200, "[[1704067200000,\"1\",\"1\"]]"),
            "no number" => Answer.Text(200, FakeExchange.Json(exchange.Rows.Take(3))
                .Replace("40000.01000000", "forty", StringComparison.Ordinal)),
            _ => Answer.Text(200, FakeExchange.Json(exchange.Rows.Take(3)).Replace("40000.01000000", "NaN", StringComparison.Ordinal)),
        };
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_is_tried_again(string fault, double[] waits)
    {
        exchange.Fault = (asked, n) => n is 1 or 3 ? Faulty(fault, asked) : null;
        await Run();
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal(5, exchange.Pages);
        Assert.Equal(2, time.Waits.Count);
        foreach (double wait in time.Seconds)
            if (waits is [var asked]) Assert.Equal(asked, wait);
            else Assert.InRange(wait, 0.25, 0.75);
    }

    [Theory]
    [InlineData("stall")]
    [InlineData("silent")]
    public async Task A_stalled_answer_is_given_up_and_asked_for_again(string fault)
    {
        exchange.Fault = (asked, n) => n == 2 ? Faulty(fault, asked) : null;
        await Run(Options with { StallTimeout = TimeSpan.FromMilliseconds(500) });
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task Attempts_are_bounded_and_what_came_before_is_kept()
    {
        exchange.Fault = (_, n) => n > 2 ? Answer.Text(502, "") : null;
        string message = await Fails();
        Assert.Contains($"{server.Address}api/v3/klines?symbol=BTCUSDT", message);
        Assert.Contains("got 502 BadGateway; given up after 6 attempts", message);
        Assert.Equal(2 + 6, exchange.Pages);
        Assert.Equal(5, time.Waits.Count);
        double[] doubling = [0.5, 1, 2, 4, 8];
        foreach (var (wait, middle) in time.Seconds.Zip(doubling)) Assert.InRange(wait, middle / 2, middle * 1.5);

        exchange.Fault = (_, _) => null;
        await Run(Options with { Resume = true });
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal(2 + 6 + 1, exchange.Pages);
    }

    [Theory]
    [InlineData(DownloadSource.Binance, 451, "--source binance.us")]
    [InlineData(DownloadSource.Binance, 403, "--source binance.us")]
    [InlineData(DownloadSource.BinanceUs, 451, "--source huggingface")]
    public async Task A_region_that_is_not_served_is_told_the_way_out(DownloadSource source, int status, string remedy)
    {
        exchange.Fault = (_, _) => Answer.Text(status, "{\"code\":0,\"msg\":\"Service unavailable from a restricted location\"}");
        string message = await Fails(Options with { Source = source });
        Assert.Contains($"got {status}", message);
        Assert.Contains("restricted location", message);
        Assert.EndsWith(remedy, message, StringComparison.Ordinal);
        Assert.Equal(1, exchange.Pages);
    }

    [Fact]
    public async Task A_wait_beyond_the_limit_ends_with_the_time_to_resume()
    {
        exchange.Fault = (_, _) => Answer.Text(418, "{}", "application/json", ("Retry-After", "7200"));
        Assert.Contains("asks to wait until 2024-01-01 02:00 UTC", await Fails());
        Assert.Empty(time.Waits);
        Assert.Equal(1, exchange.Pages);
    }

    [Fact]
    public async Task The_rest_of_the_minute_is_waited_for_before_the_limit_is_reached()
    {
        exchange.Fault = (asked, n) => exchange.True(asked) is var good && n == 1
            ? good with { Headers = [("X-MBX-USED-WEIGHT-1M", "4800"), ("Date", "Wed, 01 May 2024 10:00:18 GMT")] }
            : good with { Headers = [("X-MBX-USED-WEIGHT-1M", "4799")] };
        await Run();
        Assert.Equal([42.0], time.Seconds);
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task A_pair_that_is_not_traded_does_not_hold_up_the_others()
    {
        using var picky = new LocalServer((asked, n) => asked.Query.GetValueOrDefault("symbol") == "FOOUSDT"
            ? Answer.Text(400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}")
            : exchange.Answer(asked, n));
        DownloadResult result = await CandleDownload.RunAsync(Options with
        {
            Pairs = ["foo", "BTCUSDT", "btc"],
            BaseAddress = picky.Address
        });
        Assert.Contains("Invalid symbol", Assert.Single(result.Failed));
        Assert.Equal("BTC", Assert.Single(result.Files).Base);
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "klines", "FOOUSDT")));
    }

    [Fact]
    public async Task Duplicates_gaps_and_disorder_across_pages_are_mended()
    {
        // Page 1 lacks candle 500, which page 2 brings, and is reversed; page 2 repeats the end of page 1; candles 1500 to 1502 do not
        // exist.
        exchange.Rows.RemoveRange(1500, 3);
        List<Row> rows = exchange.Rows;
        exchange.Fault = (_, n) => n switch
        {
            1 => Answer.Text(200, FakeExchange.Json(rows.Take(1000).Where((_, i) => i != 500).Reverse())),
            2 => Answer.Text(200, FakeExchange.Json([.. rows.Skip(990).Take(1010), rows[500], rows[1200]])),
            _ => null,
        };
        CandleReport report = await Run();
        FakeExchange.Equal(rows, Final);
        Assert.Equal((11, 1, 3), (report.Count(CandleFindingKind.Duplicate), report.Count(CandleFindingKind.Gap), report.MissingCandles));
    }

    [Fact]
    public async Task Only_closed_candles_are_taken_whatever_is_served()
    {
        exchange.Now = Start + 1500 * Hour + Hour / 2;
        exchange.Fault = (asked, _) =>
            Answer.Text(200, FakeExchange.Json(exchange.Rows.Where(r => r.Time >= FakeExchange.Number(asked, "startTime", 0)).Take(1000)));
        await Run();
        FakeExchange.Equal(exchange.Rows.Take(1500), Final);
    }

    [Fact]
    public async Task Times_asked_for_are_obeyed()
    {
        await Run(Options with { From = (Start + 100 * Hour + 1) * 1000, To = (Start + 200 * Hour) * 1000 });
        FakeExchange.Equal(exchange.Rows[101..200], Final);
    }

    [Fact]
    public async Task A_pair_listed_later_begins_with_its_first_candle()
    {
        exchange.Rows.RemoveRange(0, 1300);
        // This exchange answers with nothing where the window from startTime has no candle.
        exchange.Fault = (asked, _) =>
            FakeExchange.Number(asked, "limit", 0) > 1 && FakeExchange.Number(asked, "startTime", 0) < exchange.Rows[0].Time
                ? Answer.Text(200, "[]")
                : null;
        await Run();
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task An_empty_page_in_a_gap_is_not_the_end()
    {
        exchange.Rows.RemoveRange(1000, 1200);
        exchange.Fault = (asked, n) => n == 2 ? Answer.Text(200, "[]") : null;
        await Run();
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal(4, exchange.Pages);
    }

    [Fact]
    public async Task Empty_pages_where_there_are_candles_are_no_end_and_no_endless_loop()
    {
        exchange.Fault = (asked, n) => n > 1 && FakeExchange.Number(asked, "limit", 0) > 1 ? Answer.Text(200, "[]") : null;
        Assert.Contains("expected candles from 2024-02-11T16:00:00Z on, got none", await Fails());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("9214646400000")]
    [InlineData("9223372036854775807")]
    [InlineData("1e300")]
    [InlineData("\"1704067200000\"")]
    [InlineData("null")]
    public async Task An_impossible_server_time_is_asked_for_again(string milliseconds)
    {
        using var odd = new LocalServer((asked, n) =>
            n == 1 ? Answer.Text(200, $"{{\"serverTime\":{milliseconds}}}") : exchange.Answer(asked, n));
        await Run(Options with { BaseAddress = odd.Address });
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Single(time.Waits);
    }

    [Fact]
    public async Task A_file_that_may_not_be_written_is_named_and_does_not_hold_up_the_others()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, ".ETHUSDT_1h.lock"));
        DownloadResult result = await CandleDownload.RunAsync(Options with { Pairs = ["ETH", "BTC"] });
        string eth = Path.Combine(folder.Path, "klines", "ETHUSDT", "ETH_1h.parquet");
        Assert.StartsWith($"{eth}: cannot be written: ", Assert.Single(result.Failed), StringComparison.Ordinal);
        FakeExchange.Equal(exchange.Rows, Final);

        var e = await Assert.ThrowsAsync<IOException>(() => CandleDownload.RunAsync(Options with { Pairs = ["ETH"] }));
        Assert.Equal(result.Failed[0], e.Message);
    }

    [Fact]
    public async Task A_beginning_that_may_not_be_written_is_an_error_with_its_file()
    {
        Directory.CreateDirectory(Part);
        Assert.StartsWith($"{Final}: cannot be written: ", await Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_candles_at_all_are_an_error()
    {
        exchange.Rows.Clear();
        Assert.Contains("BTCUSDT: expected closed candles of 1h before 2024-04-07T17:00:00Z from 2024-01-01T00:00:00Z on", await Fails());
        Assert.Equal(2, exchange.Pages);
    }

    [Fact]
    public async Task A_server_that_does_not_go_forward_is_no_endless_loop()
    {
        exchange.Fault = (_, _) => Answer.Text(200, FakeExchange.Json(exchange.Rows.Take(1000)));
        Assert.Contains("expected candles from 2024-02-11T16:00:00Z on", await Fails());
    }

    [Fact]
    public async Task Two_downloads_of_one_file_do_not_mix()
    {
        var others = new FakeExchange { Rows = FakeExchange.Market(2345, seed: 2) };
        using var other = new LocalServer(others.Answer);
        string second = "";
        exchange.Fault = (_, n) =>
        {
            if (n == 2) second = Task.Run(() => Reason(Options with { BaseAddress = other.Address })).GetAwaiter().GetResult();
            return null;
        };
        await Run();
        Assert.Contains("expected no other download of the same file, but one is running", second);
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal([Final], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
        Assert.Equal(0, others.Pages);
    }

    [Fact]
    public async Task Impossible_options_are_refused_before_any_request()
    {
        foreach (DownloadOptions options in (DownloadOptions[])
            [
                Options with { To = Options.From }, Options with { From = -1 }, Options with { Pairs = ["../x"] },
                Options with { Pairs = [] },
                Options with { Timeframe = Timeframe.Parse("7m") }, Options with { BaseAddress = new Uri("http://u:p@127.0.0.1/") },
                Options with { BaseAddress = new Uri("ftp://127.0.0.1/") },
            ])
            await Assert.ThrowsAnyAsync<ArgumentException>(() => CandleDownload.RunAsync(options));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        Uri gone = server.Address;
        server.Dispose();
        Assert.Contains($"{gone}api/v3/time", await Fails(Options with { BaseAddress = gone }));
        Assert.Equal(5, time.Waits.Count);
    }

    [Fact]
    public async Task Progress_rises_to_the_end()
    {
        var steps = new List<DownloadProgress>();
        await CandleDownload.RunAsync(Options, steps.Add);
        Assert.Equal(steps.Select(s => s.Fraction).Order(), steps.Select(s => s.Fraction));
        Assert.Equal((1.0, 1, 1, true), (steps[^1].Fraction, steps[^1].Finished, steps[^1].Total, steps[^1].Ended));
        Assert.True(steps.Count > 2);
    }
}
