using System.Text.Json;

namespace Backtest.Tests.Cli;

/// <summary>Networks with windows, features and targets of their own through the commands.</summary>
public sealed class NetworkCommandsTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    /// <summary>All of them small enough for a second.</summary>
    string Small => program.Write("small.yaml", Settings);

    const string Settings = """
        models:
          plan-gru: {window: 12, hidden: 6, hidden_top: 5, units: 4, attention: 3}
          plan-transformer: {window: 12, hidden: 8, heads: 2, layers: 1, feed_forward: 8}
          multi-tf: {window: 25, middle: 2, longest: 3, steps: 5, hidden: 4, units: 4}
          crypto-lstm: {hidden: 6, layers: 1, units: 4, horizon: 3, plateau_factor: 0.5, plateau_patience: 2, learning_rate: 0.002,
            dropout: 0.1}
          tst: {window: 12, hidden: 8, heads: 2, layers: 1, feed_forward: 8, return_weight: 0.2}

        """;

    [Fact]
    public void They_run_side_by_side_on_common_rows_with_settings_of_the_file()
    {
        Outcome outcome = Neuralcore.Run("backtest", "--data", program.Market(), "--models",
            "linear,plan-gru,plan-transformer,multi-tf,crypto-lstm,tst",
            "--features", "week3", "--epochs", "1", "--config",
            program.Write("run.yaml", Settings + "folds: {minimum_training_candles: 100, count: 1}\n"),
            "--out", program.Path("out"), "--json");
        Assert.Equal((0, ""), (outcome.Code, outcome.Code == 0 ? "" : outcome.Error));
        // crypto-lstm is judged on the return that it forecasts, tst on the next direction, and on its forecasts beside it.
        Assert.Equal(["linear", "plan-gru", "plan-transformer", "multi-tf", "tst"], Names("models", "model"));
        Assert.Equal(["crypto-lstm"], Names("other_targets", "model"));
        Assert.Equal(["return_3"], Names("other_targets", "target"));
        Assert.Equal(["crypto-lstm", "tst"], Names("forecasts", "model").Order());
        int[] Ahead(string model) => [.. outcome.Json.GetProperty("forecasts").EnumerateArray()
            .Single(f => f.GetProperty("model").GetString() == model)
            .GetProperty("horizons").EnumerateArray().Select(h => h.GetProperty("horizon").GetInt32())];
        Assert.Equal([3], Ahead("crypto-lstm"));
        Assert.Equal([5, 10, 30], Ahead("tst"));
        IEnumerable<string?> Names(string list, string key)
            => outcome.Json.GetProperty(list).EnumerateArray().Select(m => m.GetProperty(key).GetString());
        JsonElement options = outcome.Json.GetProperty("options");
        Assert.Equal(3, options.GetProperty("models.crypto-lstm.horizon").GetInt32());
        Assert.Equal(0.002, options.GetProperty("models.crypto-lstm.learning_rate").GetDouble());
        Assert.Equal(3, options.GetProperty("models.plan-gru.attention").GetInt32());
        Assert.Equal(25, options.GetProperty("models.multi-tf.window").GetInt32());
    }

    [Fact]
    public void Each_has_the_features_of_its_defaults_unless_others_are_asked_for()
    {
        string market = program.Market();
        foreach ((string[] more, string set, int columns) in ((string[], string, int)[])[([], "standard", 20),
            (["--features", "week3"], "week3", 6)])
        {
            Outcome trained = Neuralcore.Run(["train", "--data", market, "--model", "plan-gru", "--epochs", "1", "--config", Small,
                "--out", program.Path(set), .. more]);
            Assert.Equal((0, ""), (trained.Code, trained.Code == 0 ? "" : trained.Error));
            JsonElement features = JsonDocument.Parse(File.ReadAllText(program.Path(set, "POOLED", "1h", "config.json")))
                .RootElement.GetProperty("features");
            Assert.Equal((set, columns), (features.GetProperty("name").GetString(), features.GetProperty("columns").GetArrayLength()));
        }
        // crypto-lstm's own set needs what these candles lack.
        Neuralcore.Run("train", "--data", market, "--model", "crypto-lstm", "--epochs", "1", "--config", Small, "--out", program.Path("c"))
            .Fails(1, "features 'extended'");
        Outcome left = Neuralcore.Run("train", "--data", market, "--model", "crypto-lstm", "--epochs", "1", "--config", Small,
            "--leave-out-missing", "--out", program.Path("c"));
        Assert.Equal((0, ""), (left.Code, left.Code == 0 ? "" : left.Error));
    }

    [Theory]
    [InlineData("plan-transformer: {heads: 3}", "key 'models.plan-transformer.heads': model plan-transformer: expected heads to be a "
        + "divisor of hidden, 64, got 3")]
    [InlineData("blend: {window: 9}", "key 'models.blend.window': model blend: has no setting 'window'")]
    [InlineData("reversal: {patience: 2}", "key 'models.reversal.patience': model reversal: has no setting 'patience'")]
    public void Settings_that_do_not_go_together_or_do_nothing_are_refused(string yaml, string says)
        => Neuralcore.Run("backtest", "--models", yaml.Split(':')[0], "--config", program.Write("c.yaml", $"models: {{{yaml}}}\n"), "--out",
            program.Path("out"))
            .Fails(2, says);

    [Fact]
    public void Training_goes_on_from_a_folder()
    {
        string market = program.Market();
        string[] train = ["train", "--data", market, "--features", "week3", "--epochs", "1", "--config", Small];
        Assert.Equal(0, Neuralcore.Run([.. train, "--model", "plan-gru", "--out", program.Path("all")]).Code);
        Outcome fine = Neuralcore.Run([.. train, "--model", "plan-gru", "--pairs", "ETH", "--from", program.Path("all"), "--out",
            program.Path("one")]);
        Assert.Equal((0, ""), (fine.Code, fine.Code == 0 ? "" : fine.Error));
        Assert.Equal(File.ReadAllText(program.Path("all", "POOLED", "1h", "scaler.json")),
            File.ReadAllText(program.Path("one", "ETH", "1h", "scaler.json")));

        // The pooled model had seen ETH's validation rows, and what it had seen stays known.
        Assert.Contains("Note: training went on from a model that had seen ETH until 2020-01-", fine.Out, StringComparison.Ordinal);
        JsonElement Read(string folder, string file) =>
            JsonDocument.Parse(File.ReadAllText(program.Path(folder, "ETH", "1h", file))).RootElement;
        Assert.StartsWith("training went on from", Read("one", "metrics.json").GetProperty("note").GetString(), StringComparison.Ordinal);
        Outcome early = Neuralcore.Run([.. train, "--model", "plan-gru", "--pairs", "ETH", "--from", program.Path("one"),
            "--until", "2020-01-15", "--out", program.Path("two")]);
        Assert.Equal((0, ""), (early.Code, early.Code == 0 ? "" : early.Error));
        string? Fact(string folder, string key) => Read(folder, "config.json").GetProperty("metadata").GetProperty(key).GetString();
        Assert.Equal(("ETH", "BTC,ETH", "ETH,BTC"), (Fact("two", "pairs"), Fact("one", "origin_pairs"), Fact("two", "origin_pairs")));
        Assert.Equal((Fact("one", "trained_until"), Fact("one", "data_hash")),
            (Fact("two", "trained_until"), Fact("two", "origin_data_hash")));
        Outcome judged = Neuralcore.Run("evaluate", "--model", program.Path("two"), "--data", market, "--from", "2020-01-16");
        Assert.Contains("was trained on candles until", judged.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("was not trained on", judged.Error, StringComparison.Ordinal);
        Neuralcore.Run([.. train, "--model", "plan-gru", "--pairs", "BTC", "--until", "2020-01-10", "--out", program.Path("btc")]);
        Outcome apart = Neuralcore.Run([.. train, "--model", "plan-gru", "--pairs", "ETH", "--from", program.Path("btc"),
            "--out", program.Path("eth")]);
        Assert.Equal((0, false), (apart.Code, apart.Out.Contains("Note: ", StringComparison.Ordinal)));

        Neuralcore.Run([.. train, "--model", "tst", "--from", program.Path("all"), "--out", program.Path("x")])
            .Fails(2, "--from", "expected a trained tst, got plan-gru");
        Neuralcore.Run([.. train, "--model", "forest", "--from", program.Path("all"), "--out", program.Path("x")])
            .Fails(2, "--from", "expected a network to train further, got forest");
    }

    [Theory]
    [InlineData("multi-tf", "encoders.middle.rnn")]
    [InlineData("plan-gru", "rnn2")]
    public void Their_inside_is_shown_and_they_are_exported(string name, string layer)
    {
        string market = program.Market(), model = program.Path("m");
        Outcome trained = Neuralcore.Run("train", "--data", market, "--features", "week3", "--model", name, "--epochs", "1", "--config",
            Small, "--out", model);
        Assert.Equal((0, ""), (trained.Code, trained.Code == 0 ? "" : trained.Error));
        Outcome debug = Neuralcore.Run("debug", "--model", model, "--data", market, "--last", "2");
        Assert.Equal((0, ""), (debug.Code, debug.Code == 0 ? "" : debug.Error));
        Assert.Contains(layer, debug.Out);
        Outcome exported = Neuralcore.Run("export", "--model", model, "--onnx", program.Path("m.onnx"));
        Assert.Equal(0, exported.Code);
        string[] asked = [.. (string[])["--model", "--onnx"]];
        Outcome[] predicted = [.. asked.Select(from => Neuralcore.Run("predict", from, from == "--model" ? model : program.Path("m.onnx"),
            "--data", market, "--last", "1", "--json"))];
        Assert.All(predicted, p => Assert.Equal(0, p.Code));
        double[] up = [.. predicted.Select(p => p.Json.GetProperty("predictions")[0].GetProperty("p_up").GetDouble())];
        Assert.Equal(up[0], up[1], 1e-5);
    }
}
