using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Weights that move with what becomes known, by hand.</summary>
public sealed class AdaptiveTests
{
    static readonly MarketSeries[] series = Series(Candles(17, 500));
    static readonly Windows training = Rows(series, 0, 249), none = Rows(series, 0, 0);

    static readonly Adaptive model = (Adaptive)new Adaptive { HalfLife = 10 }.With("weight_boosting", 0).With("neutral_share", 0);

    static CombinedPredictor Learned(Windows validation, params Prediction[][] said)
    {
        CombinedPredictor predictor = model.Create();
        predictor.Learn(training, validation, said, new FitContext(1));
        return predictor;
    }

    /// <summary>The first member says what came with 0.9, the second with 0.3.</summary>
    static Prediction[][] Said(Windows rows) => [Of(rows, 0.9f), Of(rows, 0.3f)];

    static Prediction[] Of(Windows rows, float right) => [.. Enumerable.Range(0, rows.Count)
        .Select(row => rows.NextReturn(row) > 0 ? new Prediction(1 - right, 0, right) : new Prediction(right, 0, 1 - right))];

    [Fact]
    public void Weights_follow_the_losses_that_are_known_by_then()
    {
        Windows rows = Rows(series, 300, 306);
        Prediction[] said = Learned(none, [], []).Combine(rows, Said(rows));
        double threshold = MarketState.Median(MarketState.RelativeVolatility(training, 24)), half = Math.Pow(0.5, 0.1);
        double[][] sums = [new double[2], new double[2]];
        int[] kind = [.. MarketState.RelativeVolatility(rows, 24).Select(v => v > threshold ? 1 : 0)];
        for (int row = 0; row < 6; row++)
        {
            // The label of the row before is known when this row closes; each step halves a tenth.
            if (row > 0)
            {
                foreach (double[] sum in sums) (sum[0], sum[1]) = (sum[0] * half, sum[1] * half);
                sums[kind[row - 1]][0] -= Math.Log(0.9);
                sums[kind[row - 1]][1] -= Math.Log(0.3);
            }
            double w = 1 / (1 + Math.Exp(sums[kind[row]][0] - sums[kind[row]][1])), right = w * 0.9 + (1 - w) * 0.3;
            Assert.Equal(right, rows.NextReturn(row) > 0 ? said[row].Up : said[row].Down, 1e-6);
        }
    }

    [Fact]
    public void A_row_asked_for_alone_has_the_fitted_weights_and_they_fade()
    {
        Windows validation = Rows(series, 250, 299).Until(300 * Hour), next = Rows(series, 300, 301), late = Rows(series, 450, 451),
            early = Rows(series, 260, 261);
        CombinedPredictor predictor = Learned(validation, Said(validation));
        double Right(Windows row) => Math.Max(predictor.Combine(row, Said(row))[0].Up, 0) is var up && row.NextReturn(0) > 0
            ? up : predictor.Combine(row, Said(row))[0].Down;
        Assert.True(Right(next) > 0.85);            // the better member has almost all weight
        Assert.Equal(0.6, Right(late), 0.01);       // 150 candles later it is as it was set: half and half
        Assert.Equal(0.6, Right(early), 1e-6);      // and on rows from before the end of the fit
    }

    [Fact]
    public void Later_labels_change_no_earlier_weight()
    {
        Windows rows = Rows(series, 300, 400);
        CombinedPredictor predictor = Learned(none, [], []);
        Prediction[][] said = Said(rows);
        Prediction[] whole = predictor.Combine(rows, said);
        foreach (int count in (int[])[1, 2, 50, 99])
        {
            Windows some = Rows(Series(Until(Candles(17, 500), 300 + count)), 300, 400);     // the last of them with an unknown return
            Prediction[] part = predictor.Combine(some, [.. said.Select(s => s[..some.Count])]);
            Assert.Equal(whole.Take(some.Count), part);
        }
        // The order in which rows are asked for plays no part.
        int[] back = [.. Enumerable.Range(0, rows.Count).Reverse()];
        Assert.Equal(whole.Reverse(), predictor.Combine(rows.Take(back), [.. said.Select(s => s.Reverse().ToArray())]));
    }
}
