using Models.Tests.Data;

namespace Backtest.Tests.Cli;

public sealed class DownloadCommandTests : IDisposable
{
    readonly Neuralcore program = new();
    readonly FakeExchange exchange = new();
    readonly LocalServer server;

    public DownloadCommandTests() => server = new LocalServer(exchange.Answer);

    public void Dispose()
    {
        server.Dispose();
        program.Dispose();
    }

    string Final => program.Path("data", "klines", "BTCUSDT", "BTC_1h.parquet");

    string[] Args(params string[] more) =>
    [
        "download", "--out", program.Path("data"), "--source", "binance", "--pairs", "BTC", "--base-url", $"{server.Address}",
        "--from", "2024-01-01", .. more,
    ];

    [Fact]
    public void What_is_downloaded_can_be_read_by_the_other_commands()
    {
        Outcome outcome = Neuralcore.Run(Args("--to", "2024-03-01"));
        Assert.Equal((0, $"{Final}: 1440 candles of 1h, 2024-01-01T00:00:00Z to 2024-02-29T23:00:00Z: no findings\n"),
            (outcome.Code, outcome.Out.ReplaceLineEndings("\n")));
        FakeExchange.Equal(exchange.Rows.Take(1440), Final);
        Assert.Equal(1440, Neuralcore.Run("inspect", Final, "--json").Json.GetProperty("rows").GetInt32());

        outcome = Neuralcore.Run(Args("--resume"));
        Assert.Equal(0, outcome.Code);
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Contains("complete already", Neuralcore.Run(Args("--resume")).Out);
    }

    [Fact]
    public async Task Stopping_takes_no_second_and_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        exchange.Fault = (asked, n) => n < 3 ? null : exchange.True(asked) with { Sent = 5, Ending = Ending.Stall };
        Task<Outcome> run = Task.Run(() => Neuralcore.Run(Args(), null, stop.Token));
        SpinWait.SpinUntil(() => exchange.Pages == 3 || run.IsCompleted, TimeSpan.FromMinutes(1));
        Assert.False(run.IsCompleted);
        stop.Cancel();
        Outcome outcome = await run;
        Assert.Equal(130, outcome.Code);
        Assert.EndsWith("--resume goes on with the rest\n", outcome.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.False(File.Exists(Final));

        exchange.Fault = (_, _) => null;
        Assert.Equal(0, Neuralcore.Run(Args("--resume")).Code);
        Assert.Equal(4, exchange.Pages);
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task Pairs_that_failed_are_not_said_to_be_done()
    {
        using var stop = new CancellationTokenSource();
        using var picky = new LocalServer((asked, n) =>
        {
            string symbol = asked.Query.GetValueOrDefault("symbol", "");
            if (symbol == "ETHUSDT") stop.Cancel();
            return symbol == "FOOUSDT" ? Answer.Text(400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}")
                : symbol == "ETHUSDT" ? Answer.Text(200, "[]") with { Sent = 0, Ending = Ending.Stall }
                : exchange.Answer(asked, n);
        });
        string[] args =
        [
            "download", "--out", program.Path("data"), "--source", "binance", "--pairs", "FOO,BTC,ETH", "--base-url", $"{picky.Address}",
            "--from", "2024-01-01",
        ];
        Outcome outcome = await Task.Run(() => Neuralcore.Run(args, null, stop.Token));
        Assert.Equal(130, outcome.Code);
        Assert.EndsWith($"stopped; 1 pair is done in {program.Path("data")}; --resume goes on with the rest\n",
            outcome.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_one_line_and_code_1()
    {
        exchange.Fault = (_, _) => new Answer(302, [], ("Location", "http://[bad"));
        Neuralcore.Run(Args()).Fails(1, $"{server.Address}api/v3/klines", "expected a link to http or https, got 'http://[bad'");
        exchange.Fault = (_, _) => Answer.Text(451, "");
        Neuralcore.Run(Args()).Fails(1, $"{server.Address}api/v3/klines", "got 451", "--source binance.us");
        exchange.Fault = (_, _) => Answer.Text(400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}");
        Neuralcore.Run(Args()).Fails(1, "Invalid symbol");
        Assert.False(Directory.Exists(program.Path("data")));
    }

    [Theory]
    [InlineData("download", "download: expected --out, got none")]
    [InlineData("download --out x --source kraken", "--source: expected huggingface, binance or binance.us, got 'kraken'")]
    [InlineData("download --out x --base-url nowhere", "--base-url: expected https://host/path, got 'nowhere'")]
    [InlineData("download --out x --source binance --timeframe 7m", "expected a timeframe of the exchange (1m, 3m,")]
    [InlineData("download --out x --pairs ../x", "expected pairs of letters and digits such as BTC, got '../x'")]
    [InlineData("download --out x --from 2024-01-02 --to 2024-01-01",
        "expected a beginning before the end 2024-01-01T00:00:00Z, got 2024-01-02T00:00:00Z")]
    public void Wrong_usage_is_one_line_and_code_2(string args, string says)
    {
        Neuralcore.Run([.. args.Split(' ').Select(a => a == "x" ? program.Path("x") : a)]).Fails(2, says);
        Assert.False(Directory.Exists(program.Path("x")));
    }
}
