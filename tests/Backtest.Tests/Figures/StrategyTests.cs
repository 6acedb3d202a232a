using NeuralCore.Backtest;
using NeuralCore.Models.Data;
using static Backtest.Tests.ModelFiguresTests;

namespace Backtest.Tests;

public class StrategyTests
{
    static Candles Candles(string name, int first, double[] open, double[] close) => new()
    {
        Symbol = name + "USDT", Base = name, Timeframe = MadeUp.Hour,
        OpenTime = [.. Enumerable.Range(first, open.Length).Select(t => MadeUp.At(t))],
        Open = open, High = [.. open.Zip(close, Math.Max)], Low = [.. open.Zip(close, Math.Min)], Close = close, Volume = open,
    };

    /// <summary>Pair 0 has candles from -1 to 4 and rows at 0 to 2, pair 1 begins at 0.</summary>
    static BacktestResult Market(double[] up, float threshold = 0.7f) =>
        Rows([0.1, -0.1, 0.1, 0.1, -0.1, 0.1], [Model("m", up, threshold: threshold)]) with
        {
            Candles = [Candles("P0", -1, [80, 100, 100, 110, 121, 121], [80, 100, 110, 110, 121, 200]),
                Candles("P1", 0, [10, 10, 8, 8, 9], [10, 8, 8, 10, 9])],
        };

    static Strategy Of(BacktestResult result, TradingMode mode, bool confident = false) =>
        Evaluation.Evaluate(result).Models[0].Strategies.Single(strategy => strategy.Mode == mode && strategy.ConfidentOnly == confident);

