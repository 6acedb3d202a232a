using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class SplitTests
{
    [Fact]
    public void Few_values_are_cut_midway_and_many_at_percentiles()
    {
        Assert.Equal([1.5f, 3f], BinnedFeatures.Thresholds([4, 1, 2, 1, float.NaN, 2], 255, out bool missing));
        Assert.True(missing);
        // numpy.percentile(range(10), [20, 40, 60, 80], method='midpoint') = 1.5, 3.5, 5.5, 7.5
        Assert.Equal([1.5f, 3.5f, 5.5f, 7.5f], BinnedFeatures.Thresholds([9, 0, 8, 1, 7, 2, 6, 3, 5, 4], 5, out missing));
        Assert.False(missing);
        Assert.Empty(BinnedFeatures.Thresholds([7, 7, 7], 255, out _));
        Assert.Empty(BinnedFeatures.Thresholds([float.NaN, float.NaN], 255, out _));
    }

    [Fact]
    public void Infinite_huge_and_neighbouring_values_are_told_apart()
    {
        float next = MathF.BitIncrement(1), lowest = float.NegativeInfinity, highest = float.PositiveInfinity;
        float[] values = [lowest, -float.MaxValue, -0f, 0f, 1, next, float.MaxValue, highest];
        float[] thresholds = BinnedFeatures.Thresholds(values, 255, out _);
        Assert.All(thresholds, t => Assert.True(float.IsFinite(t) || t == lowest));
        var x = new BinnedFeatures(new FeatureMatrix(values, 1), 255, 1);
        Assert.Equal([0, 1, 2, 2, 3, 4, 5, 6], x.Column(0));
        Assert.Equal(1, thresholds[3]);   // 1 stays under the middle of itself and the next float, which no float is
    }

    [Fact]
    public void Every_value_is_in_the_bin_whose_thresholds_enclose_it() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(2, 255).ToArbitrary(), (seed, bins) =>
        {
            var random = new CounterRandom((ulong)seed, 0);
            float[] values = [.. Enumerable.Range(0, 600)
                .Select(_ => random.NextInt32(20) == 0 ? float.NaN : (float)random.NextNormal() * (random.NextInt32(2) * 100 + 1))];
            var x = new BinnedFeatures(new FeatureMatrix(values, 1), bins, 1);
            Assert.InRange(x.Bins(0), bins / 2, bins);
            for (int i = 0; i < values.Length; i++)
            {
                int bin = x.Column(0)[i];
                if (float.IsNaN(values[i])) Assert.Equal(BinnedFeatures.Missing, bin);
                else Assert.True(values[i] <= x.Threshold(0, bin) && (bin == 0 || values[i] > x.Threshold(0, bin - 1)));
            }
        }).QuickCheckThrowOnFailure();

    /// <summary>The best gain of all ways to cut all features, each tried by itself.</summary>
    [Fact]
    public void The_best_split_is_that_of_trying_all() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(1, 4).ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(),
            (seed, targets, minRows) =>
        {
            var random = new CounterRandom((ulong)seed, 1);
            int n = 4 + random.NextInt32(40), F = 3;
            float[] values = [.. Enumerable.Range(0, n * F).Select(_ => random.NextInt32(8) == 0 ? float.NaN : random.NextInt32(6))];
            var rule = new SplitRule(targets, Rest: random.NextInt32(2) == 0, L2: random.NextInt32(3),
                MinWeight: random.NextInt32(3), minRows);
            var statistics = new float[n * rule.Width];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < targets; j++) statistics[i * rule.Width + j] = random.NextInt32(9) - (rule.Rest ? 0 : 4);
                statistics[i * rule.Width + targets] = random.NextInt32(3);
                statistics[i * rule.Width + targets + 1] = 1;
            }
            int[] rows = [.. Enumerable.Range(0, n)];
            double best = 0;
            for (int f = 0; f < F; f++)
                for (int cut = 0; cut <= 6; cut++)
                    foreach (bool missingLeft in (bool[])[false, true])
                    {
                        int[] left = [.. rows.Where(i => values[i * F + f] is float v && (v <= cut || (missingLeft && float.IsNaN(v))))],
                            right = [.. rows.Except(left)];
                        if (left.Length < minRows || right.Length < minRows || Weight(left) < rule.MinWeight
                            || Weight(right) < rule.MinWeight) continue;
                        best = Math.Max(best, Score(left) + Score(right) - Score(rows));
                    }

            var x = new BinnedFeatures(new FeatureMatrix(values, F), 255, 1);
            var histograms = new double[F * Histogram.Size(rule.Width)];
            Histogram.Add(x, [0, 1, 2], rows, statistics, rule.Width, histograms);
            double[] total = [.. Enumerable.Range(0, rule.Width).Select(j => (double)rows.Sum(i => statistics[i * rule.Width + j]))];
            var split = new NodeSplit(rule.Width);
            for (int f = 0; f < F; f++)
                rule.Search(f, x.Bins(f), histograms.AsSpan(f * Histogram.Size(rule.Width), Histogram.Size(rule.Width)), total, split);
            Assert.Equal(best, split.Gain, 1e-9);
            if (best <= 1e-9) return;
            int[] taken = [.. rows.Where(i => float.IsNaN(values[i * F + split.Feature]) ? split.MissingLeft
                : x.Column(split.Feature)[i] <= split.Bin)];
            Assert.Equal(best, Score(taken) + Score([.. rows.Except(taken)]) - Score(rows), 1e-9);
            for (int j = 0; j <= targets + 1; j++)
                Assert.Equal(taken.Sum(i => (double)statistics[i * rule.Width + j]), split.Left[j], 1e-9);

            double Weight(int[] of) => of.Sum(i => (double)statistics[i * rule.Width + targets]);
            double Score(int[] of)
            {
                double[] t = [.. Enumerable.Range(0, targets).Select(j => of.Sum(i => (double)statistics[i * rule.Width + j]))];
                double w = Weight(of), rest = w - t.Sum();
                return w + rule.L2 == 0 ? 0 : (t.Sum(v => v * v) + (rule.Rest ? rest * rest : 0)) / (w + rule.L2);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Histograms_are_sums_over_the_rows()
    {
        var random = new CounterRandom(3, 3);
        const int n = 3000, F = 6, width = 8;
        var x = new BinnedFeatures(new FeatureMatrix(Enumerable.Range(0, n * F).Select(_ => (float)random.NextNormal()).ToArray(), F), 40,
            1);
        float[] statistics = [.. Enumerable.Range(0, n * width).Select(_ => (float)random.NextInt32(100))];
        int[] rows = [.. Enumerable.Range(0, n).Where(i => i % 3 != 1)];
        var histograms = new double[F * Histogram.Size(width)];
        Histogram.Add(x, [5, 0, 2], rows, statistics, width, histograms);
        for (int f = 0; f < F; f++)
            for (int bin = 0; bin < 256; bin++)
                for (int j = 0; j < width; j++)
                    Assert.Equal(f is 1 or 3 or 4 ? 0 : rows.Where(i => x.Column(f)[i] == bin).Sum(i => (double)statistics[i * width + j]),
                        histograms[f * Histogram.Size(width) + bin * width + j]);
    }
}
