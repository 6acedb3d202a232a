using FsCheck;
using FsCheck.Fluent;
using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Trading;

/// <summary>Properties of the simulation, and what a strategy is compared with.</summary>
public class TradingComparisonTests
{
    static readonly TradingCosts TenPoints = new(10);

    /// <summary>
    /// A random walk of n hours without drift, each candle opening a little off the last close; every 50th candle is missing.
    /// </summary>
    static Candles Walk(ulong seed, int n, double step = 0.005)
    {
        var random = new CounterRandom(seed, 8);
        var (open, close, hours) = (new double[n], new double[n], new long[n]);
        double price = 100;
        for (int t = 0; t < n; t++)
        {
            open[t] = price * Math.Exp(0.0005 * random.NextNormal());
            close[t] = price = open[t] * Math.Exp(step * random.NextNormal());
            hours[t] = t + t / 49;
        }
        return TradingSimulationTests.Candles(open, close, hours);
    }

    /// <summary>Positions in runs of about ten candles.</summary>
    static double[] Runs(ulong seed, int n)
    {
        var random = new CounterRandom(seed, 9);
        var positions = new double[n];
        for (int t = 0; t < n; t++)
            positions[t] = t > 0 && random.NextDouble() < 0.9 ? positions[t - 1] : random.NextInt32(5) / 2.0 - 1;
        return positions;
    }

