using System.Text;

namespace Backtest.Tests.Cli;

/// <summary>Candles whose closes do not change for a while, or never.</summary>
public sealed class FlatPriceTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    /// <summary>900 candles an hour apart, of one pair or more; <paramref name="moves"/> says at which of them the close changes.</summary>
    string Market(Func<int, bool> moves, string pairs = "BTC")
    {
        foreach (string pair in pairs.Split(','))
        {
            var text = new StringBuilder("open_time,open,high,low,close,volume,quote_volume,taker_buy_base\n");
            double price = 100;
            for (int t = 0; t < 900; t++)
            {
                double open = price;
                if (moves(t)) price *= t * 7919 % 13 < 6 ? 1.01 : 0.99;
                text.Append(FormattableString.Invariant($"{new DateTime(2024, 1, 1).AddHours(t):yyyy-MM-dd HH:mm:ss},{open:R},"))
                    .Append(FormattableString.Invariant($"{Math.Max(open, price):R},{Math.Min(open, price):R},{price:R},"))
                    .AppendLine(FormattableString.Invariant($"{t % 3},{t % 3 * price:R},{t % 3 / 2.0}"));
            }
            program.Write(Path.Combine("market", $"{pair}_1h.csv"), text.ToString());
        }
        return program.Path("market");
    }

    string Config => program.Write("c.yaml", "folds: {minimum_training_candles: 100}\n");

    [Theory]
    [InlineData("logistic")]
    [InlineData("v3")]
    [InlineData("plan-lstm")]
    [InlineData("rule3")]
    [InlineData("blend")]
    public void Prices_that_never_move_are_found_before_the_training(string model)
    {
        string market = Market(_ => false);
        Neuralcore.Run("train", "--data", market, "--model", model, "--out", program.Path("models"))
            .Fails(1, market, $"{model}: expected training rows whose price moves, got none of ");
        Assert.False(Directory.Exists(program.Path("models")));
        Neuralcore.Run("backtest", "--data", market, "--models", $"{model},v2", "--quick", "--out", program.Path("out"), "--config", Config)
            .Fails(1, "expected training rows in fold 1 whose price moves, got none of ");
    }

    [Theory]
    [InlineData("plan-lstm")]
    [InlineData("rule3")]
    [InlineData("blend")]
    [InlineData("fine-tuned")]
    public void A_training_is_kept_where_the_validation_rows_tell_no_importance(string model)
    {
        string market = Market(t => t < 400);
        Outcome outcome = Neuralcore.Run("train", "--data", market, "--model", model, "--epochs", "1", "--out", program.Path("models"),
            "--config", program.Write("d.yaml", "window: 20\nfolds: {validation_share: 0.3}\nmodels: {logistic: {neutral_share: 0}}\n"));
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        Assert.Contains($"neuralcore: note: {model}: importance.json is left out: no validation row has an outcome", outcome.Error);
        string[] files = program.Files(Path.Combine("models", "BTC", "1h"));
        Assert.DoesNotContain("importance.json", files);
        Assert.Contains("metrics.json", files);
        Assert.Equal(0, Neuralcore.Run("predict", "--model", program.Path("models"), "--data", market).Code);
    }

    [Fact]
    public void A_model_of_rows_too_is_kept_without_importance()
    {
        string market = Market(t => t < 400);
        Outcome outcome = Neuralcore.Run("train", "--data", market, "--model", "logistic", "--out", program.Path("models"),
            "--config", program.Write("d.yaml", "folds: {validation_share: 0.3}\nmodels: {logistic: {neutral_share: 0}}\n"));
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        Assert.Contains("logistic: importance.json is left out", outcome.Error);
    }

    [Fact]
    public void Of_all_models_those_without_a_price_that_moves_are_left_out()
    {
        Outcome outcome = Neuralcore.Run("backtest", "--data", Market(_ => false, "BTC,ETH"), "--models", "all", "--quick", "--epochs", "1",
            "--out", program.Path("out"), "--config", Config);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        string report = File.ReadAllText(program.Path("out", "report.md"));
        Assert.Contains("left out: v3: expected training rows in fold 1 whose price moves, got none of ", report);
        Assert.Contains("volatility", report);
        Assert.Single(outcome.Error.Split('\n'), line => line.StartsWith("neuralcore: note: left out: v3: ", StringComparison.Ordinal));
    }
}
