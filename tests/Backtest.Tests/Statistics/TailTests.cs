using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class TailTests
{
    // scipy 1.10.1: 2 * stats.t.sf(t, nu)
    [Theory]
    [InlineData(5, 2.0, 0.10193947882985828)]
    [InlineData(23, 1.3, 0.20647885533602045)]
    [InlineData(1e3, 3.1, 0.0019893455311220942)]
    [InlineData(1e5, 1.0, 0.3173129275641102)]
    [InlineData(1e6, 2.5, 0.012419489502163228)]
    [InlineData(1e7, 3.0, 0.0026998027110371613)]
    [InlineData(1e8, 0.5, 0.6170750785521781)]
    [InlineData(1, 2.0, 0.2951672353008664)]
    [InlineData(2, 1e10, 9.999999999999998e-21)]
    public void StudentEqualsScipy(double degrees, double t, double twoSided)
    {
        // ν/(ν + t²) near 1 is rounded, which counts ν times as much.
        Assert.Equal(1, 2 * Tail.StudentAbove(t, degrees) / twoSided, Math.Max(1e-9, 1e-14 * degrees));
        Assert.Equal(1, Tail.StudentAbove(t, degrees) + Tail.StudentAbove(-t, degrees), 1e-14);
        Assert.Equal(0, Tail.StudentAbove(double.PositiveInfinity, degrees));
        Assert.Equal(1, Tail.StudentAbove(double.NegativeInfinity, degrees));
    }

    // scipy: stats.norm.sf(8), stats.chi2.sf(40, 1)
    [Fact]
    public void FarTailsKeepTheirDigits()
    {
        Assert.Equal(1, Tail.NormalAbove(8) / 6.22096057427178e-16, 1e-12);
        Assert.Equal(1, Tail.ChiSquareAbove(40) / 2.5396285894708634e-10, 1e-12);
        Assert.Equal(0.5, Tail.NormalBelow(0), 1e-16);
        Assert.True(double.IsNaN(Tail.StudentAbove(double.NaN, 5)));
    }
}
