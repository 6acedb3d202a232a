using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class EnsembleModelTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensemble-").FullName;
    static readonly MarketSeries[] series = Series(Candles(17, 500));
    static readonly Windows training = Rows(series, 0, 249), validation = Rows(series, 250, 379), test = Rows(series, 380, 500);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Prediction[] Of(DirectionModel model, Windows rows)
    {
        Predictor predictor = model.Create();
        predictor.Fit(training, validation, new FitContext(5));
        return predictor.Predict(rows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Its_probabilities_are_the_weighted_mean_of_its_members(double weight)
    {
        var model = (EnsembleModel)Model("ensemble").With("v2_weight", weight);
        Prediction[] v2 = Of(new V2(), test), v31 = Of(Model("v3.1"), test), both = Of(model, test);
        Assert.NotEmpty(both);
        Assert.NotEqual(v2, v31);
        for (int i = 0; i < both.Length; i++)
        {
            Assert.Equal(weight * v2[i].Down + (1 - weight) * v31[i].Down, both[i].Down, 1e-6);
            Assert.Equal(weight * v2[i].Neutral + (1 - weight) * v31[i].Neutral, both[i].Neutral, 1e-6);
            Assert.Equal(weight * v2[i].Up + (1 - weight) * v31[i].Up, both[i].Up, 1e-6);
        }
        if (weight == 1) Assert.Equal(v2, both);
        if (weight == 0) Assert.Equal(v31, both);
    }

    [Fact]
    public void A_tuned_weight_calls_the_most_directions_right_on_validation_rows()
    {
        var model = (EnsembleModel)Model("ensemble").With("tune", 1);
        Prediction[] v2 = Of(new V2(), validation), v31 = Of(Model("v3.1"), validation);
        double tuned = model.WeightFor(v2, v31, validation);
        int[] hits = [.. Enumerable.Range(0, 11).Select(i => Hits(i / 10.0))];
        Assert.True(hits.Max() > hits.Min());
        Assert.Equal(hits.Max(), Hits(tuned));
        Assert.Equal(0.5, (model with { Tune = false }).WeightFor(v2, v31, validation));
        Assert.Equal(EnsembleModel.Mean(Of(new V2(), test), Of(Model("v3.1"), test), tuned), Of(model, test));

        int Hits(double weight) => EnsembleModel.Mean(v2, v31, weight)
            .Where((p, row) => Math.Sign(p.Up - p.Down) == Math.Sign(validation.NextReturn(row))).Count();
    }

    [Theory]
    [InlineData("weight", "1.5")]
    [InlineData("weight", "-0.1")]
    [InlineData("window", "30")]
    public void A_folder_whose_parts_do_not_fit_is_refused(string key, string value)
    {
        Predictor predictor = Model("ensemble").Create();
        predictor.Fit(training, validation, new FitContext(5));
        predictor.Save(Path.Combine(folder, "m"));
        string path = Path.Combine(folder, "m", key == "window" ? "v2" : "", "config.json");
        File.WriteAllText(path, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(path), $"\"{key}\": "
            + "[0-9.]+", $"\"{key}\": {value}"));
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Predictor.Load(Path.Combine(folder, "m"))).Message);
    }

    [Fact]
    public void A_member_that_is_another_model_is_refused()
    {
        Predictor predictor = Model("ensemble").Create(), other = Model("v3.2").Create();
        predictor.Fit(training, validation, new FitContext(5));
        other.Fit(training, validation, new FitContext(5));
        predictor.Save(Path.Combine(folder, "m"));
        other.Save(Path.Combine(folder, "m", "v3.1"));
        Assert.Contains("expected v3.1 with windows of 20 candles, got v3.2",
            Assert.Throws<InvalidDataException>(() => Predictor.Load(Path.Combine(folder, "m"))).Message);
    }
}
