using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class SampleSizeTests
{
    // R's manual of power.prop.test: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7. The others: scipy 1.10.1's norm.ppf
    // in the formulas, 4903.19, 9805.996, 3922.08 and 311.59.
    [Fact]
    public void EqualPublishedValues()
    {
        Assert.Equal(77, SampleSize.TwoShares(0.5, 0.75, power: 0.9));
        Assert.Equal(4_904, SampleSize.OneShare(0.5, 0.52));
        Assert.Equal(9_806, SampleSize.TwoShares(0.52, 0.5));
        Assert.Equal(3_923, SampleSize.PairedModels(0.2, 0.02));
        Assert.Equal(312, SampleSize.PairedModels(0.4, -0.1));
    }

    [Fact]
    public void Edges()
    {
        Assert.Equal(double.PositiveInfinity, SampleSize.OneShare(0.5, 0.5));
        Assert.Equal(double.PositiveInfinity, SampleSize.TwoShares(1, 1));
        Assert.Equal(double.PositiveInfinity, SampleSize.PairedModels(0, 0));
        Assert.True(SampleSize.OneShare(0, 1) >= 1);
        Assert.Throws<ArgumentException>(() => SampleSize.PairedModels(0.01, 0.02));
        Assert.Throws<ArgumentException>(() => SampleSize.OneShare(0.5, double.NaN));
        Assert.Throws<ArgumentException>(() => SampleSize.OneShare(0.5, 0.6, power: 1));
        Assert.Throws<ArgumentException>(() => SampleSize.OneShare(0.5, 0.6, level: 0));
    }

    [Fact]
    public void SoManyRowsFindTheDifferenceFourTimesInFive()
    {
        var random = new CounterRandom(41, 0);
        int n = (int)SampleSize.OneShare(0.5, 0.55), paired = (int)SampleSize.PairedModels(0.3, 0.06), found = 0, foundPaired = 0;
        for (int run = 0; run < 1_500; run++)
        {
            int hits = 0;
            for (int i = 0; i < n; i++) hits += random.NextDouble() < 0.55 ? 1 : 0;
            found += !Interval.Wilson(hits, n).Contains(0.5) ? 1 : 0;   // the score test
            int first = 0, second = 0;
            for (int i = 0; i < paired; i++)
            {
                double u = random.NextDouble();
                first += u < 0.18 ? 1 : 0;
                second += u is >= 0.18 and < 0.3 ? 1 : 0;
            }
            foundPaired += Math.Abs(first - second) / Math.Sqrt(first + second) > 1.96 ? 1 : 0;
        }
        Assert.InRange(found / 1_500.0, 0.76, 0.84);
        Assert.InRange(foundPaired / 1_500.0, 0.76, 0.84);
    }
}
