using FsCheck;
using FsCheck.Fluent;
using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Metrics;

namespace Backtest.Tests.Statistics;

/// <summary>Figures of probabilities: metrics, reliability, the parts of the Brier score, temperature.</summary>
public class CalibrationTests
{
    static (int[] Truth, double[] P) Rows()
    {
        int[] t = [.. Enumerable.Range(0, 60)];
        double[] p = [.. t.Select(t => 0.5 + 0.4 * Math.Sin(0.7 * t) * (t % 5 + 1) / 5)];
        return ([.. t.Select(t => t * 7 % 11 < 5 + 4 * Math.Sin(0.7 * t) ? 1 : 0)], p);
    }

    // scikit-learn 1.2.1 on the same rows; for the first four every row twice, the tie (row 0) once as a rise and once as a fall.
    // scipy 1.10.1: mannwhitneyu(p[y == 1], p[y == 0]).statistic / (rises * falls) is the same area.
    [Fact]
    public void MetricsEqualScikitLearn()
    {
        (int[] truth, double[] p) = Rows();
        var m = DirectionMetrics.Of(truth, p);
        Assert.Equal((60, 32), (m.N, truth.Sum()));
        Assert.Equal(0.7416666666666667, m.Accuracy, 1e-14);
        Assert.Equal(0.7377232142857143, m.BalancedAccuracy, 1e-14);
        Assert.Equal(0.4798173596016324, m.MatthewsCorrelation, 1e-14);
        Assert.Equal(0.7385988335324292, m.MacroF1, 1e-14);
        Assert.Equal(0.612116650074478, m.LogLoss, 1e-13);
        Assert.Equal(0.2098496362059256, m.Brier, 1e-13);
        Assert.Equal(0.7488839285714286, m.Auc, 1e-14);
    }

    [Fact]
    public void NothingToMeasureIsNaN()
    {
        var none = DirectionMetrics.Of([], []);
        Assert.Equal(0, none.N);
        double[] figures = [none.Accuracy, none.LogLoss, none.Brier, none.Auc, none.CalibrationError];
        Assert.All(figures, x => Assert.True(double.IsNaN(x)));
        var rises = DirectionMetrics.Of([1, 1], [0.4, 0.6]);
        Assert.True(double.IsNaN(rises.Auc));
        Assert.Equal(0.5, rises.Accuracy);
        Assert.Throws<ArgumentException>(() => DirectionMetrics.Of([2], [0.5]));
        Assert.Throws<ArgumentException>(() => DirectionMetrics.Of([1], [double.NaN]));
        Assert.Throws<ArgumentException>(() => DirectionMetrics.Of([1], [0.5, 0.5]));
    }

    static Gen<(int[] Truth, double[] P)> AnyRows => Gen.Choose(0, 20).Select(i => i / 20.0).Zip(Gen.Choose(0, 1)).NonEmptyListOf()
        .Select(rows => (rows.Select(r => r.Item2).ToArray(), rows.Select(r => r.Item1).ToArray()));

