using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class MetaLabelTests
{
    static readonly MarketSeries[] series = Series(Candles(17, 700));
    static readonly Windows training = Rows(series, 0, 499).Until(500 * Hour), validation = Rows(series, 500, 579),
        test = Rows(series, 580, 700);

    static Predictor Fitted(DirectionModel model)
    {
        Predictor predictor = model.Create();
        predictor.Fit(training, validation, new FitContext(5));
        return predictor;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Calls_keep_their_side_or_become_neutral(double boosting)
    {
        var model = (CombinedModel)Model("meta-label").With("boosting", boosting).With("cost_bp", 50);
        Prediction[] primary = Fitted(model.Members[0].Model).Predict(test), sorted = Fitted(model).Predict(test);
        for (int row = 0; row < primary.Length; row++)
            if (sorted[row].Call == Direction.Neutral)
                Assert.Equal((primary[row].Neutral, sorted[row].Down), (sorted[row].Neutral, sorted[row].Up));
            else Assert.Equal(primary[row], sorted[row]);
        int called = sorted.Count(p => p.Call != Direction.Neutral);
        Assert.InRange(called, 1, primary.Length - 1);
        // The surer the second model must be, the fewer calls are left.
        Assert.InRange(Fitted(model.With("threshold", 0.6)).Predict(test).Count(p => p.Call != Direction.Neutral), 0, called);
        Assert.All(Fitted(model.With("threshold", 1)).Predict(test), p => Assert.Equal(Direction.Neutral, p.Call));
    }

    [Fact]
    public void Where_no_call_pays_its_costs_nothing_is_called()
    {
        Assert.All(Fitted(Model("meta-label").With("cost_bp", 10_000)).Predict(test), p => Assert.Equal(Direction.Neutral, p.Call));
    }
}
