using System.Text.Json.Nodes;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public sealed class TrialFactsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("trials-").FullName;

    string Ledger => Path.Combine(folder, "trials.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    TrialFacts Record(BacktestResult result, string data = "d") => TrialFacts.Record(Ledger, result, Evaluation.Evaluate(result), data);

    [Fact]
    public void TheSameRunCountsOnceAndAnotherCountsAgain()
    {
        BacktestResult result = MadeUp.Result(simulated: false);
        TrialFacts first = Record(result), again = Record(result);
        Assert.Equal((2, 2), (first.Trials.Count, again.Trials.Count));
        Assert.Equal(first.Models, again.Models);
        Assert.Equal(2, Record(result with { Models = [result.Models[1]] }).Trials.Count);      // alone it is the same trial
        Assert.Equal(2, Record(result with { Seed = 2, Options = [], Version = "2" }).Trials.Count);      // what the jobs do not depend on
        Assert.Equal(4, Record(MadeUp.Result(simulated: false, seed: 2)).Trials.Count);
        Assert.Equal(6, Record(result, "other").Trials.Count);
        Assert.Equal(11, new TrialLedger(Ledger).Read().Count);
        ModelPredictions unknown = ModelFiguresTests.Model("m", [0.5, 0.5]);
        Assert.Contains("expected the identity of m's jobs, got none",
            Assert.Throws<ArgumentException>(() => Record(ModelFiguresTests.Rows([0.1, -0.1], [unknown]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OtherAndShorterRunsDoNotChangeTheVariance()
    {
        BacktestResult result = MadeUp.Result(simulated: false, candles: 2_000);
        TrialFacts first = Record(result);
        Assert.Equal(2, first.Trials.Sharpes.Count);
        Assert.Empty(Record(MadeUp.Result(simulated: false, seed: 2)).Trials.Sharpes.Except(first.Trials.Sharpes));      // 17 days
        Record(MadeUp.Result(simulated: false, seed: 3, candles: 2_000), "other");
        Record(MadeUp.Result(simulated: false, seed: 4, candles: 2_000, protocol: "split"));
        TrialFacts last = Record(result);
        Assert.Equal((first.Trials.SharpeVariance, 8), (last.Trials.SharpeVariance, last.Trials.Count));
        Assert.Equal(4, Record(MadeUp.Result(simulated: false, seed: 5, candles: 2_000)).Trials.Sharpes.Count);
    }

    [Fact]
    public void OtherTargetsAreInTheLedgerAndInNoRatio()
    {
        BacktestResult result = MadeUp.Result(simulated: false, candles: 2_000), more = MadeUp.WithOthers(result);
        TrialFacts plain = Record(result), facts = Record(more with { Models = [.. result.Models, more.Models[2]] });
        Assert.Equal((0, 1), (plain.Trials.OtherTargets, facts.Trials.OtherTargets));
        Assert.Equal((plain.Trials.Count, plain.Trials.SharpeVariance, plain.ExpectedMaximum),
            (facts.Trials.Count, facts.Trials.SharpeVariance, facts.ExpectedMaximum));
        Assert.Equal(plain.Models, facts.Models);
        Trial look = new TrialLedger(Ledger).Read()[^1];
        Assert.Equal(("volatility", "volatility", 0), (look.Model, look.Target, look.Returns));
        Assert.True(look.Score > 0.7 && double.IsNaN(look.Sharpe));
        Assert.Contains(", and beside them 1 on other targets", ReportTables.TrialsLead(facts), StringComparison.Ordinal);
        Assert.DoesNotContain("other targets", ReportTables.TrialsLead(plain), StringComparison.Ordinal);
    }

    [Fact]
    public void TheDeflatedRatioIsThatOfTheDailyReturnsLongOrFlatAtTheUsualCost()
    {
        BacktestResult result = MadeUp.Result(simulated: false, candles: 2_000);
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        TrialFacts facts = TrialFacts.Record(Ledger, result, evaluation, "d");
        double[][] daily = [.. evaluation.Models.Select(model => model.Strategies[0].Results[2].DailyReturns)];
        double[] ratios = [.. daily.Select(r => SharpeRatio.Of(r))];
        var variance = Math.Pow(ratios[0] - ratios[1], 2) / 2;
        Assert.Equal(variance, facts.Trials.SharpeVariance, 12);
        Assert.Equal(SharpeRatio.ExpectedMaximum(variance, 2), facts.ExpectedMaximum, 12);
        var moments = Moments.Of(daily[1]);
        Assert.Equal(ratios[1], facts.Models[1].Sharpe);
        Assert.Equal(SharpeRatio.Deflated(ratios[1], variance, 2, moments.N, moments.Skewness, moments.Kurtosis),
            facts.Models[1].Deflated, 9);
        Assert.InRange(facts.Models[1].Deflated, 0, facts.Models[1].AgainstZero);
        Assert.Equal([.. evaluation.Models.Select(model => model.Scores.Combined.Direction.Accuracy)],
            new TrialLedger(Ledger).Read().Select(trial => trial.Score));
        Assert.Contains("\n## Trials\n\n2 trials stand in ", ReportMarkdown.Render(result, evaluation with { Trials = facts }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void ReportsHoldThemUnderRun()
    {
        BacktestResult result = MadeUp.Result(simulated: false);
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        using var stream = new MemoryStream();
        ReportJson.Write(stream, result, evaluation with { Trials = TrialFacts.Record(Ledger, result, evaluation, "d") });
        JsonNode trials = JsonNode.Parse(stream.ToArray())!["run"]!["trials"]!;
        Assert.Equal(2, (int)trials["count"]!);
        Assert.Equal("linear", (string)trials["models"]![0]!["model"]!);
    }

    [Fact]
    public void ASimulatedMarketIsNoTrial() => Assert.Throws<ArgumentException>(() => Record(MadeUp.Result()));

    [Fact]
    public void WithoutCandlesThereIsATrialButNoRatio()
    {
        TrialFacts facts = Record(MadeUp.Result(simulated: false) with { Candles = [] });
        Assert.All(facts.Models, model => Assert.True(double.IsNaN(model.Sharpe) && double.IsNaN(model.Deflated)));
        Assert.True(double.IsNaN(facts.ExpectedMaximum));
        Assert.Equal(2, facts.Trials.Count);
    }
}
