using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class SharpeRatioTests
{
    // The examples of the two papers: a hedge fund's 24 months; 100 trials of which the best has 2.5 a year over five years.
    [Fact]
    public void EqualThePublishedExamples()
    {
        Assert.Equal(1, SharpeRatio.ExpectedMaximum(1, 100) / 2.5306028932016846, 1e-12);
        Assert.Equal(1, SharpeRatio.Probabilistic(1.585 / Math.Sqrt(12), 0, 24, -2.448, 10.164) / 0.9132343068848602, 1e-12);
        Assert.Equal(1, SharpeRatio.Deflated(2.5 / Math.Sqrt(250), 0.5 / 250, 100, 1250, -3, 10) / 0.9003968344493904, 1e-12);
    }

    // numpy 1.24 and scipy 1.10.1: x.mean(), x.std(ddof=1), stats.skew(x), stats.kurtosis(x, fisher=False)
    [Fact]
    public void MomentsEqualScipy()
    {
        double[] x = [0.012, -0.034, 0.005, 0.021, -0.008, 0.0, 0.017, -0.051, 0.009];
        var m = Moments.Of(x);
        Assert.Equal(-0.0032222222222222214, m.Mean, 1e-16);
        Assert.Equal(0.024257873864880333, m.Deviation, 1e-15);
        Assert.Equal(-1.0207977848330547, m.Skewness, 1e-12);
        Assert.Equal(2.721307082302467, m.Kurtosis, 1e-12);
        Assert.Equal(m.Mean / m.Deviation, SharpeRatio.Of(x));
    }

    [Fact]
    public void Edges()
    {
        Assert.True(double.IsNaN(SharpeRatio.Of([])));
        Assert.True(double.IsNaN(SharpeRatio.Of([0.1])));
        Assert.True(double.IsNaN(SharpeRatio.Of([0.1, 0.1, 0.1])));
        Assert.Equal(0, Moments.Of([0.1, 0.1, 0.1]).Deviation);
        Assert.Equal(0, SharpeRatio.ExpectedMaximum(double.NaN, 1));
        Assert.Equal(0, SharpeRatio.ExpectedMaximum(0, 50));
        Assert.True(double.IsNaN(SharpeRatio.Probabilistic(2, 0, 100, skewness: 5)));
        Assert.True(double.IsNaN(SharpeRatio.Deflated(0.1, double.NaN, 10, 100)));
        Assert.Throws<ArgumentException>(() => Moments.Of([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => SharpeRatio.Probabilistic(1, 0, 1));
        Assert.Throws<ArgumentException>(() => SharpeRatio.ExpectedMaximum(1, 0));
        Assert.Throws<ArgumentException>(() => SharpeRatio.ExpectedMaximum(-1, 2));
    }

    [Fact]
    public void TheExpectedMaximumIsThatOfWorthlessTrials()
    {
        var random = new CounterRandom(71, 0);
        foreach (int trials in new[] { 2, 10, 100 })
        {
            double sum = 0;
            for (int run = 0; run < 4_000; run++)
            {
                double best = double.NegativeInfinity;
                for (int i = 0; i < trials; i++) best = Math.Max(best, 0.3 * random.NextNormal());
                sum += best;
            }
            // The formula is asymptotic: for two trials it is 0.52 instead of 1/√π = 0.56 deviations.
            Assert.Equal(sum / 4_000, SharpeRatio.ExpectedMaximum(0.09, trials), 0.025);
        }
    }

    [Fact]
    public void TheProbabilisticRatioIsUniformForReturnsWithoutMean()
    {
        var random = new CounterRandom(72, 0);
        var p = new double[1_500];
        for (int run = 0; run < p.Length; run++)
        {
            double[] returns = [.. Enumerable.Range(0, 300).Select(_ => Math.Exp(0.5 * random.NextNormal()) - Math.Exp(0.125))];   // skewed
            var m = Moments.Of(returns);
            p[run] = SharpeRatio.Probabilistic(m.Mean / m.Deviation, 0, 300, m.Skewness, m.Kurtosis);
        }
        Uniform.Require(p);
    }
}
