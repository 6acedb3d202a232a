using System.Text.Json;

namespace Backtest.Tests.Cli;

public sealed class EnsembleCommandsTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    Outcome Backtest(string models, string yaml) => Neuralcore.Run("backtest", "--data", program.Market(), "--models", models,
        "--epochs", "1",
        "--config", program.Write("c.yaml", "folds: {minimum_training_candles: 100, count: 1}\n" + yaml), "--out",
        program.Path("out"), "--json");

    [Fact]
    public void The_file_names_members_and_a_run_s_settings_of_a_member_count_in_every_ensemble()
    {
        Outcome outcome = Backtest("voting,gated", """
            models:
              v3.2: {hidden: 5}
              forest: {trees: 7}
              boosting: {max_iter: 4}
              voting: {weight_v3: 0.4, weight_boosting: 0}
              v3: {hidden: 3}
              gated: {share: 0.2, weight_voting: 1, weight_v3.2: 0}
            """);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        JsonElement options = outcome.Json.GetProperty("options");
        Assert.Equal((0.4, 0.0, 3.0, 5.0, 7.0, 0.2),
            (Of("voting.weight_v3"), Of("voting.weight_boosting"), Of("v3.hidden"), Of("v3.2.hidden"),
            Of("forest.trees"), Of("gated.share")));
        Assert.False(options.TryGetProperty("models.boosting.max_iter", out _));

        double Of(string name) => options.GetProperty($"models.{name}").GetDouble();
    }

    [Theory]
    [InlineData("gated")]
    [InlineData("meta-label")]
    [InlineData("stacking")]
    public void An_ensemble_may_be_trained_anew_in_its_place(string name)
    {
        string market = program.Market(), config = program.Write("c.yaml", "models: {forest: {trees: 5}, boosting: {max_iter: 5}}\n");
        string[] train = ["train", "--data", market, "--model", name, "--epochs", "1", "--config", config, "--out", program.Path("m")];
        Assert.Equal(0, Neuralcore.Run(train).Code);
        Outcome again = Neuralcore.Run(train);
        Assert.Equal("", again.Code == 0 ? "" : again.Error);
        Assert.True(File.Exists(program.Path("m", "POOLED", "1h", "model.safetensors")));
    }

    [Theory]
    [InlineData("models: {voting: {weight_v9: 1}}", "models.voting.weight_v9", "expected one of v2")]
    [InlineData("models: {voting: {weight_v3.2: -1}}", "models.voting.weight_v3.2", "a weight from 0 to 1e6")]
    [InlineData("models: {voting: {weight_gated: 1}, gated: {weight_voting: 1}}", "models.", "expected members that do not ask it "
        + "themselves")]
    [InlineData("models: {voting: {weight_voting: 1}}", "models.voting.weight_voting", "another model as member")]
    public void Members_that_cannot_be_are_one_line(string yaml, string key, string says)
    {
        Outcome outcome = Backtest("voting", yaml);
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains(key, outcome.Error);
        Assert.Contains(says, outcome.Error);
    }

    [Fact]
    public void An_ensemble_is_trained_kept_asked_and_says_what_its_signals_are_worth()
    {
        string market = program.Market(), config = program.Write("c.yaml", "models: {forest: {trees: 5}, boosting: {max_iter: 5}}\n");
        Outcome trained = Neuralcore.Run("train", "--data", market, "--model", "voting", "--epochs", "1", "--config", config, "--out",
            program.Path("m"));
        Assert.Equal("", trained.Code == 0 ? "" : trained.Error);
        string model = program.Path("m", "POOLED", "1h");
        Assert.Equal(["boosting", "forest", "v3.2"], Directory.GetDirectories(model).Select(Path.GetFileName).Order());
        JsonElement importance = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "importance.json"))).RootElement;
        Assert.True(importance.GetProperty("rows").GetInt32() > 50);
        Assert.Equal(6, importance.GetProperty("features").GetArrayLength());
        Assert.All(importance.GetProperty("features").EnumerateArray(), f => Assert.InRange(f.GetProperty("permutation").GetDouble(),
            f.GetProperty("low").GetDouble(), f.GetProperty("high").GetDouble()));
        Assert.Equal(0, Neuralcore.Run("evaluate", "--model", model, "--data", market, "--out", program.Path("report")).Code);
        Assert.Equal(0, Neuralcore.Run("debug", "--model", model, "--data", market, "--pairs", "BTC").Code);
        Neuralcore.Run("export", "--model", model, "--onnx", program.Path("x.onnx"))
            .Fails(2, "expected a trained network, got voting", Path.Combine(model, "v3.2"));
    }
}
