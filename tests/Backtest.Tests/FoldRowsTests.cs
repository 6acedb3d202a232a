using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

public class FoldRowsTests
{
    const int Stride = 4, Embargo = 5;

    static readonly Candles[] market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 1200, Seed = 5 }).Candles;
    static readonly MarketSeries[] series = [.. market.Select(MarketSeries.Week3)];
    static readonly Fold fold = Folds.WalkForward(market, new FoldOptions { Count = 2, Embargo = Embargo })[1];
    static readonly Target return30 = DirectionModel.Named("crypto-lstm").With("horizon", 30).Target;

    static FoldRows Rows(int stride) => new(series, fold, -1, 20, [], stride);

    static Label Of(Target target, (int Pair, int End) row) => series[row.Pair].Label(target);

    static long Known(Target target, (int Pair, int End) row) => Of(target, row).KnownAt[row.End];

    /// <summary>Every fourth row of each pair, the first of them too.</summary>
    static IEnumerable<(int Pair, int End)> Thinned(Windows rows)
        => rows.Rows.GroupBy(row => row.Pair).SelectMany(pair => pair.Where((_, i) => i % Stride == 0));

    /// <summary>Of rows that a part of time ends for, those of a target are all that are known an embargo before that end.</summary>
    static void Complete(Windows rows, Target target, long end)
    {
        long known = end - Embargo * MadeUp.Hour.Microseconds;
        Assert.Equal(known, rows.KnownBy);
        Assert.All(rows.Rows, row => Assert.True(Known(Target.Direction, row) <= known));
        Windows own = rows.For(target);
        Assert.Equal(rows.Rows.Where(row => Known(target, row) <= known), own.Rows);
        Assert.All(own.Rows, row => Assert.True(Known(target, row) <= known));
    }

    [Fact]
    public void Every_fourth_row_trains_if_what_it_says_is_known_an_embargo_before_the_end()
    {
        FoldRows rows = Rows(Stride), whole = Rows(1);
        Assert.Equal("return_30", return30.Name);
        Assert.Equal(Thinned(whole.Training), rows.Training.Rows);
        Assert.Same(rows.Training, rows.TrainingOf(return30));
        Complete(rows.Training, return30, fold.TrainTo);
        // Of each pair the last 29 hours' returns are known too late, and the row before those is at most a stride away.
        Assert.InRange(rows.Training.Count - rows.Training.For(return30).Count, 2 * 29 / Stride, 2 * (29 / Stride + 1));
        Complete(rows.Validation, return30, fold.ValidateTo);
        Assert.Equal(whole.Validation.Rows, rows.Validation.Rows);
        Assert.Equal(whole.Test.Rows, rows.Test.Rows);
    }

    [Fact]
    public void Rows_until_a_time_are_those_that_training_would_have_if_it_ended_there()
    {
        FoldRows rows = Rows(Stride);
        Assert.Equal(rows.Training.Rows, rows.Until(fold.TrainTo, return30).Rows);
        long later = (fold.TestFrom + fold.TestTo) / 2;
        Windows until = rows.Until(later, return30);
        Complete(until, return30, later);
        Assert.Equal(Thinned(Rows(1).Until(later, return30)), until.Rows);
        Assert.True(until.For(return30).Rows.Max(row => Known(return30, row)) > fold.ValidateTo);
        Assert.All(until.Rows, row => Assert.True(market[row.Pair].OpenTime[row.End] >= fold.TrainFrom));
    }

    [Fact]
    public void Of_a_target_that_few_candles_have_every_row_trains()
    {
        FoldRows rows = Rows(Stride), whole = Rows(1);
        long later = (fold.TestFrom + fold.TestTo) / 2;
        Windows legs = rows.TrainingOf(LegEnds.Target).For(LegEnds.Target), thinned = rows.Training.For(LegEnds.Target);
        Assert.Equal(whole.Training.For(LegEnds.Target).Rows, legs.Rows);
        Assert.True(legs.Count > 20 && thinned.Count < legs.Count / 2);
        Assert.Equal(whole.Until(later, LegEnds.Target).Rows, rows.Until(later, LegEnds.Target).Rows);
        Complete(rows.TrainingOf(LegEnds.Target), LegEnds.Target, fold.TrainTo);
    }
}
