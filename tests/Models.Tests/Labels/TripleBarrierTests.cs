using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.LabelMarket;

namespace NeuralCore.Models.Tests;

public class TripleBarrierTests
{
    const double NaN = double.NaN;

    /// <summary>A close of 100, then candles; σ is 25 %, so that with 1 σ the barriers lie at 125 and 75.</summary>
    static void Check(
        (double, double, double, double)[] after, Direction? side, double y, int last, BarrierOptions? options = null, int[]? hours = null)
    {
        Candles c = Bars([(100, 100, 100, 100), .. after], hours);
        double[] sigma = [0.25, .. after.Select(_ => NaN)];   // a label of the first candle alone
        (Label actual, Label back) = Labels.TripleBarrier(c, sigma, options ?? One);
        AssertLabel(actual, [(side is null ? NaN : (double)side, last), .. after.Select(_ => (NaN, -1))]);
        AssertLabel(back, [(y, last), .. after.Select(_ => (NaN, -1))]);
    }

    static readonly BarrierOptions One = new() { Upper = 1, Lower = 1, Horizon = 3 };
    static readonly (double, double, double, double) Calm = (100, 120, 80, 110);

    [Fact]
    public void The_first_barrier_touched_decides()
    {
        Check([Calm, (110, 125, 100, 120), Calm], Direction.Up, 0.25, 2);      // the high of candle 2 reaches 125
        Check([(100, 110, 75, 90), Calm, Calm], Direction.Down, -0.25, 1);     // the low of candle 1 reaches 75
        Check([Calm, Calm, Calm], Direction.Neutral, 0.1, 3);                  // three candles within: out at the close of 110
        Check([Calm, Calm, (100, 130, 90, 95)], Direction.Up, 0.25, 3);        // touched in the last candle, whatever its close
        Check([Calm, Calm, Calm, (100, 130, 70, 100)], Direction.Neutral, 0.1, 3);
        Check([Calm, Calm, Calm], Direction.Up, 0.1, 3, One with { SignAtHorizon = true });
        Check([Calm, Calm, (100, 100, 90, 90)], Direction.Down, -0.1, 3, One with { SignAtHorizon = true });
        Check([Calm, Calm, (100, 100, 90, 100)], Direction.Neutral, 0, 3, One with { SignAtHorizon = true });
    }

    [Fact]
    public void When_one_candle_touches_both_the_open_or_the_option_decides()
    {
        (double, double, double, double) wild = (100, 130, 70, 100);
        Check([wild], Direction.Down, -0.25, 1);
        Check([wild], Direction.Up, 0.25, 1, One with { BothTouched = FirstTouch.Upper });
        Check([wild], null, NaN, -1, One with { BothTouched = FirstTouch.Unknown });
        Check([Calm, (128, 130, 70, 100)], Direction.Up, 0.28, 2);             // it opened above the upper barrier
        Check([Calm, (72, 130, 70, 100)], Direction.Down, -0.28, 2, One with { BothTouched = FirstTouch.Upper });
        Check([Calm, (128, 130, 70, 100)], Direction.Up, 0.28, 2, One with { BothTouched = FirstTouch.Unknown });
        Check([Calm, (140, 150, 130, 135)], Direction.Up, 0.40, 2);            // a jump beyond the barrier is filled at the open
        Check([Calm, (60, 70, 50, 65)], Direction.Down, -0.40, 2);
    }

    [Fact]
    public void A_barrier_may_be_left_out()
    {
        Check([Calm, (100, 500, 90, 95), Calm], Direction.Neutral, 0.1, 3, One with { Upper = double.PositiveInfinity });
        Check([Calm, (100, 100, 1, 95), Calm], Direction.Neutral, 0.1, 3, One with { Lower = double.PositiveInfinity });
        Check([Calm, (100, 150, 60, 95)], Direction.Up, 0.5, 2, One with { Upper = 2, Lower = 3 });
    }

    [Fact]
    public void Without_all_candles_up_to_the_touch_it_is_unknown()
    {
        Check([Calm, Calm], null, NaN, -1);                                                          // the end before three candles
        Check([Calm, Calm, Calm], null, NaN, -1, hours: [0, 1, 2, 4]);                               // a gap before the third
        Check([Calm, (100, 125, 90, 95), Calm], Direction.Up, 0.25, 2, hours: [0, 1, 2, 4]);         // a gap after the touch
        Check([(100, NaN, 80, 100), (100, 125, 90, 95)], null, NaN, -1);                             // a candle without a high
        Check([(100, 120, 0, 100), Calm, Calm], null, NaN, -1);                                      // a price of nothing
    }

    [Fact]
    public void Without_a_volatility_there_is_no_label()
    {
        Candles c = Bars([(100, 100, 100, 100), Calm, Calm, Calm]);
        foreach (double sigma in (double[])[0, -1, NaN, double.PositiveInfinity])
            Assert.False(Labels.TripleBarrier(c, [sigma, NaN, NaN, NaN], One).Side.IsKnown(0));
    }

    [Fact]
    public void It_equals_the_earlier_of_two_searches() =>
        Prop.ForAll(Seeds, Gen.Choose(1, 12).ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), (seed, k, tenths) =>
        {
            Candles c = SmallMarket.Candles(seed, 100, 20 + seed % 60);
            double[] sigma = Labels.Volatility(c, 6);
            double u = tenths / 10.0, d = 3 - u + 0.1;
            (Label side, Label back) = Labels.TripleBarrier(c, sigma, new BarrierOptions { Upper = u, Lower = d, Horizon = k });
            for (int t = 0; t < c.Count; t++)
            {
                int[] after = [.. Enumerable.Range(t + 1, k).TakeWhile(j => j < c.Count && c.Follows(j))];
                double upper = c.Close[t] * (1 + u * sigma[t]), lower = c.Close[t] * (1 - d * sigma[t]);
                int up = Array.Find(after, j => c.High[j] >= upper), down = Array.Find(after, j => c.Low[j] <= lower);   // 0: never
                (double Side, double Return, int Last) expected = (up, down) switch
                {
                    _ when double.IsNaN(sigma[t]) => (NaN, NaN, -1),
                    (0, 0) => after.Length < k ? (NaN, NaN, -1) : (1, c.Close[t + k] / c.Close[t] - 1, t + k),
                    (_, 0) => (2, upper / c.Close[t] - 1, up),
                    (0, _) => (0, lower / c.Close[t] - 1, down),
                    _ when up < down => (2, upper / c.Close[t] - 1, up),
                    _ => (0, lower / c.Close[t] - 1, down),   // a candle opens at the close before it, so never beyond a barrier
                };
                Assert.Equal(expected.Side, side.Values[t]);
                AssertNear(expected.Return, back.Values[t]);
                Assert.Equal(expected.Last < 0 ? long.MaxValue : CloseOf(c, expected.Last), side.KnownAt[t]);
                Assert.Equal(side.KnownAt[t], back.KnownAt[t]);
            }
        }).QuickCheckThrowOnFailure();
}
