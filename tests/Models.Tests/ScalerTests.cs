using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public class ScalerTests
{
    [Fact]
    public void Training_rows_get_mean_0_and_deviation_1_and_outliers_are_bounded()
    {
        MarketSeries[] series = Series(Candles(1, 400, name: "A"), Candles(2, 300, name: "B"));
        Windows training = Rows(series, 0, 350);
        StandardScaler scaler = Scaler.Fit(training);
        for (int f = 0; f < 6; f++)
        {
            double[] values = [.. training.Rows.Select(
                r => (series[r.Pair].Features(training.Features)[r.End * 6 + f] - scaler.Mean[f]) / scaler.Deviation[f])];
            Assert.Equal(0, values.Average(), 9);
            Assert.Equal(1, values.Average(v => v * v), 9);
        }
        float[] scaled = scaler.Apply(series[0].Features(training.Features));
        Assert.All(scaled[(Week3Signals.FirstComplete * 6)..], v => Assert.InRange(v, -Scaler.Limit, Scaler.Limit));
        Assert.True(float.IsNaN(scaled[0]));
        Assert.Equal([5f, -5f], new StandardScaler([0], [1]).Apply([7, -1e30f]));
        Assert.Equal([2f, -2f], new StandardScaler([1, 3], [0.5, 2]).Apply([2, -1]));
    }

    [Fact]
    public void A_constant_feature_is_left_at_zero()
    {
        Data.Candles candles = Candles(1, 40);
        var series = new MarketSeries(candles, [[.. candles.Close.Select(_ => 7.5)]]);
        StandardScaler scaler = Scaler.Fit(Windows.Select([series], 3, (_, _) => true));
        Assert.Equal((7.5, 1.0), (scaler.Mean[0], scaler.Deviation[0]));
        Assert.All(scaler.Apply(series.Features(series.Sets[0])), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Scaler_and_threshold_see_training_rows_only()
    {
        const int end = 200;
        Data.Candles all = Candles(5, 400), changed = Until(all, end, cut: false);
        Assert.NotEqual(all.Close[end..], changed.Close[end..]);
        // The label of candle t needs the close of t + 1: the last training row is end - 2.
        Windows before = Rows(Series(all), 0, end - 1), after = Rows(Series(changed), 0, end - 1);
        StandardScaler a = Scaler.Fit(before), b = Scaler.Fit(after), other = Scaler.Fit(Rows(Series(changed), 0, end + 50));
        Assert.Equal(a.Mean, b.Mean);
        Assert.Equal(a.Deviation, b.Deviation);
        Assert.Equal(LabelRule.Fit(before), LabelRule.Fit(after));
        Assert.NotEqual(a.Mean, other.Mean);
        Assert.NotEqual(LabelRule.Fit(before), LabelRule.Fit(Rows(Series(changed), 0, end + 50)));
    }

    [Fact]
    public void Nothing_to_fit_is_an_error()
        => Assert.Contains("expected training rows",
            Assert.Throws<ArgumentException>(() => Scaler.Fit(Rows(Series(Candles(1, 60)), 0, 1))).Message);
}
