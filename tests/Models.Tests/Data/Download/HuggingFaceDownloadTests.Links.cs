using NeuralCore.Models.Data;

namespace Models.Tests.Data;

public sealed partial class HuggingFaceDownloadTests
{
    [Fact]
    public async Task Without_pairs_the_listing_says_what_there_is()
    {
        using var listing = new LocalServer((asked, n) => asked.Path != Api ? Serve(asked, n) : asked.Query.ContainsKey("cursor")
            ? Answer.Text(200, """
                [{"type":"file","path":"klines/ETHUSDT/ETH_1h.parquet","size":1},{"type":"file","path":"klines/ETHUSDT/../../x_1h.parquet"}]
                """)
            : n == 1 ? Answer.Text(200, "[{\"type\":", "application/json")
            : Answer.Text(200, """
                [{"type":"directory","path":"klines/BTCUSDT"},{"type":"file","path":"klines/BTCUSDT/BTC_1h.parquet"},
                 {"type":"file","path":"klines/BTCUSDT/BTC_15m.parquet"}]
                """, "application/json", ("Link", $"<{Api}?recursive=true&cursor=abc>; rel=\"next\"")));
        DownloadResult result = await CandleDownload.RunAsync(Options with { Pairs = null, BaseAddress = listing.Address });
        Assert.Equal([("BTCUSDT", "BTC"), ("ETHUSDT", "ETH")], result.Files.Select(f => (f.Symbol, f.Base)));
        foreach (DownloadedFile one in result.Files) Assert.Equal(file, File.ReadAllBytes(one.Path));

        var e = await Assert.ThrowsAsync<InvalidDataException>(() =>
            CandleDownload.RunAsync(Options with { Pairs = null, BaseAddress = listing.Address, Timeframe = Timeframe.Parse("4h") }));
        Assert.EndsWith("expected candles of 4h, got timeframes: 15m, 1h", e.Message, StringComparison.Ordinal);
    }

    async Task<string> ListingFails(Func<Asked, int, string> link)
    {
        using var listing = new LocalServer((asked, n) => Answer.Text(200, "[]", "application/json", ("Link", $"<{link(asked, n)}>; "
            + "rel=\"next\"")));
        var e = await Assert.ThrowsAsync<IOException>(() => CandleDownload.RunAsync(Options with
        {
            Pairs = null,
            BaseAddress = listing.Address,
        }));
        Assert.StartsWith($"{listing.Address}{Api[1..]}?recursive=true", e.Message, StringComparison.Ordinal);
        return e.Message;
    }

    [Theory]
    [InlineData("http://[bad", "'http://[bad'")]
    [InlineData("http://x:99999/", "'http://x:99999/'")]
    [InlineData("https://", "'https://'")]
    [InlineData("file:///etc/hosts", "'file:///etc/hosts'")]
    [InlineData("ftp://127.0.0.1/x?secret", "'ftp://127.0.0.1/x'")]
    [InlineData("javascript:alert(1)", "'javascript:alert(1)'")]
    public async Task Links_that_lead_nowhere_are_refused(string link, string says)
    {
        Assert.EndsWith($"expected a link to http or https, got {says}", await ListingFails((_, _) => link), StringComparison.Ordinal);

        fault = (_, _) => new Answer(302, [], ("Location", link));
        string message = await Fails();
        Assert.StartsWith($"{server.Address}datasets/", message, StringComparison.Ordinal);
        Assert.EndsWith($"expected a link to http or https, got {says}", message, StringComparison.Ordinal);
        Assert.Equal(1, stores);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_listing_that_comes_back_is_refused(int pages) =>
        Assert.Contains("expected a listing that ends, got a link back to this page of it",
            await ListingFails((_, n) => n == pages ? $"{Api}?recursive=true" : $"{Api}?recursive=true&cursor={n}"));

    [Fact]
    public async Task A_listing_without_end_is_refused()
    {
        string message = await ListingFails((_, n) => $"{Api}?recursive=true&cursor={n}");
        Assert.EndsWith("?recursive=true&cursor=1000: expected a listing of at most 1000 pages, got more", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_bounded()
    {
        fault = (_, _) => new Answer(307, [], ("Location", "/store/blob"));
        Assert.Contains("expected at most 10 redirects, got more", await Fails());
        Assert.Equal(10, stores);
    }
}
