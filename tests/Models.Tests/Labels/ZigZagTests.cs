using FsCheck;
using FsCheck.Fluent;
using Models.Tests.Data;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.LabelMarket;

namespace NeuralCore.Models.Tests;

public class ZigZagTests
{
    const double NaN = double.NaN;

    static Candles Ranges(params (double High, double Low)[] ranges) => Bars([.. ranges.Select(r => (r.Low, r.High, r.Low, r.Low))]);

    static void AssertPivots(ZigZag zigzag, params (int Index, double Price, Swing Swing, int Confirmed)[] expected) =>
        Assert.Equal(expected, zigzag.Pivots.Select(p => (p.Index, p.Price, p.Swing, p.ConfirmedIndex)));

    /// <summary>10 %: from a top P the level is 0.9 P, from a bottom 1.1 P.</summary>
    static readonly Candles HandMade = Ranges(
        (100, 99),    //  0
        (110, 104),   //  1  110 >= 1.1·99 = 108.9: bottom 99 of candle 0; top 110
        (121, 112),   //  2  top 121, level 108.9
        (118, 109),   //  3
        (119, 108),   //  4  108 <= 108.9: top 121 of candle 2; bottom 108
        (112, 107),   //  5  bottom 107, level 117.7
        (118, 108),   //  6  118 >= 117.7: bottom 107 of candle 5, above 99: HL; top 118, level 106.2
        (125, 105),   //  7  both a new top, 125, and below 106.2: the leg goes on; it has passed 121
        (120, 112),   //  8  112 <= 112.5: top 125 of candle 7: HH; bottom 112
        (115, 100),   //  9  bottom 100, has passed 107
        (111, 101),   // 10  111 >= 110: bottom 100 of candle 9: LL; top 111
        (125, 113),   // 11  top 125, level 112.5; has not passed 125
        (113, 110));  // 12  110 <= 112.5: top 125 of candle 11, equal to 125: LH; bottom 110

    [Fact]
    public void Turning_points_are_found_and_named()
    {
        ZigZag zigzag = ZigZag.Of(HandMade, Reversal.OfPercent(10));
        AssertPivots(zigzag, (0, 99, Swing.First, 1), (2, 121, Swing.First, 4), (5, 107, Swing.HigherLow, 6), (7, 125, Swing.HigherHigh, 8),
            (9, 100, Swing.LowerLow, 10), (11, 125, Swing.LowerHigh, 12));
        Assert.Equal([false, true, false, true, false, true], zigzag.Pivots.Select(p => p.IsHigh));
        Assert.All(zigzag.Pivots, p => Assert.Equal((p.Index * Hour, (p.ConfirmedIndex + 1) * Hour), (p.Time, p.ConfirmedAt)));
        Assert.Equal<sbyte>([0, 1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1], zigzag.Side);
        Assert.Equal([7, 9], Enumerable.Range(0, 13).Where(t => zigzag.Passed[t]));
        Assert.Equal([0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6], Enumerable.Range(0, 13).Select(t => zigzag.Confirmed(t).Length));
    }

    [Fact]
    public void Each_candle_is_known_to_be_a_turning_point_or_not() =>
        // candles 1, 4, 6, 8 and 10 make an extreme that the next candle exceeds; candle 12 may still become a bottom
        AssertLabel(ZigZag.Of(HandMade, Reversal.OfPercent(10)).TurningPoints,
            [(-1, 1), (0, 2), (1, 4), (0, 3), (0, 5), (-1, 6), (0, 7), (1, 8), (0, 9), (-1, 10), (0, 11), (1, 12), (NaN, -1)]);

    [Fact]
    public void A_level_that_is_just_reached_confirms()
    {
        AssertPivots(ZigZag.Of(Ranges((100, 90), (99, 75)), Reversal.OfPercent(25)), (0, 100, Swing.First, 1));       // 75 = 0.75·100
        AssertPivots(ZigZag.Of(Ranges((100, 90), (99, 75.01)), Reversal.OfPercent(25)));
        AssertPivots(ZigZag.Of(Ranges((100, 80), (100, 85)), Reversal.OfPercent(25)), (0, 80, Swing.First, 1));       // 100 = 1.25·80
    }

