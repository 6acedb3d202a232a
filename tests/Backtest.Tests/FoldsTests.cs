using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Backtest;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

public class FoldsTests
{
    static readonly Arbitrary<(int Candles, int Count, int Horizon)> Cases = Gen.Choose(2_000, 20_000)
        .SelectMany(candles => Gen.Choose(1, 8), (candles, count) => (candles, count))
        .SelectMany(x => Gen.Choose(1, 12), (x, horizon) => (x.candles, x.count, horizon)).ToArbitrary();

    static IReadOnlyList<Fold> WalkForward(int candles, int count, int horizon) =>
        Folds.WalkForward(MadeUp.At(0), MadeUp.At(candles), MadeUp.Hour, new FoldOptions { Count = count, Horizon = horizon });

    static int[] Where(int candles, Func<long, bool> inside) => [.. Enumerable.Range(0, candles).Where(t => inside(MadeUp.At(t)))];

    [Fact]
    public void TestPartsTileTheLastFortyPerCent() => Prop.ForAll(Cases, c =>
    {
        IReadOnlyList<Fold> folds = WalkForward(c.Candles, c.Count, c.Horizon);
        int[] tested = [.. folds.SelectMany(fold => Where(c.Candles, fold.InTest))];
        Assert.Equal(Enumerable.Range(c.Candles - tested.Length, tested.Length), tested);
        Assert.Equal(0.4 * c.Candles, tested.Length, 0.51);
        Assert.All(folds, fold => Assert.Equal(tested.Length / (double)c.Count, Where(c.Candles, fold.InTest).Length, 1.01));
        Assert.Equal(Enumerable.Range(0, c.Count), folds.Select(fold => fold.Index));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void PartsFollowEachOtherAndExpand() => Prop.ForAll(Cases, c =>
    {
        IReadOnlyList<Fold> folds = WalkForward(c.Candles, c.Count, c.Horizon);
        foreach (Fold fold in folds)
        {
            int[] train = Where(c.Candles, fold.InTraining), validate = Where(c.Candles, fold.InValidation),
                test = Where(c.Candles, fold.InTest);
            Assert.Equal(0, train[0]);
            Assert.True(train[^1] < validate[0] && validate[^1] < test[0]);
            // The purge removes exactly the horizon: the last label that counts is known when the next part's first candle opens.
            Assert.Equal(validate[0] - train[^1], c.Horizon + 1);
            Assert.Equal(test[0] - validate[^1], c.Horizon + 1);
            Assert.Equal(0.15 * test[0], test[0] - validate[0], 0.51);
            Assert.Equal(train.Length, fold.TrainingCandles([.. Enumerable.Range(0, c.Candles).Select(t => MadeUp.At(t))]));
        }
        Assert.Equal(folds.Select(fold => fold.TrainTo).Order(), folds.Select(fold => fold.TrainTo));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void AWiderCandleThanTheGridIsPurgedByTimeNotByRow()
    {
        Fold fold = new(0, 0, 1_000, 1_000, 2_000, 2_000, 3_000) { LabelTime = 200 };
        Assert.True(fold.InTraining(800));
        Assert.False(fold.InTraining(801));
        Assert.True(fold.InValidation(1_000));
        Assert.True(fold.InValidation(1_800));
        Assert.False(fold.InValidation(1_801));
        Assert.False(fold.InTest(1_999));
        Assert.True(fold.InTest(2_999));
        Assert.False(fold.InTest(3_000));
        Assert.Equal(2, fold.TrainingCandles([-5, 0, 800, 801, 1_500]));
    }

    [Fact]
    public void WalkForwardSpansAllPairsAndListsThoseTooShort()
    {
        Candles[] pairs = [MadeUp.Candles("OLD", 10_000), MadeUp.Candles("NEW", 6_000, first: 4_000)];
        var options = new FoldOptions();
        IReadOnlyList<Fold> folds = Folds.WalkForward(pairs, options);
        Assert.Equal((MadeUp.At(0), MadeUp.At(10_000)), (folds[0].TrainFrom, folds[^1].TestTo));
        // Fold 1 trains on the first 0.85 · 6,000 = 5,100 candles less the purge: 1,099 of them are the new pair's; fold 3 has 6,460.
        Assert.Equal([new LeftOut(0, 1, 1_099)], Folds.TooShort(folds[0], pairs, options));
        Assert.Equal([new LeftOut(1, 1, 1_779)], Folds.TooShort(folds[1], pairs, options));
        Assert.Empty(Folds.TooShort(folds[2], pairs, options));
    }

    [Fact]
    public void AShortSpanIsAnError()
    {
        var error = Assert.Throws<InvalidDataException>(() => WalkForward(20, 5, 1));
        Assert.Contains("20 candles are too few for 5 folds", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => WalkForward(0, 1, 1));
        Assert.Throws<InvalidDataException>(() => Folds.WalkForward([], new FoldOptions()));
        Assert.Throws<ArgumentException>(() => WalkForward(5_000, 0, 1));
        Assert.Throws<ArgumentException>(() => WalkForward(5_000, 5, 0));
        Assert.Throws<ArgumentException>(() => Folds.WalkForward(MadeUp.At(0), MadeUp.At(5_000), MadeUp.Hour,
            new FoldOptions { TestShare = 1 }));
    }

    [Fact]
    public void AnEmbargoLeavesOutTheLastCandlesOfTrainingAndValidationInEveryProtocol()
    {
        Candles[] pairs = [MadeUp.Candles("AAA", 3_000)];
        Func<FoldOptions, IReadOnlyList<Fold>>[] protocols =
        [
            options => Folds.WalkForward(pairs, options), options => Folds.Week3(pairs, options),
            options => Folds.Split(pairs, MadeUp.At(1_500), MadeUp.At(2_000), MadeUp.At(2_500), options),
        ];
        var purged = new FoldOptions { Horizon = 2 };
        foreach (Func<FoldOptions, IReadOnlyList<Fold>> protocol in protocols)
            foreach ((Fold plain, Fold fold) in protocol(purged).Zip(protocol(purged with { Embargo = 5 })))
            {
                int[] train = Where(3_000, fold.InTraining), validate = Where(3_000, fold.InValidation), test = Where(3_000, fold.InTest);
                Assert.Equal(Where(3_000, plain.InTraining)[..^5], train);
                Assert.Equal(Where(3_000, plain.InValidation)[..^5], validate);
                Assert.Equal(Where(3_000, plain.InTest), test);
                // A horizon of 2 and the candle of the decision itself, then the embargo.
                Assert.Equal((2 + 1 + 5, 2 + 1 + 5), (validate[0] - train[^1], test[0] - validate[^1]));
                Assert.Equal(train.Length, fold.TrainingCandles(pairs[0].OpenTime));
            }
        Assert.Contains("embargo: expected at least 0", Assert.Throws<ArgumentException>(() => protocols[0](purged with { Embargo = -1 }))
            .Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => protocols[0](purged with { Embargo = 300 }));
    }

    [Fact]
    public void SplitCutsAtTheDatesGiven()
    {
        Candles[] pairs = [MadeUp.Candles("AAA", 1_000)];
        Fold fold = Assert.Single(Folds.Split(pairs, MadeUp.At(500), MadeUp.At(700), MadeUp.At(900), new FoldOptions { Horizon = 2 }));
        Assert.Equal(Enumerable.Range(0, 498), Where(1_000, fold.InTraining));
        Assert.Equal(Enumerable.Range(500, 198), Where(1_000, fold.InValidation));
        Assert.Equal(Enumerable.Range(700, 200), Where(1_000, fold.InTest));
        Assert.Equal(MadeUp.At(1_000), Folds.Split(pairs, MadeUp.At(500), MadeUp.At(700), null, new FoldOptions())[0].TestTo);
    }

    [Theory]
    [InlineData(700, 500, 900, "train-to < validate-to < test-to")]
    [InlineData(500, 500, 900, "train-to < validate-to < test-to")]
    [InlineData(500, 900, 700, "2023-01-30 04:00")]
    [InlineData(500, 1_200, null, "train-to < validate-to < test-to")]
    public void SplitDatesOutOfOrderAreAnError(int train, int validate, int? test, string text) =>
        Assert.Contains(text, Assert.Throws<ArgumentException>(
            () => Folds.Split([MadeUp.Candles("AAA", 1_000)], MadeUp.At(train), MadeUp.At(validate),
            test is { } t ? MadeUp.At(t) : null, new FoldOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-10, 700, 900, "train")]
    [InlineData(1_200, 1_300, 1_400, "validate")]
    [InlineData(500, 1_300, 1_400, "test")]
    public void SplitWithoutCandlesInAPartIsAnError(int train, int validate, int test, string part) =>
        Assert.Contains($"no candle to {part}", Assert.Throws<InvalidDataException>(() =>
            Folds.Split([MadeUp.Candles("AAA", 1_000)], MadeUp.At(train), MadeUp.At(validate), MadeUp.At(test),
                new FoldOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void Week3TestsTheLastFortyPredictionsOfEachPair()
    {
        Candles[] pairs = [MadeUp.Candles("AAA", 3_000), MadeUp.Candles("BBB", 2_500), MadeUp.Candles("CCC", 2_800, first: 200),
            MadeUp.Candles("DDD", 3_000)];
        IReadOnlyList<Fold> folds = Folds.Week3(pairs, new FoldOptions());
        // Each pair validates on the last 15 % of its own history, so only pairs with one history share a fold.
        Assert.Equal([[1], [0, 3], [2]], folds.Select(fold => fold.TestPairs));
        foreach (Fold fold in folds)
            foreach (int pair in fold.TestPairs!)
            {
                // The last candle has no next return; the forty before it do.
                Assert.Equal(pairs[pair].OpenTime[^41..^1], pairs[pair].OpenTime.Where(fold.InTest));
                Assert.True(fold.Tests(pair));
            }
        Assert.False(folds[0].Tests(0));
        Assert.Equal(0.15 * 2_959, (folds[1].TestFrom - folds[1].ValidateFrom) / (double)MadeUp.Hour.Microseconds, 0.51);
        Assert.Equal(0.15 * 2_759, (folds[2].TestFrom - folds[2].ValidateFrom) / (double)MadeUp.Hour.Microseconds, 0.51);
        Assert.Contains("BBBUSDT", Assert.Throws<InvalidDataException>(
            () => Folds.Week3([pairs[0], MadeUp.Candles("BBB", 60)], new FoldOptions())).Message, StringComparison.Ordinal);
    }
}
