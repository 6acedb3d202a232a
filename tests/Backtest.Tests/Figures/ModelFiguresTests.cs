using NeuralCore.Backtest;
using NeuralCore.Models;

namespace Backtest.Tests;

/// <summary>Figures of one model on few rows, each known by hand.</summary>
public class ModelFiguresTests
{
    /// <summary>Rows of pairs 0, 1, 0, 1, ..., one time for both, all in fold 0 but the second half if there are two folds.</summary>
    internal static BacktestResult Rows(double[] returns, ModelPredictions[] models, int folds = 1, int pairs = 2)
    {
        BacktestResult made = MadeUp.Result(pairs: pairs, candles: 4, simulated: false);
        int n = returns.Length;
        return made with
        {
            Candles = [],
            ValidationReturns = [],
            Folds = [.. made.Folds.Take(folds)],
            Models = models,
            Rows = new TestRows
            {
                Pair = [.. Enumerable.Range(0, n).Select(i => i % pairs)],
                Time = [.. Enumerable.Range(0, n).Select(i => MadeUp.At(i / pairs))],
                Fold = [.. Enumerable.Range(0, n).Select(i => folds * i / n)], Return = returns, LastReturn = new double[n],
                Momentum = new double[n],
                Label = [.. returns.Select(r => r > 0 ? TestRows.Up : TestRows.Down)], Majority = [.. Enumerable.Repeat(TestRows.Up, n)],
            },
        };
    }

    /// <summary>A model that gives each row this probability of UP, the rest to DOWN.</summary>
    internal static ModelPredictions Model(string name, double[] up, int folds = 1, Prediction[][]? validation = null,
        float threshold = 0.7f) => new()
        {
            Model = name, Up = [.. up.Select(p => (float)p)], Down = [.. up.Select(p => 1 - (float)p)], Neutral = new float[up.Length],
            ConfidenceThreshold = [.. Enumerable.Repeat(threshold, folds)], Epochs = new int[folds], Validation = validation ?? [],
        };

    internal static Prediction[] Says(params double[] up) => [.. up.Select(p => new Prediction(1 - (float)p, 0, (float)p))];

    static ModelScores Judge(BacktestResult result) => Evaluation.Evaluate(result).Models[0];

    [Fact]
    public void ProbabilitiesAreThoseOfTheRowsWithADirection()
    {
        BacktestResult result = Rows([0.1, -0.1, 0, 0.2], [Model("m", [0.75, 0.75, 0.125, 0.25])]);
        ByScope<Scores> scores = Judge(result).Scores;
        DirectionMetrics m = scores.Combined.Metrics;
        // Rises were called up and down, the fall up: recalls ½ and 0, one right of three.
        Assert.Equal((3, 1 / 3.0, 0.25), (m.N, m.Accuracy, m.BalancedAccuracy));
        Assert.Equal(-(Math.Log(0.75) + 2 * Math.Log(0.25)) / 3, m.LogLoss, 12);
        Assert.Equal((0.0625 + 0.5625 + 0.5625) / 3, m.Brier, 12);
        Assert.Equal(0.25, m.Auc);      // of two pairs of rise and fall one ties and one is wrong
        Assert.Equal(m.Accuracy, scores.Combined.Direction.Accuracy);
        Assert.Equal((1, 2), (scores.Pairs[0].Metrics.N, scores.Pairs[1].Metrics.N));
        Assert.True(double.IsNaN(scores.Pairs[0].Metrics.Auc));
        Assert.Equal(3, scores.Folds[0].Metrics.N);
    }

