using System.Text.Json;
using System.Text.RegularExpressions;

namespace Backtest.Tests.Cli;

/// <summary>train, predict, evaluate, debug and audit with models that are judged on another target, and with forecasts.</summary>
public sealed class OtherTargetCommandsTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    Outcome Train(string market, string model, params string[] more) => Neuralcore.Run(
        ["train", "--data", market, "--model", model, "--epochs", "1", "--out", program.Path(model), .. more]);

    [Fact]
    public void A_regression_speaks_of_its_return_and_of_the_price_that_it_means()
    {
        string market = program.Market();
        Outcome trained = Train(market, "crypto-lstm", "--features", "standard",
            "--config", program.Write("small.yaml", "models: {crypto-lstm: {hidden: 4, units: 4}}\nfolds: {validation_share: 0.3}\n"));
        Assert.Equal((0, ""), (trained.Code, trained.Code == 0 ? "" : trained.Error));
        Assert.Matches(new Regex(@"crypto-lstm: \d+\.\d\d % \[.*\] of \d+ candles right \(close 5 candles ahead above this one\): "
            + "base rate .*, rule"), trained.Out);
        Assert.Contains("crypto-lstm: returns 5 candles ahead: skill against a random walk ", trained.Out);
        string model = program.Path("crypto-lstm", "POOLED", "1h");
        JsonElement metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "metrics.json"))).RootElement;
        JsonElement scores = metrics.GetProperty("validation");
        Assert.Equal("return_5", scores.GetProperty("target").GetString());
        Assert.Equal(metrics.GetProperty("validation_rows").GetInt32(), scores.GetProperty("forecasts")[0].GetProperty("n").GetInt32());

        JsonElement said = Neuralcore.Run("predict", "--model", model, "--data", market, "--json").Json;
        Assert.Equal("return_5", said.GetProperty("target").GetString());
        JsonElement row = said.GetProperty("predictions")[0], forecast = row.GetProperty("forecasts")[0];
        Assert.Equal(["time", "pair", "p_above", "p_below", "call", "confidence", "forecasts"], row.EnumerateObject().Select(p => p.Name));
        Assert.Equal(5, forecast.GetProperty("horizon").GetInt32());
        Assert.Equal(forecast.GetProperty("return").GetDouble() > 0 ? "UP" : "DOWN", row.GetProperty("call").GetString());
        string[] closes = [.. File.ReadLines(Path.Combine(market, "BTCUSDT", "BTC_1h.csv"))];
        int column = Array.IndexOf(closes[0].Split(','), "close");
        double close = double.Parse(closes[^1].Split(',')[column], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(close * (1 + forecast.GetProperty("return").GetDouble()), forecast.GetProperty("price").GetDouble(), 1e-9 * close);

        Outcome judged = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--json");
        JsonElement target = judged.Json.GetProperty("other_targets")[0];
        Assert.Equal(("crypto-lstm", 0), (target.GetProperty("model").GetString(), judged.Json.GetProperty("models").GetArrayLength()));
        Assert.Equal(5, judged.Json.GetProperty("forecasts")[0].GetProperty("horizons")[0].GetProperty("horizon").GetInt32());
    }

    [Fact]
    public void A_turning_point_is_called_by_one_of_four_names()
    {
        string market = program.Market();
        Outcome trained = Train(market, "zigzag");
        Assert.Equal((0, ""), (trained.Code, trained.Code == 0 ? "" : trained.Error));
        Assert.Contains($" {NeuralCore.Models.LegEnds.Target.Unit} right ({NeuralCore.Models.LegEnds.Target.Says})", trained.Out);
        JsonElement[] rows = [.. Neuralcore.Run("predict", "--model", program.Path("zigzag"), "--data", market, "--last", "200", "--json")
            .Json.GetProperty("predictions").EnumerateArray()];
        string?[] calls = [.. rows.Select(row => row.GetProperty("call").GetString())];
        Assert.True(calls.OfType<string>().Count() > 100);
        Assert.All(calls.OfType<string>(), call => Assert.Contains(call, (string[])["HH", "HL", "LH", "LL"]));
        Assert.All(rows, row => Assert.Equal(row.GetProperty("call").GetString() is not null, row.TryGetProperty("p_above", out _)));
    }

    /// <summary>The share of NEUTRAL rows that the sample sets for all is for those models that know NEUTRAL.</summary>
    [Fact]
    public void The_documented_sample_file_runs_models_of_two_classes()
    {
        string market = program.Market(candles: 990), docs = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(docs, "NeuralCore.sln"))) docs = Path.GetDirectoryName(docs)!;
        string sample = File.ReadAllText(Path.Combine(docs, "docs", "configuration.md")).Split("```yaml\n")[1].Split("```")[0];
        Assert.Contains("\nneutral_share: 0.3333 ", sample);
        sample = sample.Replace("minimum_training_candles: 2000", "minimum_training_candles: 100");
        Outcome Run(string text, params string[] more) => Neuralcore.Run(["backtest", "--config", program.Write("sample.yaml", text),
            "--data", market, "--models", "linear,zigzag,volatility", "--pairs", "BTC,ETH", "--folds", "1", "--seeds", "1", "--epochs", "1",
            "--out", program.Path("out"), .. more]);
        Outcome run = Run(sample, "--json");
        Assert.Equal((0, ""), (run.Code, run.Code == 0 ? "" : run.Error));
        JsonElement options = run.Json.GetProperty("options");
        Assert.Equal(0.3333, options.GetProperty("models.linear.neutral_share").GetDouble());
        foreach ((string model, JsonElement target) in ((string[])["zigzag", "volatility"])
            .Zip(run.Json.GetProperty("other_targets").EnumerateArray()))
        {
            Assert.Equal(model, target.GetProperty("model").GetString());
            Assert.Equal(0, options.GetProperty($"models.{model}.neutral_share").GetDouble());
        }
        Run(sample + "  zigzag: {neutral_share: 0.3333}\n").Fails(2, "labels: expected a neutral_share that leaves moves", "0.3333");
    }

    [Fact]
    public void Commands_that_follow_the_direction_say_so()
    {
        string market = program.Market();
        Assert.Equal(0, Train(market, "zigzag").Code);
        Neuralcore.Run("debug", "--model", program.Path("zigzag"), "--data", market).Fails(2, "direction", "zigzag", "predict");
        Neuralcore.Run("audit", "--model", "zigzag", "--data", market).Fails(2, "direction", "zigzag");
    }
}
