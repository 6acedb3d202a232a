using NeuralCore.Backtest;
using NeuralCore.Models;

namespace Backtest.Tests;

public class EvaluationTests
{
    const byte Down = TestRows.Down, Neutral = TestRows.Neutral, Up = TestRows.Up;

    /// <summary>Eight rows of two pairs, small enough to score by hand.</summary>
    static BacktestResult ByHand(params ModelPredictions[] models) => MadeUp.Result(pairs: 2, candles: 4, simulated: false) with
    {
        Candles = [],
        ValidationReturns = [],
        Rows = new TestRows
        {
            Pair = [0, 1, 0, 1, 0, 1, 0, 1],
            Time = [.. new[] { 0, 0, 1, 1, 2, 2, 3, 3 }.Select(t => MadeUp.At(t))],
            Fold = [0, 0, 0, 0, 1, 1, 1, 1],
            Return = [0.02, -0.02, 0.001, 0, 0.03, -0.001, -0.02, 0.02],
            Label = [Up, Down, Neutral, Neutral, Up, Neutral, Down, Up],
            LastReturn = [0.01, 0.01, -0.01, 0.01, 0, -0.01, -0.01, -0.01],
            Momentum = [-0.1, -0.1, 0.1, 0.1, 0.1, 0, 0.1, 0.1],
            Majority = [Up, Up, Up, Up, Down, Down, Down, Down],
        },
        Models = models,
    };

    static ModelPredictions Model(string name, float[] down, float[] up) => new()
    {
        Model = name, Down = down, Up = up, Neutral = [.. down.Zip(up, (d, u) => 1 - d - u)], ConfidenceThreshold = [0.6f, 0.5f],
        Epochs = [1, 2],
    };

    //                                             row: 0     1     2     3     4     5     6     7
    static ModelPredictions Mixed => Model("mixed", [0.2f, 0.6f, 0.3f, 0.1f, 0.5f, 0.2f, 0.2f, 0.25f],
        [0.7f, 0.3f, 0.2f, 0.8f, 0.3f, 0.2f, 0.1f, 0.3f]);
    // direction:                                      up    down  down  up    down  tie   down  up
    // class:                                          up    down  neut  up    down  neut  neut  neut
    // right:                                          yes   yes   no    (0)   no    half  yes   yes

    [Fact]
    public void EightRowsByHand()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(ByHand(Mixed));
        Scores s = evaluation.Models[0].Scores.Combined;
        Assert.Equal((8, 1, 1), (s.Rows, s.ZeroReturns, s.Ties));
        Assert.Equal((4.5, 7), (s.Direction.Hits, s.Direction.N));
        Assert.Equal((2, 3), (s.Calls.Hits, s.Calls.N));
        Assert.Equal(3 / 7.0, s.Coverage);
        // Confidences 0.7 0.6 0.3 in fold 1 with threshold 0.6, and 0.5 0.2 0.2 0.3 in fold 2 with 0.5.
        Assert.Equal((2, 3), (s.MostConfident.Hits, s.MostConfident.N));
        Assert.Equal(3 / 7.0, s.MostConfidentCoverage);
        Assert.Equal((4, 8), (s.ThreeClass.Hits, s.ThreeClass.N));
        Assert.Equal([[1, 1, 0], [0, 2, 1], [1, 1, 1]], s.Confusion);
        Assert.Null(s.EdgeShare);
        Assert.Null(evaluation.Market);

