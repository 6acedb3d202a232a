using FsCheck;
using FsCheck.Fluent;
using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public class HolmTests
{
    // statsmodels 0.13.5: multipletests([0.01, 0.04, 0.03, 0.005, 0.2], method="holm")[1] gives 0.04, 0.09, 0.09, 0.025, 0.2
    // (Holm's own step-down: at 0.03 m - j + 1 = 3, at 0.04 still 0.09).
    [Fact]
    public void EqualsStatsmodels()
    {
        double[] adjusted = Holm.Adjust([0.01, 0.04, 0.03, 0.005, 0.2]);
        double[] expected = [0.04, 0.09, 0.09, 0.025, 0.2];
        for (int i = 0; i < 5; i++) Assert.Equal(expected[i], adjusted[i], 1e-15);
    }

    /// <summary>
    /// A hypothesis is rejected at α if every set of hypotheses that holds it is rejected by Bonferroni: the closed test.
    /// </summary>
    [Fact]
    public void RejectsWhatTheClosedTestRejects() => Prop.ForAll(Gen.Choose(0, 100).Select(i => i / 400.0).ArrayOf(6).ToArbitrary(), p =>
    {
        double[] adjusted = Holm.Adjust(p);
        for (int i = 0; i < p.Length; i++)
        {
            double largest = 0;
            for (int set = 0; set < 1 << p.Length; set++)
            {
                if ((set >> i & 1) == 0) continue;
                double[] members = [.. p.Where((_, j) => (set >> j & 1) == 1)];
                largest = Math.Max(largest, Math.Min(1, members.Length * members.Min()));
            }
            if (Math.Abs(largest - adjusted[i]) > 1e-15) return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TestsThatCouldNotBeMadeDoNotCount()
    {
        Assert.Equal([0.02, double.NaN, 0.5], Holm.Adjust([0.01, double.NaN, 0.5]));
        Assert.Empty(Holm.Adjust([]));
        Assert.Throws<ArgumentException>(() => Holm.Adjust([1.5]));
    }

    [Fact]
    public void AFalseFindingIsAsRareAsItSays()
    {
        var random = new CounterRandom(31, 0);
        int found = 0;
        for (int run = 0; run < 4_000; run++)
            found += Holm.Adjust([.. Enumerable.Range(0, 10).Select(_ => random.NextDouble())]).Any(p => p < 0.05) ? 1 : 0;
        Assert.InRange(found / 4_000.0, 0.038, 0.060);
    }
}
