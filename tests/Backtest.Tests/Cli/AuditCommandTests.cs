using System.Text.Json;

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
        string[] lines = text.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((0, 11), (text.Code, lines.Length));
        Assert.All(lines, line => Assert.StartsWith("PASS  ", line));
        Assert.Contains("[ 11/11] PASS planted signal", text.Error);
        Assert.True(json.Json.GetProperty("passed").GetBoolean());
        JsonElement[] checks = [.. json.Json.GetProperty("checks").EnumerateArray()];
        Assert.Equal(lines.Select(l => l[6..26].Trim()), checks.Select(c => c.GetProperty("check").GetString()!));
        Assert.All(checks, c => Assert.Equal(("pass", 0), (c.GetProperty("outcome").GetString(), c.GetProperty("leaks").GetArrayLength())));
    }

    [Fact]
    public void A_failed_check_is_code_1_and_one_line()
    {
        string market = program.Market(candles: 600);
        string config = program.Write("c.yaml", "models: {linear: {learning_rate: 1e-9}}\n");
        Outcome outcome = Neuralcore.Run("audit", "--data", market, "--model", "linear", "--quick", "--config", config, "--epochs", "1", "--json");
        Assert.Equal(1, outcome.Code);
        Assert.False(outcome.Json.GetProperty("passed").GetBoolean());
        Assert.EndsWith("neuralcore: audit of linear: 1 of 11 checks failed: planted signal\n", outcome.Error.ReplaceLineEndings("\n"));
        JsonElement leak = outcome.Json.GetProperty("checks")[10].GetProperty("leaks")[0];
        Assert.Equal(["column", "symbol", "candle", "time", "sentence"], leak.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void Wrong_usage_is_named()
    {
        Neuralcore.Run("audit", "--model", "v3").Fails(2, "audit: expected --data, got none");
        string wide = program.Write("wide.yaml", "window: 90\n");
        Neuralcore.Run("audit", "--data", program.Market(candles: 100), "--model", "linear", "--config", wide).Fails(1, "audit: expected rows");
        Neuralcore.Run("audit", "--data", program.Path("market"), "--model", "v9").Fails(2, "'v9': expected one of v2");
    }
}
