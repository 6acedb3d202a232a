using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public class IntervalTests
{
    // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, score method.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void WilsonEqualsThePublishedTable(int hits, int n, double low, double high)
    {
        Interval interval = Interval.Wilson(hits, n);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
        Interval misses = Interval.Wilson(n - hits, n);
        Assert.Equal(1 - interval.High, misses.Low, 12);
        Assert.Equal(1 - interval.Low, misses.High, 12);
    }

    [Fact]
    public void WilsonEdges()
    {
        Assert.True(double.IsNaN(Interval.Wilson(0, 0).Low));
        Assert.Equal(0, Interval.Wilson(0, 7).Low);
        Assert.Equal(1, Interval.Wilson(7, 7).High);
        Assert.Throws<ArgumentException>(() => Interval.Wilson(8, 7));
        Assert.Throws<ArgumentException>(() => Interval.Wilson(1, 7, 1));
    }

    [Fact]
    public void WilsonCoversAsOftenAsItSays()
    {
        var random = new CounterRandom(5, 0);
        int covered = 0;
        for (int run = 0; run < 2_000; run++)
        {
            int hits = 0;
            for (int i = 0; i < 200; i++) hits += random.NextDouble() < 0.53 ? 1 : 0;
            covered += Interval.Wilson(hits, 200).Contains(0.53) ? 1 : 0;
        }
        Assert.InRange(covered / 2_000.0, 0.935, 0.965);
    }

    /// <summary>Hits with true accuracy ½ of 8 pairs at each time: signs are correlated over pairs (0.7) and, for half of the variance,
    /// over neighbouring times.</summary>
    static (long[] Times, double[] Hits) Correlated(ulong seed, int times, ulong stream = 1)
    {
        const int pairs = 8;
        var random = new CounterRandom(seed, stream);
        var (at, hits) = (new long[times * pairs], new double[times * pairs]);
        double slow = random.NextNormal();
        for (int t = 0, i = 0; t < times; t++)
        {
            slow = 0.5 * slow + Math.Sqrt(0.75) * random.NextNormal();
            double common = Math.Sqrt(0.5) * slow + Math.Sqrt(0.5) * random.NextNormal();
            for (int pair = 0; pair < pairs; pair++, i++)
                (at[i], hits[i]) = (t * 3_600L, Math.Sqrt(0.7) * common + Math.Sqrt(0.3) * random.NextNormal() > 0 ? 1 : 0);
        }
        return (at, hits);
    }

    static double[] Ones(int n) => [.. Enumerable.Repeat(1.0, n)];

    [Fact]
    public void BootstrapCoversWherePoolingMisleadsWilson()
    {
        int bootstrap = 0, wilson = 0;
        for (ulong run = 0; run < 300; run++)
        {
            (long[] times, double[] hits) = Correlated(run, 1_000);
            bootstrap += new BlockBootstrap(times, run, draws: 400).Ratio(hits, Ones(hits.Length)).Contains(0.5) ? 1 : 0;
            wilson += Interval.Wilson(hits.Sum(), hits.Length).Contains(0.5) ? 1 : 0;
        }
        Assert.InRange(bootstrap / 300.0, 0.90, 0.97);
        Assert.True(wilson / 300.0 < 0.75, $"Wilson covered {wilson} of 300");
    }

    [Fact]
    public void PooledCorrelatedRowsGiveAWiderIntervalThanWilson()
    {
        (long[] times, double[] hits) = Correlated(1, 5_000);
        double block = new BlockBootstrap(times, 1).Ratio(hits, Ones(hits.Length)).HalfWidth,
            wilson = Interval.Wilson(hits.Sum(), hits.Length).HalfWidth;
        Assert.InRange(block / wilson, 1.7, 3.5);
    }

    [Fact]
    public void IndependentRowsGiveWilsonsWidth()
    {
        var random = new CounterRandom(3, 0);
        long[] times = [.. Enumerable.Range(0, 20_000).Select(t => (long)t)];
        double[] hits = Array.ConvertAll(times, _ => random.NextDouble() < 0.53 ? 1.0 : 0);
        double block = new BlockBootstrap(times, 1).Ratio(hits, Ones(hits.Length)).HalfWidth,
            wilson = Interval.Wilson(hits.Sum(), hits.Length).HalfWidth;
        Assert.InRange(block / wilson, 0.9, 1.1);
    }

    [Fact]
    public void TheRowsOfATimestampMoveTogether()
    {
        (long[] times, double[] hits) = Correlated(2, 500);
        Interval once = new BlockBootstrap(times, 1).Ratio(hits, Ones(hits.Length));
        // Each row three times over, in another order, is no more information.
        int[] order = [.. Enumerable.Range(0, 3 * times.Length)];
        new CounterRandom(1, 2).Shuffle<int>(order);
        Interval thrice = new BlockBootstrap(Array.ConvertAll(order, i => times[i / 3]), 1)
            .Ratio(Array.ConvertAll(order, i => hits[i / 3]), Ones(order.Length));
        Assert.Equal(once, thrice);
    }

    [Fact]
    public void TheSeedDecides()
    {
        (long[] times, double[] hits) = Correlated(2, 500);
        Interval Of(ulong seed) => new BlockBootstrap(times, seed).Ratio(hits, Ones(hits.Length));
        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void BlocksAreShorterWhereTheSampleHasFewerThanTen()
    {
        int Length(int times) => new BlockBootstrap([.. Enumerable.Range(0, times).Select(t => (long)t)], 1).BlockLength;
        Assert.Equal([24, 24, 23, 4, 1], new[] { 5_000, 240, 239, 40, 5 }.Select(Length));
    }

    [Fact]
    public void NothingToEstimateIsNaNAndConstantHitsArePoints()
    {
        Assert.True(double.IsNaN(new BlockBootstrap([], 1).Ratio([], []).Low));
        var few = new BlockBootstrap([1, 1, 2, 3], 1);
        Assert.True(double.IsNaN(few.Ratio([0, 0, 0, 0], [0, 0, 0, 0]).High));
        Assert.Equal(new Interval(1, 1), few.Ratio([1, 1, 1, 1], [1, 1, 1, 1]));
        Assert.Throws<ArgumentException>(() => few.Ratio([1], [1]));
    }

    [Fact]
    public void DifferencesOfEqualModelsAreFoundAsOftenAsChanceAllows()
    {
        int found = 0;
        for (ulong run = 0; run < 300; run++)
        {
            (long[] times, double[] first) = Correlated(run, 600, stream: 1);
            double[] second = Correlated(run, 600, stream: 2).Hits;
            Difference d = new BlockBootstrap(times, run, draws: 400).Difference(first, second, Ones(first.Length));
            Assert.Equal((first.Sum() - second.Sum()) / first.Length, d.Value, 12);
            found += d.PValue < 0.05 ? 1 : 0;
        }
        Assert.InRange(found / 300.0, 0.02, 0.11);
    }

    [Fact]
    public void PairingFindsASmallDifferenceOfModelsThatAgreeMostly()
    {
        (long[] times, double[] second) = Correlated(4, 2_000);
        // The first model is right on one row in 60 that the second misses: 0.8 points, within either's own interval.
        double[] first = [.. second.Select((hit, i) => i % 60 == 0 ? 1 : hit)];
        var bootstrap = new BlockBootstrap(times, 1);
        Difference better = bootstrap.Difference(first, second, Ones(first.Length)),
            worse = bootstrap.Difference(second, first, Ones(first.Length));
        Assert.InRange(better.Value, 0.005, 0.012);
        Assert.True(better.Interval.Low > 0 && better.PValue < 0.002);
        Assert.True(bootstrap.Ratio(second, Ones(second.Length)).HalfWidth > better.Value);
        Assert.Equal(-better.Value, worse.Value, 12);
        Assert.True(worse.Interval.High < 0);
        Assert.Equal(1, bootstrap.Difference(first, first, Ones(first.Length)).PValue);
    }
}
