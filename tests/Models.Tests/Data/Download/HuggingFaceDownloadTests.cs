using System.Globalization;
using System.Security.Cryptography;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>Downloads of the files of a dataset, from a server that redirects to a store as the real one does.</summary>
public sealed partial class HuggingFaceDownloadTests : IDisposable
{
    const string Api = "/api/datasets/zongowo111/v2-crypto-ohlcv-data/tree/main/klines";
    const string Resolve = "/datasets/zongowo111/v2-crypto-ohlcv-data/resolve/main/klines/";
    readonly TemporaryFolder folder = new();
    readonly FakeTime time = new(new DateTimeOffset(2024, 6, 1, 0, 0, 0, TimeSpan.Zero));
    readonly LocalServer server;
    byte[] file;
    string tag = "\"one\"";
    bool ranges = true, digest = true;
    int stores;

    /// <summary>Answers of the store by the number of the request there; null for the true one.</summary>
    Func<Asked, int, Answer?> fault = (_, _) => null;

    public HuggingFaceDownloadTests()
    {
        file = Parquet(FakeExchange.Market(3000));
        server = new LocalServer(Serve);
    }

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    string Final => Path.Combine(folder.Path, "klines", "BTCUSDT", "BTC_1h.parquet");

    DownloadOptions Options => new() { Folder = folder.Path, Pairs = ["BTC"], BaseAddress = server.Address, Time = time };