    [Fact]
    public void At_the_start_a_candle_that_would_confirm_both_decides_nothing() =>
        // 5 %: levels 104.5 and 105 of the first candle; the second reaches both, the third the lower alone
        AssertPivots(ZigZag.Of(Ranges((110, 100), (109, 101), (104.6, 102)), Reversal.OfPercent(5)), (0, 110, Swing.First, 2));

    [Fact]
    public void Of_equal_extremes_the_first_counts() =>
        AssertPivots(ZigZag.Of(Ranges((100, 99), (120, 110), (120, 112), (120, 111), (118, 100)), Reversal.OfPercent(10)),
            (0, 99, Swing.First, 1), (1, 120, Swing.First, 4));

    [Fact]
    public void An_average_true_range_at_the_extreme_sets_the_level()
    {
        // ATR(2), Wilder. True ranges from candle 1 on: 11 - 9.5 = 1.5 and 12 - 10.5 = 1.5, so 1.5 at candle 2, the first looked at:
        // levels 12 - 1.5 = 10.5 and 11 + 1.5 = 12.5. Candle 3: range 14 - 11.5 = 2.5, average (1.5 + 2.5) / 2 = 2; 14 >= 12.5
        // confirms the bottom 11, and the top 14 has the level 12. Candle 4 (average 1.5): low 12.5 is above. Candle 5 reaches 12.
        Candles c = Bars([(9, 10, 9, 9.5), (10, 11, 10, 10.5), (11, 12, 11, 11.5), (13, 14, 13, 13.5), (13.5, 13.5, 12.5, 13),
            (13, 13, 12, 12.5)]);
        AssertPivots(ZigZag.Of(c, Reversal.OfAtr(1, 2)), (2, 11, Swing.First, 3), (3, 14, Swing.First, 5));
    }

    [Fact]
    public void After_a_gap_or_a_broken_candle_everything_starts_anew()
    {
        (double, double)[] ranges = [(100, 99), (110, 104), (121, 112), (119, 108), (130, 120), (118, 105), (140, 130), (150, 145)];
        int[] hours = [0, 1, 2, 3, 5, 6, 7, 8];
        Candles c = Bars([.. ranges.Select(r => (r.Item2, r.Item1, r.Item2, r.Item2))], hours);
        ZigZag zigzag = ZigZag.Of(c, Reversal.OfPercent(10));
        AssertPivots(zigzag, (0, 99, Swing.First, 1), (2, 121, Swing.First, 3), (4, 130, Swing.First, 5), (5, 105, Swing.First, 6));
        Assert.Equal<sbyte>([0, 1, 1, -1, 0, -1, 1, 1], zigzag.Side);
        // 140 and 150, beyond the top 130 of their side of the gap.
        Assert.Equal([6, 7], Enumerable.Range(0, 8).Where(t => zigzag.Passed[t]));
        foreach (double broken in (double[])[NaN, 0, -5, double.PositiveInfinity])
        {
            Candles b = Bars([.. ranges.Select(r => (r.Item2, r.Item1, r.Item2, r.Item2))]);
            b.Low[3] = broken;
            ZigZag other = ZigZag.Of(b, Reversal.OfPercent(10));
            AssertPivots(other, (0, 99, Swing.First, 1), (4, 130, Swing.First, 5), (5, 105, Swing.First, 6));
            Assert.Equal(0, other.Side[3]);
        }
    }

