using FsCheck;
using FsCheck.Fluent;
using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

/// <summary>Pesaran-Timmermann and McNemar.</summary>
public class DirectionTestsTests
{
    static (int[] Called, int[] Came) Table(int upUp, int upDown, int downUp, int downDown) => (
        [.. Enumerable.Repeat(1, upUp + upDown), .. Enumerable.Repeat(-1, downUp + downDown)],
        [.. Enumerable.Repeat(1, upUp), .. Enumerable.Repeat(-1, upDown), .. Enumerable.Repeat(1, downUp),
            .. Enumerable.Repeat(-1, downDown)]);

    // The paper's formula in numpy 1.24, V(P) and V(P*) apart; scipy 1.10.1: stats.norm.sf(S). S² is also
    // stats.chi2_contingency([[uu, ud], [du, dd]], correction=False)[0] * n / (n - 1).
    [Theory]
    [InlineData(30, 20, 15, 35, 3.0303030303030307, 0.0012215424135802496)]
    [InlineData(60, 40, 50, 50, 1.4249048351197924, 0.07709235590069685)]
    [InlineData(2600, 2400, 2450, 2550, 3.0003000300030025, 0.0013485689423974)]
    [InlineData(3, 5, 6, 4, -0.9761870601839527, 0.8355141127946877)]
    public void PesaranTimmermannEqualsThePapersFormula(int upUp, int upDown, int downUp, int downDown, double s, double p)
    {
        (int[] called, int[] came) = Table(upUp, upDown, downUp, downDown);
        Significance test = PesaranTimmermann.Test(called, came);
        Assert.Equal(1, test.Statistic / s, 1e-12);
        Assert.Equal(1, test.PValue / p, 1e-11);
        // Rows without a direction do not count.
        Assert.Equal(test, PesaranTimmermann.Test([.. called, 0, 1, 0], [.. came, 1, 0, 0]));
    }

    [Fact]
    public void CallsWithoutVariationSayNothing()
    {
        Assert.Equal(Significance.None, PesaranTimmermann.Test([], []));
        Assert.Equal(Significance.None, PesaranTimmermann.Test([1], [1]));
        Assert.Equal(Significance.None, PesaranTimmermann.Test([1, 1, 1], [1, -1, 1]));
        Assert.Equal(Significance.None, PesaranTimmermann.Test([1, -1, 1], [1, 1, 1]));
        Assert.Throws<ArgumentException>(() => PesaranTimmermann.Test([1], [1, 1]));
    }

    [Fact]
    public void PesaranTimmermannIsUniformWithoutSkillInARisingMarket()
    {
        var random = new CounterRandom(11, 0);
        var p = new double[2_000];
        for (int run = 0; run < p.Length; run++)
        {
            int[] called = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble() < 0.7 ? 1 : -1)];
            int[] came = [.. called.Select(_ => random.NextDouble() < 0.6 ? 1 : -1)];
            p[run] = PesaranTimmermann.Test(called, came).PValue;
        }
        Uniform.Require(p);
    }

    // statsmodels 0.13.5: mcnemar([[0, b], [c, 0]], exact=True).pvalue; exact=False, correction=True: statistic, pvalue.
    [Theory]
    [InlineData(150, 86, 3.715936139571387e-05, 16.81779661016949, 4.114562281345944e-05)]
    [InlineData(5, 12, 0.143463134765625, 2.1176470588235294, 0.1456100953968629)]
    [InlineData(6, 0, 0.03125, 4.166666666666667, 0.041226833337163815)]
    [InlineData(7, 8, 1.0, 0.0, 1.0)]
    [InlineData(1, 0, 1.0, 0.0, 1.0)]
    [InlineData(51_000, 50_000, 0.0016696304559914016, 9.88119801980198, 0.0016697618689883904)]
    public void McNemarEqualsStatsmodels(long b, long c, double exact, double chiSquare, double p)
    {
        var test = new McNemar(b, c);
        Assert.Equal(1, test.Exact.PValue / exact, 1e-9);
        Assert.Equal(Math.Min(b, c), test.Exact.Statistic);
        Assert.Equal(chiSquare, test.ChiSquare.Statistic, 1e-12);
        Assert.Equal(1, test.ChiSquare.PValue / p, 1e-12);
        Assert.Equal(test.Exact, new McNemar(c, b).Exact);
        Assert.Equal(test.ChiSquare, new McNemar(c, b).ChiSquare);
    }

    [Fact]
    public void ExactIsTheSumOverThePascalTriangle() => Prop.ForAll(Gen.Choose(0, 25).Two().ToArbitrary(), pair =>
    {
        (int b, int c) = pair;
        var row = new double[] { 1 };
        for (int n = 0; n < b + c; n++) row = [1, .. row.Zip(row.Skip(1), (x, y) => x + y), 1];
        double p = Math.Min(1, 2 * row.Take(Math.Min(b, c) + 1).Sum() / Math.Pow(2, b + c));
        return Math.Abs(new McNemar(b, c).Exact.PValue / p - 1) < 1e-13;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void McNemarEdges()
    {
        Assert.Equal(1, new McNemar(0, 0).Exact.PValue);
        Assert.Equal(new Significance(0, 1), new McNemar(0, 0).ChiSquare);
        Assert.Equal(new Significance(0, 1), new McNemar(10, 10).ChiSquare);
        Assert.Equal(1, new McNemar(10, 10).Exact.PValue);
        Assert.Equal(0, new McNemar(1_000_000, 0).Exact.PValue);
        Assert.InRange(new McNemar(500_000_000, 500_020_000).Exact.PValue, 0.525, 0.53);   // z = 20,000/√1e9 = 0.632
        Assert.Equal(new McNemar(2, 1), McNemar.Of([true, true, false, true, false], [false, false, true, true, false]));
        Assert.Throws<ArgumentException>(() => McNemar.Of([true], []));
    }

    [Fact]
    public void McNemarErrsNoMoreOftenThanItSays()
    {
        var random = new CounterRandom(12, 0);
        int exact = 0, chiSquare = 0;
        for (int run = 0; run < 4_000; run++)
        {
            int b = 0;
            for (int i = 0; i < 90; i++) b += random.NextInt32(2);
            exact += new McNemar(b, 90 - b).Exact.PValue < 0.05 ? 1 : 0;
            chiSquare += new McNemar(b, 90 - b).ChiSquare.PValue < 0.05 ? 1 : 0;
        }
        Assert.InRange(exact / 4_000.0, 0.02, 0.055);
        Assert.InRange(chiSquare / 4_000.0, 0.02, 0.055);
    }
}
