using System.Text.Json;

namespace Backtest.Tests.Cli;

public sealed class DebugTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    string Train(string market, string model, params string[] more)
    {
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", model, "--epochs", "1", "--out",
            program.Path(model), .. more]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return program.Path(model);
    }

    static JsonElement[] Lines(Outcome outcome)
    {
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        return [.. outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    static double Number(JsonElement json, string name) => json.GetProperty(name).GetDouble();

    [Theory]
    [InlineData("v2", "week3", 6, 0, 0)]
    [InlineData("linear", "standard", 20, 0, 0)]
    [InlineData("logistic", "standard", 20, 0, 0)]
    [InlineData("forest", "week3", 6, 0, 0)]
    [InlineData("v3", "week3", 6, 2, 0)]
    [InlineData("v3.1", "standard", 20, 2, 1)]
    [InlineData("v3.2", "week3", 6, 1, 0)]
    public void A_candle_is_explained_as_it_is_predicted(string name, string features, int columns, int directions, int attentions)
    {
        string market = program.Market(), model = Train(market, name, "--features", features);
        JsonElement[] lines = Lines(Neuralcore.Run("debug", "--model", model, "--data", market, "--last", "3", "--json"));
        JsonElement[] predictions = [.. Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "3", "--json")
            .Json.GetProperty("predictions").EnumerateArray()];
        Assert.Equal(6, lines.Length);
        foreach ((JsonElement line, JsonElement predicted) in lines.Zip(predictions))
        {
            Assert.Equal(["time", "pair", "p_down", "p_neutral", "p_up", "call", "return", "class", "right", "members"],
                line.EnumerateObject().Select(p => p.Name));
            foreach (string key in (string[])["time", "pair", "p_down", "p_neutral", "p_up", "call"])
                Assert.Equal(predicted.GetProperty(key).ToString(), line.GetProperty(key).ToString());
            JsonElement member = Assert.Single(line.GetProperty("members").EnumerateArray());
            Assert.Equal((name, line.GetProperty("p_up").ToString()),
                (member.GetProperty("model").GetString(), member.GetProperty("p_up").ToString()));
            JsonElement[] values = [.. member.GetProperty("features").EnumerateArray()];
            Assert.Equal(columns, values.Length);
            Assert.All(values,
                v => Assert.Equal(name is "v2" or "forest" ? JsonValueKind.Null : JsonValueKind.Number, v.GetProperty("scaled").ValueKind));
            JsonElement[] recurrent = [.. member.GetProperty("recurrent").EnumerateArray()];
            Assert.Equal(((string[])["forward", "backward"])[..directions], recurrent.Select(r => r.GetProperty("direction").GetString()!));
            Assert.All(recurrent, r =>
            {
                Assert.Equal(["i", "f", "g", "o"], r.GetProperty("gates").EnumerateObject().Select(g => g.Name));
                Assert.All(r.GetProperty("gates").EnumerateObject(),
                    g => Assert.True(Number(g.Value, "min") < Number(g.Value, "mean") && Number(g.Value, "mean") < Number(g.Value, "max")));
                Assert.InRange(Number(r, "h_norm"), 1e-3, 8);
            });
            JsonElement[] attention = [.. member.GetProperty("attention").EnumerateArray()];
            Assert.Equal(attentions, attention.Length);
            foreach (JsonElement[] weights in attention.Select(a => a.GetProperty("weights").EnumerateArray().ToArray()))
            {
                Assert.Equal((20, line.GetProperty("time").GetString()), (weights.Length, weights[^1].GetProperty("time").GetString()));
                Assert.Equal(1, weights.Sum(w => Number(w, "weight")), 1e-4);
            }
        }
        Outcome text = Neuralcore.Run("debug", "--model", model, "--data", market, "--last", "2");
        Assert.All(text.Out.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(attentions > 0, text.Out.Contains("attention pool.attention", StringComparison.Ordinal));
        Assert.Contains("not yet known", text.Out);
    }

    [Fact]
    public void What_happened_is_said_where_it_is_known()
    {
        string market = program.Market(), file = Path.Combine(market, "BTCUSDT", "BTC_1h.csv"), model = Train(market, "linear");
        JsonElement[] lines = Lines(Neuralcore.Run("debug", "--model", model, "--data", file, "--last", "50", "--json"));
        double[] close = [.. File.ReadLines(file).Skip(1)
            .Select(line => double.Parse(line.Split(',')[4], System.Globalization.CultureInfo.InvariantCulture))];
        for (int i = 0; i < 49; i++)
        {
            int t = close.Length - 50 + i;
            double next = close[t + 1] / close[t] - 1;
            Assert.Equal(next, Number(lines[i], "return"), 1e-12);
            Assert.Equal((next > 0) == (lines[i].GetProperty("call").GetString() == "UP"), lines[i].GetProperty("right").GetBoolean());
            Assert.Contains(lines[i].GetProperty("class").GetString(), (string[])[next > 0 ? "UP" : "DOWN", "NEUTRAL"]);
        }
        Assert.All((string[])["return", "class", "right"], key => Assert.Equal(JsonValueKind.Null, lines[49].GetProperty(key).ValueKind));
    }

    [Fact]
    public void An_ensemble_is_explained_member_by_member()
    {
        string market = program.Market(), model = Train(market, "ensemble", "--features", "standard");
        JsonElement line = Assert.Single(Lines(Neuralcore.Run("debug", "--model", model, "--data", market, "--pairs", "ETH", "--json")));
        JsonElement[] members = [.. line.GetProperty("members").EnumerateArray()];
        Assert.Equal(["v2", "v3.1"], members.Select(m => m.GetProperty("model").GetString()!));
        Assert.Equal([6, 20], members.Select(m => m.GetProperty("features").GetArrayLength()));
        Assert.Equal([0, 1], members.Select(m => m.GetProperty("attention").GetArrayLength()));
        Assert.Equal(Number(line, "p_up"), members.Average(m => Number(m, "p_up")), 1e-6);
        Assert.Contains("v2: down", Neuralcore.Run("debug", "--model", model, "--data", market, "--pairs", "ETH").Out);
    }

    [Fact]
    public void Wrong_usage_is_named()
    {
        Neuralcore.Run("debug", "--data", "x").Fails(2, "debug: expected --model, got none");
        Neuralcore.Run("debug", "--model", program.Path("none"), "--data", "x").Fails(1, "no such folder");
        string market = program.Market(), model = Train(market, "v2");
        Neuralcore.Run("debug", "--model", model, "--data", market, "--last", "0").Fails(2, "--last: expected a whole number from 1");
    }
}