    [Fact]
    public void TradesMakeUpTheEquity() => Prop.ForAll(Gen.Choose(0, 10_000).Zip(Gen.Choose(0, 100)).ToArbitrary(), drawn =>
    {
        (int seed, int cost) = drawn;
        Candles candles = Walk((ulong)seed, 200);
        double[] positions = Runs((ulong)seed, 200);
        if (seed % 3 == 0) positions[17] = double.NaN;
        foreach (TradingMode mode in Enum.GetValues<TradingMode>())
        {
            var result = TradingSimulation.Run(candles, positions, mode, new TradingCosts(cost));
            double product = result.Trades.Aggregate(1.0, (equity, trade) => equity * (1 + trade.Return));
            if (Math.Abs(product / result.Equity[^1] - 1) > 1e-12) return false;
            if (Math.Abs(result.Trades.Sum(t => t.Cost) - result.Costs) > 1e-12) return false;
            if (Math.Abs(result.DailyReturns.Aggregate(1.0, (equity, r) => equity * (1 + r)) / result.Equity[^1] - 1) > 1e-12) return false;
            if (result.Trades.SkipLast(1).Any(t => t.IsOpen || t.ExitTime <= t.EntryTime)) return false;
            if (mode == TradingMode.LongFlat && result.Position.Any(p => p < 0)) return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void NothingKnowsTheFuture()
    {
        Candles candles = Walk(3, 300), cut = Walk(3, 300);
        for (int t = 200; t < 300; t++) (cut.Open[t], cut.Close[t]) = (1 + t, 2 + t);
        double[] positions = Runs(3, 300);
        double[] whole = TradingSimulation.Run(candles, positions, TradingMode.LongShort, TenPoints).Equity;
        Assert.Equal(whole[..200], TradingSimulation.Run(cut, positions, TradingMode.LongShort, TenPoints).Equity[..200]);
        Assert.Equal(whole[..200], TradingSimulation.Run(candles, positions.AsSpan(0, 200), TradingMode.LongShort, TenPoints).Equity);
    }

    [Fact]
    public void TheSweepCostsMoreAndMoreUpToTheBreakEven()
    {
        Candles candles = Walk(5, 2_000);
        double[] positions = Knowing(candles, 0.56);
        Portfolio alone = TradingSimulationTests.Alone(candles);
        PortfolioResult[] sweep =
            [.. TradingSimulation.SweepCosts.Select(cost => alone.Run([positions], TradingMode.LongShort, new TradingCosts(cost)))];
        Assert.Equal([0, 5, 10, 20], sweep.Select(r => r.Fee));
        Assert.All(sweep.Zip(sweep.Skip(1)), pair => Assert.True(pair.First.Performance.TotalReturn > pair.Second.Performance.TotalReturn));
        Assert.Single(sweep.Select(r => r.Trades).Distinct());
        double cost = alone.BreakEvenCost([positions], TradingMode.LongShort);
        Assert.InRange(cost, 1, 20);
        Assert.True(Gain(cost - 0.001) > 0 && Gain(cost + 0.001) < 0);
        Assert.True(double.IsNaN(alone.BreakEvenCost([new double[2_000]], TradingMode.LongShort)));
        Candles doubling = TradingSimulationTests.Candles([1, 1, 1000, 1000], [1, 1000, 1000, 1000]);
        Assert.Equal(double.PositiveInfinity, TradingSimulationTests.Alone(doubling).BreakEvenCost([[1, 0, 0, 0]], TradingMode.LongFlat));

        double Gain(double each) => TradingSimulation.Run(candles, positions, TradingMode.LongShort, new TradingCosts(each))
            .Performance.TotalReturn;
    }

    /// <summary>All in or all short, on the right side of the next candle from open to open with this probability.</summary>
    static double[] Knowing(Candles candles, double accuracy)
    {
        var random = new CounterRandom(6, 0);
        return [.. Enumerable.Range(0, candles.Count).Select(t => t + 2 >= candles.Count ? 0
            : Math.Sign(candles.Open[t + 2] - candles.Open[t + 1]) * (random.NextDouble() < accuracy ? 1.0 : -1))];
    }

    [Fact]
    public void AtTheBreakEvenAccuracyTheGainPaysTheCosts()
    {
        Candles candles = Walk(7, 40_000);
        double before = TradingSimulationTests.Alone(candles).Run([Knowing(candles, 0.6)], TradingMode.LongShort, TenPoints)
            .BreakEvenAccuracy;
        // Half of the candles change sides, which is 2 each, so half of what in and out every candle would be: ½ + c/2m·1, m = 0.4 %.
        Assert.InRange(before, 0.60, 0.65);
        double under = LogGain(before - 0.02), over = LogGain(before + 0.02);
        Assert.True(under < 0 && over > 0, $"break-even accuracy {before}: {under}, {over}");

        // Without what variance takes from the logarithm, σ²/2 a candle: break-even accuracy is about returns, not about compounding.
        double LogGain(double accuracy) =>
            Math.Log(TradingSimulation.Run(candles, Knowing(candles, accuracy), TradingMode.LongShort, TenPoints).Equity[^1])
                + 40_000 * 0.005 * 0.005 / 2;
    }

    [Fact]
    public void PerfectKnowledgeRaisesTheAlarm()
    {
        Candles candles = Walk(8, 2_000);
        Assert.Matches("^A Sharpe ratio of .* over 8[0-9] days at 10 basis points a side is over 5: ", Alarm(0.9));
        Assert.Null(Alarm(0.5));

        string? Alarm(double accuracy)
            => TradingSimulationTests.Alone(candles).Run([Knowing(candles, accuracy)], TradingMode.LongShort, TenPoints).Alarm;
    }

    [Fact]
    public void RandomEntriesTradeAsMuchAndKnowNothing()
    {
        Candles candles = Walk(9, 2_000);
        double[] positions = Knowing(candles, 0.6);
        var result = TradingSimulation.Run(candles, positions, TradingMode.LongShort, TenPoints);
        var random = RandomEntries.Of(candles, positions, TradingMode.LongShort, TenPoints, seed: 1);
        Assert.InRange(result.Turnover, random.Turnover.Low * 0.97, random.Turnover.High * 1.03);
        Assert.True(result.Performance.TotalReturn > random.Return.High);
        Assert.Equal(1 / 201.0, random.PValue);
        Assert.True(random.Return.Contains(random.MeanReturn) && random.Sharpe.Low < random.Sharpe.High);
        Assert.Equal(random, RandomEntries.Of(candles, positions, TradingMode.LongShort, TenPoints, seed: 1));
        Assert.NotEqual(random, RandomEntries.Of(candles, positions, TradingMode.LongShort, TenPoints, seed: 2));
        Assert.Throws<ArgumentException>(() => RandomEntries.Of(candles, [1], TradingMode.LongShort, TenPoints, seed: 1));
        Assert.Equal(1, RandomEntries.Of(candles, new double[50], TradingMode.LongShort, TenPoints, seed: 1).PValue);
    }

    [Fact]
    public void AStrategyWithoutKnowledgeIsAmongTheRandomOnes()
    {
        double[] p = [.. Enumerable.Range(0, 200).Select(run =>
            RandomEntries.Of(Walk((ulong)run + 100, 300), Runs((ulong)run + 5_000, 300), TradingMode.LongShort, TenPoints, seed: 1,
                draws: 99).PValue)];
        Statistics.Uniform.Require(p);
    }
}
