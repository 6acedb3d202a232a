using NeuralCore.Backtest;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

/// <summary>Forecast returns on few rows, each figure known by hand.</summary>
public class ForecastScoresTests
{
    static readonly double[] close = [100, 110, 99, 99, 108.9, 98.01];

    /// <summary>A pair of six candles with rows at the first five; two horizons.</summary>
    static BacktestResult Result(float[] forecast, params int[] times)
    {
        BacktestResult made = MadeUp.Result(pairs: 1, candles: 4, simulated: false);
        var candles = new Candles
        {
            Symbol = "AUSDT", Base = "A", Timeframe = MadeUp.Hour, OpenTime = [.. times.Select(t => MadeUp.At(t))],
            Open = close, High = close, Low = close, Close = close, Volume = close,
        };
        return made with
        {
            Candles = [candles],
            ValidationReturns = [],
            Folds = [made.Folds[0]],
            Rows = new TestRows
            {
                Pair = new int[5], Time = candles.OpenTime[..5], Fold = new int[5], Return = [0.1, -0.1, 0, 0.1, -0.1], Label = new byte[5],
                LastReturn = new double[5], Momentum = new double[5], Majority = new byte[5],
            },
            Models = [new ModelPredictions
            {
                Model = "m", Down = new float[5], Neutral = new float[5], Up = [1, 1, 1, 1, 1], ConfidenceThreshold = [0], Epochs = [1],
                Horizons = [1, 2], Forecast = forecast,
            }],
        };
    }

    static readonly float[] forecast = [0.05f, 0, 0.05f, 0, 0.01f, 0, 0, 0, -0.1f, 0];

    [Fact]
    public void FiveForecastsByHand()
    {
        ForecastScores model = Assert.Single(Evaluation.Evaluate(Result(forecast, 0, 1, 2, 3, 4, 5)).Forecasts);
        Assert.Equal([1, 2], model.Horizons.Select(h => h.Horizon));
        ForecastFigures one = model.Horizons[0].Figures.Combined;
        // Returns 0.1, -0.1, 0, 0.1, -0.1; errors 0.05, -0.15, -0.01, 0.1, 0.
        Assert.Equal(5, one.N);
        Assert.Equal(Math.Sqrt(0.0351 / 5), one.Rmse, 8);
        Assert.Equal(0.31 / 5, one.Mae, 8);
        Assert.Equal(0.4 / 5, one.WalkMae, 12);
        Assert.Equal(Math.Sqrt(0.04 / 5), one.WalkRmse, 12);
        Assert.Equal(1 - 0.0351 / 0.04, one.R2, 7);
        Assert.Equal(1 - Math.Sqrt(0.0351 / 0.04), one.Skill, 7);
        Assert.Equal((2.5, 4), (one.Sign.Hits, one.Sign.N));
        Assert.Equal(0.5, one.AlwaysUp);
        Assert.Equal(LevelR2([105, 115.5, 99.99, 99, 98.01]), one.LevelR2, 6);
        Assert.Equal(LevelR2([100, 110, 99, 99, 108.9]), one.PersistenceR2, 9);
        double[] errors = [0.0025, 0.0225, 0.0001, 0.01, 0], squares = [0.01, 0.01, 0, 0.01, 0.01];
        Interval ratio = new BlockBootstrap([0, 1, 2, 3, 4], 1).Ratio(errors, squares);
        Assert.Equal(1 - Math.Sqrt(ratio.High), one.SkillInterval.Low, 6);
        Assert.Equal(1 - Math.Sqrt(ratio.Low), one.SkillInterval.High, 6);
        Assert.Equal(one, model.Horizons[0].Figures.Pairs[0]);
        Assert.Equal(one, model.Horizons[0].Figures.Folds[0]);
    }

    static double LevelR2(double[] said)
    {
        double mean = close[1..].Average();
        return 1 - close[1..].Zip(said, (y, f) => (y - f) * (y - f)).Sum() / close[1..].Sum(y => (y - mean) * (y - mean));
    }

    [Fact]
    public void ForecastingNothingIsTheRandomWalk()
    {
        ForecastFigures two = Evaluation.Evaluate(Result(forecast, 0, 1, 2, 3, 4, 5)).Forecasts[0].Horizons[1].Figures.Combined;
        Assert.Equal((4, 0), (two.N, two.Skill));      // the last row's second candle is not there
        Assert.Equal((two.WalkRmse, two.WalkMae, two.PersistenceR2), (two.Rmse, two.Mae, two.LevelR2));
        Assert.Equal((2, 4), (two.Sign.Hits, two.Sign.N));
    }

