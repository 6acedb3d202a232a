using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public class WindowsTests
{
    [Fact]
    public void Rows_before_the_end_do_not_change_when_the_future_is_deleted() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(60, 110).ToArbitrary(), (seed, count) =>
        {
            Candles all = Candles(seed, 120, gapAt: 55);
            Windows whole = Windows.Select(Series(all), 20, (_, time) => time < all.OpenTime[count - 1]),
                cut = Windows.Select(Series(Until(all, count)), 20, (_, _) => true);
            Assert.True(whole.Count > 0 && whole.Rows.SequenceEqual(cut.Rows));
            for (int row = 0; row < cut.Count; row++)
            {
                Assert.Equal(whole.Window(row), cut.Window(row));
                Assert.Equal(whole.NextReturn(row), cut.NextReturn(row));
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void No_window_bridges_a_gap_and_none_that_fits_is_missing(int length)
    {
        const int n = 200, gap = 90;
        Candles candles = Candles(3, n, gap);
        Windows rows = Windows.Select(Series(candles), length, (_, _) => true);
        int first = Week3Signals.FirstComplete + length - 1;
        // The last candle before the gap and the last of all have no next return.
        int[] expected = [.. Enumerable.Range(first, gap - 1 - first), .. Enumerable.Range(gap + length - 1, n - 1 - (gap + length - 1))];
        Assert.Equal(expected, rows.Rows.Select(r => r.End));
        foreach ((int _, int end) in rows.Rows)
            Assert.Equal((length - 1) * Hour, candles.OpenTime[end] - candles.OpenTime[end - length + 1]);
        Windows unlabelled = Windows.Select(Series(candles), length, (_, _) => true, labelled: false);
        Assert.Equal([gap - 1, n - 1], unlabelled.Rows.Select(r => r.End).Except(expected));
    }

    [Fact]
    public void A_window_holds_the_signals_of_its_candles_and_a_batch_holds_windows_and_targets()
    {
        Candles a = Candles(1, 80, name: "A"), b = Candles(2, 70, name: "B");
        Windows rows = Windows.Select(Series(a, b), 4, (_, _) => true);
        Assert.Equal((80 - 1 - 28 + 70 - 1 - 28, 1), (rows.Count, rows.TargetColumns));
        double[][] signals = Week3Signals.Compute(b);
        int last = rows.Count - 1;
        Assert.Equal((1, 68), rows.Rows[last]);
        float[] expected = [.. from t in Enumerable.Range(65, 4) from f in Enumerable.Range(0, 6) select (float)signals[f][t]];
        Assert.Equal(expected, rows.Window(last).ToArray());
        Assert.Equal(b.Close[69] / b.Close[68] - 1, rows.NextReturn(last));

        var rule = new LabelRule(0, 0.01);
        Windows labelled = rows.Labelled(rule, withMagnitude: true);
        var inputs = new float[2 * 24];
        var targets = new float[2 * 2];
        labelled.Copy([0, last], inputs, targets);
        Assert.Equal(expected, inputs[24..]);
        Assert.Equal([(float)rule.Class(rows.NextReturn(0)), rule.Magnitude(rows.NextReturn(0)), (float)rule.Class(rows.NextReturn(last)),
            rule.Magnitude(rows.NextReturn(last))], targets);
        Assert.Throws<InvalidOperationException>(() => rows.Copy([0], inputs, targets));
    }

    [Fact]
    public void A_feature_that_is_not_finite_breaks_the_run_of_candles()
    {
        Candles candles = Candles(4, 50);
        double[] column = [.. Enumerable.Range(0, 50).Select(t => t == 20 ? double.PositiveInfinity : t == 30 ? 1e300 : t)];
        var series = new MarketSeries(candles, [column]);
        int[] ends = [.. Enumerable.Range(0, 50).Where(t => series.HasWindow(t, 5))];
        Assert.Equal([.. Enumerable.Range(4, 16), .. Enumerable.Range(25, 5), .. Enumerable.Range(35, 15)], ends);
        Assert.Contains("expected 50 values, got 49",
            Assert.Throws<ArgumentException>(() => new MarketSeries(candles, [column[1..]])).Message);
    }
}
