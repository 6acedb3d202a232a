using NeuralCore.Backtest;

namespace Backtest.Tests;

/// <summary>What stands beside the accuracy of confident calls so that it is not taken for more than it is.</summary>
public class KeptRowsTests
{
    [Fact]
    public void SevenCallsByHand()
    {
        // Two pairs, a time for two rows: up, down, down, (up), down, nothing, down, up.
        BacktestResult result = ModelFiguresTests.Rows([0.02, -0.02, 0.001, 0, 0.03, -0.001, -0.02, 0.02],
            [ModelFiguresTests.Model("m", [0.75, 0.25, 0.25, 0.75, 0.25, 0.5, 0.25, 0.75])]);
        ModelScores model = Evaluation.Evaluate(result).Models[0];
        KeptRows all = model.Coverage.Rows[0];
        Assert.Equal((4, 4 / 7.0), (all.Hours, all.AlwaysUp));
        Assert.Equal((0.02 + 0.02 - 0.001 - 0.03 + 0.02 + 0.02) / 7, all.MeanReturn, 12);
        Assert.True(double.IsNaN(all.NextOpen));        // without candles
        // Moves of 0.001 twice, 0.02 four times, 0.03: quartiles 0.0105, 0.02, 0.02.
        Assert.Equal([(0.5, 2), (4, 4), (0, 0), (0, 1)], model.Moves.Select(quarter => (quarter.Rate.Hits, quarter.Rate.N)));
        Assert.Equal([0.001, 0.02, double.NaN, 0.03], model.Moves.Select(quarter => Math.Round(quarter.MeanMove, 12)));
    }

    [Fact]
    public void HoursAreThoseOfTheClock()
    {
        var rows = new TestRows
        {
            Pair = [0, 0, 0, 0], Time = [.. new[] { 0, 15, 45, 60 }.Select(minutes => MadeUp.Start + minutes * 60_000_000L)],
            Fold = new int[4],
            Return = new double[4], Label = new byte[4], LastReturn = new double[4], Momentum = new double[4], Majority = new byte[4],
        };
        Assert.Equal(2, KeptRows.HoursOf(rows, [0, 1, 2, 3]));
        Assert.Equal(0, KeptRows.HoursOf(rows, []));
    }

    [Fact]
    public void AnEdgeThatStoodInTheLastPriceIsGoneFromTheNextOpen()
    {
        BacktestResult made = MadeUp.Result(simulated: false);
        ModelCoverage follows = Evaluation.Evaluate(made).Models[1].Coverage;
        Assert.Equal(follows.Curve.Points[0].Rate.Accuracy, follows.Rows[0].NextOpen, 12);     // opens are the closes before

        // All of the move is there before the open, and what follows is its opposite.
        BacktestResult gone = made with
        {
            Candles = [.. made.Candles.Select(c => new NeuralCore.Models.Data.Candles
            {
                Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime, High = c.High, Low = c.Low,
                Close = c.Close, Volume = c.Volume, Open = [c.Open[0], .. c.Close[1..].Select((close, t) => close * close / c.Close[t])],
            })],
        };
        KeptRows kept = Evaluation.Evaluate(gone).Models[1].Coverage.Rows[0];
        Assert.Equal(follows.Rows[0].MeanReturn, kept.MeanReturn);
        Assert.Equal(1 - follows.Curve.Points[0].Rate.Accuracy, kept.NextOpen, 12);
    }

    [Fact]
    public void SureCallsOnOneSideStandBesideAlwaysUp()
    {
        double[] returns = [.. Enumerable.Range(0, 100).Select(i => i % 10 == 0 ? -0.01 : 0.01)];
        BacktestResult result = ModelFiguresTests.Rows(returns, [ModelFiguresTests.Model("bull", [.. Enumerable.Repeat(0.9, 100)])]);
        ModelScores model = Evaluation.Evaluate(result).Models[0];
        Assert.All(model.Coverage.Rows.Zip(model.Coverage.Curve.Points), at => Assert.Equal(at.Second.Rate.Accuracy, at.First.AlwaysUp));
        Assert.Matches(@"\| bull +\| +1 % \| +100\.0 % \| +90\.00 % \|.*\| +100 \| +\d+ \| +50 \| +90\.00 % \|",
            ReportTables.Surest([model], [0.01]).ToMarkdown());
    }
}
