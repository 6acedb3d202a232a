namespace Backtest.Tests.Statistics;

/// <summary>Whether p-values under the null hypothesis are uniform, as far as so many can tell.</summary>
static class Uniform
{
    /// <summary>Kolmogorov's distance from uniform is under 1.95/√n (exceeded once in 1,000 sets) plus what discreteness allows.</summary>
    public static void Require(double[] p, double allowance = 0.04)
    {
        double[] ascending = [.. p.Order()];
        double n = p.Length,
            distance = ascending.Select((value, i) => Math.Max(Math.Abs(value - i / n), Math.Abs(value - (i + 1) / n))).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(p.Length) + allowance, $"Kolmogorov distance {distance}");
    }
}
