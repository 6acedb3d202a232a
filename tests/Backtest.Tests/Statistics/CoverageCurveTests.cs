using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class CoverageCurveTests
{
    const long Hour = 3_600_000_000;

    [Fact]
    public void ThresholdsComeFromValidationRowsOfTheFold()
    {
        // Fold 0: validation 0.50 to 0.60 in steps of 0.01, so half of it is from 0.55 on; fold 1: 0.7 to 0.8, from 0.75 on.
        double[] From(double least) => [.. Enumerable.Range(0, 11).Select(i => least + 0.01 * i)];
        double[][] validation = [From(0.5), From(0.7)];
        var curve = CoverageCurve.Of(validation, [0, 0, 0, 1, 1], [0.54, 0.56, 0.58, 0.74, 0.76], [1, 0, 1, 0, 1],
            [0, Hour, 25 * Hour, 26 * Hour, 49 * Hour], [1, 0.5]);
        CoveragePoint all = curve.Points[0], half = curve.Points[1];
        Assert.Equal((1, 5, 3, 0.6), (all.Realised, all.Rate.N, all.Days, all.Rate.Accuracy));
        Assert.Equal([0.55, 0.75], half.Thresholds.Select(t => Math.Round(t, 12)));
        Assert.Equal((0.6, 3, 3, 2.0), (half.Realised, half.Rate.N, half.Days, half.Rate.Hits));
        Assert.Equal(Interval.Wilson(2, 3), half.Rate.Interval);
    }

    [Fact]
    public void TheTestRowsHaveNoSayInThresholds()
    {
        double[][] validation = [[0.5, 0.6, 0.7, 0.8]];
        IEnumerable<double> Thresholds(double confidence) =>
            CoverageCurve.Of(validation, [0, 0], [confidence, 0.9], [1, 1], [0, 1]).Points.SelectMany(p => p.Thresholds);
        Assert.Equal(Thresholds(0.5), Thresholds(0.99));
    }

    [Fact]
    public void ConfidenceThatMeansSomethingReachesTargets()
    {
        // Confidence c is right with probability c, from ½ to 0.8: the mean is 0.65, the upper half 0.725, the upper tenth 0.785.
        var random = new CounterRandom(61, 0);
        double[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => 0.5 + 0.3 * random.NextDouble())];
        double[] confidences = Draw(40_000), hits = [.. confidences.Select(c => random.NextDouble() < c ? 1.0 : 0)];
        long[] times = [.. Enumerable.Range(0, 40_000).Select(t => t * Hour)];
        var curve = CoverageCurve.Of([Draw(20_000)], new int[40_000], confidences, hits, times);
        Assert.Equal(CoverageCurve.Coverages, curve.Points.Select(p => p.Asked));
        Assert.All(curve.Points, p => Assert.InRange(p.Realised, p.Asked - 0.02, p.Asked + 0.02));
        Assert.All(curve.Points, p => Assert.InRange(p.Rate.Accuracy, 0.8 - 0.15 * p.Asked - 0.04, 0.8 - 0.15 * p.Asked + 0.04));
        Assert.Equal(1, curve.Reaching(0.6)!.Asked);
        Assert.InRange(curve.Reaching(0.75)!.Asked, 0.2, 0.4);
        Assert.Null(curve.Reaching(0.9));
        CoveragePoint fifth = curve.Points.Single(p => p.Asked == 0.2);
        Assert.InRange(fifth.Days, 1_600, 1_667);
    }

    [Fact]
    public void Edges()
    {
        var none = CoverageCurve.Of([[]], [], [], [], []);
        Assert.All(none.Points, p => Assert.True(p.Rate.N == 0 && double.IsNaN(p.Realised) && p.Days == 0));
        Assert.Null(none.Reaching(0.5, fewest: 0));
        // A fold without validation rows has no thresholds: it counts at full coverage only.
        var curve = CoverageCurve.Of([[], [0.5, 0.6]], [0, 1], [0.9, 0.9], [1, 1], [-1, 1], [1, 0.5]);
        Assert.Equal([2L, 1L], curve.Points.Select(p => p.Rate.N));
        Assert.Equal(2, curve.Points[0].Days);   // 1 µs before and after 1970
        Assert.Null(curve.Reaching(0.5));        // fewer than 30 rows
        Assert.NotNull(curve.Reaching(0.5, fewest: 1));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[0.5]], [1], [0.5], [1], [0]));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[double.NaN]], [0], [0.5], [1], [0]));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[0.5]], [0], [double.NaN], [1], [0]));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[0.5]], [0], [0.5], [2], [0]));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[0.5]], [0], [0.5], [1], []));
        Assert.Throws<ArgumentException>(() => CoverageCurve.Of([[0.5]], [0], [0.5], [1], [0], [0]));
    }
}