    [Fact]
    public void ValidationRowsChooseACoverageAndTestRowsSayWhatBecameOfIt()
    {
        // Forty validation rows: the surer half is right on 15 of 20, the other on 10.
        Prediction[] validation = [.. Enumerable.Range(0, 40).Select(i => new Prediction(i < 20 ? 0.1f : 0.4f, 0, i < 20 ? 0.9f : 0.6f))];
        double[] came = [.. Enumerable.Range(0, 40).Select(i => i % 20 < (i < 20 ? 15 : 10) ? 0.1 : -0.1)];
        double[] up = [.. Enumerable.Range(0, 20).Select(i => i % 4 == 0 ? 0.95 : 0.55)];
        BacktestResult result = Rows([.. up.Select((p, i) => i % 8 == 0 ? 0.1 : -0.1)], [Model("m", up, validation: [validation])]) with
        {
            ValidationReturns = [came],
        };
        ModelCoverage coverage = Judge(result).Coverage;
        Assert.Equal((25.0, 40L), (coverage.Validation[0].Hits, coverage.Validation[0].N));
        CoveragePoint chosen = coverage.Chosen[1]!.Point;
        Assert.Equal((1, 20L, 0.15), (chosen.Asked, chosen.Rate.N, chosen.Rate.Accuracy));
        Assert.Null(coverage.Chosen[2]);      // the twenty surest would do, but are fewer than thirty
        Assert.All(Judge(Rows([0.1, 0.1], [Model("m", [0.9, 0.9])])).Coverage.Chosen, Assert.Null);
    }

