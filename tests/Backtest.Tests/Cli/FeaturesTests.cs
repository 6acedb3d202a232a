using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Cli;

/// <summary>The option <c>--features</c>, from the backtest to the trained model that is asked about new candles.</summary>
public sealed class FeaturesTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    /// <summary>Files of pairs that have quote and taker-buy volumes.</summary>
    string Market(int pairs = 3)
    {
        foreach (Candles candles in SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = pairs, Candles = 600, Seed = 2 }).Candles)
        {
            Directory.CreateDirectory(program.Path("market", candles.Symbol));
            CandleFile.WriteCsv(program.Path("market", candles.Symbol, $"{candles.Base}_1h.csv"), MadeUp.WithFlow(candles));
        }
        return program.Path("market");
    }

    string Train(string market, string model, params string[] more)
    {
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", model, "--epochs", "1", "--out", program.Path("model"), .. more]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return program.Path("model");
    }

    [Fact]
    public void Features_whose_columns_are_missing_are_refused_by_name_or_left_out()
    {
        Neuralcore.Run(program.Tiny("a", "--features", "extended")).Fails(1, "features 'extended'", "BTCUSDT has no taker-buy volume, which tb0, ", "--leave-out-missing");
        Outcome left = Neuralcore.Run(program.Tiny("a", "--features", "extended", "--leave-out-missing", "--json"));
        Assert.Equal(0, left.Code);
        JsonElement[] sets = [.. left.Json.GetProperty("features").EnumerateArray()];
        Assert.Equal(["week3", "extended"], sets.Select(f => f.GetProperty("name").GetString()));
        string[] columns = [.. sets[1].GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)];
        Assert.Equal(FeatureSet.Named("extended").Features.Except(["tb0", "mtb0", "vwd", "vwd24", "mtb4", "btb0"]), columns);
        Assert.Equal(["linear"], sets[1].GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal("extended", left.Json.GetProperty("options").GetProperty("features").GetString());
        Assert.Contains("| extended |", File.ReadAllText(program.Path("a", "report.md")), StringComparison.Ordinal);
        // A run of v2 alone reads none of them.
        Assert.Equal(0, Neuralcore.Run("backtest", "--features", "extended", "--models", "v2", "--quick", "--candles", "600", "--folds", "1", "--config", program.Path("tiny.yaml"),
            "--out", program.Path("b")).Code);
    }

    [Fact]
    public void The_configuration_file_names_the_set()
    {
        string config = program.Write("c.yaml", "features: reversal7\nleave-out-missing: true\nfolds: {minimum_training_candles: 100}\n");
        Outcome outcome = Neuralcore.Run("backtest", "--models", "linear", "--epochs", "1", "--candles", "600", "--pairs", "BTC,ETH", "--folds", "1",
            "--config", config, "--out", program.Path("a"), "--json");
        Assert.Equal((0, "reversal7"), (outcome.Code, outcome.Json.GetProperty("features")[0].GetProperty("name").GetString()));
        Assert.NotEqual(JsonValueKind.Null, outcome.Json.GetProperty("pairs")[0].GetProperty("features_from").ValueKind);
    }

    [Theory]
    [InlineData("linear", "reversal7")]
    [InlineData("ensemble", "reversal12")]
    [InlineData("linear", "standard")]
    public void A_trained_model_computes_the_features_that_it_was_trained_on(string kind, string set)
    {
        string market = Market(), model = Train(market, kind, "--features", set, "--until", "2020-01-20");
        JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "POOLED", "1h", "config.json"))).RootElement;
        Assert.Equal((set, 1), (config.GetProperty("features").GetProperty("name").GetString(), config.GetProperty("features").GetProperty("version").GetInt32()));
        Assert.Equal(set, config.GetProperty("metadata").GetProperty("features").GetString());

        Outcome all = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "2", "--json");
        Outcome one = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "2", "--pairs", "ETH", "--json");
        Assert.Equal((0, 0), (all.Code, one.Code));
        // A pair's prediction does not depend on which pairs are asked for: its features are of the market that the model was trained on.
        Assert.Equal(all.Json.GetProperty("predictions").EnumerateArray().Where(p => p.GetProperty("pair").GetString() == "ETH").Select(p => p.ToString()),
            one.Json.GetProperty("predictions").EnumerateArray().Select(p => p.ToString()));
        if (set == "standard")
        {
            Outcome file = Neuralcore.Run("predict", "--model", model, "--data", Path.Combine(market, "ETHUSDT", "ETH_1h.csv"), "--last", "2", "--json");
            Assert.Equal(one.Out, file.Out);
        }
        Outcome report = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", "2020-01-20", "--pairs", "ETH,BNB", "--json");
        Assert.Equal((0, 2), (report.Code, report.Json.GetProperty("pairs").GetArrayLength()));
        Assert.Contains(set, report.Json.GetProperty("features").EnumerateArray().Select(f => f.GetProperty("name").GetString()));
    }

    [Fact]
    public void Features_that_look_across_pairs_need_the_market_that_the_model_was_trained_on()
    {
        string market = Market(4), model = Train(market, "linear", "--features", "reversal7", "--pairs", "BTC,ETH,BNB"), file = Path.Combine(market, "ETHUSDT", "ETH_1h.csv");
        Neuralcore.Run("predict", "--model", model, "--data", file).Fails(2, "--data: expected a folder with the candles of BNB, BTC, ETH", "reversal7", file);
        Neuralcore.Run("predict", "--model", model, "--data", market, "--pairs", "SOL").Fails(2, "--pairs: expected pairs that the model was trained on (BNB, BTC, ETH)", "got SOL");
        Outcome trained = Neuralcore.Run("predict", "--model", model, "--data", market, "--json");
        Assert.Equal(["BNB", "BTC", "ETH"], trained.Json.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("pair").GetString()));
        Directory.Delete(Path.Combine(market, "BNBUSDT"), recursive: true);
        Neuralcore.Run("predict", "--model", model, "--data", market, "--pairs", "ETH").Fails(1, "no candles of 1h for BNB");
        // A model of one pair has its whole market in one file.
        string alone = program.Path("alone");
        Assert.Equal(0, Neuralcore.Run("train", "--data", market, "--model", "linear", "--epochs", "1", "--features", "reversal7", "--pairs", "ETH", "--out", alone).Code);
        Assert.Equal(0, Neuralcore.Run("predict", "--model", alone, "--data", file).Code);
        Neuralcore.Run("predict", "--model", alone, "--data", Path.Combine(market, "SOLUSDT", "SOL_1h.csv")).Fails(2, "--data: expected a folder with the candles of ETH");
    }

    [Fact]
    public void Candles_of_another_length_than_the_models_are_refused()
    {
        string market = program.Market(), model = Train(market, "linear"), csv = File.ReadAllText(Path.Combine(market, "BTCUSDT", "BTC_1h.csv"));
        string named = program.Write("BTC_4h.csv", csv), plain = program.Write("btc.csv", csv);
        string[] lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string sparse = program.Write("sparse.csv", string.Join('\n', lines.Where((_, i) => i == 0 || i % 4 == 1)) + "\n");
        Neuralcore.Run("predict", "--model", model, "--data", named).Fails(1, named, "expected candles of 1h, as the model was trained on, got 4h");
        Neuralcore.Run("predict", "--model", model, "--data", sparse).Fails(1, sparse, "expected candles of 1h, got rows 4h apart");
        Assert.Equal(0, Neuralcore.Run("predict", "--model", model, "--data", plain).Code);
    }
}
