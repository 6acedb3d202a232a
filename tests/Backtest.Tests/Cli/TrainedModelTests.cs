using System.Globalization;
using System.Text.Json;

namespace Backtest.Tests.Cli;

public sealed class TrainedModelTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    string Train(string market, string name, string model, params string[] more)
    {
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", model, "--epochs", "1", "--out",
            program.Path(name), .. more]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return outcome.Out.Split('\n').First(l => l.StartsWith("Model: ", StringComparison.Ordinal))["Model: ".Length..].Trim();
    }

    [Fact]
    public void A_model_is_trained_kept_judged_and_asked()
    {
        string market = program.Market(), model = Train(market, "models", "linear", "--until", "2020-01-18");
        Assert.Equal(program.Path("models", "POOLED", "1h"), model);
        Assert.Equal(["config.json", "importance.json", "metrics.json", "model.safetensors", "scaler.json", "training_history.json"],
            program.Files(Path.Combine("models", "POOLED", "1h")));
        JsonElement metadata = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "config.json"))).RootElement.GetProperty("metadata");
        Assert.Equal(("BTC,ETH", "1h", "2020-01-18T00:00:00Z", "1"),
            (Fact("pairs"), Fact("timeframe"), Fact("trained_until"), Fact("models.linear.epochs")));
        JsonElement metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "metrics.json"))).RootElement;
        int validated = metrics.GetProperty("validation").GetProperty("rows").GetInt32();
        Assert.Equal(Fact("validation_rows"), validated.ToString(CultureInfo.InvariantCulture));

        Outcome later = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", "2020-01-18",
            "--out", program.Path("report"), "--json");
        Assert.Equal((0, "evaluate"), (later.Code, later.Json.GetProperty("protocol").GetString()));
        Assert.Equal(2 * (600 - 17 * 24 - 1), later.Json.GetProperty("test_rows").GetInt32());
        Assert.DoesNotContain("was trained on candles until", later.Error);
        Assert.Equal(["report.html", "report.json", "report.md", "training_history.json"], program.Files("report"));
        Outcome half = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", "2020-01-18",
            "--config", program.Write("half.yaml", "trading: {position: 0.5}\n"), "--json");
        Assert.Equal(Exposure(later) / 2, Exposure(half), 1e-12);
        Outcome all = Neuralcore.Run("evaluate", "--model", program.Path("models"), "--data", market);
        Assert.Equal(0, all.Code);
        Assert.Contains("was trained on candles until 2020-01-18", all.Error);

        string Fact(string name) => metadata.GetProperty(name).GetString()!;

        static double Exposure(Outcome outcome) =>
            outcome.Json.GetProperty("models")[0].GetProperty("trading")[0].GetProperty("results")[2].GetProperty("exposure").GetDouble();
    }

    [Fact]
    public void Predictions_agree_whatever_they_are_asked_with()
    {
        string market = program.Market(), model = Train(market, "models", "ensemble");
        Outcome folder = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "3", "--json");
        Outcome file = Neuralcore.Run("predict", "--model", model, "--data", Path.Combine(market, "ETHUSDT", "ETH_1h.csv"), "--json");
        JsonElement last = folder.Json.GetProperty("predictions")[5],
            alone = Assert.Single(file.Json.GetProperty("predictions").EnumerateArray());
        Assert.Equal(last.ToString(), alone.ToString());
        Assert.Equal(["time", "pair", "p_down", "p_neutral", "p_up", "call", "confidence"], last.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("2020-01-25T23:00:00Z", "ETH"), (last.GetProperty("time").GetString(), last.GetProperty("pair").GetString()));
        double[] p = [.. ((string[])["p_down", "p_neutral", "p_up"]).Select(n => last.GetProperty(n).GetDouble())];
        Assert.Equal(1, p.Sum(), 5);
        Assert.Equal(p[2] > p[0] ? "UP" : "DOWN", last.GetProperty("call").GetString());
        Assert.Equal(p.Max(), last.GetProperty("confidence").GetDouble());
    }

    [Fact]
    public void The_same_training_gives_the_same_files()
    {
        string market = program.Market(), a = Train(market, "a", "v3.2", "--pairs", "ETH"),
            b = Train(market, "b", "v3.2", "--pairs", "ETH");
        Assert.EndsWith(Path.Combine("ETH", "1h"), a);
        foreach (string file in Directory.GetFiles(a))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(b, Path.GetFileName(file))));
    }

    [Fact]
    public void A_damaged_model_is_one_line_that_names_the_file()
    {
        string market = program.Market(), model = Train(market, "models", "linear");
        foreach (string name in (string[])["model.safetensors", "scaler.json", "config.json"])
        {
            string path = Path.Combine(model, name);
            byte[] whole = File.ReadAllBytes(path);
            File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
            Neuralcore.Run("predict", "--model", model, "--data", market).Fails(1, path);
            File.Delete(path);
            Neuralcore.Run("predict", "--model", model, "--data", market).Fails(1, name == "config.json" ? model : path);
            File.WriteAllBytes(path, whole);
        }
        Assert.Equal(0, Neuralcore.Run("predict", "--model", model, "--data", market).Code);
        string config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config)
            .Replace("\"timeframe\": \"1h\"", "\"timeframe\": \"soon\"", StringComparison.Ordinal));
        Neuralcore.Run("predict", "--model", model, "--data", market).Fails(1, config, "'soon'");
    }

    [Fact]
    public void A_stopped_training_leaves_no_folder()
    {
        string market = program.Market();
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", "linear", "--epochs", "1000", "--out",
            program.Path("models")], line => { if (line.StartsWith("epoch 1", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        Assert.Equal(130, outcome.Code);
        Assert.EndsWith("neuralcore: stopped\n", outcome.Error.ReplaceLineEndings("\n"));
        Assert.False(Directory.Exists(program.Path("models")));
    }

    [Fact]
    public void Simulated_files_are_the_market_and_complete()
    {
        program.Market(name: "a");
        program.Market(name: "b");
        Assert.Equal(["BTCUSDT", "BTCUSDT/BTC_1h.csv", "ETHUSDT", "ETHUSDT/ETH_1h.csv", "best_probability.csv"], program.Files("a"));
        foreach (string file in program.Files("a").Where(f => f.EndsWith(".csv", StringComparison.Ordinal)))
            Assert.Equal(File.ReadAllText(program.Path("a", file)), File.ReadAllText(program.Path("b", file)));
        Outcome inspect = Neuralcore.Run("inspect", program.Path("a", "BTCUSDT", "BTC_1h.csv"), "--json");
        Assert.Equal((0, 600), (inspect.Code, inspect.Json.GetProperty("rows").GetInt32()));
        Assert.Empty(inspect.Json.GetProperty("candles").GetProperty("findings").EnumerateArray());
        Assert.Contains("open_time", Neuralcore.Run("inspect", program.Path("a", "BTCUSDT", "BTC_1h.csv")).Out);
        Neuralcore.Run("inspect", program.Path("none.csv")).Fails(1, "none.csv");
    }
}