    [Theory]
    [InlineData(39, 0)]
    [InlineData(40, 4)]
    [InlineData(300, 24)]
    public void OverlappingReturnsHaveBlocksOfTwiceTheHorizonOrNoInterval(int rows, int block)
    {
        double[] prices = [.. Enumerable.Range(0, rows + 2).Select(t => new[] { 100.0, 110, 99 }[t % 3])];
        long[] time = [.. Enumerable.Range(0, rows + 2).Select(t => MadeUp.At(t))];
        var candles = new Candles
        {
            Symbol = "AUSDT", Base = "A", Timeframe = MadeUp.Hour, OpenTime = time, Open = prices, High = prices, Low = prices,
            Close = prices, Volume = prices,
        };
        double[] truth = [.. Enumerable.Range(0, rows).Select(t => prices[t + 2] / prices[t] - 1)];
        float[] up = [.. truth.Select((r, t) => (r > 0) == (t % 4 < 2) ? 0.9f : 0.1f)];
        BacktestResult made = Result(forecast, 0, 1, 2, 3, 4, 5);
        EvaluationResult evaluation = Evaluation.Evaluate(made with
        {
            Candles = [candles],
            Rows = new TestRows
            {
                Pair = new int[rows], Time = time[..rows], Fold = new int[rows], Return = truth, Label = new byte[rows],
                LastReturn = new double[rows], Momentum = new double[rows], Majority = new byte[rows],
            },
            Models = [new ModelPredictions
            {
                Model = "m", Target = "return_2", TargetHorizon = 2, Up = up, Down = [.. up.Select(p => 1 - p)], Neutral = new float[rows],
                ConfidenceThreshold = [0], Epochs = [1], Truth = truth, MajorityUp = new bool[rows],
                Horizons = [1, 2], Forecast = [.. up.SelectMany(p => new[] { p - 0.5f, p - 0.5f })],
            }],
        });
        ByScope<ForecastFigures> said = evaluation.Forecasts[0].Horizons[1].Figures;
        ByScope<TargetPart> judged = evaluation.Others[0].Parts;
        double[] hits = [.. up.Zip(truth, (p, r) => p > 0.5 == r > 0 ? 1.0 : 0)], ones = [.. hits.Select(_ => 1.0)];
        Interval expected = block == 0 ? Interval.None : new BlockBootstrap(time.AsSpan(..rows), made.Seed, block).Ratio(hits, ones);
        Assert.All([said.Combined.Sign, said.Pairs[0].Sign, said.Folds[0].Sign, judged.Combined.Accuracy, judged.Pairs[0].Accuracy,
            judged.Folds[0].Accuracy, evaluation.Others[0].Coverage[1].Point.Rate], rate =>
            {
                Assert.Equal((hits.Sum(), rows), (rate.Hits, rate.N));
                Assert.Equal(expected, rate.Interval);
            });
        Assert.Equal(block == 0, double.IsNaN(said.Combined.SkillInterval.Low));
        Assert.Equal(block == 0, double.IsNaN(judged.Combined.Gain!.Value.PValue));
        Assert.True(double.IsFinite(judged.Combined.Gain!.Value.Value));
        Assert.Null(judged.Pairs[0].Gain);
        Assert.True(double.IsFinite(evaluation.Forecasts[0].Horizons[0].Figures.Combined.SkillInterval.Low));     // no overlap, any block
    }

    [Fact]
    public void NoReturnBridgesAGap()
    {
        IReadOnlyList<HorizonScores> horizons = Evaluation.Evaluate(Result(forecast, 0, 1, 2, 10, 11, 12)).Forecasts[0].Horizons;
        Assert.Equal([4, 2], horizons.Select(h => h.Figures.Combined.N));
        Assert.Equal(0, Evaluation.Evaluate(Result(forecast, 0, 10, 20, 30, 40, 50)).Forecasts[0].Horizons[0].Figures.Combined.N);
    }

    [Fact]
    public void AForecastThatIsNoNumberIsNamed()
    {
        float[] broken = [.. forecast];
        broken[3] = float.NaN;
        Assert.Contains("Forecast: expected finite returns, got NaN at value 3",
            Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(Result(broken, 0, 1, 2, 3, 4, 5))).Message,
            StringComparison.Ordinal);
        Assert.Contains("Forecast: expected 10 values, got 9",
            Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(Result(forecast[..9], 0, 1, 2, 3, 4, 5))).Message,
            StringComparison.Ordinal);
    }
}
