using FsCheck;
using FsCheck.Fluent;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public class LabelRuleTests
{
    [Fact]
    public void The_threshold_makes_the_wanted_share_of_training_rows_neutral() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (seed, tenths) =>
        {
            Windows rows = Rows(Series(Candles(seed, 300)), 0, 300);
            LabelRule rule = LabelRule.Fit(rows, tenths / 10.0);
            int neutral = Enumerable.Range(0, rows.Count).Count(r => rule.Class(rows.NextReturn(r)) == Direction.Neutral);
            Assert.InRange(neutral, Math.Floor(tenths / 10.0 * rows.Count), Math.Ceiling(tenths / 10.0 * rows.Count) + 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void By_default_a_third_is_neutral()
    {
        Windows rows = Rows(Series(Candles(8, 1000)), 0, 1000);
        LabelRule rule = LabelRule.Fit(rows);
        double share = Enumerable.Range(0, rows.Count).Average(r => rule.Class(rows.NextReturn(r)) == Direction.Neutral ? 1.0 : 0);
        Assert.InRange(share, 1.0 / 3, 1.0 / 3 + 2.0 / rows.Count);
        Assert.Equal(Enumerable.Range(0, rows.Count).Average(r => Math.Abs(rows.NextReturn(r))), rule.MeanMove, 12);
    }

    [Fact]
    public void Share_0_gives_two_classes()
    {
        Windows rows = Rows(Series(Candles(8, 300)), 0, 300);
        LabelRule rule = LabelRule.Fit(rows, 0);
        Assert.Equal(0, rule.Threshold);
        Assert.All(Enumerable.Range(0, rows.Count),
            r => Assert.Equal(rows.NextReturn(r) > 0 ? Direction.Up : Direction.Down, rule.Class(rows.NextReturn(r))));
        Predictor v2 = new V2 { NeutralShare = 0 }.Create();
        v2.Fit(rows, rows, new FitContext(1));
        Assert.All(v2.Predict(rows), p => Assert.Equal((0f, 1.0), (p.Neutral, Math.Round((double)p.Up + p.Down, 5))));
    }

    [Theory]
    [InlineData(0.02, Direction.Up, 2)]
    [InlineData(0.01, Direction.Neutral, 1)]
    [InlineData(0, Direction.Neutral, 0)]
    [InlineData(-0.01, Direction.Neutral, 1)]
    [InlineData(-0.0100001, Direction.Down, 1.00001)]
    [InlineData(-0.5, Direction.Down, 4)]
    public void Classes_and_magnitudes_are_as_documented(double next, Direction expected, float magnitude)
    {
        var rule = new LabelRule(0.01, 0.01);
        Assert.Equal(expected, rule.Class(next));
        Assert.Equal(magnitude, rule.Magnitude(next), 5);
    }

    [Fact]
    public void Wrong_shares_and_no_rows_are_errors()
    {
        Windows rows = Rows(Series(Candles(8, 100)), 0, 100);
        foreach (double share in (double[])[-0.1, 1, double.NaN])
            Assert.Throws<ArgumentOutOfRangeException>(() => LabelRule.Fit(rows, share));
        Assert.Throws<ArgumentException>(() => LabelRule.Fit(Rows(Series(Candles(8, 100)), 0, 1)));
    }

    [Fact]
    public void A_threshold_that_no_move_exceeds_is_an_error_unless_nothing_moves()
    {
        double[] signs = [1, -1, 1, 1, -1, -1];
        Assert.Contains("got 0.25: no move of 6 training rows is larger than 1",
            Assert.Throws<ArgumentException>(() => LabelRule.Fit(signs, 0.25)).Message);
        Assert.Throws<ArgumentException>(() => LabelRule.Fit([.. signs, 2], 0.9));
        Assert.Equal(new LabelRule(0, 1), LabelRule.Fit(signs, 0));
        Assert.Equal(1, LabelRule.Fit([.. signs, 2], 0.25).Threshold);
        Assert.Equal(new LabelRule(0, 0), LabelRule.Fit([0, 0, 0]));
        Assert.Equal(new LabelRule(1, 1), LabelRule.Fit([1]));
    }

    [Theory]
    [InlineData(0.2f, 0.3f, 0.5f, Direction.Up, Direction.Up)]
    [InlineData(0.25f, 0.45f, 0.3f, Direction.Neutral, Direction.Up)]
    [InlineData(0.5f, 0.3f, 0.2f, Direction.Down, Direction.Down)]
    [InlineData(0.375f, 0.25f, 0.375f, Direction.Neutral, Direction.Neutral)]
    [InlineData(0.375f, 0.375f, 0.25f, Direction.Neutral, Direction.Down)]
    public void Class_and_call_follow_from_the_probabilities(float down, float neutral, float up, Direction @class, Direction call)
    {
        var p = new Prediction(down, neutral, up);
        Assert.Equal((@class, call, Math.Max(down, Math.Max(neutral, up))), (p.Class, p.Call, p.Confidence));
    }
}