    [Fact]
    public void EachFoldChoosesItsCoverageThoughThePooledRowsWouldChooseAnother()
    {
        // Of 60 validation rows of fold 1 the surer half is right on 20 of 30, the other on 10. Those of fold 2 are the test rows of fold
        // 1, all right.
        double[] first = [.. Enumerable.Range(0, 60).Select(i => i < 30 ? 0.9 : 0.6)],
            up = [.. Enumerable.Range(0, 240).Select(i => i / 2 % 2 == 0 ? 0.9 : 0.6)];
        double[] came = [.. Enumerable.Range(0, 60).Select(i => i % 30 < (i < 30 ? 20 : 10) ? 0.1 : -0.1)];
        double[] returns = [.. Enumerable.Range(0, 240).Select(i => i < 120 ? 0.1 : -0.1)];
        BacktestResult result = Rows(returns, [Model("m", up, 2, [Says(first), Says(up[..120])])], 2) with
        {
            ValidationReturns = [came, returns[..120]],
        };
        ModelCoverage coverage = Judge(result).Coverage;
        Assert.True(coverage.Validation[0].Accuracy > 0.75);      // 150 of 180: pooled, both folds would call all their rows
        Assert.Equal([0.5, 1], coverage.Chosen[1]!.Coverages);
        CoveragePoint point = coverage.Chosen[1]!.Point;
        Assert.Equal((double.NaN, 180L, 60.0, 0.75), (point.Asked, point.Rate.N, point.Rate.Hits, point.Realised));
        Assert.Equal(0.75, point.Thresholds[0], 6);
        Assert.Equal(double.NegativeInfinity, point.Thresholds[1]);
        Assert.Equal([double.NaN, 1], coverage.Chosen[3]!.Coverages);     // fold 1 reaches 75 % at no coverage and calls nothing
        Assert.Equal((120L, 0.0), (coverage.Chosen[3]!.Point.Rate.N, coverage.Chosen[3]!.Point.Rate.Hits));
        Assert.Contains(" 120 rows on 3 days in 1 of 2 folds |", ReportMarkdown.Render(result, Evaluation.Evaluate(result)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheMeanOverPairsHasAnIntervalThatWeighsPairsEqually()
    {
        // Pair 0 is always right, pair 1, with fewer rows that have a direction, always wrong: no draw changes their mean.
        double[] returns = [.. Enumerable.Range(0, 80).Select(i => i % 2 == 0 ? 0.1 : i % 4 == 1 ? -0.1 : 0)];
        ModelScores model = Judge(Rows(returns, [Model("m", [.. returns.Select(_ => 0.6)])]));
        Assert.Equal(0.5, model.MeanOverPairs);
        Assert.Equal(40 / 60.0, model.Scores.Combined.Direction.Accuracy, 12);
        Assert.InRange(model.MeanOverPairsInterval.Low, 0.4, 0.5);
        Assert.InRange(model.MeanOverPairsInterval.High, 0.5, 0.6);
        Assert.True(double.IsNaN(Judge(Rows([0, 0], [Model("m", [0.6, 0.6])])).MeanOverPairsInterval.Low));
    }

    [Fact]
    public void ThresholdsOfTheCoverageCurveComeFromValidationRows()
    {
        // The upper half of the validation confidences begins at 0.7 in fold 1 and at 0.9 in fold 2.
        Prediction[][] validation = [Says(0.6, 0.7, 0.8), Says(0.1, 0.05, 0.8)];
        double[] returns = [0.1, 0.1, -0.1, -0.1, 0.1, 0.1, -0.1, -0.1];
        BacktestResult result = Rows(returns, [Model("m", [0.75, 0.6, 0.6, 0.25, 0.8, 0.95, 0.15, 0.8], 2, validation)], 2) with
        {
            ValidationReturns = [[1, 1, 1], [1, 1, 1]],
        };
        ModelScores model = Judge(result);
        Assert.False(model.Coverage.FromTest);
        CoveragePoint all = model.Coverage.Curve.Points[0], half = model.Coverage.Curve.Points.Single(p => p.Asked == 0.5);
        Assert.Equal(model.Scores.Combined.Direction, all.Rate);       // interval by the same bootstrap and all
        Assert.Equal(0.7, half.Thresholds[0], 6);
        Assert.Equal(0.9, half.Thresholds[1], 6);
        Assert.Equal((3, 3, 0.375), (half.Rate.Hits, half.Rate.N, half.Realised));     // rows 0, 3 and 5

        ModelScores unknown = Judge(Rows(returns, [Model("m", [0.75, 0.6, 0.6, 0.25, 0.8, 0.95, 0.15, 0.8], 2)], 2));
        Assert.True(unknown.Coverage.FromTest);
        Assert.Null(unknown.Recalibration);
    }

    [Fact]
    public void AnAccuracyIsReachedOnEnoughRowsOrNotAtAll()
    {
        // 40 rows with 0.9 are right three times in four, 40 with 0.6 every other time.
        double[] up = [.. Enumerable.Range(0, 80).Select(i => i < 40 ? 0.9 : 0.6)];
        double[] returns = [.. Enumerable.Range(0, 80).Select(i => i < 40 ? i % 4 == 0 ? -0.1 : 0.1 : i % 2 == 0 ? -0.1 : 0.1)];
        BacktestResult result = Rows(returns, [Model("m", up, validation: [Says([.. up])])]) with { ValidationReturns = [returns] };
        CoverageCurve curve = Judge(result).Coverage.Curve;
        Assert.Equal((0.5, 40, 0.75), (curve.Reaching(0.65)!.Realised, curve.Reaching(0.65)!.Rate.N, curve.Reaching(0.75)!.Rate.Accuracy));
        Assert.Equal(1, curve.Reaching(0.60)!.Realised);
        Assert.Null(curve.Reaching(0.76));
        Assert.Equal(1, curve.Reaching(0.75)!.Days);     // 20 hours
    }

    [Fact]
    public void TemperatureIsFittedOnValidationRowsAndAppliedToTestRows()
    {
        // p = 4/5 but two in three rise: the logit is twice what it should be. Without a direction a row counts nowhere.
        double[] seen = [1, 1, -1, 0], unseen = [0.1, -0.1, 0.1, 0];
        BacktestResult result = Rows(unseen, [Model("m", [0.8, 0.8, 0.2, 0.9], 2, [Says(0.8, 0.8, 0.8, 0.1), []], 0.7f)], 2) with
        {
            ValidationReturns = [seen, []],
        };
        Recalibration scaled = Judge(result).Recalibration!;
        Assert.Equal(2, scaled.Temperatures[0], 5);
        Assert.Equal(1, scaled.Temperatures[1]);
        Assert.Equal(-(2 * Math.Log(0.8) + Math.Log(0.2)) / 3, scaled.Validation.Before, 6);
        Assert.Equal(-(2 * Math.Log(2 / 3.0) + Math.Log(1 / 3.0)) / 3, scaled.Validation.After, 6);
        // Rows 0 and 1 are of fold 1, row 2 of fold 2 keeps its probability.
        Assert.Equal(-(Math.Log(0.8) + 2 * Math.Log(0.2)) / 3, scaled.Test.Before, 6);
        Assert.Equal(-(Math.Log(2 / 3.0) + Math.Log(1 / 3.0) + Math.Log(0.2)) / 3, scaled.Test.After, 6);
    }

    [Fact]
    public void SkillIsTestedOnEveryPairAndAdjusted()
    {
        // Pair 0 is called right 18 times in 20, pair 1 half the time, pair 2 has no rows.
        double[] returns = [.. Enumerable.Range(0, 40).Select(i => i / 2 % 2 == 0 ? 0.1 : -0.1)];
        double[] up = [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? (returns[i] > 0) ^ (i is 0 or 2) ? 0.6 : 0.4
            : i / 4 % 2 == 0 ? 0.6 : 0.4)];
        BacktestResult result = Rows(returns, [Model("m", up)]);
        result = result with { Pairs = [.. result.Pairs, new PairFacts("NONE", 10, 0, 9, [])] };
        IReadOnlyList<PairTest> skill = Judge(result).Skill;
        // φ = 0.8, S = φ n / √(n - 1).
        Assert.Equal(0.8 * 20 / Math.Sqrt(19), skill[0].Test.Statistic, 12);
        Assert.Equal(0, skill[1].Test.Statistic, 12);
        Assert.True(double.IsNaN(skill[2].Test.Statistic) && double.IsNaN(skill[2].Adjusted));
        Assert.Equal(2 * skill[0].Test.PValue, skill[0].Adjusted, 15);
        Assert.Equal((true, false, false), (skill[0].IsFound, skill[1].IsFound, skill[2].IsFound));
    }

    [Fact]
    public void AModelWithoutAnOpinionIsACoinThatNeverTrades()
    {
        BacktestResult result = MadeUp.Result(pairs: 2, candles: 200);
        ModelPredictions neutral = new()
        {
            Model = "neutral", Down = new float[400], Up = new float[400], Neutral = [.. Enumerable.Repeat(1f, 400)],
            ConfidenceThreshold = [0, 0], Epochs = [0, 0],
            Validation = [[.. Enumerable.Repeat(new Prediction(0, 1, 0), 100)], [.. Enumerable.Repeat(new Prediction(0, 1, 0), 100)]],
        };
        result = result with { Models = [.. result.Models, neutral] };
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        ModelScores model = evaluation.Models[2];
        DirectionMetrics m = model.Scores.Combined.Metrics;
        Assert.Equal((0.5, 0.5, 0, 0.5), (m.Accuracy, m.BalancedAccuracy, m.MatthewsCorrelation, m.Auc));
        Assert.Equal(Math.Log(2), m.LogLoss, 12);
        Assert.Equal([1, 1], model.Recalibration!.Temperatures);
        Assert.All(model.Skill, test => Assert.True(double.IsNaN(test.Test.PValue)));
        Assert.All(model.Strategies, strategy =>
        {
            Assert.Null(strategy.Random);
            Assert.All(strategy.Results,
                traded => Assert.Equal((0, 0, 0), (traded.Trades, traded.Turnover, traded.Performance.TotalReturn)));
        });
        Assert.DoesNotContain("NaN", ReportMarkdown.Render(result, evaluation), StringComparison.Ordinal);
        Assert.DoesNotContain("∞", ReportMarkdown.Render(result, evaluation), StringComparison.Ordinal);
    }

    [Fact]
    public void ValidationRowsThatDoNotFitAreNamed()
    {
        BacktestResult result = Rows([0.1, 0.1], [Model("m", [0.6, 0.6], validation: [Says(0.6, 0.7)])]);
        Assert.Contains("predictions of m: expected a return for each of the 2 validation rows of fold 1, got 0",
            Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(result)).Message, StringComparison.Ordinal);
        Assert.Contains("got 1", Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(result with { ValidationReturns = [[1]] }))
            .Message, StringComparison.Ordinal);
        Assert.Contains("expected candles of 2 pairs, got 1",
            Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(result with { Candles = [MadeUp.Candles("P0", 3)] })).Message,
            StringComparison.Ordinal);
    }
}