    [Fact]
    public void CallsAreFilledAtTheNextOpenAndPairsShareTheCapital()
    {
        // Rows of pair 0: up, up, down; of pair 1: down, up, up. Traded are candles 0 to 3: the last decision but one is filled at 3.
        BacktestResult result = Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]);
        PortfolioResult free = Of(result, TradingMode.LongFlat).Results[0];
        // Pair 0 bought at 100, sold at 121; pair 1 bought at 8, at 10 in the end.
        Assert.Equal((1.21 + 1.25) / 2 - 1, free.Performance.TotalReturn, 12);
        Assert.Equal((2 + 1) / 2.0, free.Turnover, 12);
        Assert.Equal((2 / 4.0 + 2 / 4.0) / 2, free.Exposure, 12);
        Assert.Equal((2, 0, 0.0), (free.Trades, free.Ruined, free.Costs));
        PortfolioResult dear = Of(result, TradingMode.LongFlat).Usual;
        Assert.Equal(10, dear.Fee);
        Assert.Equal((1.21 / 1.001 * 0.999 + 1.25 / 1.001) / 2 - 1, dear.Performance.TotalReturn, 12);

        // Long or short: pair 0 is sold short at 121 and stays there; pair 1 is short from 10 to 8, gains 0.2, and then long.
        PortfolioResult shorted = Of(result, TradingMode.LongShort).Results[0];
        Assert.Equal((1.21 + 1.2 * 1.25) / 2 - 1, shorted.Performance.TotalReturn, 12);
        Assert.Equal(4, shorted.Trades);
        Assert.Equal(Math.Sqrt(365) * SharpeRatio.Of(shorted.DailyReturns), shorted.Performance.Sharpe);
    }

    [Fact]
    public void OnlyConfidentCallsAreTradedInTheSecondVariant()
    {
        BacktestResult result = Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]);
        // Pair 0 has no confident call; pair 1 all: short, long, long.
        Assert.Equal(0.25 / 2, Of(result, TradingMode.LongFlat, confident: true).Results[0].Performance.TotalReturn, 12);
        Strategy none = Of(Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8], float.NaN), TradingMode.LongShort, confident: true);
        Assert.Null(none.Random);
        Assert.All(none.Results, r => Assert.Equal((0, 0.0, 0.0), (r.Trades, r.Turnover, r.Performance.TotalReturn)));
        Assert.True(double.IsNaN(none.BreakEvenCost) && double.IsNaN(none.Usual.BreakEvenAccuracy)
            && double.IsNaN(none.Usual.Performance.Sharpe));
    }

    [Fact]
    public void HoldingIsBuyingEveryPairAtItsSecondCandle()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]));
        Assert.Equal(TradingSimulation.SweepCosts, evaluation.Hold.Select(hold => hold.Fee));
        Assert.Equal((1.21 + 1) / 2 - 1, evaluation.Hold[0].Performance.TotalReturn, 12);
        Assert.Equal((1.21 + 1) / 2 / 1.002 - 1, evaluation.Hold[3].Performance.TotalReturn, 12);
        Assert.Equal(MadeUp.At(0), evaluation.TradedFrom);
        Assert.Empty(Evaluation.Evaluate(Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]) with { Candles = [] }).Hold);
    }

    [Fact]
    public void NothingIsLeftAtTheBreakEvenCost()
    {
        BacktestResult result = Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]);
        Strategy strategy = Of(result, TradingMode.LongFlat);
        // 1.21 (1 - c) / (1 + c) + 1.25 / (1 + c) = 2
        double c = 0.46 / 3.21;
        Assert.Equal(10_000 * c, strategy.BreakEvenCost, 0.001);
        // At 10 bp: turnover 1.5 on average; moves of the candles held: 0.1, 0.1 and 0, 0.25.
        Assert.Equal(0.5 + 0.001 * strategy.Usual.Turnover / (0.1 + 0.1 + 0 + 0.25), strategy.Usual.BreakEvenAccuracy, 9);
    }

    [Fact]
    public void SpreadAndSlippageComeOnTopOfEveryFeeAndAPositionIsAShareOfTheCapital()
    {
        BacktestResult result = Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]) with
        {
            Trading = new TradingOptions { HalfSpread = 30, Slippage = 20, Position = 0.5 },
        };
        Strategy strategy = Of(result, TradingMode.LongFlat);
        // Half is bought at cost c: equity 1 / (1 + c/2), half of it in units. Pair 0 goes from 100 to 121 and out, pair 1 from 8 to 10.
        foreach (PortfolioResult made in strategy.Results)
        {
            double c = (made.Fee + 50) / 10_000, left = 1 / (1 + c / 2);
            Assert.Equal((left * (0.5 + 0.5 * 1.21 * (1 - c)) + left * (0.5 + 0.5 * 1.25)) / 2 - 1, made.Performance.TotalReturn, 12);
            Assert.Equal((2 * 0.5 / 4 + 2 * 0.5 / 4) / 2, made.Exposure, 12);
        }
        Assert.Equal(TradingSimulation.SweepCosts, strategy.Results.Select(made => made.Fee));
        Assert.Equal(60, strategy.Usual.Rates.BasisPoints, 12);
        Assert.Equal(0.5 + 0.006 * strategy.Usual.Turnover / (2 * strategy.Usual.Movement), strategy.Usual.BreakEvenAccuracy, 12);
        // All costs together, so the same wherever they come from: 0.605 (1 - c) + 0.625 + 1 = 2 (1 + c/2).
        Assert.Equal(10_000 * 0.23 / 1.605, strategy.BreakEvenCost, 0.001);
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        Assert.Equal((1.21 + 1) / 2 / 1.005 - 1, evaluation.Hold[0].Performance.TotalReturn, 12);
        CalledPair pair = CalledPair.Of(result, result.Models[0])!;
        Assert.Equal((60.0, 0.5), (pair.All.CostPerSide, pair.All.Position.Max()),
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-9 && a.Item2 == b.Item2);
        string remark = "a half-spread of 30 bp and slippage of 20 bp a side come on top";
        Assert.Contains(remark, ReportMarkdown.Render(result, evaluation), StringComparison.Ordinal);
        Assert.Contains(remark, ReportHtml.Render(result, evaluation), StringComparison.Ordinal);
        Assert.DoesNotContain("a half-spread of", ReportMarkdown.Render(Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]), evaluation),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, "position: expected a share over 0 and at most 1, got 0")]
    [InlineData(1.5, 0, "position: expected a share over 0 and at most 1, got 1.5")]
    [InlineData(1, -1, "HalfSpread")]
    public void ASpreadOrAPositionThatCannotBeIsRefused(double position, double spread, string says) =>
        Assert.Contains(says, Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(
            Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]) with { Trading = new TradingOptions { Position = position, HalfSpread = spread } }))
                .Message, StringComparison.Ordinal);

    [Fact]
    public void RandomEntriesTradeAsMuchAsTheStrategy()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(MadeUp.Result(pairs: 3, candles: 300));
        Strategy good = evaluation.Models.Single(model => model.Model == "v3.1").Strategies[0];
        Assert.Equal(Strategy.Draws, good.Random!.Draws);
        Assert.InRange(good.Random.Turnover.Low, 0.98 * good.Usual.Turnover, 1.02 * good.Usual.Turnover);
        Assert.True(good.Random.PValue < 0.02 && good.Results[0].Performance.TotalReturn > good.Random.Return.High);
    }

    [Fact]
    public void AMarketThatBeginsLaterIsWorthOneUntilThen()
    {
        Candles early = Candles("A", 0, [10, 10, 20, 20], [10, 20, 20, 20]), late = Candles("B", 2, [5, 5], [5, 10]);
        var portfolio = new Portfolio([new MarketPart(early, 0, 4), new MarketPart(late, 0, 2)]);
        PortfolioResult hold = portfolio.Hold(new TradingCosts(0));
        Assert.Equal((2 + 2) / 2.0 - 1, hold.Performance.TotalReturn, 12);
        Assert.Equal(0, hold.Performance.MaximumDrawdown);
        Assert.Contains("expected 2 positions, got 4", Assert.Throws<ArgumentException>(() =>
            portfolio.Run([new double[4], new double[4]], TradingMode.LongFlat, new TradingCosts(0))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Portfolio([]));
    }

    [Fact]
    public void ARowWithoutACandleIsAnError()
    {
        BacktestResult result = Market([0.6, 0.2, 0.6, 0.8, 0.4, 0.8]);
        result = result with { Candles = [result.Candles[0], Candles("P1", 1, [1, 1, 1, 1], [1, 1, 1, 1])] };
        Assert.Contains("expected a candle of P1 for every test row, got none at 2023-01-01 00:00",
            Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(result)).Message, StringComparison.Ordinal);
    }
}
