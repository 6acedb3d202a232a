using NeuralCore.Models.Data;

namespace Models.Tests.Data;

public sealed partial class BinanceDownloadTests
{
    [Fact]
    public async Task A_download_stopped_midway_is_resumed_with_the_rest_only()
    {
        using var stop = new CancellationTokenSource();
        exchange.Fault = (asked, n) =>
        {
            if (n != 3) return null;
            stop.Cancel();
            return exchange.True(asked) with { Sent = 10, Ending = Ending.Stall };
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CandleDownload.RunAsync(Options, null, stop.Token));
        Assert.False(File.Exists(Final));
        Assert.True(File.Exists(Part));

        await Run(Options with { Resume = true });
        Assert.Equal(Start + 1999 * Hour, FakeExchange.Number(server.Requests.Last(), "startTime", 0));
        Assert.Equal(4, exchange.Pages);
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public async Task A_torn_last_line_is_cut_off(int torn)
    {
        exchange.Fault = (_, n) => n == 3 ? Answer.Text(403, "") : null;
        await Fails();
        byte[] part = File.ReadAllBytes(Part);
        File.WriteAllBytes(Part, part[..Math.Max(10, part.Length - torn)]);
        await Run(Options with { Resume = true });
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task A_finished_file_is_extended_by_what_has_closed_since()
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        byte[] before = File.ReadAllBytes(Final);
        Assert.Null((await CandleDownload.RunAsync(Options with { Resume = true })).Files[0].Report);
        Assert.Equal(before, File.ReadAllBytes(Final));

        int pages = exchange.Pages;
        exchange.Now = Start + 2345 * Hour;
        await Run(Options with { Resume = true });
        FakeExchange.Equal(exchange.Rows, Final);
        Assert.Equal(pages + 2, exchange.Pages);
    }

    [Fact]
    public async Task Earlier_candles_than_those_of_the_file_begin_it_anew()
    {
        await Run(Options with { From = (Start + 2000 * Hour) * 1000 });
        await Run(Options with { Resume = true });
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task A_later_beginning_leaves_no_hole_in_a_finished_file()
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        exchange.Now = Start + 2345 * Hour;
        await Run(Options with { Resume = true, From = (Start + 2000 * Hour) * 1000 });
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Theory]
    [InlineData(500, 1500)]
    [InlineData(0, 2000)]
    [InlineData(2100, 2200)]
    public async Task An_unfinished_download_is_cut_to_the_times_asked_for_now(int from, int to)
    {
        exchange.Fault = (_, n) => n == 3 ? Answer.Text(403, "") : null;
        await Fails();
        CandleReport report = await Run(
            Options with { Resume = true, From = (Start + from * Hour) * 1000, To = (Start + to * Hour) * 1000 });
        FakeExchange.Equal(exchange.Rows[from..to], Final);
        Assert.Equal((to - from, (Start + from * Hour) * 1000, (Start + (to - 1) * Hour) * 1000),
            (report.Candles, report.First, report.Last));
    }

    [Theory]
    [InlineData(600, 1500, 1500)]
    [InlineData(600, 1000, 1200)]
    public async Task What_a_finished_file_has_is_not_cut_off(int from, int to, int count)
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        exchange.Now = Start + 2345 * Hour;
        exchange.Fault = (_, n) => n == 4 ? Answer.Text(403, "") : null;
        await Reason(Options with { Resume = true });
        Assert.True(File.Exists(Part));
        await Run(Options with { Resume = true, From = (Start + from * Hour) * 1000, To = (Start + to * Hour) * 1000 });
        FakeExchange.Equal(exchange.Rows.Take(count), Final);
    }

    [Fact]
    public async Task An_unfinished_download_replaces_a_file_that_is_spoilt()
    {
        exchange.Fault = (_, n) => n == 3 ? Answer.Text(403, "") : null;
        await Fails();
        File.WriteAllText(Final, "PAR1");
        await Run(Options with { Resume = true });
        FakeExchange.Equal(exchange.Rows, Final);
    }

    [Fact]
    public async Task A_file_whose_last_candle_the_exchange_lacks_is_not_gone_on_with()
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        exchange.Rows.RemoveAt(1199);
        exchange.Now = Start + 2345 * Hour;
        Assert.Contains("expected the last candle downloaded before, 2024-02-19T23:00:00Z, to be that of the exchange, got none",
            await Reason(Options with { Resume = true }));
    }

    [Fact]
    public async Task A_file_of_another_exchange_is_not_gone_on_with()
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        byte[] before = File.ReadAllBytes(Final);
        exchange.Rows[1199] = exchange.Rows[1199] with { Volume = "0.50000000" };
        exchange.Now = Start + 2345 * Hour;
        Assert.Contains("another exchange", await Reason(Options with { Resume = true }));
        Assert.Equal(before, File.ReadAllBytes(Final));
    }

    [Fact]
    public async Task A_file_with_fewer_columns_is_extended_in_those()
    {
        exchange.Now = Start + 1200 * Hour;
        await Run();
        Candles all = CandleFile.Read(Final, "BTCUSDT", "BTC", Options.Timeframe).Candles;
        CandleFile.WriteParquet(Final, new Candles
        {
            Symbol = all.Symbol, Base = all.Base, Timeframe = all.Timeframe, OpenTime = all.OpenTime,
            Open = all.Open, High = all.High, Low = all.Low, Close = all.Close, Volume = all.Volume,
        });
        exchange.Now = Start + 2345 * Hour;
        await Run(Options with { Resume = true });
        Candles got = CandleFile.Read(Final, "BTCUSDT", "BTC", Options.Timeframe).Candles;
        Assert.Equal((2345, null), (got.Count, got.QuoteVolume));
        Assert.Equal(all.Close, got.Close[..1200]);
    }

    [Fact]
    public async Task An_old_beginning_is_not_used_without_resume()
    {
        exchange.Fault = (_, n) => n == 2 ? Answer.Text(403, "") : null;
        await Fails();
        exchange.Rows[0] = exchange.Rows[0] with { Volume = "987654.00000000" };
        await Run();
        FakeExchange.Equal(exchange.Rows, Final);
    }
}
