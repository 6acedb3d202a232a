using NeuralCore.Backtest;
using NeuralCore.Models.Data;
using static Backtest.Tests.ModelFiguresTests;

namespace Backtest.Tests;

public class CalledPairTests
{
    /// <summary>One pair of candles 0 to n, and rows at all but the last, which is the one called from the row before.</summary>
    static BacktestResult Market(double[] up, float threshold = 0.7f, int gapBefore = -1)
    {
        int n = up.Length + 1;
        double[] prices = [.. Enumerable.Range(0, n).Select(t => 100.0 + t % 3)];
        long[] times = [.. Enumerable.Range(0, n).Select(t => MadeUp.At(t + (gapBefore >= 0 && t >= gapBefore ? 5 : 0)))];
        BacktestResult rows = Rows([.. up.Select((_, i) => i % 3 == 2 ? -0.1 : 0.1)], [Model("m", up, threshold: threshold)], pairs: 1);
        times[..^1].CopyTo(rows.Rows.Time, 0);
        return rows with
        {
            Candles = [new Candles { Symbol = "P0USDT", Base = "P0", Timeframe = MadeUp.Hour, OpenTime = times, Open = prices,
                High = prices, Low = prices, Close = prices, Volume = prices }],
        };
    }

    static CalledPair Of(BacktestResult result) => CalledPair.Of(result, result.Models[0])!;

    [Fact]
    public void ACallBelongsToTheCandleAfterItsRowAndIsHeldThere()
    {
        CalledPair pair = Of(Market([0.6, 0.2, 0.8, 0.9]));
        Assert.Equal([(1, 0, false), (2, 1, true), (3, 2, true), (4, 3, true)], pair.Called.Select(c => (c.Candle, c.Row, c.Confident)));
        Assert.Equal([0, 1, 0, 1, 1], Enumerable.Range(0, 5).Select(t => pair.Held(pair.All, t)));
        Assert.Equal([0, 0, 0, 1, 1], Enumerable.Range(0, 5).Select(t => pair.Held(pair.Confident, t)));
        Assert.Equal([(MadeUp.At(1), 101.0, MadeUp.At(2), 102.0)],
            pair.All.Trades.Take(1).Select(t => (t.EntryTime, t.EntryPrice, t.ExitTime, t.ExitPrice)));
        Assert.Equal(10, pair.All.CostPerSide);
    }

    [Fact]
    public void TheLastCandlesAndTheSurestStretch()
    {
        double[] up = [.. Enumerable.Range(0, 30).Select(i => i is >= 7 and < 12 ? 0.9 : 0.55)];
        CalledPair pair = Of(Market(up));
        Assert.Equal(21..31, pair.Last(10));
        Assert.Equal(1..31, pair.Last(1000));
        Assert.Equal(8..13, pair.MostConfident(5));
        Assert.Null(pair.MostConfident(31));
        // A stretch does not reach over a gap: of the sure calls 8 to 12 those from 10 on lie behind it.
        Range? broken = Of(Market(up, gapBefore: 10)).MostConfident(5);
        Assert.True(broken is { } found && (found.End.Value <= 10 || found.Start.Value >= 10), $"{broken}");
    }

    [Fact]
    public void WithoutCandlesThereIsNone()
    {
        BacktestResult result = Market([0.6, 0.2, 0.8]) with { Candles = [] };
        Assert.Null(CalledPair.Of(result, result.Models[0]));
    }
}
