using NeuralCore.Backtest;
using static Backtest.Tests.ModelFiguresTests;

namespace Backtest.Tests;

public class ComparisonTests
{
    static Comparison Compare(double[] returns, double[] model, double[] linear) =>
        Assert.Single(Evaluation.Evaluate(Rows(returns, [Model("m", model), Model("linear", linear)])).Comparisons);

    [Fact]
    public void McNemarCountsTheRowsOfAPairOnWhichOneAloneIsRight()
    {
        //            pair: 0    1     0    1     0    1     0    1
        double[] returns = [0.1, 0.1, -0.1, 0.1, 0.1, -0.1, 0, 0.1];
        double[] model = [0.7, 0.7, 0.4, 0.5, 0.6, 0.6, 0.9, 0.7], linear = [0.2, 0.6, 0.6, 0.6, 0.6, 0.4, 0.1, 0.4];
        // Pair 0: model alone on rows 0 and 2. Pair 1: model alone on row 7, linear alone on 3 (the model ties) and 5.
        Comparison comparison = Compare(returns, model, linear);
        Assert.Equal([new McNemar(2, 0), new McNemar(1, 2)], comparison.McNemar);
        Assert.Equal([0.5, 1], comparison.McNemarTests.Select(test => test.Test.PValue));
        Assert.Equal([1, 1], comparison.McNemarTests.Select(test => test.Adjusted));
        // Gains 1, 0, 1, -½, 0, -1, 1 over seven rows with a direction.
        Assert.Equal(1.5 / 7, comparison.Difference.Value, 12);
        Assert.Equal(5 / 7.0, comparison.Needed.Differing, 12);
        Assert.Equal(SampleSize.PairedModels(5 / 7.0, 1.5 / 7), comparison.Needed.Difference);
        Assert.Equal(SampleSize.PairedModels(5 / 7.0, 0.005), comparison.Needed.HalfPoint);
        double variance = (1 + 1 + 0.25 + 1 + 1) / 7 - 1.5 / 7 * (1.5 / 7);
        Assert.Equal(Math.Pow(comparison.Difference.Interval.HalfWidth / (1.959963984540054 * Math.Sqrt(variance / 7)), 2),
            comparison.Needed.DesignEffect, 9);
    }

    [Fact]
    public void LogLossesAreComparedAsTheMeansOfEachTime()
    {
        double[] returns = [0.1, 0.1, -0.1, 0.1, 0.1, -0.1, 0, 0.1];
        double[] model = [0.7, 0.7, 0.4, 0.5, 0.6, 0.6, 0.9, 0.7], linear = [0.2, 0.6, 0.6, 0.6, 0.6, 0.4, 0.1, 0.4];
        double[] Loss(double[] p) => [.. p.Select((x, i) => -Math.Log(returns[i] > 0 ? x : 1 - x))];
        double[] Means(double[] loss) => [(loss[0] + loss[1]) / 2, (loss[2] + loss[3]) / 2, (loss[4] + loss[5]) / 2, loss[7]];
        var expected = DieboldMariano.Of(Means(Loss(model)), Means(Loss(linear)));
        Comparison comparison = Compare(returns, model, linear);
        Assert.Equal(expected.MeanDifference, comparison.LogLoss.MeanDifference, 6);
        Assert.Equal(expected.Test.Statistic, comparison.LogLoss.Test.Statistic, 5);
        Assert.True(comparison.LogLoss.MeanDifference < 0);
    }

    [Fact]
    public void AnEqualModelNeedsInfinitelyManyRows()
    {
        double[] p = [0.6, 0.4, 0.6, 0.4];
        Comparison comparison = Compare([0.1, 0.1, -0.1, 0.1], p, p);
        Assert.Equal((0, double.PositiveInfinity), (comparison.Needed.Differing, comparison.Needed.Difference));
        Assert.True(double.IsNaN(comparison.Needed.HalfPoint) && double.IsNaN(comparison.Needed.DesignEffect));
        Assert.Equal(new Significance(0, 1), comparison.LogLoss.Test);
        Assert.All(comparison.McNemarTests, test => Assert.Equal(1, test.Adjusted));
    }

    [Fact]
    public void WithoutARowThatHasADirectionNothingIsKnown()
    {
        Comparison comparison = Compare([0, 0], [0.6, 0.4], [0.3, 0.7]);
        Assert.True(double.IsNaN(comparison.Difference.Value) && double.IsNaN(comparison.Needed.Differing)
            && double.IsNaN(comparison.LogLoss.Test.PValue));
    }
}
