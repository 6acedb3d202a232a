using System.Text.Json;
using NeuralCore.Backtest;

namespace Backtest.Tests.Cli;

public sealed class AuditCommandTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public void An_audit_says_pass_or_fail_of_every_check()
    {
        string market = program.Market(candles: 900);
        string[] args = ["audit", "--data", market, "--model", "linear", "--quick", "--seed", "2"];
        Outcome text = Neuralcore.Run(args), json = Neuralcore.Run([.. args, "--json"]);
        string[] lines = text.Out.Split('\n'), first = [.. lines.Where(line => line.Length > 0 && line[0] != ' ')];
        Assert.Equal((0, 13 + 1), (text.Code, first.Length));
        Assert.All(first[..13], line => Assert.StartsWith("PASS  ", line));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.Equal("linear with features week3 on BTC, ETH 1h: 13 of 13 checks passed", first[13]);
        Assert.Contains("[ 13/13] PASS planted signal", text.Error);
        JsonElement[] checks = [.. json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(first[..13].Select(l => l[6..26].Trim()), checks[..13].Select(c => c.GetProperty("check").GetString()!));
        Assert.All(checks[..13],
            c => Assert.Equal(("pass", 0), (c.GetProperty("outcome").GetString(), c.GetProperty("leaks").GetArrayLength())));
        Assert.Equal(["model", "features", "timeframe", "pairs", "data_hash", "passed"], checks[13].EnumerateObject().Select(p => p.Name));
        Assert.True(checks[13].GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void A_failed_check_is_code_1_and_one_line()
    {
        string market = program.Market(candles: 600);
        string config = program.Write("c.yaml", "models: {linear: {learning_rate: 1e-9}}\n");
        Outcome outcome = Neuralcore.Run("audit", "--data", market, "--model", "linear", "--quick", "--config", config, "--epochs",
            "1", "--json");
        Assert.Equal(1, outcome.Code);
        JsonElement[] lines = [.. outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.False(lines[13].GetProperty("passed").GetBoolean());
        Assert.EndsWith("neuralcore: audit of linear: 1 of 13 checks failed: planted signal\n", outcome.Error.ReplaceLineEndings("\n"));
        JsonElement leak = lines[12].GetProperty("leaks")[0];
        Assert.Equal(["column", "symbol", "candle", "time", "sentence"], leak.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void A_stopped_audit_has_said_what_it_found()
    {
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(["audit", "--data", program.Market(candles: 900), "--model", "linear", "--quick"],
            line => { if (line.StartsWith("[  5/", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        Assert.Equal(130, outcome.Code);
        Assert.Equal(5, outcome.Out.Split('\n').Count(line => line.StartsWith("PASS", StringComparison.Ordinal)));
    }

    [Fact]
    public void Several_leaks_stand_below_each_other()
    {
        AuditLeak Leak(int i) => new("z0", "BTCUSDT", i, i, $"leak {i} " + string.Join(' ', Enumerable.Repeat("word", 25)));
        string text = AuditOutput.Text(AuditResult.Of("features", "", [.. Enumerable.Range(0, 12).Select(Leak)]));
        string[] lines = text.Split('\n');
        Assert.StartsWith("FAIL  features              leak 0 word", lines[0]);
        Assert.All(lines, line => Assert.InRange(line.Length, 29, 100));
        Assert.Equal(10, lines.Count(line => line[28..].StartsWith("leak ", StringComparison.Ordinal)));
        Assert.EndsWith("and 2 more: --json has all", text);
    }

    [Fact]
    public void Wrong_usage_is_named()
    {
        Neuralcore.Run("audit", "--model", "v3").Fails(2, "audit: expected --data, got none");
        string wide = program.Write("wide.yaml", "window: 90\n");
        Neuralcore.Run("audit", "--data", program.Market(candles: 100), "--model", "linear", "--config", wide)
            .Fails(1, "audit: expected rows");
        Neuralcore.Run("audit", "--data", program.Path("market"), "--model", "v9").Fails(2, "'v9': expected one of v2");
    }
}
