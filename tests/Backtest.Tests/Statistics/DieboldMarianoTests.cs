using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class DieboldMarianoTests
{
    static (double[] First, double[] Second) Losses() => (
        [.. Enumerable.Range(1, 40).Select(t => 0.5 + 0.3 * Math.Sin(1.7 * t) + 0.01 * (7 * t % 11))],
        [.. Enumerable.Range(1, 40).Select(t => 0.55 + 0.25 * Math.Cos(0.9 * t) + 0.02 * (5 * t % 7))]);

    // statsmodels 0.13.5, d = first - second: dm = OLS(d, np.ones(n)).fit(cov_type="HAC", cov_kwds=dict(maxlags=h - 1,
    // use_correction=False, weights_func=weights_uniform or weights_bartlett)).tvalues[0];
    // dm *= np.sqrt((n + 1 - 2*h + h*(h - 1)/n)/n); p = 2 * scipy.stats.t.sf(abs(dm), n - 1).
    [Theory]
    [InlineData(1, LagWeights.Rectangular, -1.2320575822485036, 0.22530433268646524)]
    [InlineData(1, LagWeights.Bartlett, -1.2320575822485036, 0.22530433268646524)]
    [InlineData(2, LagWeights.Rectangular, -1.0563467034419294, 0.2973097226509804)]
    [InlineData(2, LagWeights.Bartlett, -1.1216812358436148, 0.26885694595221693)]
    [InlineData(4, LagWeights.Bartlett, -1.6232299489887172, 0.11259707213901783)]
    public void EqualsStatsmodels(int horizon, LagWeights weights, double statistic, double p)
    {
        (double[] first, double[] second) = Losses();
        var test = DieboldMariano.Of(first, second, horizon, weights);
        Assert.Equal(-0.051831952913266276, test.MeanDifference, 1e-14);
        Assert.Equal(statistic, test.Test.Statistic, 1e-11);
        Assert.Equal(p, test.Test.PValue, 1e-11);
        Assert.Equal(weights, test.Weights);

        var swapped = DieboldMariano.Of(second, first, horizon, weights);
        Assert.Equal(-statistic, swapped.Test.Statistic, 1e-11);
        Assert.Equal(p, swapped.Test.PValue, 1e-11);
        Assert.Equal(p / 2, DieboldMariano.Of(first, second, horizon, weights, Alternative.Less).Test.PValue, 1e-11);
        Assert.Equal(1 - p / 2, DieboldMariano.Of(first, second, horizon, weights, Alternative.Greater).Test.PValue, 1e-11);
    }

    [Fact]
    public void ANegativeVarianceIsReplacedByBartletts()
    {
        (double[] first, double[] second) = Losses();   // at h = 4 statsmodels' uniform weights give NaN
        Assert.Equal(DieboldMariano.Of(first, second, 4, LagWeights.Bartlett), DieboldMariano.Of(first, second, 4));
    }

    [Fact]
    public void Edges()
    {
        Assert.True(double.IsNaN(DieboldMariano.Of([], []).MeanDifference));
        Assert.Equal(Significance.None, DieboldMariano.Of([1], [2]).Test);
        Assert.Equal(Significance.None, DieboldMariano.Of([1, 2, 4], [2, 5, 4], horizon: 3).Test);
        Assert.Equal(new Significance(0, 1), DieboldMariano.Of([1, 2, 3], [1, 2, 3]).Test);
        Assert.Equal(new Significance(double.NegativeInfinity, 0), DieboldMariano.Of([1, 2, 3], [2, 3, 4]).Test);
        Assert.Throws<ArgumentException>(() => DieboldMariano.Of([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => DieboldMariano.Of([1, double.NaN], [1, 2]));
        Assert.Throws<ArgumentException>(() => DieboldMariano.Of([1, 2], [1, 2], horizon: 0));
    }

    [Theory]
    [InlineData(1, LagWeights.Rectangular)]
    [InlineData(4, LagWeights.Rectangular)]
    public void PValuesAreUniformWhereForecastsAreEquallyGood(int horizon, LagWeights weights)
    {
        var random = new CounterRandom(21, (ulong)horizon);
        var p = new double[1_500];
        for (int run = 0; run < p.Length; run++)
        {
            // Errors of forecasts h ahead: moving sums of h.
            double[] noise = [.. Enumerable.Range(0, 400 + horizon).Select(_ => random.NextNormal())];
            double[] d = [.. Enumerable.Range(0, 400).Select(t => noise.AsSpan(t, horizon).ToArray().Sum())];
            p[run] = DieboldMariano.Of(d, new double[400], horizon, weights).Test.PValue;
        }
        Uniform.Require(p);
    }

    [Fact]
    public void IgnoringTheHorizonFindsTooMuch()
    {
        var random = new CounterRandom(22, 0);
        int naive = 0, right = 0;
        for (int run = 0; run < 500; run++)
        {
            double[] noise = [.. Enumerable.Range(0, 308).Select(_ => random.NextNormal())];
            double[] d = [.. Enumerable.Range(0, 300).Select(t => noise.AsSpan(t, 8).ToArray().Sum())];
            naive += DieboldMariano.Of(d, new double[300]).Test.PValue < 0.05 ? 1 : 0;
            right += DieboldMariano.Of(d, new double[300], 8).Test.PValue < 0.05 ? 1 : 0;
        }
        Assert.True(naive > 150, $"{naive} of 500");
        Assert.True(right < 55, $"{right} of 500");
    }

    [Fact]
    public void MeansByTimeAreOnePerTimeInOrder()
    {
        Assert.Equal([2.5, -1, 4], TimeMeans.Of([7, 3, 9, 3, 7], [-3, 2, 4, 3, 1]));
        Assert.Empty(TimeMeans.Of([], []));
        Assert.Throws<ArgumentException>(() => TimeMeans.Of([1], []));
    }
}
