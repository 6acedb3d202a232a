using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class SignalImportanceTests
{
    static readonly SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 2, Candles = 1_500, Accuracy = 0.8, Seed = 3 });
    static readonly MarketSeries[] series = Series([.. market.Candles]);

    static Windows Part(int from, int to)
    {
        long[] time = market.Candles[0].OpenTime;
        return Windows.Select(series, 20, (_, t) => t >= time[from] && (to == time.Length || t < time[to]));
    }

    static Predictor Fitted(DirectionModel model)
    {
        Predictor predictor = model.Create();
        predictor.Fit(Part(100, 1000), Part(1000, 1200), new FitContext(1));
        return predictor;
    }

    [Fact]
    public void A_signal_that_the_model_lives_on_stands_first_and_one_that_it_does_not_see_grows_nothing()
    {
        Predictor v2 = Fitted(new V2());
        (IReadOnlyList<ImportanceOfSignal> signals, int rows) = SignalImportance.Of(v2, Part(1200, 1500), new FitContext(7));
        Assert.Equal(Week3Signals.Names.Order(), signals.Select(s => s.Feature).Order());
        Assert.InRange(rows, 500, 600);
        Assert.Equal(signals.OrderByDescending(s => s.Permutation), signals);
        Assert.All(signals, s => Assert.True(s.Low <= s.Permutation && s.Permutation <= s.High && s.High - s.Low > 0));
        // A model of one tree's split, or of none, sees little else: what is never split on changes no bit.
        Predictor stump = Fitted(new Forest { Trees = 1, Depth = 1 });
        (IReadOnlyList<ImportanceOfSignal> few, _) = SignalImportance.Of(stump, Part(1200, 1500), new FitContext(7));
        Assert.Equal(5, few.Count(s => s is { Permutation: 0, Low: 0, High: 0 }));
        Assert.Single(few, s => s.Permutation != 0);
    }

    [Theory]
    [InlineData("v3.2")]
    [InlineData("voting")]
    [InlineData("adaptive")]
    [InlineData("regimes")]
    public void It_needs_no_certain_model_and_no_certain_number_of_threads(string name)
    {
        Predictor predictor = Fitted(Model(name));
        Windows rows = Part(1200, 1400);
        (IReadOnlyList<ImportanceOfSignal> one, int count) = SignalImportance.Of(predictor, rows, new FitContext(7));
        (IReadOnlyList<ImportanceOfSignal> many, _) = SignalImportance.Of(predictor, rows, new FitContext(7, Threads: 4));
        Assert.Equal(one, many);
        Assert.True(count > 300 && one.Any(s => s.Permutation != 0));
        Assert.Equal(predictor.Predict(rows).Length, rows.Count);
    }

    [Fact]
    public void A_model_that_was_never_fitted_has_none()
    {
        Predictor predictor = Model("linear").Create();
        Assert.Equal("linear: expected a fitted model, got one that was never fitted", Assert.Throws<InvalidOperationException>(
            () => SignalImportance.Of(predictor, Part(1200, 1400), new FitContext(1))).Message);
    }

    [Fact]
    public void Rows_that_swap_nothing_predict_the_same()
    {
        Predictor predictor = Fitted(Model("v3.1"));
        Windows rows = Part(1200, 1300);
        int[] same = [.. Enumerable.Range(0, rows.Count)];
        Assert.Equal(predictor.Predict(rows), predictor.Predict(rows.Swapped([FeatureSet.Named("week3")], "rsi", same)));
        Windows swapped = rows.Swapped([FeatureSet.Named("week3")], "rsi", [.. same.Reverse()]);
        for (int i = 0; i < 6; i++)
            Assert.Equal(rows.Window(i == 2 ? rows.Count - 1 : 0)[5 * 6 + i], swapped.Window(0)[5 * 6 + i]);
        (IReadOnlyList<ImportanceOfSignal> none, int judged) = SignalImportance.Of(predictor, Part(1200, 1200), new FitContext(1));
        Assert.Equal((0, 0), (none.Count, judged));
    }
}
