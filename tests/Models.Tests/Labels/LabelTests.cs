using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.LabelMarket;

namespace NeuralCore.Models.Tests;

/// <summary>What holds for every label.</summary>
public class LabelTests
{
    const int Count = 90, From = 50;   // candles; the first one after which the future is cut off

    /// <summary>Every label, of the first of three pairs.</summary>
    static readonly Dictionary<string, Func<Candles[], Label>> All = new()
    {
        ["return 1"] = p => Labels.Returns(p[0], 1),
        ["return 30"] = p => Labels.Returns(p[0], 30),
        ["log return 5"] = p => Labels.LogReturns(p[0], 5),
        ["fill return 10"] = p => Labels.FillReturns(p[0], 10),
        ["relative to the median"] = p => Labels.Relative([.. p.Select(c => Labels.LogReturns(c, 2))])[0],
        ["relative to the mean"] = p => Labels.Relative([.. p.Select(c => Labels.Returns(c, 1))], Centre.Mean)[0],
        ["fixed direction"] = p => Labels.Directions(Labels.Returns(p[0], 3), new LabelRule(0.01, 0)),
        ["scaled direction"] = p => Labels.Directions(Labels.Scaled(Labels.Returns(p[0], 1), Labels.Volatility(p[0], 8)),
            new LabelRule(0.5, 0)),
        ["quantile direction"] = p =>
        {
            Label[] training = [.. p[1..].Select(c => Labels.Returns(c, 2))];
            return Labels.Directions(Labels.Returns(p[0], 2), LabelRule.Fit(training, From * Hour));
        },
        ["barrier side"] = p => Labels.TripleBarrier(p[0], Labels.Volatility(p[0], 8)).Side,
        ["barrier return"] = p => Labels.TripleBarrier(p[0], Labels.Volatility(p[0], 5), new BarrierOptions { Lower = 1, Horizon = 4 })
            .Return,
        ["barrier, upper first"] = p => Labels.TripleBarrier(p[0], Labels.Volatility(p[0], 5), new BarrierOptions
        {
            Lower = 0.2, Upper = 0.2, BothTouched = FirstTouch.Upper, SignAtHorizon = true,
        }).Side,
        ["barrier, order unknown"] = p => Labels.TripleBarrier(p[0], Labels.Volatility(p[0], 5), new BarrierOptions
        {
            Lower = 0.2, Upper = 0.2, BothTouched = FirstTouch.Unknown,
        }).Side,
        ["realised volatility 1"] = p => Labels.RealisedVolatility(p[0], 1),
        ["realised volatility 7"] = p => Labels.RealisedVolatility(p[0], 7),
        ["range above median"] = p => Labels.RangeAboveMedian(p[0], 12),
        ["turning point by percent"] = p => ZigZag.Of(p[0], Reversal.OfPercent(1)).TurningPoints,
        ["turning point by ATR"] = p => ZigZag.Of(p[0], Reversal.OfAtr(2, 5)).TurningPoints,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_known_from_its_time_on_and_not_before_whatever_follows(string name) => Prop.ForAll(Seeds, seed =>
    {
        Candles[] pairs = Pairs(seed, Count);
        Label whole = All[name](pairs);
        for (int last = From + seed % 5; last < Count; last += 5)
        {
            long now = CloseOf(pairs[0], last);
            Label cut = All[name]([.. pairs.Select(c => Cut(c, now))]), multiplied = All[name]([.. pairs.Select(c => Multiplied(c, now))]);
            Assert.Equal(last + 1, cut.Values.Length);
            for (int t = 0; t <= last; t++)
            {
                bool known = whole.KnownAt[t] <= now;
                Assert.True(cut.Values[t].Equals(known ? whole.Values[t] : double.NaN), $"{name}: candle {t}, cut after {last}");
                Assert.Equal(known ? whole.KnownAt[t] : long.MaxValue, cut.KnownAt[t]);
                if (known)
                {
                    Assert.True((whole.Values[t], whole.KnownAt[t]) == (multiplied.Values[t], multiplied.KnownAt[t]),
                        $"{name}: candle {t}, changed after {last}");
                }
                else Assert.True(multiplied.KnownAt[t] > now, $"{name}: candle {t} known too early");
            }
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Names))]
    public void It_never_bridges_a_gap_and_is_known_elsewhere(string name) => Prop.ForAll(Seeds, seed =>
    {
        Candles[] pairs = Pairs(seed, Count);
        Label label = All[name](pairs);
        for (int t = 0; t < Count; t++)
        {
            Assert.Equal(double.IsNaN(label.Values[t]), label.KnownAt[t] == long.MaxValue);
            if (!label.IsKnown(t)) continue;
            int last = Array.IndexOf(pairs[0].OpenTime, label.KnownAt[t] - Hour);
            Assert.InRange(last, t, Count - 1);
            Assert.All(Enumerable.Range(t + 1, last - t), j => Assert.True(pairs[0].Follows(j), $"{name}: candle {t} to {last}"));
        }
        Candles before = Cut(pairs[0], CloseOf(pairs[0], seed % Count) - Hour * 5);   // the candles up to the gap
        Label alone = All[name]([before, .. pairs[1..]]);
        Assert.Equal(alone.Values, label.Values[..before.Count]);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_known_somewhere(string name) => Assert.Contains(All[name](Pairs(1, Count)).Values, double.IsFinite);

    [Theory]
    [MemberData(nameof(Names))]
    public void None_and_one_candle_have_no_label(string name)
    {
        foreach (int count in (int[])[0, 1])
        {
            if (name == "quantile direction") continue;   // nothing to fit a quantile on, which is an error
            Label label = All[name]([.. Pairs(3, 5).Select(c => Cut(c, count * Hour))]);
            Assert.Equal((count, count), (label.Values.Length, label.KnownAt.Length));
            Assert.All(label.Values, v => Assert.Equal(double.NaN, v));
            Assert.All(label.KnownAt, k => Assert.Equal(long.MaxValue, k));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Unusable_prices_make_it_unknown_and_never_infinite(string name) => Prop.ForAll(Seeds, seed =>
    {
        Candles[] pairs = Pairs(seed, Count);
        double[] broken = [0, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e308, 1e-308];
        var random = new Random(seed);
        for (int i = 0; i < 12; i++)
        {
            Candles c = pairs[random.Next(3)];
            double[][] columns = [c.Open, c.High, c.Low, c.Close];
            columns[random.Next(4)][random.Next(From + 2, Count)] = broken[random.Next(broken.Length)];
        }
        Label label = All[name](pairs);
        Assert.All(label.Values, v => Assert.False(double.IsInfinity(v)));
        Assert.All(Enumerable.Range(0, Count), t => Assert.Equal(double.IsNaN(label.Values[t]), !label.IsKnown(t)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_starts_at_the_close_of_its_candle()
    {
        Label label = Labels.Returns(Closes([1, 2, 4]), 1);
        Assert.Equal([Hour, 2 * Hour, 3 * Hour], Enumerable.Range(0, 3).Select(label.Start));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(label.IsKnown));
    }

    [Fact]
    public void A_label_of_ones_own_is_checked()
    {
        Candles c = Closes([1, 2]);
        Label label = new(c, [0.5, double.NaN], [Hour, long.MaxValue]);
        Assert.Equal((0.5, Hour), (label.Values[0], label.KnownAt[0]));
        Reject("expected 2 values and times, got 1 and 2", [0.5], [Hour, long.MaxValue]);
        Reject("got 0.5 at 3599999999", [0.5, double.NaN], [Hour - 1, long.MaxValue]);
        Reject("at candle 1", [0.5, double.NaN], [Hour, 5 * Hour]);
        Reject("at candle 1", [0.5, 1], [Hour, long.MaxValue]);
        Reject("at candle 0", [double.PositiveInfinity, 1], [Hour, 2 * Hour]);

        void Reject(string reason, double[] values, long[] knownAt) =>
            Assert.Contains(reason, Assert.Throws<ArgumentException>(() => new Label(c, values, knownAt)).Message,
                StringComparison.Ordinal);
    }
}
