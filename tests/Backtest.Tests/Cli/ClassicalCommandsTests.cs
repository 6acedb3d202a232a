using System.Text.Json;

namespace Backtest.Tests.Cli;

public sealed class ClassicalCommandsTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    string Small => program.Write("small.yaml", "models: {forest: {trees: 20}, boosting: {max_iter: 20, lags: 2, patience: 5}}\n");

    [Theory]
    [InlineData("logistic", 6, 0)]
    [InlineData("forest", 6, 0)]
    [InlineData("boosting", 12, 1)]
    public void It_is_trained_kept_judged_and_asked(string name, int columns, int lag)
    {
        string market = program.Market(), folder = Path.Combine("models", "POOLED", "1h"), model = program.Path("models", "POOLED", "1h");
        foreach (string other in (string[])["logistic", name])   // the second model takes the first one's place
        {
            Outcome trained = Neuralcore.Run("train", "--data", market, "--model", other, "--config", Small, "--until", "2020-01-18",
                "--out", program.Path("models"));
            Assert.Equal((0, ""), (trained.Code, trained.Code == 0 ? "" : trained.Error));
        }
        Assert.Equal([.. (string[])["config.json", "importance.json", "metrics.json", "model.safetensors"],
            .. name == "logistic" ? (string[])["scaler.json"] : []], program.Files(folder));
        JsonElement[] features = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "importance.json")))
            .RootElement.GetProperty("features").EnumerateArray()];
        Assert.Equal(columns, features.Length);
        Assert.Equal(1, features.Sum(f => f.GetProperty("share").GetDouble()), 1e-9);
        Assert.Equal(lag, features.Max(f => f.GetProperty("lag").GetInt32()));
        double[] growth = [.. features.Select(f => f.GetProperty("permutation").GetDouble())];
        Assert.Equal(growth.OrderDescending(), growth);

        Assert.Equal(0, Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", "2020-01-18").Code);
        Outcome predicted = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "2", "--json");
        Assert.Equal(4, predicted.Json.GetProperty("predictions").GetArrayLength());
    }

    [Fact]
    public void They_are_judged_on_the_rows_of_all_models()
    {
        string config = program.Write("c.yaml", "folds: {minimum_training_candles: 100, count: 1}\nmodels: {forest: {trees: 20}, boosting: "
            + "{max_iter: 20}}\n");
        string[] args = ["backtest", "--data", program.Market(), "--models", "v2,logistic,forest,boosting", "--config", config, "--out",
            program.Path("out"), "--json"];
        Outcome outcome = Neuralcore.Run([.. args, "--threads", "2"]);
        Assert.Equal((0, ""), (outcome.Code, outcome.Code == 0 ? "" : outcome.Error));
        Assert.Equal(["v2", "logistic", "forest", "boosting"], outcome.Json.GetProperty("models").EnumerateArray()
            .Select(m => m.GetProperty("model").GetString()));
        Assert.Equal(20, outcome.Json.GetProperty("options").GetProperty("models.forest.trees").GetInt32());
        Outcome again = Neuralcore.Run([.. args, "--threads", "1"]);
        Assert.Equal(outcome.Json.GetProperty("models").ToString(), again.Json.GetProperty("models").ToString());
    }

    [Theory]
    [InlineData("models: {forest: {trees: 0}}", "models.forest.trees")]
    [InlineData("models: {boosting: {hidden: 3}}", "has no setting 'hidden'; it has window, neutral_share, lags, max_iter")]
    [InlineData("models: {logistic: {lags: 21}}", "logistic: expected lags up to the 20 candles of a window, got 21")]
    public void A_setting_that_cannot_be_is_one_line(string yaml, string says)
    {
        Outcome outcome = Neuralcore.Run("backtest", "--candles", "600", "--pairs", "BTC", "--models", "logistic,forest,boosting",
            "--config", program.Write("c.yaml", $"folds: {{minimum_training_candles: 100}}\n{yaml}\n"), "--out", program.Path("out"));
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains(says, outcome.Error);
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("boosting")]
    public void Their_pipeline_passes_the_audit(string name)
    {
        Outcome audit = Neuralcore.Run("audit", "--data", program.Market(candles: 900), "--model", name, "--quick", "--seed", "2");
        string[] outcomes = [.. audit.Out.Split('\n').Where(line => line.Length > 0 && line[0] != ' ').SkipLast(1)
            .Select(line => line[..4])];
        Assert.Equal((0, 13), (audit.Code, outcomes.Length));
        Assert.All(outcomes, outcome => Assert.Equal("PASS", outcome));
    }
}