    /// <summary>The turning points by going back to the start of the leg at every candle; candles without a gap.</summary>
    static List<(int Index, double Price, int Confirmed)> Search(Candles c, Func<int, double, double> distance)
    {
        var pivots = new List<(int, double, int)>();
        int side = 0, begin = Enumerable.Range(0, c.Count).First(t => double.IsFinite(distance(t, 1)));
        for (int t = begin + 1; t < c.Count; t++)
        {
            int[] leg = [.. Enumerable.Range(begin, t - begin)];
            int top = leg.MaxBy(j => c.High[j]), bottom = leg.MinBy(j => c.Low[j]);
            bool falls = side >= 0 && c.High[t] <= c.High[top] && c.Low[t] <= c.High[top] - distance(top, c.High[top]);
            bool rises = side <= 0 && c.Low[t] >= c.Low[bottom] && c.High[t] >= c.Low[bottom] + distance(bottom, c.Low[bottom]);
            if (falls == rises) continue;
            pivots.Add(falls ? (top, c.High[top], t) : (bottom, c.Low[bottom], t));
            (side, begin) = (falls ? -1 : 1, t);
        }
        return pivots;
    }

    [Theory]
    [MemberData(nameof(Reversals))]
    public void Turning_points_equal_a_search_from_the_start_of_each_leg(string name) => Prop.ForAll(Seeds, seed =>
    {
        Candles c = SmallMarket.Candles(seed, 200);
        Reversal reversal = Named(name);
        double[] atr = new double[c.Count];
        if (reversal.AtrPeriod > 0) Indicators.Atr(c.High, c.Low, c.Close, reversal.AtrPeriod, atr);
        var expected = Search(c, (t, price) => reversal.Percent / 100 * price + reversal.AtrMultiple * atr[t]);
        Assert.Equal(expected, ZigZag.Of(c, reversal).Pivots.Select(p => (p.Index, p.Price, p.ConfirmedIndex)));
    }).QuickCheckThrowOnFailure();

    public static TheoryData<string> Reversals => ["2 %", "8 %", "1 ATR", "3 ATR"];

    static Reversal Named(string name) => name.EndsWith('%') ? Reversal.OfPercent(name[0] - '0') : Reversal.OfAtr(name[0] - '0');

