using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>What volatility is asked, what it sees, and what it may be trained on.</summary>
public class VolatilityTests
{
    static readonly Target target = Volatility.RangeAboveMedian;

    /// <summary>Candles of one day with these ranges ln(H/L): seven of them make the median.</summary>
    static Candles Days(params double[] ranges) => new()
    {
        Symbol = "XUSDT", Base = "X", Timeframe = Timeframe.Parse("1d"),
        OpenTime = [.. Enumerable.Range(0, ranges.Length).Select(t => t * 24 * Hour)],
        Open = [.. ranges.Select(_ => 1.0)], Close = [.. ranges.Select(_ => 1.0)], Low = [.. ranges.Select(_ => 1.0)],
        High = [.. ranges.Select(Math.Exp)], Volume = [.. ranges.Select(_ => 2.0)],
    };

    [Fact]
    public void The_target_is_plus_or_minus_one_and_its_rule_what_the_candle_itself_was()
    {
        // The median of the first seven is 0.04, of the next seven 0.05, then 0.05 again.
        Candles c = Days(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.04, 0.05, 0.01);
        Label label = target.Of(c);
        Assert.All(label.Values[..6], v => Assert.Equal(double.NaN, v));
        Assert.Equal([1, -1, -1, -1, double.NaN], label.Values[6..]);
        Assert.Equal(c.OpenTime[8], label.KnownAt[6]);     // the close of candle 7
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1, -1, -1, -1], target.Rule!(c));
        Assert.Equal(168, Labels.WeekOf(Timeframe.Parse("1h")));
        Assert.Equal(672, Labels.WeekOf(Timeframe.Parse("15m")));
        Assert.Equal(7, Labels.WeekOf(Timeframe.Parse("1d")));
    }

    [Fact]
    public void The_rule_knows_nothing_that_comes_after_the_candle()
    {
        Candles c = Candles(5, 300);
        double[] rule = target.Rule!(c);
        for (int count = 170; count < 300; count += 13) Assert.Equal(rule[..count], target.Rule(Until(c, count)));
        Assert.Contains(1.0, rule);
        Assert.Contains(-1.0, rule);
    }

    [Fact]
    public void A_row_whose_label_is_known_too_late_does_not_train()
    {
        Candles c = Candles(5, 300);
        MarketSeries[] series = MarketSeries.Of([c], new Volatility().FeatureSets);
        Windows Known(long by) => Windows.Select(series, 1, (_, time) => time < 250 * Hour, knownBy: by).For(target);
        // The label of candle 249 is known at the close of candle 250, which is 251 hours after the start.
        Assert.Equal(249, Known(251 * Hour).Rows[^1].End);
        Assert.Equal(248, Known(251 * Hour - 1).Rows[^1].End);
        Windows rows = Known(251 * Hour);
        Label label = target.Of(c);
        Assert.All(Enumerable.Range(0, rows.Count), row => Assert.Equal(label.Values[rows.Rows[row].End], rows.Value(row)));
        // Another future after that leaves the fitted model as it is.
        Prediction[] a = Fit(c), b = Fit(Until(c, 251, cut: false));
        Assert.Equal(a, b);
        Assert.NotEqual(a, Fit(Until(c, 240, cut: false)));

        static Prediction[] Fit(Candles candles)
        {
            MarketSeries[] series = MarketSeries.Of([candles], new Volatility().FeatureSets);
            Windows rows = Windows.Select(series, 1, (_, time) => time < 250 * Hour, knownBy: 251 * Hour);
            Predictor predictor = new Volatility { MaxIter = 20 }.Create();
            predictor.Fit(rows, rows, new FitContext(1));
            return predictor.Predict(Rows(series, 0, 240, 1));
        }
    }

    [Fact]
    public void Calm_and_wide_times_are_told_apart()
    {
        // Ranges stay wide or narrow for 30 candles at a time.
        Candles calm = Candles(9, 1500);
        Candles c = calm.With(calm.OpenTime, column => ReferenceEquals(column, calm.High)
            ? [.. calm.High.Select((_, t) => Math.Max(calm.Open[t], calm.Close[t]) * (t / 30 % 2 == 0 ? 1.001 : 1.05))] : column);
        MarketSeries[] series = MarketSeries.Of([c], new Volatility().FeatureSets);
        Predictor predictor = new Volatility { MaxIter = 50 }.Create();
        predictor.Fit(Rows(series, 0, 1000, 1), Rows(series, 1000, 1100, 1), new FitContext(1));
        Windows test = Rows(series, 1100, 1499, 1).For(target);
        Prediction[] said = predictor.Predict(test);
        double right = Enumerable.Range(0, test.Count).Count(row => Math.Sign(said[row].Up - said[row].Down) == test.Value(row))
            / (double)test.Count;
        Assert.True(right > 0.9, $"{right}");
        Assert.Equal(target, predictor.Model.Judged);
        Assert.Equal(0, predictor.Labels!.Threshold);
    }

    [Fact]
    public void Range_features_are_those_of_their_definition()
    {
        Candles[] pairs = [Candles(11, 420, name: "BTC"), Candles(12, 300, name: "ETH")];
        FeatureSet set = FeatureSet.Named("volatility");
        double[][][] columns = set.Compute(pairs, TestContext.Current.CancellationToken);
        for (int p = 0; p < 2; p++)
        {
            Candles c = pairs[p];
            double[] range = [.. c.High.Zip(c.Low, (h, l) => Math.Log(h / l))];
            double[] log = [.. range.Select(r => Math.Log(Math.Max(r, 1e-5)))], volume = [.. c.Volume.Select(v => Math.Log(v))];
            double average = log[0];
            for (int t = 1; t < c.Count; t++)
            {
                average += 2.0 / 13 * (log[t] - average);
                if (t < 167)
                {
                    Assert.Equal(double.NaN, Of("range_0", t));
                    continue;
                }
                double[] week = [.. range[(t - 167)..(t + 1)].Order()], volumes = [.. volume[(t - 167)..(t + 1)].Order()];
                double m = Math.Log((week[83] + week[84]) / 2);
                Near(log[t] - m, "range_0");
                Near(log[t - 3] - m, "range_3");
                Near(log[t - 23] - m, "range_day");
                Near(Enumerable.Range(1, 7).Average(k => log[t + 1 - 24 * k]) - m, "range_week");
                Near(average - m, "range_e12");
                Near(Math.Log(week[41] + 0.75 * (week[42] - week[41])) - m, "range_q25");
                Near(Math.Log(week[125] + 0.25 * (week[126] - week[125])) - m, "range_q75");
                Near(Math.Log(Math.Max(1e-5, Math.Abs(Math.Log(c.Close[t] / c.Close[t - 1])))) - m, "move_0");
                Near(volume[t] - (volumes[83] + volumes[84]) / 2, "volume_0");

                void Near(double expected, string name) => Assert.Equal(expected, Of(name, t), 1e-9);
            }

            double Of(string name, int t) => columns[p][set.Features.ToList().IndexOf(name)][t];
        }
    }
}
