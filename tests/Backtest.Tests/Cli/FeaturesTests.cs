using System.Text.Json;
using System.Text.Json.Nodes;
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
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", model, "--epochs", "1", "--out",
            program.Path("model"), .. more]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return program.Path("model");
    }

    [Fact]
    public void Features_whose_columns_are_missing_are_refused_by_name_or_left_out()
    {
        Neuralcore.Run(program.Tiny("a", "--features", "extended"))
            .Fails(1, "features 'extended'", "BTCUSDT has no taker-buy volume, which tb0, ", "--leave-out-missing");
        Outcome left = Neuralcore.Run(program.Tiny("a", "--features", "extended", "--leave-out-missing", "--json"));
        Assert.Equal(0, left.Code);
        JsonElement[] sets = [.. left.Json.GetProperty("features").EnumerateArray()];
        Assert.Equal(["week3", "extended"], sets.Select(f => f.GetProperty("name").GetString()));
        string[] columns = [.. sets[1].GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)];
        Assert.Equal(FeatureSet.Named("extended").Features.Except(["tb0", "mtb0", "vwd", "vwd24", "mtb4", "btb0"]), columns);
        const string why = "BTCUSDT has no taker-buy volume, which tb0, mtb0, mtb4, btb0 need; BTCUSDT has no quote volume, which vwd, "
            + "vwd24 need";
        Assert.Contains($"note: features of extended are left out: {why}", left.Error);
        Assert.Contains($"features of extended are left out: {why}", left.Json.GetProperty("notes").EnumerateArray()
            .Select(n => n.GetString()));
        Assert.Equal(FeatureSet.Named("extended").Features.Except(columns), Names(sets[1].GetProperty("left_out")));
        Assert.Empty(Names(sets[0].GetProperty("left_out")));
        Assert.Contains("note: v2 has its own features, week3; --features extended is for linear", left.Error);
        Assert.Equal(["linear"], sets[1].GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal("extended", left.Json.GetProperty("options").GetProperty("features").GetString());
        string page = File.ReadAllText(program.Path("a", "report.md"));
        Assert.Matches(@"\| extended \| +1 \| linear \| z0, .* \| tb0, mtb0, vwd, vwd24, mtb4, btb0 +\|", page);
        Assert.Contains($"- features of extended are left out: {why}", page, StringComparison.Ordinal);

        static IEnumerable<string?> Names(JsonElement list) => list.EnumerateArray().Select(n => n.GetString());
    }

    [Fact]
    public void A_set_that_no_model_of_the_run_takes_is_wrong_usage()
    {
        string[] run = ["backtest", "--models", "v2", "--candles", "600", "--out", program.Path("b")];
        Neuralcore.Run([.. run, "--features", "extended"])
            .Fails(2, "--features: expected a model that takes extended: v2 has its own features, week3");
        string config = program.Write("c.yaml", "features: blend8\n");
        Neuralcore.Run([.. run, "--config", config]).Fails(2, $"{config}: key 'features'", "v2 has its own features, week3");
        Neuralcore.Run("train", "--data", program.Path("none"), "--model", "v2", "--features", "standard", "--out", program.Path("b"))
            .Fails(2, "--features: expected a model that takes standard");
        Assert.False(Directory.Exists(program.Path("b")));
    }

    [Fact]
    public void The_epochs_of_a_run_are_those_of_networks_that_stop_early_unless_given_by_hand()
    {
        string config = program.Write("c.yaml", "leave-out-missing: true\nfolds: {minimum_training_candles: 100}\n");
        string[] run = ["backtest", "--data", Market(), "--models", "linear,reversal", "--quick", "--config", config, "--json"];
        foreach ((string[] more, int linear, int reversal) in ((string[], int, int)[])[([], 3, 2), (["--epochs", "1"], 1, 1)])
        {
            Outcome outcome = Neuralcore.Run([.. run, "--out", program.Path($"e{linear}"), .. more]);
            Assert.Equal((0, ""), (outcome.Code, outcome.Code == 0 ? "" : outcome.Error));
            JsonElement options = outcome.Json.GetProperty("options");
            Assert.Equal((linear, reversal),
                (options.GetProperty("models.linear.epochs").GetInt32(), options.GetProperty("models.reversal.epochs").GetInt32()));
        }
    }

    [Fact]
    public void The_configuration_file_names_the_set()
    {
        string config = program.Write("c.yaml", "features: reversal7\nleave-out-missing: true\nfolds: {minimum_training_candles: 100}\n");
        Outcome outcome = Neuralcore.Run("backtest", "--models", "linear", "--epochs", "1", "--candles", "600", "--pairs", "BTC,ETH",
            "--folds", "1", "--config", config, "--out", program.Path("a"), "--json");
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
        Assert.Equal((set, 1), (config.GetProperty("features").GetProperty("name").GetString(),
            config.GetProperty("features").GetProperty("version").GetInt32()));
        Assert.Equal(set, config.GetProperty("metadata").GetProperty("features").GetString());

        Outcome all = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "2", "--json");
        Outcome one = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "2", "--pairs", "ETH", "--json");
        Assert.Equal((0, 0), (all.Code, one.Code));
        // A pair's prediction does not depend on which pairs are asked for: its features are of the market that the model was trained on.
        Assert.Equal(all.Json.GetProperty("predictions").EnumerateArray().Where(p => p.GetProperty("pair").GetString() == "ETH")
            .Select(p => p.ToString()),
            one.Json.GetProperty("predictions").EnumerateArray().Select(p => p.ToString()));
        if (set == "standard")
        {
            string path = Path.Combine(market, "ETHUSDT", "ETH_1h.csv");
            Outcome file = Neuralcore.Run("predict", "--model", model, "--data", path, "--last", "2", "--json");
            Assert.Equal(one.Out, file.Out);
        }
        Outcome report = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", "2020-01-20", "--pairs",
            "ETH,BNB", "--json");
        Assert.Equal((0, 2), (report.Code, report.Json.GetProperty("pairs").GetArrayLength()));
        Assert.Contains(set, report.Json.GetProperty("features").EnumerateArray().Select(f => f.GetProperty("name").GetString()));
    }

    [Fact]
    public void The_baseline_rule3_of_one_pair_is_the_model_rule3_or_left_out()
    {
        string market = Market(), rule = Train(market, "rule3", "--until", "2020-01-20");
        Outcome one = Neuralcore.Run("evaluate", "--model", rule, "--data", market, "--from", "2020-01-20", "--pairs", "ETH", "--json");
        JsonElement model = one.Json.GetProperty("models")[0].GetProperty("scores").GetProperty("combined").GetProperty("direction");
        JsonElement baseline = one.Json.GetProperty("baselines").GetProperty("rule3").GetProperty("combined").GetProperty("direction");
        Assert.True(JsonElement.DeepEquals(model, baseline));

        string linear = Train(market, "linear", "--features", "week3", "--until", "2020-01-20");
        Outcome part = Neuralcore.Run("evaluate", "--model", linear, "--data", market, "--from", "2020-01-20", "--pairs", "ETH", "--json"),
            all = Neuralcore.Run("evaluate", "--model", linear, "--data", market, "--from", "2020-01-20", "--json");
        Assert.Equal((false, true), (HasRule3(part), HasRule3(all)));
        Assert.Contains("note: the baseline rule3 is left out: it looks across all pairs that the model was trained on; "
            + "not read: BNB, BTC", part.Error);
        Assert.DoesNotContain("rule3", all.Error, StringComparison.Ordinal);

        static bool HasRule3(Outcome outcome) => outcome.Json.GetProperty("baselines").TryGetProperty("rule3", out _);
    }

    [Fact]
    public void Features_that_look_across_pairs_need_the_market_that_the_model_was_trained_on()
    {
        string market = Market(4), model = Train(market, "linear", "--features", "reversal7", "--pairs", "BTC,ETH,BNB"),
            file = Path.Combine(market, "ETHUSDT", "ETH_1h.csv");
        Neuralcore.Run("predict", "--model", model, "--data", file)
            .Fails(2, "--data: expected a folder with the candles of BNB, BTC, ETH", "reversal7", file);
        Neuralcore.Run("predict", "--model", model, "--data", market, "--pairs", "SOL")
            .Fails(2, "--pairs: expected pairs that the model was trained on (BNB, BTC, ETH)", "got SOL");
        Outcome trained = Neuralcore.Run("predict", "--model", model, "--data", market, "--json");
        Assert.Equal(["BNB", "BTC", "ETH"], trained.Json.GetProperty("predictions").EnumerateArray()
            .Select(p => p.GetProperty("pair").GetString()));
        Directory.Delete(Path.Combine(market, "BNBUSDT"), recursive: true);
        Neuralcore.Run("predict", "--model", model, "--data", market, "--pairs", "ETH").Fails(1, "no candles of 1h for BNB");
        // A model of one pair has its whole market in one file.
        string alone = program.Path("alone");
        Assert.Equal(0, Neuralcore.Run("train", "--data", market, "--model", "linear", "--epochs", "1", "--features", "reversal7",
            "--pairs", "ETH", "--out", alone).Code);
        Assert.Equal(0, Neuralcore.Run("predict", "--model", alone, "--data", file).Code);
        Neuralcore.Run("predict", "--model", alone, "--data", Path.Combine(market, "SOLUSDT", "SOL_1h.csv"))
            .Fails(2, "--data: expected candles of ETH, got SOL");
    }

    [Fact]
    public void A_model_that_looks_across_pairs_must_say_across_which()
    {
        string market = Market(), model = Train(market, "linear", "--features", "reversal7");
        string config = Path.Combine(model, "POOLED", "1h", "config.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(config))!;
        root["metadata"]!.AsObject().Remove("pairs");
        File.WriteAllText(config, root.ToJsonString());
        foreach (string data in (string[])[market, Path.Combine(market, "ETHUSDT", "ETH_1h.csv")])
            Neuralcore.Run("predict", "--model", model, "--data", data)
                .Fails(1, $"{config}: metadata: expected the key 'pairs'", "reversal7");
        root.AsObject().Remove("metadata");
        File.WriteAllText(config, root.ToJsonString());
        Neuralcore.Run("predict", "--model", model, "--data", market)
            .Fails(1, $"{config}: metadata: expected the key 'pairs'", "reversal7");
    }

    [Fact]
    public void A_model_saved_without_metadata_is_asked_as_a_served_one_is()
    {
        string market = Market(), model = Path.Combine(Train(market, "linear"), "POOLED", "1h"), bare = program.Path("bare");
        Predictor.Load(model).Save(bare);
        Outcome outcome = Neuralcore.Run("predict", "--model", bare, "--data", market, "--json");
        Assert.Equal(0, outcome.Code);
        Assert.Equal(Said(Neuralcore.Run("predict", "--model", model, "--data", market, "--json")), Said(outcome));
        Assert.Equal(Said(outcome), Said(Neuralcore.Run("predict", "--model", bare, "--data", market, "--json",
            "--log", program.Path("log.jsonl"))));
        Neuralcore.Run("retrain", "--model", bare, "--data", market, "--once")
            .Fails(1, "metadata: expected the key 'trained_until', got none");

        static string[] Said(Outcome outcome) => [.. outcome.Json.GetProperty("predictions").EnumerateArray().Select(p => p.ToString())];
    }

    [Fact]
    public void A_pair_that_ends_early_is_named()
    {
        string market = Market(), model = Train(market, "linear", "--features", "blend8"),
            eth = Path.Combine(market, "ETHUSDT", "ETH_1h.csv");
        Assert.DoesNotContain("ends at", Neuralcore.Run("predict", "--model", model, "--data", market).Error);
        string btc = Path.Combine(market, "BTCUSDT", "BTC_1h.csv");
        foreach (string file in (string[])[btc, eth]) File.WriteAllLines(file, File.ReadAllLines(file)[..^(file == btc ? 2 : 1)]);
        const string note = "BTC ends at 2020-01-25 21:00, ETH at 2020-01-25 22:00, BNB at 2020-01-25 23:00: features across pairs lack "
            + "BTC, ETH";
        Outcome outcome = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "3");
        Assert.Equal(0, outcome.Code);
        Assert.Contains(note, outcome.Error);
        // BTC's imbalance is not known after its last candle: one row of ETH, two of BNB.
        Assert.Contains("3 candles are left out: a gap or too few candles before them, or a feature that is not known", outcome.Error);
        Assert.Contains(note, Neuralcore.Run("evaluate", "--model", model, "--data", market, "--json")
            .Json.GetProperty("notes").ToString());
    }

    [Fact]
    public void What_a_shadow_or_fallback_lacks_never_takes_the_answer_away()
    {
        string market = Market(), across = Train(market, "linear", "--features", "reversal7"), plain = program.Market(3, name: "plain");
        string own = program.Path("own"), wide = program.Path("wide"), log = program.Path("log.jsonl");
        foreach ((string place, string window) in ((string, string)[])[(own, "20"), (wide, "200")])
        {
            Outcome trained = Neuralcore.Run("train", "--data", plain, "--model", "linear", "--epochs", "1", "--pairs", "BTC",
                "--config", program.Write("run.yaml", $"models: {{linear: {{window: {window}}}}}\n"), "--out", place);
            Assert.Equal("", trained.Code == 0 ? "" : trained.Error);
        }
        string Last() => JsonDocument.Parse(File.ReadAllLines(log)[^1]).RootElement.GetProperty("shadow").ToString();

        // A column.
        string[] asked = ["predict", "--model", own, "--data", plain, "--last", "3", "--json"];
        Outcome alone = Neuralcore.Run(asked), beside = Neuralcore.Run([.. asked, "--fallback", across, "--shadow", across, "--log", log]);
        Assert.Equal((0, alone.Out), (beside.Code, beside.Out));
        Assert.Contains("9 predictions have none of linear in shadow", beside.Error);
        Assert.Equal(9, File.ReadAllLines(log).Length);
        Assert.Contains("no taker-buy volume", Last());

        // A longer warm-up.
        string few = program.Path("few", "BTC_1h.csv");
        Directory.CreateDirectory(program.Path("few"));
        File.WriteAllLines(few, File.ReadLines(Directory.GetFiles(plain, "BTC_1h.csv", SearchOption.AllDirectories).Single()).Take(121));
        asked[4] = program.Path("few");
        (alone, beside) = (Neuralcore.Run(asked), Neuralcore.Run([.. asked, "--shadow", wide, "--log", log]));
        Assert.Equal((0, alone.Out), (beside.Code, beside.Out));
        Assert.Contains("expected 200 candles without a gap and with known features", Last());

        // Other pairs: the shadow's features look across those that it was trained on.
        asked = ["predict", "--model", own, "--data", market, "--pairs", "ETH", "--json"];
        Assert.Equal(0, Neuralcore.Run([.. asked, "--shadow", across, "--log", log]).Code);
        asked[2] = across;
        Assert.Contains($"\"p_up\":{Neuralcore.Run(asked).Json.GetProperty("predictions")[0].GetProperty("p_up").GetRawText()},", Last());
    }

    [Fact]
    public void The_fallback_answers_for_a_model_that_throws_and_forecasts_are_the_models_alone()
    {
        string market = program.Market(1, name: "plain"), own = program.Path("own"), spare = program.Path("spare");
        Outcome trained = Neuralcore.Run("train", "--data", market, "--model", "tst", "--features", "week3", "--epochs", "1",
            "--config", program.Write("run.yaml", "models: {tst: {window: 12, hidden: 8, heads: 2, layers: 1, feed_forward: 8}}\n"),
            "--out", own);
        Assert.Equal("", trained.Code == 0 ? "" : trained.Error);
        Assert.Equal(0, Neuralcore.Run("train", "--data", market, "--model", "logistic", "--out", spare).Code);
        string[] asked = ["predict", "--model", own, "--data", market, "--last", "2", "--json"];
        Assert.Equal(Neuralcore.Run(asked).Out, Neuralcore.Run([.. asked, "--fallback", spare]).Out);

        string weights = Directory.GetFiles(own, "model.safetensors", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(weights);
        for (int at = 8 + (int)BitConverter.ToInt64(bytes), i = 0; at < bytes.Length; at += 4, i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(at), i % 2 == 0 ? 3e38f : -3e38f);
        File.WriteAllBytes(weights, bytes);
        Outcome fallen = Neuralcore.Run([.. asked, "--fallback", spare]);
        Assert.Equal("", fallen.Code == 0 ? "" : fallen.Error);
        Assert.Contains("2 predictions are those of logistic: ", fallen.Error);
        asked[2] = spare;
        JsonElement[] said = [.. fallen.Json.GetProperty("predictions").EnumerateArray()];
        Assert.Equal(Neuralcore.Run(asked).Json.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("p_up").GetSingle()),
            said.Select(p => p.GetProperty("p_up").GetSingle()));
        Assert.All(said, p => Assert.Equal(JsonValueKind.Null, p.GetProperty("forecasts")[0].GetProperty("return").ValueKind));
        Assert.Equal(0, Neuralcore.Run("predict", "--model", own, "--data", market, "--fallback", spare).Code);
    }

    [Fact]
    public void Candles_without_what_a_models_features_need_are_refused()
    {
        string market = Market(), model = Train(market, "linear", "--features", "reversal7"), plain = program.Market(3, name: "plain");
        foreach (string command in (string[])["predict", "evaluate"])
        {
            Outcome outcome = Neuralcore.Run(command, "--model", model, "--data", plain);
            outcome.Fails(1, plain, "USDT has no taker-buy volume, which tb0, mtb0 need", "which vwd needs; the model was trained "
                + "with them");
            Assert.DoesNotContain("take the set without", outcome.Error);
        }
    }

    [Fact]
    public void Candles_of_another_length_than_the_models_are_refused()
    {
        string market = program.Market(), model = Train(market, "linear"),
            csv = File.ReadAllText(Path.Combine(market, "BTCUSDT", "BTC_1h.csv"));
        string named = program.Write("BTC_4h.csv", csv), plain = program.Write("btc.csv", csv);
        string[] lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string sparse = program.Write("sparse.csv", string.Join('\n', lines.Where((_, i) => i == 0 || i % 4 == 1)) + "\n");
        Neuralcore.Run("predict", "--model", model, "--data", named).Fails(1, named, "expected candles of 1h, as the model was trained "
            + "on, got 4h");
        Neuralcore.Run("predict", "--model", model, "--data", sparse).Fails(1, sparse, "expected candles of 1h, got rows 4h apart");
        Assert.Equal(0, Neuralcore.Run("predict", "--model", model, "--data", plain).Code);
    }
}
