namespace Backtest.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    [Theory]
    [InlineData("transform a b", "'transform': expected a command: backtest, train")]
    [InlineData("--seed 1", "expected a command")]
    [InlineData("predict --nonsense x", "'--nonsense': predict has --model, --onnx, --data")]
    [InlineData("backtest --features rsi", "--features: expected week3, standard, extended, reversal7, reversal12, blend8")]
    [InlineData("backtest --models v2,v7", "'v7': expected one of v2, linear, logistic")]
    [InlineData("backtest --protocol random", "expected walkforward, week3 or split, got 'random'")]
    [InlineData("backtest --timeframe 1x", "--timeframe: expected a number followed by m, h, d or w")]
    [InlineData("backtest --seed", "--seed")]
    [InlineData("backtest --seed -1", "--seed: expected a whole number")]
    [InlineData("backtest --folds 0", "--folds: expected a whole number from 1")]
    [InlineData("backtest --accuracy 0.4", "--accuracy: expected a number from 0.5 to 0.95, got '0.4'")]
    [InlineData("backtest --accuracy 0.6 --data x", "--accuracy: expected only for the simulated market")]
    [InlineData("backtest --train-to 2020-01-01", "--train-to: expected only with --protocol split")]
    [InlineData("backtest --protocol split --train-to 2020", "expected a date or time in UTC")]
    [InlineData("backtest --quick --thorough", "--quick")]
    [InlineData("backtest --pairs BTC,,ETH", "--pairs: expected names separated by commas")]
    [InlineData("backtest extra", "unexpected 'extra'")]
    [InlineData("train --model v3 --out x", "train: expected --data, got none")]
    [InlineData("simulate", "simulate: expected --out, got none")]
    [InlineData("inspect", "FILE")]
    public void Wrong_usage_is_one_line_and_code_2(string args, string says) => Neuralcore.Run(args.Split(' ')).Fails(2, says);

    [Theory]
    [InlineData("seed: x", "key 'seed': expected a whole number of at least 0, got 'x'")]
    [InlineData("sed: 1", "key 'sed': expected one of data, timeframe")]
    [InlineData("seed: {a: 1}", "key 'seed': expected a value, got a mapping")]
    [InlineData("seed: [1", "is not valid YAML")]
    [InlineData("seed: 1\nseed: 2", "line 2: is not valid YAML: Duplicate key seed")]
    [InlineData("- seed", "line 1: expected options as 'key: value', got a list")]
    [InlineData("folds: {count: none}", "key 'folds.count': expected a whole number")]
    [InlineData("folds: {number: 3}", "key 'folds.number': expected one of")]
    [InlineData("models: {v3: {hiden: 3}}", "key 'models.v3.hiden': model v3: has no setting 'hiden'")]
    [InlineData("models: {v3: {hidden: a}}", "key 'models.v3.hidden': expected a number, got 'a'")]
    [InlineData("models: {v3: {hidden: 0}}", "key 'models.v3.hidden': model v3: expected hidden to be a whole number of at least 1, got 0")]
    [InlineData("models: {v9: {hidden: 3}}", "key 'models.v9.hidden': expected a model: v2")]
    [InlineData("models: {v3: 3}", "key 'models.v3': expected settings")]
    [InlineData("models: {v3: {hidden: {a: 1}}}", "line 1: key 'models.v3.hidden': expected a value, got a mapping")]
    [InlineData("pairs: [[BTC]]", "key 'pairs': expected a list of texts, got a list")]
    [InlineData("quick: perhaps", "key 'quick': expected true or false, got 'perhaps'")]
    [InlineData("models: {v3: {hidden: 1000000}}", "key 'models.v3.hidden': model v3: expected sizes that make a network, got shape")]
    [InlineData("models: {v3: {hidden: 1000000, momentum: 0.5}}", "key 'models.v3.hidden'")]
    [InlineData("models: {v3: {hidden: 20000}}", "key 'models.v3.hidden': model v3: expected a network of at most")]
    [InlineData("models: [plan-lstm: {hidden: 1000000, hidden_top: 1000000}]", "key 'models.plan-lstm': model plan-lstm: expected sizes")]
    [InlineData("models: [voting, v3.1: {hidden: 1000000}]", "key 'models.v3.1.hidden': model v3.1: expected sizes")]
    [InlineData("models: [logistic: {lags: 99}]", "key 'models.logistic.lags': logistic: expected lags up to the 20 candles")]
    [InlineData("window: 1", "key 'window': expected a whole number from 2")]
    [InlineData("models: {voting: {weight_averaging: 1}, averaging: {weight_voting: 1}}", "key 'models.voting': expected members")]
    [InlineData("a: [[[[[[1]]]]]]", "line 1: expected at most 3 levels of keys and lists, got more")]
    [InlineData("seed: &s 3\nepochs: *s", "line 2: expected no aliases, got '*s'")]
    [InlineData("*s : 3", "line 1: expected no aliases, got '*s'")]
    [InlineData("models: {v3: &m {epochs: 1}, linear: *m}", "line 1: expected no aliases, got '*m'")]
    public void A_wrong_configuration_names_file_and_key(string yaml, string says)
    {
        string config = program.Write("c.yaml", yaml);
        Neuralcore.Run("backtest", "--config", config, "--out", program.Path("out")).Fails(2, config, says);
        Assert.False(Directory.Exists(program.Path("out")));
    }

    [Fact]
    public void Aliases_that_double_what_they_stand_for_are_refused()
    {
        string yaml = "a0: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 200).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n"));
        string config = program.Write("c.yaml", yaml);
        Neuralcore.Run("backtest", "--config", config, "--out", program.Path("out"))
            .Fails(2, $"{config}: line 2: expected no aliases, got '*a0'");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void A_configuration_nested_without_end_is_refused(string level)
        => Neuralcore.Run("backtest", "--config", program.Write("c.yaml", "a:\n  " + string.Concat(Enumerable.Repeat(level, 100_000))))
            .Fails(2, program.Path("c.yaml"), "expected at most 3 levels");

    [Fact]
    public void A_missing_configuration_is_named()
        => Neuralcore.Run("backtest", "--config", program.Path("none.yaml")).Fails(2, program.Path("none.yaml"), "cannot be read");

    [Fact]
    public void Help_and_version_are_shown()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", Neuralcore.Run("--version").Out);
        foreach (string command in (string[])["backtest", "train", "evaluate", "predict", "debug", "audit", "simulate",
            "inspect", "convert"])
        {
            Outcome help = Neuralcore.Run(command, "--help");
            Assert.Equal((0, ""), (help.Code, help.Error));
            Assert.Contains($"neuralcore {command}", help.Out);
        }
    }
}
