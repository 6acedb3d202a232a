using NeuralCore.Backtest;
using NeuralCore.Models;

namespace Backtest.Tests;

public class LegScoresTests
{
    /// <summary>Ten candles of each leg, of which the rule has all right or, where it is wrong at the decision, six.</summary>
    static ScoredLeg Leg(int at, int side, float probability, bool passed, double walk, bool beyond) =>
        new(at, side, probability, passed, walk, beyond, 10, passed == beyond ? 10 : 6);

    static readonly ScoredLeg[] Five =
    [
        Leg(1, 1, 0.9f, false, 0.6, true),      // HH: network and walk right, rule wrong
        Leg(2, -1, 0.2f, false, 0.7, false),    // HL: network and rule right, walk wrong
        Leg(3, 1, 0.5f, false, 0.3, false),     // LH: the network is undecided, rule and walk right
        Leg(4, -1, 0.4f, true, 1, true),        // LL: only the network is wrong
        Leg(5, 1, 0.6f, false, 0.1, false),     // LH: only the network is wrong
    ];

    [Fact]
    public void Each_is_counted_on_the_same_legs()
    {
        LegScores scores = LegScores.Of(Five, majorityBeyond: false, seed: 1);
        Assert.Equal((5, 2, 2.5, 4.0, 4.0, 3.0),
            (scores.Legs, scores.Beyond, scores.Hits, scores.RuleHits, scores.WalkHits, scores.MajorityHits));
        Assert.Equal(2, LegScores.Of(Five, majorityBeyond: true, seed: 1).MajorityHits);
        Assert.Equal(0.5, scores.Accuracy);
        Assert.Equal(Interval.Wilson(2.5, 5), scores.Interval);
        Assert.Equal((-0.3, -0.3), (Math.Round(scores.OverRule.Value, 12), Math.Round(scores.OverWalk.Value, 12)));
        Assert.True(scores.OverRule.Interval.Contains(-0.3) && scores.OverRule.Interval.Low >= -1 && scores.OverRule.Interval.High <= 1);
        Assert.Equal((50, 46), (scores.Candles, scores.CandlesRight));
        Assert.Equal([(Swing.HigherHigh, 1, 1), (Swing.LowerHigh, 2, 0.5), (Swing.LowerLow, 1, 0), (Swing.HigherLow, 1, 1.0)], scores.Ends);
    }

    [Fact]
    public void A_model_that_says_what_the_rule_says_differs_by_nothing()
    {
        ScoredLeg[] same = [.. Enumerable.Range(0, 200).Select(i => Leg(i, 1, i % 3 == 0 ? 0.8f : 0.1f, i % 3 == 0, 0.4, i % 5 < 2))];
        LegScores scores = LegScores.Of(same, true, 3);
        Assert.Equal((0.0, new Interval(0, 0)), (scores.OverRule.Value, scores.OverRule.Interval));
        Assert.Equal(scores.RuleHits, scores.Hits);
    }

    [Fact]
    public void Ends_are_known_when_they_say_so_and_not_before()
    {
        SimulatedMarket market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 1_500 },
            TestContext.Current.CancellationToken);
        AuditResult result = LabelTimes.Check(LegEnds.Beyond, market.Candles, 12, TestContext.Current.CancellationToken);
        Assert.True(result.Outcome == AuditOutcome.Pass, result.ToString());
        Assert.True(LegEnds.Beyond(market.Candles[0]).Values.Count(double.IsFinite) > 30);
    }

    [Fact]
    public void The_four_ends_follow_from_side_and_answer()
    {
        Assert.Equal(["HH", "LH", "LL", "HL"], ((int, bool)[])[(1, true), (1, false), (-1, true), (-1, false)] is var all
            ? all.Select(end => ScoredLeg.Name(ScoredLeg.End(end.Item1, end.Item2))) : []);
        Assert.Equal("", ScoredLeg.Name(Swing.First));
    }
}