    byte[] Parquet(List<Row> rows)
    {
        double[] Column(Func<Row, string> text) => [.. rows.Select(r => double.Parse(text(r), CultureInfo.InvariantCulture))];
        string path = folder.File("served.parquet");
        CandleFile.WriteParquet(path, new Candles
        {
            Symbol = "BTCUSDT", Base = "BTC", Timeframe = Timeframe.Parse("1h"), OpenTime = [.. rows.Select(r => r.Time * 1000)],
            Open = Column(r => r.Open), High = Column(r => r.High), Low = Column(r => r.Low), Close = Column(r => r.Close),
            Volume = Column(r => r.Volume),
            QuoteVolume = Column(r => r.Quote), Trades = Column(r => r.Trades.ToString()),
            TakerBuyVolume = Column(r => r.TakerBase), TakerBuyQuoteVolume = Column(r => r.TakerQuote),
        });
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    Answer Serve(Asked asked, int number)
    {
        if (asked.Path == Resolve + "BTCUSDT/BTC_1h.parquet" || asked.Path == Resolve + "ETHUSDT/ETH_1h.parquet")
            return new Answer(302, [], [("Location", "/store/blob?X-Amz-Signature=secret"), .. digest
                ? new[] { ("X-Linked-Etag", $"\"{Convert.ToHexStringLower(SHA256.HashData(file))}\""), ("X-Linked-Size", $"{file.Length}") }
                : []]);
        if (asked.Path != "/store/blob") return Answer.Text(404, "Entry not found", "text/plain");
        stores++;
        return fault(asked, stores) ?? Store(asked);
    }

    Answer Store(Asked asked)
    {
        (string, string) etag = ("ETag", tag);
        if (!ranges || !asked.Headers.TryGetValue("range", out string? range)
            || asked.Headers.GetValueOrDefault("if-range") is { } condition && condition != tag)
            return new Answer(200, file, etag);
        int from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return from >= file.Length ? new Answer(416, [], ("Content-Range", $"bytes */{file.Length}"))
            : new Answer(206, file[from..], etag, ("Content-Range", $"bytes {from}-{file.Length - 1}/{file.Length}"));
    }

    async Task<CandleReport> Run(DownloadOptions? options = null)
    {
        DownloadResult result = await CandleDownload.RunAsync(options ?? Options);
        Assert.Empty(result.Failed);
        Assert.Equal([Final], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
        return Assert.Single(result.Files).Report!;
    }

    async Task<string> Fails(DownloadOptions? options = null)
    {
        try
        {
            return Assert.Single((await CandleDownload.RunAsync(options ?? Options)).Failed);
        }
        catch (IOException e)
        {
            return e.Message;
        }
        finally
        {
            Assert.False(File.Exists(Final));
        }
    }

    [Fact]
    public async Task A_file_arrives_byte_for_byte_through_the_redirect()
    {
        CandleReport report = await Run();
        Assert.Equal(file, File.ReadAllBytes(Final));
        Assert.Equal((Final, 3000), (report.File, report.Candles));
        Assert.Equal(2, server.Requests.Count);
        Assert.Empty(time.Waits);
    }

    [Theory]
    [InlineData(Ending.Close)]
    [InlineData(Ending.Reset)]
    [InlineData(Ending.Stall)]
    public async Task A_broken_transfer_goes_on_where_it_broke(Ending ending)
    {
        fault = (asked, n) => n < 4 && Store(asked) is var good
            ? good with { Sent = Math.Min(good.Body.Length, 50_000), Ending = ending } : null;
        await Run(Options with { StallTimeout = ending == Ending.Stall ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(30) });
        Assert.Equal(file, File.ReadAllBytes(Final));
        Assert.Equal(4, stores);
        Assert.Equal(file.Length, server.Sent);
        Assert.Equal([null, "bytes=50000-", "bytes=100000-", "bytes=150000-"],
            server.Requests.Where(r => r.Path == "/store/blob").Select(r => r.Headers.GetValueOrDefault("range")));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_server_in_trouble_is_tried_again(int status)
    {
        fault = (_, n) => n == 1 ? Answer.Text(status, "later", "text/plain", ("Retry-After", "9")) : null;
        await Run();
        Assert.Equal(file, File.ReadAllBytes(Final));
        Assert.Equal([9.0], time.Seconds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_changed_meanwhile_is_begun_anew(bool hasDigest)
    {
        digest = hasDigest;
        byte[] other = Parquet(FakeExchange.Market(2800, seed: 2));
        fault = (asked, n) =>
        {
            if (n != 1) return null;
            Answer half = Store(asked) with { Sent = 60_000 };
            (file, tag) = (other, "\"two\"");
            return half;
        };
        await Run();
        Assert.Equal(other, File.ReadAllBytes(Final));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_without_ranges_or_tags_still_serves(bool hasTag)
    {
        ranges = false;
        fault = (asked, n) => Store(asked) is var good && n == 1 ? good with { Sent = 70_000 } : hasTag ? good : good with { Headers = [] };
        await Run();
        Assert.Equal(file, File.ReadAllBytes(Final));
    }

    [Fact]
    public async Task A_stopped_download_is_resumed_with_the_rest_only()
    {
        using var stop = new CancellationTokenSource();
        fault = (asked, n) => n == 1 ? Store(asked) with { Sent = 80_000, Ending = Ending.Stall } : null;
        var steps = new List<DownloadProgress>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CandleDownload.RunAsync(Options, step =>
        {
            steps.Add(step);
            if (new FileInfo(Final + ".part").Length == 80_000) stop.Cancel();
        }, stop.Token));
        Assert.False(File.Exists(Final));
        long before = server.Sent;
        await Run(Options with { Resume = true });
        Assert.Equal(file, File.ReadAllBytes(Final));
        Assert.Equal(file.Length - 80_000, server.Sent - before);

        int requests = server.Requests.Count;
        Assert.Null((await CandleDownload.RunAsync(Options with { Resume = true })).Files[0].Report);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public async Task A_whole_beginning_is_recognised()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Final)!);
        File.WriteAllBytes(Final + ".part", file);
        File.WriteAllText(Final + ".part.etag", tag);
        await Run(Options with { Resume = true });
        Assert.Equal(file, File.ReadAllBytes(Final));
        Assert.Equal(0, server.Sent);
    }

    [Theory]
    [InlineData("wrong size", "bytes, as the server said before, got 1000")]
    [InlineData("wrong bytes", "expected a file with SHA-256")]
    [InlineData("html", "expected a Parquet file, got text/html")]
    [InlineData("too long", "bytes, got more")]
    [InlineData("wrong range", "expected bytes from")]
    public async Task What_is_not_the_file_is_refused_in_the_end(string kind, string says)
    {
        fault = (asked, n) => kind switch
        {
            "wrong size" => new Answer(200, file[..1000], ("ETag", tag)),
            "wrong bytes" => new Answer(200, [.. file.Select((b, i) => i == 5000 ? (byte)~b : b)], ("ETag", tag)),
            "html" => Answer.Text(200, "<html>sign in</html>", "text/html"),
            "too long" => new Answer(200, [.. file, 0], ("ETag", tag)) { SaysLength = false },
            _ => new Answer(206, file[10..], ("ETag", tag), ("Content-Range", $"bytes 10-{file.Length - 1}/{file.Length}")),
        };
        string message = await Fails();
        Assert.Contains(says, message);
        Assert.Contains($"{server.Address}datasets/zongowo111", message);
        Assert.DoesNotContain("secret", message);
        Assert.Equal(6, stores);
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));

        fault = (_, _) => null;
        await Run(Options with { Resume = true });
        Assert.Equal(file, File.ReadAllBytes(Final));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", "begins with '<!DOCTYPE html><'")]
    [InlineData("PAR1 and nothing else", "")]
    [InlineData("", "begins with ''")]
    public async Task A_file_that_is_no_candles_gets_no_place(string text, string says)
    {
        digest = false;
        fault = (_, _) => Answer.Text(200, text, "application/octet-stream");
        Assert.Contains(says, await Fails());
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
        Assert.Equal(1, stores);
    }

    [Fact]
    public async Task A_file_with_faults_is_cleaned_and_the_report_says_so()
    {
        List<Row> rows = FakeExchange.Market(300);
        file = Parquet([.. rows.Take(200), rows[150] with { High = "1" }, .. rows.Skip(190)]);
        CandleReport report = await Run();
        FakeExchange.Equal(rows, Final);
        Assert.Equal((1, 10), (report.Count(CandleFindingKind.HighBelowLow), report.Count(CandleFindingKind.Duplicate)));
    }

    [Fact]
    public async Task Times_asked_for_are_cut_out()
    {
        List<Row> rows = FakeExchange.Market(3000);
        await Run(Options with { From = rows[1000].Time * 1000, To = rows[2000].Time * 1000 });
        FakeExchange.Equal(rows[1000..2000], Final);
        File.Delete(Final);
        Assert.Contains("expected candles in the time asked for", await Fails(Options with { To = rows[0].Time * 1000 }));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_and_the_others_are_downloaded()
    {
        DownloadResult result = await CandleDownload.RunAsync(Options with { Pairs = ["FOO", "BTC"] });
        Assert.Contains($"{server.Address}{Resolve[1..]}FOOUSDT/FOO_1h.parquet: expected 200, got 404 NotFound: Entry not found; "
            + "the dataset has no such file", Assert.Single(result.Failed));
        Assert.Equal(file, File.ReadAllBytes(Final));
    }
}
