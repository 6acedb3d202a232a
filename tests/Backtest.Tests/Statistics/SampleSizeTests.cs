using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class SampleSizeTests
{
    // scipy 1.10.1's norm.ppf in the formula: 3922.08 and 311.59.
    [Fact]
    public void EqualsTheFormula()
    {
        Assert.Equal(3_923, SampleSize.PairedModels(0.2, 0.02));
        Assert.Equal(312, SampleSize.PairedModels(0.4, -0.1));
    }

    [Fact]
    public void Edges()
    {
        Assert.Equal(double.PositiveInfinity, SampleSize.PairedModels(0, 0));
        Assert.True(SampleSize.PairedModels(1, 1) >= 1);
        Assert.Throws<ArgumentException>(() => SampleSize.PairedModels(0.01, 0.02));
        Assert.Throws<ArgumentException>(() => SampleSize.PairedModels(double.NaN, 0.02));
        Assert.Throws<ArgumentException>(() => SampleSize.PairedModels(0.2, 0.02, power: 1));
        Assert.Throws<ArgumentException>(() => SampleSize.PairedModels(0.2, 0.02, level: 0));
    }

    [Fact]
    public void SoManyRowsFindTheDifferenceFourTimesInFive()
    {
        var random = new CounterRandom(41, 0);
        int rows = (int)SampleSize.PairedModels(0.3, 0.06), found = 0;
        for (int run = 0; run < 1_500; run++)
        {
            int first = 0, second = 0;
            for (int i = 0; i < rows; i++)
            {
                double u = random.NextDouble();
                first += u < 0.18 ? 1 : 0;
                second += u is >= 0.18 and < 0.3 ? 1 : 0;
            }
            found += Math.Abs(first - second) / Math.Sqrt(first + second) > 1.96 ? 1 : 0;
        }
        Assert.InRange(found / 1_500.0, 0.76, 0.84);
    }
}