    [Theory]
    [MemberData(nameof(Reversals))]
    public void What_holds_for_random_walks(string reversal) => Prop.ForAll(Seeds, seed =>
    {
        Candles c = SmallMarket.Candles(seed, 300, 100 + seed % 150);
        CheckRules(c, ZigZag.Of(c, Named(reversal)));
        CheckPrefix(c, Named(reversal), 20 + seed % 280);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Reversals))]
    public void What_holds_for_real_candles(string reversal)
    {
        string file = SharedFolder.Require("data/klines/BTCUSDT/BTC_1h.parquet");
        Candles c = CandleFile.Read(file, "BTCUSDT", "BTC", Timeframe.Parse("1h")).Candles;
        ZigZag zigzag = ZigZag.Of(c, Named(reversal));
        Assert.InRange(zigzag.Pivots.Count, 100, c.Count / 2);
        CheckRules(c, zigzag);
        for (int n = 1; n < c.Count; n += 2999) CheckPrefix(c, Named(reversal), n);
    }

    static void CheckRules(Candles c, ZigZag zigzag)
    {
        var run = new int[c.Count];   // of each candle: the first one since the last gap
        for (int t = 1; t < c.Count; t++) run[t] = c.Follows(t) ? run[t - 1] : t;
        for (int i = 0; i < zigzag.Pivots.Count; i++)
        {
            Pivot p = zigzag.Pivots[i];
            Assert.True(p.Index < p.ConfirmedIndex && p.Time == c.OpenTime[p.Index] && p.ConfirmedAt == CloseOf(c, p.ConfirmedIndex));
            Assert.Equal(p.IsHigh ? c.High[p.Index] : c.Low[p.Index], p.Price);
            Assert.All(Enumerable.Range(p.Index + 1, p.ConfirmedIndex - p.Index), j => Assert.True(c.Follows(j)));
            Assert.Equal(i < 2 || run[zigzag.Pivots[i - 2].Index] != run[p.Index], p.Swing == Swing.First);
            if (i < 1 || run[zigzag.Pivots[i - 1].Index] != run[p.Index]) continue;   // the first of its run
            Pivot before = zigzag.Pivots[i - 1];
            Assert.NotEqual(before.IsHigh, p.IsHigh);
            Assert.InRange(p.Index, before.ConfirmedIndex, p.ConfirmedIndex - 1);
            double[] leg = (p.IsHigh ? c.High : c.Low)[before.ConfirmedIndex..(p.ConfirmedIndex + 1)];
            Assert.Equal(p.IsHigh ? leg.Max() : leg.Min(), p.Price);
            if (p.Swing == Swing.First) continue;
            Pivot same = zigzag.Pivots[i - 2];
            Swing expected = p.IsHigh ? p.Price > same.Price ? Swing.HigherHigh : Swing.LowerHigh
                : p.Price < same.Price ? Swing.LowerLow : Swing.HigherLow;
            Assert.Equal(expected, p.Swing);
        }
        for (int t = 0; t < c.Count; t++)
        {
            ReadOnlySpan<Pivot> known = zigzag.Confirmed(t);
            Assert.True(known.IsEmpty || known[^1].ConfirmedIndex <= t);
            Assert.True(known.Length == zigzag.Pivots.Count || zigzag.Pivots[known.Length].ConfirmedIndex > t);
            if (zigzag.Side[t] == 0) Assert.False(zigzag.Passed[t]);
            if (zigzag.Side[t] == 0 || known.Length < 2) continue;
            Pivot last = known[^1], same = known[^2];
            Assert.Equal(last.IsHigh ? -1 : 1, zigzag.Side[t]);
            double[] leg = (last.IsHigh ? c.Low : c.High)[last.ConfirmedIndex..(t + 1)];
            Assert.Equal(run[same.Index] == run[t] && (last.IsHigh ? leg.Min() < same.Price : leg.Max() > same.Price), zigzag.Passed[t]);
        }
    }

    /// <summary>The first candles alone, or with another future, give what the whole gave by then.</summary>
    static void CheckPrefix(Candles c, Reversal reversal, int count)
    {
        ZigZag whole = ZigZag.Of(c, reversal);
        foreach (Candles other in (Candles[])[Cut(c, CloseOf(c, count - 1)), Multiplied(c, CloseOf(c, count - 1))])
        {
            ZigZag part = ZigZag.Of(other, reversal);
            Assert.Equal(whole.Side[..count], part.Side[..count]);
            Assert.Equal(whole.Passed[..count], part.Passed[..count]);
            Assert.Equal(whole.Confirmed(count - 1).ToArray(), part.Confirmed(count - 1).ToArray());
        }
    }

    [Fact]
    public void Fed_candle_by_candle_it_says_the_same()
    {
        Candles c = SmallMarket.Candles(8, 500, 300);
        ZigZag zigzag = ZigZag.Of(c, Reversal.OfAtr(2));
        var state = new ZigZagState(Reversal.OfAtr(2), c.Timeframe);
        var pivots = new List<Pivot>();
        for (int t = 0; t < c.Count; t++)
        {
            if (state.Next(c.OpenTime[t], c.High[t], c.Low[t], c.Close[t]) is { } pivot) pivots.Add(pivot);
            Assert.Equal((zigzag.Side[t], zigzag.Passed[t]), (state.Side, state.Passed));
            double[] prices = state.Side > 0 ? c.High : c.Low;
            Assert.Equal(state.Side == 0 ? (-1, NaN) : (state.ExtremeIndex, prices[state.ExtremeIndex]),
                (state.ExtremeIndex, state.ExtremePrice));
        }
        Assert.Equal(zigzag.Pivots, pivots);
        Assert.True(pivots.Count > 20);
    }

    [Fact]
    public void Wrong_reversals_are_errors_that_say_so()
    {
        Says("percentage in (0, 100), got 100", () => Reversal.OfPercent(100));
        Says("percentage in (0, 100), got NaN", () => Reversal.OfPercent(NaN));
        Says("multiple above 0, got 0", () => Reversal.OfAtr(0));
        Says("ATR period of at least 1, got 0", () => Reversal.OfAtr(2, 0));
        Assert.Throws<ArgumentNullException>(() => ZigZag.Of(HandMade, null!));

        static void Says(string reason, Func<object> act) =>
            Assert.Contains(reason, Assert.ThrowsAny<ArgumentException>(() => _ = act()).Message, StringComparison.Ordinal);
    }
}