    [Fact]
    public void TheAreaCountsPairsInOrder() => Prop.ForAll(AnyRows.ToArbitrary(), rows =>
    {
        (int[] truth, double[] p) = rows;
        double pairs = 0, inOrder = 0;
        for (int i = 0; i < p.Length; i++)
            for (int j = 0; j < p.Length; j++)
                if (truth[i] > truth[j]) (pairs, inOrder) = (pairs + 1, inOrder + (p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0));
        double area = DirectionMetrics.Of(truth, p).Auc;
        return pairs == 0 ? double.IsNaN(area) : Math.Abs(area - inOrder / pairs) < 1e-14;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheBrierPartsAddUp() => Prop.ForAll(AnyRows.Zip(Gen.Choose(1, 30)).ToArbitrary(), rows =>
    {
        ((int[] truth, double[] p), int bins) = rows;
        var reliability = Reliability.Of(truth, p, bins);
        BrierParts parts = reliability.Brier;
        double score = Classification.Brier<double>(truth, p);
        return Math.Abs(parts.Score - score) < 1e-13 && parts is { Reliability: >= 0, Resolution: >= 0, Uncertainty: >= 0 and <= 0.25 }
            && reliability.Bins.Sum(b => b.N) == p.Length && reliability.Bins.Count <= bins
            && reliability.Bins.Zip(reliability.Bins.Skip(1)).All(pair => pair.First.To < pair.Second.From);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ReliabilityByHand()
    {
        // Forecast 0.2: 1 of 4 came; 0.8: 3 of 4. ȳ = ½: reliability 0.05², resolution 0.25², uncertainty ¼.
        var r = Reliability.Of([0, 1, 0, 0, 1, 1, 0, 1], [0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8], bins: 2);
        Assert.Equal(2, r.Bins.Count);
        Assert.Equal(new ReliabilityBin(0.2, 0.2, 4, 0.2, 0.25, NeuralCore.Backtest.Interval.Wilson(1, 4)), r.Bins[0]);
        Assert.Equal(0.0025, r.Brier.Reliability, 1e-15);
        Assert.Equal(0.0625, r.Brier.Resolution, 1e-15);
        Assert.Equal(0.25, r.Brier.Uncertainty, 1e-15);
        Assert.Equal(0, r.Brier.Within);
        Assert.Equal(0.05, r.ExpectedError, 1e-15);
    }

    [Fact]
    public void BinsHaveEqualMassAndTiesStayTogether()
    {
        double[] p = [.. Enumerable.Range(0, 103).Select(i => 0.45 + 0.001 * (i * 37 % 103))];
        var r = Reliability.Of(new int[103], p);
        Assert.Equal(10, r.Bins.Count);
        Assert.All(r.Bins, bin => Assert.InRange(bin.N, 10, 11));
        var tied = Reliability.Of(new int[100], [.. Enumerable.Repeat(0.5, 95), .. Enumerable.Range(1, 5).Select(i => 0.5 + 0.01 * i)]);
        Assert.Equal([95, 5], tied.Bins.Select(b => b.N));
        // Four rows, then six alike whose middle, row 7 of 10, lies in the second half.
        Assert.Equal([4, 6], Reliability.Of(new int[10], [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], bins: 2)
            .Bins.Select(b => b.N));
    }

    // scipy 1.10.1: np.exp(optimize.brentq(slope, -4, 4, xtol=1e-15)), slope(u) = mean((sigmoid(z exp(-u)) - y) z), z = logit p
    [Fact]
    public void TheTemperatureEqualsScipys()
    {
        (int[] truth, double[] p) = Rows();
        double temperature = TemperatureScaling.Fit(truth, p);
        Assert.Equal(1, temperature / 0.9004832976568832, 1e-8);
        Assert.Equal(0.6114631114742591, Classification.LogLoss<double>(truth, TemperatureScaling.Apply(p, 1, temperature)), 1e-12);
        // Both columns of two classes say the same as one.
        double[] both = [.. p.SelectMany(p => new[] { 1 - p, p })];
        Assert.Equal(temperature, TemperatureScaling.Fit(truth, both), 1e-9);
    }

    [Fact]
    public void TheTemperatureOfThreeClassesIsFoundAgain()
    {
        var random = new CounterRandom(51, 0);
        var (p, truth) = (new double[3 * 20_000], new int[20_000]);
        for (int i = 0; i < truth.Length; i++)
        {
            double[] weights = [Math.Exp(random.NextNormal()), Math.Exp(random.NextNormal()), Math.Exp(random.NextNormal())];
            double u = random.NextDouble() * weights.Sum();
            truth[i] = u < weights[0] ? 0 : u < weights[0] + weights[1] ? 1 : 2;
            for (int c = 0; c < 3; c++) p[3 * i + c] = weights[c] / weights.Sum();
        }
        Assert.InRange(TemperatureScaling.Fit(truth, p), 0.95, 1.05);
        double[] tooSure = TemperatureScaling.Apply(p, 3, 0.4);   // T = 2.5 undoes it
        double temperature = TemperatureScaling.Fit(truth, tooSure);
        Assert.InRange(temperature, 2.4, 2.6);
        double[] back = TemperatureScaling.Apply(tooSure, 3, temperature);
        double best = Classification.LogLoss<double>(truth, back);
        Assert.True(best < Classification.LogLoss<double>(truth, TemperatureScaling.Apply(tooSure, 3, temperature * 1.02)));
        Assert.True(best < Classification.LogLoss<double>(truth, TemperatureScaling.Apply(tooSure, 3, temperature / 1.02)));
        Assert.Equal(Classification.LargestClass<double>(p, 3), Classification.LargestClass<double>(back, 3));
    }

    [Fact]
    public void TemperaturesOfRowsThatSayNothing()
    {
        Assert.Equal(1, TemperatureScaling.Fit([], []));
        Assert.Equal(1, TemperatureScaling.Fit([1, 1], [0.3, 0.9]));
        Assert.Equal(1, TemperatureScaling.Fit([0, 1, 0], [0.5, 0.5, 0.5]));
        Assert.Equal(1, TemperatureScaling.Fit([0, 1], [double.NaN, double.NaN]));
        Assert.Equal(TemperatureScaling.Fit([0, 1, 1], [0.2, 0.9, 0.4]), TemperatureScaling.Fit([0, 1, 0, 1], [0.2, 0.9, double.NaN, 0.4]));
        Assert.Equal(TemperatureScaling.Least, TemperatureScaling.Fit([0, 1], [0.4, 0.6]), 1e-9);      // always right
        Assert.Equal(TemperatureScaling.Largest, TemperatureScaling.Fit([0, 1], [0.6, 0.4]), 1e-6);    // always wrong
        Assert.True(double.IsFinite(TemperatureScaling.Fit([0, 1, 1], [0, 1, 0])));
        double[] scaled = TemperatureScaling.Apply([double.NaN, 0.5, 0.9, 0, 1], 1, 2);
        Assert.True(double.IsNaN(scaled[0]));
        Assert.Equal(0.5, scaled[1], 1e-15);
        Assert.Equal(0.75, scaled[2], 1e-12);   // odds 9 become √9 = 3
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([0, 1], [0.5, 0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([0, 2], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([0, 1], [0.5, 1.5]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Apply([0.5], 1, 0));
    }
}