        Scores pair0 = evaluation.Models[0].Scores.Pairs[0];
        Assert.Equal((2, 4), (pair0.Direction.Hits, pair0.Direction.N));
        Assert.Equal(Interval.Wilson(2, 4), pair0.Direction.Interval);
        Assert.Equal((2.5, 3), (evaluation.Models[0].Scores.Pairs[1].Direction.Hits, evaluation.Models[0].Scores.Pairs[1].Direction.N));
        Assert.Equal((0.5 + 2.5 / 3) / 2, evaluation.Models[0].MeanOverPairs);
        Assert.Equal((2, 3), (evaluation.Models[0].Scores.Folds[0].Direction.Hits, evaluation.Models[0].Scores.Folds[0].Direction.N));
    }

    [Fact]
    public void BaselinesByHand()
    {
        IReadOnlyList<Baseline> baselines = Evaluation.Evaluate(ByHand(Mixed)).Baselines;
        Assert.Equal(["majority", "persistence", "momentum"], baselines.Select(baseline => baseline.Name));
        // Majority: up, up, up right on rows 0 and 2 of three; down right on 5 and 6 of four. Persistence: 0; half on 4; 5; 6. Momentum: 1,
        // 2, 4, 7, half on 5.
        Assert.Equal((4, 7), (baselines[0].Rates.Combined.Hits, baselines[0].Rates.Combined.N));
        Assert.Equal((3.5, 7), (baselines[1].Rates.Combined.Hits, baselines[1].Rates.Combined.N));
        Assert.Equal((4.5, 7), (baselines[2].Rates.Combined.Hits, baselines[2].Rates.Combined.N));
        Assert.Equal((2, 3), (baselines[0].Rates.Folds[0].Hits, baselines[0].Rates.Folds[0].N));
    }

    [Fact]
    public void ConfidenceBinsHoldEveryRowWithADirection()
    {
        // Range 0.25 to 0.75; row 3 has no direction. Hits on rows 0, 2, 4; misses on 1, 6, 7; row 5 is a miss.
        float[] confidence = [0.25f, 0.275f, 0.375f, 0.9f, 0.525f, 0.525f, 0.725f, 0.75f];
        int[] direction = [1, 1, 1, 1, 1, 1, 1, -1];
        IReadOnlyList<ConfidenceBin> bins = Evaluation.Evaluate(ByHand(Model("steps",
            [.. confidence.Zip(direction, (c, d) => d < 0 ? c : 0)],
            [.. confidence.Zip(direction, (c, d) => d > 0 ? c : 0)]))).Models[0].Scores.Combined.Confidence;
        Assert.Equal([2, 0, 1, 0, 0, 2, 0, 0, 0, 2], bins.Select(bin => bin.N));
        Assert.Equal([0.5, double.NaN, 1, double.NaN, double.NaN, 0.5, double.NaN, double.NaN, double.NaN, 0],
            bins.Select(bin => bin.Accuracy));
        Assert.Equal((0.25, 0.75), (bins[0].From, bins[9].To));
        Assert.All(bins.Zip(bins.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        ModelPredictions flat = Model("flat", [.. Enumerable.Repeat(0.4f, 8)], [.. Enumerable.Repeat(0.3f, 8)]);
        Assert.Equal(7, Evaluation.Evaluate(ByHand(flat)).Models[0].Scores.Combined.Confidence[0].N);
    }

    [Fact]
    public void RanksShareAPlaceWhenEqual()
    {
        ModelPredictions twin = Model("twin", Mixed.Down, Mixed.Up), wrong = Model("wrong", Mixed.Up, Mixed.Down);
        EvaluationResult evaluation = Evaluation.Evaluate(ByHand(wrong, Mixed, twin));
        Assert.Equal([3, 1, 1], evaluation.Models.Select(model => model.Rank.Combined));
        Assert.Equal(["mixed", "twin", "wrong"], evaluation.Ranking.Select(model => model.Model));
        // On pair 0 all three are right twice in four.
        Assert.Equal([1, 1, 1], evaluation.Models.Select(model => model.Rank.Pairs[0]));
    }

    [Fact]
    public void WithoutLinearModelsAreComparedWithTheFirstThatIsTrained()
    {
        ModelPredictions Named(string name) => Model(name, Mixed.Down, Mixed.Up);
        (string, string)[] Compared(params string[] names) =>
            [.. Evaluation.Evaluate(ByHand([.. names.Select(Named)]))
                .Comparisons.Select(comparison => (comparison.Model, comparison.Against))];
        Assert.Equal([("v2", "logistic"), ("v3", "logistic")], Compared("v2", "logistic", "v3"));
        Assert.Equal([("v3", "linear"), ("v2", "linear")], Compared("v3", "v2", "linear"));
        Assert.Empty(Compared("v2"));
        Assert.Empty(Compared("v3"));
        BacktestResult result = ByHand(Named("v2"), Named("logistic"));
        Assert.Contains("\n## Compared with logistic\n", ReportMarkdown.Render(result, Evaluation.Evaluate(result)),
            StringComparison.Ordinal);
        Assert.Contains("Compared with logistic on the same rows", ReportHtml.Render(result, Evaluation.Evaluate(result)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheShareOfThePossibleEdgeFollowsFromBestAndAccuracy()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(MadeUp.Result(pairs: 5, candles: 4_000));
        MarketBound market = evaluation.Market!.Combined;
        Assert.Equal(0.6, market.BestAccuracy, 9);
        Assert.True(market.Oracle.Interval.Contains(0.6));
        Scores good = evaluation.Models.Single(model => model.Model == "v3.1").Scores.Combined;
        Assert.Equal((good.Direction.Accuracy - 0.5) / 0.1, good.EdgeShare!.Value, 9);
        // Every row's best is 0.6 here, so the bootstrapped ratio is the accuracy's interval, mapped.
        Assert.Equal((good.Direction.Interval.Low - 0.5) / 0.1, good.EdgeShare.Interval.Low, 9);
        Assert.InRange(good.EdgeShare.Value, 0.85, 1.05);
        Comparison comparison = Assert.Single(evaluation.Comparisons);
        Assert.Equal(("v3.1", "linear"), (comparison.Model, comparison.Against));
        Assert.True(comparison.Difference.Interval.Low > 0 && comparison.Difference.PValue < 0.01);
        Assert.Empty(evaluation.Alarms);
    }

    [Fact]
    public void CoinsLookLikeCoins()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(MadeUp.Result(pairs: 5, candles: 2_000, knows: 0));
        Assert.All(evaluation.Models, model => Assert.True(model.Scores.Combined.Direction.Interval.Contains(0.5)));
        Assert.True(Assert.Single(evaluation.Comparisons).Difference.PValue > 0.05);
    }

    [Fact]
    public void AMarketWithoutAnEdgeHasNoShareAndNoAlarm()
    {
        BacktestResult result = MadeUp.Result(pairs: 5, candles: 1_000, knows: 0);
        Array.Fill(result.Rows.BestProbability!, 0.5);
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        Assert.Equal(0.5, evaluation.Market!.Combined.BestAccuracy);
        Assert.Equal(0.5, evaluation.Market.Combined.Oracle.Accuracy);
        Assert.All(evaluation.Models, model => Assert.True(double.IsNaN(model.Scores.Combined.EdgeShare!.Value)));
        Assert.Empty(evaluation.Alarms);
    }

    /// <summary>The model sees the return that it should predict on a share of the rows.</summary>
    static BacktestResult Leaking(bool simulated, int every, bool traded = false)
    {
        BacktestResult result = MadeUp.Result(pairs: 5, candles: 1_000, simulated: simulated, knows: 0);
        if (!traded) result = result with { Candles = [] };
        ModelPredictions leak = result.Models[1];
        for (int i = 0; i < leak.Up.Length; i += every)
            (leak.Down[i], leak.Neutral[i], leak.Up[i]) = result.Rows.Return[i] > 0 ? (0f, 0f, 1f) : (1f, 0f, 0f);
        return result;
    }

    [Fact]
    public void ALeakRaisesTheAlarm()
    {
        Assert.Empty(Evaluation.Evaluate(Leaking(simulated: false, every: 10)).Alarms);
        Assert.StartsWith("v3.1: ", Assert.Single(Evaluation.Evaluate(Leaking(simulated: false, every: 5)).Alarms));
        Assert.Empty(Evaluation.Evaluate(Leaking(simulated: true, every: 5)).Alarms);
        Assert.Contains("v3.1: A Sharpe ratio of",
            Assert.Single(Evaluation.Evaluate(Leaking(simulated: false, every: 10, traded: true)).Alarms), StringComparison.Ordinal);
        Assert.Empty(Evaluation.Evaluate(Leaking(simulated: true, every: 10, traded: true)).Alarms);
        Assert.StartsWith("v3.1: ", Assert.Single(Evaluation.Evaluate(Leaking(simulated: true, every: 3)).Alarms));
        Assert.Contains("\n## Plausibility alarm\n\n- v3.1: ",
            ReportMarkdown.Render(Leaking(false, 5), Evaluation.Evaluate(Leaking(false, 5))), StringComparison.Ordinal);
    }

    [Fact]
    public void FourHundredPredictionsShowLittle()
    {
        BacktestResult result = MadeUp.Result(pairs: 10, candles: 40, simulated: false, protocol: "week3");
        for (int i = 0; i < 400; i++) if (result.Rows.Return[i] == 0) result.Rows.Return[i] = 0.001;
        string remark = Evaluation.Evaluate(result).Remark!;
        Assert.StartsWith("400 predictions: ", remark);
        Assert.Contains("±4.9 points", remark, StringComparison.Ordinal);
        Assert.Null(Evaluation.Evaluate(result with { Protocol = "walkforward" }).Remark);
    }

    [Fact]
    public void APairWithoutTestRowsHasNoAccuracyAndDoesNotCountInTheMean()
    {
        BacktestResult result = ByHand(Mixed);
        result = result with { Pairs = [.. result.Pairs, new PairFacts("NONE", 10, 0, 9, [])] };
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        Assert.True(double.IsNaN(evaluation.Models[0].Scores.Pairs[2].Direction.Accuracy));
        Assert.Equal((0.5 + 2.5 / 3) / 2, evaluation.Models[0].MeanOverPairs);
        Assert.DoesNotContain("NaN", ReportMarkdown.Render(result, evaluation), StringComparison.Ordinal);
    }

    [Fact]
    public void TheConfidenceThresholdIsTheNinetyPerCentQuantile()
    {
        float[] down = [.. Enumerable.Range(0, 101).Select(i => i % 2 == 0 ? i / 200f : 0.1f)],
            up = [.. Enumerable.Range(0, 101).Select(i => i % 2 == 1 ? i / 200f : 0f)];
        // The odd rows under 20 have 0.1 instead, below the quantile as well.
        Assert.Equal(0.45f, ModelPredictions.TopTenth(down, up), 6);
        Assert.True(float.IsNaN(ModelPredictions.TopTenth([], [])));
    }

    [Fact]
    public void PartsThatDoNotFitAreNamed()
    {
        string Message(BacktestResult result) => Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(result)).Message;
        BacktestResult result = ByHand(Mixed);
        Assert.Contains("predictions of short: Down: expected 8 values, got 1", Message(ByHand(Model("short", [0.5f], [0.2f]))),
            StringComparison.Ordinal);
        ModelPredictions broken = Mixed;
        broken.Up[3] = float.NaN;
        Assert.Contains("predictions of mixed: row 3", Message(ByHand(broken)), StringComparison.Ordinal);
        SeedPredictions Seed(ulong seed, float[] up) => new(seed, Mixed.Down, Mixed.Neutral, up, Mixed.ConfidenceThreshold);
        ModelPredictions With(SeedPredictions[] seeds, params Prediction[][] validation) => new()
        {
            Model = "more", Down = Mixed.Down, Neutral = Mixed.Neutral, Up = Mixed.Up, ConfidenceThreshold = Mixed.ConfidenceThreshold,
            Epochs = Mixed.Epochs, Seeds = seeds, Validation = validation,
        };
        Assert.Contains("predictions of more: seed 2: row 3: expected probabilities that sum to 1",
            Message(ByHand(With([Seed(1, Mixed.Up), Seed(2, [.. Mixed.Up.Select((p, i) => i == 3 ? p + 0.1f : p)])]))),
            StringComparison.Ordinal);
        Assert.Contains("predictions of more: seed 2: Up: expected 8 values, got 7",
            Message(ByHand(With([Seed(1, Mixed.Up), Seed(2, Mixed.Up[1..])]))), StringComparison.Ordinal);
        Assert.Contains("predictions of more: validation of fold 2: row 0: expected probabilities that sum to 1, got 0.5, 0.25, 0.5",
            Message(ByHand(With([], [new Prediction(0.5f, 0, 0.5f)], [new Prediction(0.5f, 0.25f, 0.5f)]))), StringComparison.Ordinal);
        Assert.Contains("mixed 2 times", Message(ByHand(Mixed, Mixed)), StringComparison.Ordinal);
        result.Rows.Return[2] = double.NaN;
        Assert.Contains("Return of row 2: expected a finite number", Message(result), StringComparison.Ordinal);
        Assert.Contains("Fold of row 4: expected an index under 1", Message(ByHand(Mixed) with { Folds = [result.Folds[0]] }),
            StringComparison.Ordinal);
    }
}
