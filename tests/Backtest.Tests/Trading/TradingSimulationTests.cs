using NeuralCore.Backtest;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Trading;

/// <summary>
/// Five candles and their arithmetic. One side costs c = 1 %, so buying with everything leaves equity / 1.01, and selling everything 0.99
/// of it.
/// </summary>
public class TradingSimulationTests
{
    static readonly TradingCosts OnePercent = new(Fee: 80, HalfSpread: 15, Slippage: 5), Free = new(0);

    internal static Candles Candles(double[] open, double[] close, long[]? hours = null) => new()
    {
        Symbol = "XUSDT", Base = "X", Timeframe = MadeUp.Hour,
        OpenTime = [.. (hours ?? [.. open.Select((_, t) => (long)t)]).Select(MadeUp.At)],
        Open = open, High = open, Low = close, Close = close, Volume = [.. open.Select(_ => 1.0)],
    };

    /// <summary>One market has the whole capital.</summary>
    internal static Portfolio Alone(Candles candles, int? count = null) => new([new MarketPart(candles, 0, count ?? candles.Count)]);

    static void Equal(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-14);
    }

    [Fact]
    public void LongAndFlat()
    {
        // Close 0 decides to buy: at open 1 for 100, 1/1.01 of equity is left, which is 1/101 units.
        // They are worth 110/101 and 121/101 at closes 1 and 2. Close 2 decides to sell: at open 3 for 120, 0.99·120/101.
        // Close 3 calls a fall, which is nothing here; close 4 calls a rise, which there is no next open for.
        Candles candles = Candles([100, 100, 111, 120, 110], [100, 110, 121, 110, 99]);
        var result = TradingSimulation.Run(candles, [1, 1, 0, -1, 1], TradingMode.LongFlat, OnePercent);
        Equal([1, 110 / 101.0, 121 / 101.0, 0.99 * 120 / 101, 0.99 * 120 / 101], result.Equity);
        Equal([0, 1, 1, 0, 0], result.Position);
        Trade trade = Assert.Single(result.Trades);
        Assert.Equal((MadeUp.At(1), MadeUp.At(3), 1.0, false), (trade.EntryTime, trade.ExitTime, trade.Position, trade.IsOpen));
        Assert.Equal((100.0, 120.0), (trade.EntryPrice, trade.ExitPrice));
        Assert.Equal(1.2 * 0.99 / 1.01 - 1, trade.Return, 1e-14);
        Assert.Equal(0.01 / 1.01 + 0.01 * 120 / 101, trade.Cost, 1e-14);
        Assert.Equal(trade.Cost, result.Costs, 1e-14);
        Assert.Equal(1 / 1.01 + 1, result.Turnover, 1e-14);
        Assert.Equal(0.4, result.Exposure, 1e-14);
        Assert.Equal(0.11 + 9 / 111.0, result.Movement, 1e-14);        // 100 to 111 to 120
        Assert.Equal(0.5 + 0.01 * (1 / 1.01 + 1) / (2 * (0.11 + 9 / 111.0)),
            Alone(candles).Run([[1, 1, 0, -1, 1]], TradingMode.LongFlat, OnePercent).BreakEvenAccuracy, 1e-14);
    }

    [Fact]
    public void LongAndShortWithAReversalInOneStep()
    {
        // Bought at 100 as above: 110/101 at open 2. The reversal sells it all, E = 0.99·110/101, and as much again short, which leaves
        // S = E/1.01: cash 2S and a debt of S/110 units. At closes 2 and 3 equity is 2S - 99/110 S = 1.1 S and 2S - 90/110 S = 13/11 S.
        // Buying back at 90 costs 1 % of 9/11 S more.
        Candles candles = Candles([100, 100, 110, 99, 90], [100, 110, 99, 90, 95]);
        var result = TradingSimulation.Run(candles, [1, -1, -1, 0, 0], TradingMode.LongShort, OnePercent);
        double e = 0.99 * 110 / 101, s = e / 1.01;
        Equal([1, 110 / 101.0, 1.1 * s, 13 / 11.0 * s, (13 - 0.09) / 11 * s], result.Equity);
        Equal([0, 1, -1, -1, 0], result.Position);
        Assert.Equal(2, result.Trades.Count);
        Trade bought = result.Trades[0], sold = result.Trades[1];
        Assert.Equal((MadeUp.At(2), MadeUp.At(2)), (bought.ExitTime, sold.EntryTime));
        Assert.Equal((1.0, 100.0, 110.0), (bought.Position, bought.EntryPrice, bought.ExitPrice));
        Assert.Equal(e - 1, bought.Return, 1e-14);
        Assert.Equal(0.01 / 1.01 + 0.01 * 110 / 101, bought.Cost, 1e-14);
        Assert.Equal((-1.0, 110.0, 90.0), (sold.Position, sold.EntryPrice, sold.ExitPrice));
        Assert.Equal(12.91 / 11 / 1.01 - 1, sold.Return, 1e-14);
        Assert.Equal(0.01 * s + 0.01 * 9 / 11 * s, sold.Cost, 1e-14);
        // One step from all in to all short is E' = (E - cH)/(1 - cw) = (1 - 0.01)/(1 + 0.01) of 110/101.
        Assert.Equal(110 / 101.0 * 0.99 / 1.01, s, 1e-15);
        // Amounts over equity: 1/1.01 in, 1 out, 1/1.01 short, 9/11 of 13/11 back.
        Assert.Equal(2 / 1.01 + 1 + 9 / 13.0, result.Turnover, 1e-14);
    }

    [Fact]
    public void ADecisionBeforeAGapLapsesAndThePositionIsHeldThroughIt()
    {
        // Hours 0, 1, [2 is missing], 3, 4, 5. Close 1 decides to sell, but nobody knows the next open: what is held falls from 110 to 55.
        // Close 3 decides again, and open 4 at 60 fills it.
        Candles candles = Candles([100, 100, 50, 60, 70], [100, 110, 55, 65, 75], hours: [0, 1, 3, 4, 5]);
        var result = TradingSimulation.Run(candles, [1, 0, 0, 0, 0], TradingMode.LongFlat, OnePercent);
        Equal([1, 110 / 101.0, 55 / 101.0, 0.99 * 60 / 101, 0.99 * 60 / 101], result.Equity);
        Equal([0, 1, 1, 0, 0], result.Position);
        Assert.Equal(MadeUp.At(4), Assert.Single(result.Trades).ExitTime);
        // Nor is a position entered across it.
        Assert.Empty(TradingSimulation.Run(candles, [0, 1, 0, 0, 0], TradingMode.LongFlat, OnePercent).Trades);
    }

    [Fact]
    public void TheLastCandleFillsNothingAndAnOpenTradeIsValuedAtItsClose()
    {
        Candles candles = Candles([100, 100, 100, 100, 80], [100, 100, 100, 100, 88]);
        Assert.Empty(TradingSimulation.Run(candles, [0, 0, 0, 0, 1], TradingMode.LongFlat, OnePercent).Trades);
        var result = TradingSimulation.Run(candles, [0, 0, 0, 1, 0], TradingMode.LongFlat, OnePercent);
        Equal([1, 1, 1, 1, 1.1 / 1.01], result.Equity);   // bought at 80, valued at 88; the decision to sell comes too late
        Trade trade = Assert.Single(result.Trades);
        Assert.True(trade.IsOpen);
        Assert.Equal((MadeUp.At(4), MadeUp.At(5), 80.0, 88.0), (trade.EntryTime, trade.ExitTime, trade.EntryPrice, trade.ExitPrice));
        Assert.Equal(1.1 / 1.01 - 1, trade.Return, 1e-14);
        Assert.Equal(0.01 / 1.01, trade.Cost, 1e-14);
    }

    [Fact]
    public void ChangesOfSizeBelongToOneTrade()
    {
        // Half of 1 buys 0.005 units at 100. At 200 equity is 0.5 + 1 = 1.5: all of it is 0.0075 units. Half of those go at 160, equity
        // 1.2, the rest at 100: 0.6 + 0.375.
        Candles candles = Candles([100, 100, 200, 160, 100], [100, 200, 160, 100, 100]);
        var result = TradingSimulation.Run(candles, [0.5, 1, 0.5, 0, 0], TradingMode.LongFlat, Free);
        Equal([1, 1.5, 1.2, 0.975, 0.975], result.Equity);
        Trade trade = Assert.Single(result.Trades);
        Assert.Equal((0.5, 0.0), (trade.Position, trade.Cost));
        Assert.Equal((0.005 * 100 + 0.0025 * 200) / 0.0075, trade.EntryPrice, 1e-11);
        Assert.Equal((160 + 100) / 2.0, trade.ExitPrice, 1e-11);
        Assert.Equal(-0.025, trade.Return, 1e-14);
        Assert.Equal(0.5 + 0.5 / 1.5 + 0.5 + 0.375 / 0.975, result.Turnover, 1e-14);   // 0.6 of 1.2 goes at 160; 0.375 of 0.975 at 100
        Assert.Equal((0.5 + 1 + 0.5) / 5, result.Exposure, 1e-14);
    }

    [Fact]
    public void SizesPayForWhatTheyTrade()
    {
        // Half of what is left: E' = 1 - c E'/2, so E' = 1/1.005. Nothing moves; selling it costs 1 % of half.
        Candles candles = Candles([100, 100, 100, 100, 100], [100, 100, 100, 100, 100]);
        var result = TradingSimulation.Run(candles, [0.5, 0, -0.5, 0, 0], TradingMode.LongShort, OnePercent);
        double first = 1 / 1.005, second = first * 0.995, third = second / 1.005, fourth = third * 0.995;
        Equal([1, first, second, third, fourth], result.Equity);
        // Nothing moved.
        Assert.True(double.IsNaN(Alone(candles).Run([[0.5, 0, -0.5, 0, 0]], TradingMode.LongShort, OnePercent).BreakEvenAccuracy));
    }

    [Fact]
    public void NoDecisionKeepsThePosition()
    {
        Candles candles = Candles([100, 100, 110, 121, 110], [100, 110, 121, 110, 99]);
        var result = TradingSimulation.Run(candles, [double.NaN, 1, double.NaN, double.NaN, 0], TradingMode.LongFlat, Free);
        Equal([0, 0, 1, 1, 1], result.Position);
        Equal([1, 1, 1.1, 1, 0.9], result.Equity);
    }

    [Fact]
    public void AShortPositionCanLoseEverything()
    {
        // Sold short at 100; at 210 the debt of 2.1 is more than the cash of 2.
        Candles candles = Candles([100, 100, 100, 100, 100], [100, 210, 100, 100, 100]);
        var result = TradingSimulation.Run(candles, [-1, -1, 1, 0, 1], TradingMode.LongShort, Free);
        Equal([1, 0, 0, 0, 0], result.Equity);
        Equal([0, -1, 0, 0, 0], result.Position);
        Assert.True(result.Ruined);
        Assert.Equal(-1, Assert.Single(result.Trades).Return);
        Assert.Equal((-1.0, 1.0), (result.Performance.TotalReturn, result.Performance.MaximumDrawdown));
    }

    [Fact]
    public void ARangeOfCandlesIsAsGoodAsCandlesOfTheirOwn()
    {
        Candles all = Candles([1, 1, 100, 100, 110, 120, 130, 7], [1, 1, 100, 110, 120, 130, 140, 7]);
        Candles own = Candles([100, 100, 110, 120, 130], [100, 110, 120, 130, 140]);
        var part = TradingSimulation.Run(all, [1, 1, 1, 0, 1], TradingMode.LongFlat, OnePercent, first: 2);
        Assert.Equal(TradingSimulation.Run(own, [1, 1, 1, 0, 1], TradingMode.LongFlat, OnePercent).Equity, part.Equity);
    }

    [Fact]
    public void HoldingBuysAtTheSecondOpen()
    {
        Candles candles = Candles([90, 100, 110, 121, 110], [95, 110, 121, 110, 99]);
        PortfolioResult hold = Alone(candles).Hold(OnePercent);
        Assert.Equal(0.99 / 1.01 - 1, hold.Performance.TotalReturn, 1e-14);
        Assert.Equal(0.8, hold.Exposure, 1e-14);
        // Never sold.
        Assert.Equal((1, 1 / 1.01), (hold.Trades, Math.Round(hold.Turnover, 14)),
            (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-13);
    }

    [Fact]
    public void WhatCannotBeTradedIsRefused()
    {
        Candles candles = Candles([100, 100, 100], [100, 100, 100]);
        Assert.Contains("XUSDT", Refused([0, 0, 0, 0]));
        Assert.Contains("from -1 to 1, got 1.5", Refused([0, 1.5, 0]));
        Assert.Contains("at least 0 basis points, got -1", Refused([0], new TradingCosts(-1)));
        Assert.Contains("less than 10000", Refused([0], new TradingCosts(9_000, 900, 100)));
        Assert.Contains("at least 0 basis points, got NaN", Refused([0], new TradingCosts(double.NaN)));
        candles.Open[1] = 0;
        Assert.Contains("Open 0 at 2023-01-01 01:00", Refused([0, 0, 0]));
        (candles.Open[1], candles.Close[2]) = (100, double.NaN);
        Assert.Contains("Close NaN at 2023-01-01 02:00", Refused([0, 0, 0]));
        // Beyond what is used it does not matter.
        Assert.Equal(2, TradingSimulation.Run(candles, [0, 0], TradingMode.LongFlat, Free).Equity.Length);

        string Refused(double[] positions, TradingCosts? costs = null) =>
            Assert.Throws<ArgumentException>(() => TradingSimulation.Run(candles, positions, TradingMode.LongFlat, costs ?? Free)).Message;
    }

    [Fact]
    public void NoCandlesAndOneCandle()
    {
        Candles candles = Candles([100], [100]);
        var none = TradingSimulation.Run(candles, [], TradingMode.LongShort, OnePercent);
        Assert.Empty(none.Equity);
        Assert.Equal((0.0, 0), (none.Performance.TotalReturn, none.Performance.Days));
        Assert.Null(Alone(candles, count: 0).Run([[]], TradingMode.LongShort, OnePercent).Alarm);
        var one = TradingSimulation.Run(candles, [1], TradingMode.LongShort, OnePercent);
        Equal([1], one.Equity);
        Assert.Empty(one.Trades);
    }
}
