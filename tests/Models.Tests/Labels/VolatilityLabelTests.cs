using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.LabelMarket;

namespace NeuralCore.Models.Tests;

public class VolatilityLabelTests
{
    const double NaN = double.NaN;

    [Fact]
    public void Realised_volatility_is_the_root_of_the_squared_log_returns()
    {
        // log returns 1, -2, 2 (powers of e): over two candles √(1 + 4) and √(4 + 4); over three √9 = 3
        Candles c = Closes([1, Math.E, Math.Exp(-1), Math.E]);
        AssertLabel(Labels.RealisedVolatility(c, 1), [(1, 1), (2, 2), (2, 3), (NaN, -1)]);
        AssertLabel(Labels.RealisedVolatility(c, 2), [(Math.Sqrt(5), 2), (Math.Sqrt(8), 3), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.RealisedVolatility(c, 3), [(3, 3), (NaN, -1), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.RealisedVolatility(c, int.MaxValue), [(NaN, -1), (NaN, -1), (NaN, -1), (NaN, -1)]);
        AssertLabel(Labels.RealisedVolatility(Closes([7, 7, 7]), 2), [(0, 2), (NaN, -1), (NaN, -1)]);
    }

    [Fact]
    public void Realised_volatility_equals_a_plain_sum() => Prop.ForAll(Seeds, Gen.Choose(1, 40).ToArbitrary(), (seed, k) =>
    {
        Candles c = Pairs(seed, 120)[0];
        Label label = Labels.RealisedVolatility(c, k);
        for (int t = 0; t < c.Count; t++)
        {
            bool known = t + k < c.Count && Enumerable.Range(t + 1, k).All(c.Follows);
            double sum = known ? Enumerable.Range(t + 1, k).Sum(j => Math.Pow(Math.Log(c.Close[j] / c.Close[j - 1]), 2)) : NaN;
            AssertNear(Math.Sqrt(sum), label.Values[t]);
            Assert.Equal(known ? CloseOf(c, t + k) : long.MaxValue, label.KnownAt[t]);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Realised_volatility_forgets_a_shock_to_the_last_digit()
    {
        double[] close = [.. Enumerable.Range(0, 1000).Select(t => t == 500 ? 1e12 : 100 + t % 2)];
        double[] y = Labels.RealisedVolatility(Closes(close), 10).Values;
        Assert.Equal(y[8..400], y[510..902]);
    }

    [Fact]
    public void The_next_range_is_compared_with_the_median_of_the_last_ones()
    {
        // ranges ln(H/L) = 3, 1, 2, 2, 5: medians of three: 2 at candle 2 (next 2: equal, so 0), 2 at candle 3 (next 5: 1)
        Candles c = Bars([.. new double[] { 3, 1, 2, 2, 5 }.Select(r => (1.0, Math.Exp(r), 1.0, 1.0))]);
        AssertLabel(Labels.RangeAboveMedian(c, 3), [(NaN, -1), (NaN, -1), (0, 3), (1, 4), (NaN, -1)]);
        // of two the mean of both: 2, 1.5, 2 at candles 1, 2, 3, against 2, 2, 5
        AssertLabel(Labels.RangeAboveMedian(c, 2), [(NaN, -1), (0, 2), (1, 3), (1, 4), (NaN, -1)]);
        AssertLabel(Labels.RangeAboveMedian(c, 1), [(0, 1), (1, 2), (0, 3), (1, 4), (NaN, -1)]);
        AssertLabel(Labels.RangeAboveMedian(c, int.MaxValue), [.. Enumerable.Repeat((NaN, -1), 5)]);
    }

    [Fact]
    public void The_median_equals_a_sorted_list_and_begins_anew_after_a_gap() =>
        Prop.ForAll(Seeds, Gen.Choose(1, 20).ToArbitrary(), (seed, period) =>
        {
            Candles c = Pairs(seed, 120)[0];
            if (seed % 3 == 0) c.Low[50] = seed % 2 == 0 ? NaN : 0;
            if (seed % 5 == 0) c.High[40..60].CopyTo(c.Low, 40);   // equal ranges
            double[] range = [.. Enumerable.Range(0, c.Count).Select(t => c.Low[t] > 0 ? Math.Log(c.High[t] / c.Low[t]) : NaN)];
            Label label = Labels.RangeAboveMedian(c, period);
            for (int t = 0; t < c.Count; t++)
            {
                bool known = t >= period - 1 && t + 1 < c.Count && Enumerable.Range(t - period + 2, period).All(c.Follows)
                    && range[(t - period + 1)..(t + 2)].All(double.IsFinite);
                double[] sorted = known ? [.. range[(t - period + 1)..(t + 1)].Order()] : [NaN];
                double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
                if (known && Math.Abs(range[t + 1] - median) < 1e-12) continue;   // a tie up to rounding
                Assert.Equal(known ? (range[t + 1] > median ? 1 : 0) : NaN, label.Values[t]);
                Assert.Equal(known ? CloseOf(c, t + 1) : long.MaxValue, label.KnownAt[t]);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Seven_days_are_168_hours()
    {
        Candles c = SmallMarket.Candles(5, 400);
        Assert.Equal(Labels.RangeAboveMedian(c, 168).Values, Labels.RangeAboveMedian(c).Values);
        Assert.Equal(167, Array.FindIndex(Labels.RangeAboveMedian(c).Values, double.IsFinite));
    }

    [Fact]
    public void The_volatility_of_the_last_returns_begins_anew_after_a_gap() => Prop.ForAll(Seeds,
        Gen.Choose(2, 20).ToArbitrary(), (seed, n) =>
    {
        Candles c = Pairs(seed, 100)[0];
        double[] sigma = Labels.Volatility(c, n);
        for (int t = 0; t < c.Count; t++)
        {
            bool known = t >= n && Enumerable.Range(t - n + 1, n).All(c.Follows);
            double[] r = known ? [.. Enumerable.Range(t - n + 1, n).Select(j => Math.Log(c.Close[j] / c.Close[j - 1]))] : [NaN];
            double mean = r.Average(), expected = Math.Sqrt(r.Sum(x => (x - mean) * (x - mean)) / (n - 1));
            AssertNear(expected, sigma[t]);
        }
    }).QuickCheckThrowOnFailure();
}
