using System.Text.Json.Nodes;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.ToyMarket;

namespace NeuralCore.Models.Tests;

public sealed class NetworkModelTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("networks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("v3-gru", 20, 6, 3, 28035)]            // 2·(3·64·(6+64) + 2·3·64) + 128·3 + 3
    [InlineData("v3.1-gru", 20, 6, 4, 52676)]
    [InlineData("v3.2-gru", 20, 6, 3, 3939)]           // 3·32·(6+32) + 2·3·32 + 32·3 + 3
    [InlineData("plan-lstm", 60, 20, 2, 128610)]       // 4·128·(20+128+2) + 4·64·(128+64+2) + 64·32+32 + 32·2+2
    [InlineData("plan-gru", 60, 20, 2, 96994)]
    [InlineData("plan-transformer", 60, 20, 2, 107426)]
    [InlineData("multi-tf", 241, 60, 2, 23906)]        // 3·4·32·(20+32+2) + 96·32+32 + 66
    [InlineData("single-tf", 241, 20, 2, 8034)]        // 4·32·(20+32+2) + 32·32+32 + 66
    [InlineData("crypto-lstm", 10, 24, 1, 221313)]
    [InlineData("tst", 60, 20, 5, 1200901)]
    public void It_has_the_shape_and_the_parameters_that_its_plan_says(string name, int window, int columns, int outputs, int parameters)
    {
        var model = (NetworkModel)DirectionModel.Named(name);
        Assert.Equal((window, columns), (model.Window, model.Inputs.Features.Count));
        var network = new Model(model.Build(columns), 1);
        Assert.Equal(parameters, network.Count);
        Assert.Equal(new Shape(7, outputs), network.Root.OutputShape(new Shape(7, window, columns)));
        Assert.Equal(outputs, model.FirstReturn + model.Horizons.Count);
    }

    [Theory]
    [MemberData(nameof(ToyMarket.All), MemberType = typeof(ToyMarket))]
    public void It_learns_where_the_next_candle_goes(string name)
    {
        NetworkModel model = Small(name);
        if (model is CryptoLstm) model = (NetworkModel)model.With("horizon", 1);
        Candles candles = Candles(3, 800);
        NetworkPredictor predictor = Fitted((NetworkModel)model.With("epochs", 8), candles);
        Windows test = Rows(model, Series(model, candles), 510, 790);
        Prediction[] predictions = predictor.Predict(test);
        double right = Enumerable.Range(0, test.Count)
            .Average(row => (int)predictions[row].Call - 1 == Math.Sign(test.NextReturn(row)) ? 1.0 : 0);
        Assert.True(right > 0.9, $"{right:P1} of {test.Count}");
        if (model.Horizons.Count == 0)
        {
            Assert.Empty(predictor.Forecast(test));
            return;
        }
        // A forecast return is of the size of returns, and its sign is right where the next candle decides it.
        float[] forecast = predictor.Forecast(test);
        Assert.Equal(test.Count * model.Horizons.Count, forecast.Length);
        Assert.InRange(forecast.Max(Math.Abs), 0.001, 0.2);
        if (model is CryptoLstm)
            Assert.All(Enumerable.Range(0, test.Count), row => Assert.Equal(predictions[row].Up > 0.5f, forecast[row] > 0));
    }

    [Theory]
    [MemberData(nameof(ToyMarket.All), MemberType = typeof(ToyMarket))]
    public void It_knows_nothing_of_what_comes_after_its_rows_are_known(string name)
    {
        NetworkModel model = Small(name);
        Prediction[]? expected = null;
        foreach (int future in (int[])[0, 1, 2])
        {
            // The return of the last row is that of every market, known with candle 500; what follows is another's.
            Candles candles = Candles(4, 700, until: 500, future);
            NetworkPredictor predictor = Fitted(model, candles);
            MarketSeries[] same = Series(model, Candles(4, 700));
            Prediction[] predictions = predictor.Predict(Rows(model, same, 500, 690));
            Assert.True(predictions.Distinct().Count() > 5);
            Assert.Equal(expected ??= predictions, predictions);
        }
    }

    [Theory]
    [MemberData(nameof(ToyMarket.All), MemberType = typeof(ToyMarket))]
    public void A_loaded_model_predicts_the_same_bits(string name)
    {
        NetworkModel model = Small(name);
        Candles candles = Candles(5, 700, gapAt: 300);
        NetworkPredictor predictor = Fitted(model, candles);
        Windows test = Rows(model, Series(model, candles), 510, 690);
        string path = Path.Combine(folder, "m");
        predictor.Save(path);
        var loaded = (NetworkPredictor)Predictor.Load(path);
        Assert.Equal((predictor.Model, predictor.Labels), (loaded.Model, loaded.Labels));
        Assert.Equal(predictor.Deviations, loaded.Deviations);
        Assert.Equal(predictor.Predict(test), loaded.Predict(test));
        Assert.Equal(predictor.Forecast(test), loaded.Forecast(test));
        loaded.Save(Path.Combine(folder, "again"));
        foreach (string file in (string[])["config.json", "scaler.json", "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(path, file)), File.ReadAllBytes(Path.Combine(folder, "again", file)));

        string config = Path.Combine(path, "config.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(config))!;
        Assert.Equal(model.Horizons.Count > 0, root["deviations"] is not null);
        if (model.Horizons.Count == 0) return;
        foreach (JsonArray wrong in (JsonArray[])[[], [.. model.Horizons.Select(_ => (JsonNode)0.0)], [1, 1, 1, 1]])
        {
            root["deviations"] = wrong;
            File.WriteAllText(config, root.ToJsonString());
            Assert.Contains("positive deviations", Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
        }
    }

    [Fact]
    public void Two_classes_share_all_probability_and_three_do_not()
    {
        Candles candles = Candles(6, 700);
        foreach (string name in (string[])["plan-gru", "multi-tf", "tst"])
        {
            NetworkModel two = Small(name), three = (NetworkModel)two.With("neutral_share", 0.3);
            Assert.Equal((2, 3), (two.Classes, three.Classes));
            Assert.All(Fitted(two, candles).Predict(Rows(two, Series(two, candles), 510, 690)), p =>
            {
                Assert.Equal(0, p.Neutral);
                Assert.Equal(1, p.Down + p.Up, 5);
            });
            Assert.All(Fitted(three, candles).Predict(Rows(three, Series(three, candles), 510, 690)), p => Assert.True(p.Neutral > 0));
        }
    }

    [Fact]
    public void Targets_are_classes_and_returns_over_their_deviations_and_rows_without_them_are_none()
    {
        NetworkModel model = Small("tst");
        Candles candles = Candles(7, 400, gapAt: 200);
        MarketSeries[] series = Series(model, candles);
        // Return targets of 30 candles: neither over the gap nor over the end, nor known later than asked.
        Windows rows = Rows(model, series, 0, 350, knownByThen: true);
        foreach (int horizon in model.Horizons) rows = rows.For(HorizonReturn.Of(horizon));
        Assert.Equal([.. Enumerable.Range(7, 163), .. Enumerable.Range(207, 108)], rows.Rows.Select(r => r.End));
        double[] deviations = [.. model.Horizons.Select(h => NetworkRows.Deviation(rows, h))];
        var samples = new NetworkRows(rows.For(Target.Direction), model, LabelRule.Fit(rows.For(Target.Direction), 0), deviations);
        Assert.Equal((rows.Count, 4), (samples.Count, samples.TargetColumns));
        var targets = new float[4 * rows.Count];
        samples.Copy([.. Enumerable.Range(0, rows.Count)], default, targets);
        for (int row = 0; row < rows.Count; row++)
        {
            int t = rows.Rows[row].End;
            Assert.Equal(candles.Close[t + 1] > candles.Close[t] ? 1 : 0, targets[4 * row]);
            for (int h = 0; h < 3; h++)
                Assert.Equal((candles.Close[t + model.Horizons[h]] / candles.Close[t] - 1) / deviations[h], targets[4 * row + 1 + h], 1e-5);
        }
        for (int h = 0; h < 3; h++)
            Assert.Equal(1, Enumerable.Range(0, rows.Count).Average(row => Math.Pow(targets[4 * row + 1 + h], 2)), 1e-5);
    }

    [Fact]
    public void A_row_without_a_move_teaches_a_model_of_two_classes_nothing()
    {
        NetworkModel model = Small("plan-gru");
        Candles candles = Candles(8, 100);
        candles.Close[51] = candles.Close[50];
        Windows rows = Rows(model, Series(model, candles), 50, 51);
        var samples = new NetworkRows(rows, model, new LabelRule(0, 1), []);
        var target = new float[1];
        samples.Copy([0], default, target);
        Assert.Equal(-100, target[0]);
    }

    [Theory]
    [MemberData(nameof(ToyMarket.All), MemberType = typeof(ToyMarket))]
    public void Training_goes_on_from_given_weights_with_their_labels_and_scaler(string name)
    {
        NetworkModel model = Small(name);
        Candles first = Candles(9, 700), second = Candles(10, 700);
        NetworkPredictor before = Fitted(model, first);
        Windows test = Rows(model, Series(model, second), 510, 690);
        // With a rate that moves nothing it stays what it was; with its own it learns on.
        NetworkModel still = (NetworkModel)model.With("learning_rate", 1e-30);
        NetworkPredictor same = Fitted(still, second, from: before, seed: 77), further = Fitted(model, second, from: before, seed: 77);
        Assert.Equal((before.Labels, before.Scaler!.ToJson()), (same.Labels, same.Scaler!.ToJson()));
        Assert.Equal(before.Deviations, further.Deviations);
        Assert.Equal(before.Predict(test), same.Predict(test));
        Assert.NotEqual(before.Predict(test), further.Predict(test));
        Assert.NotEqual(before.Predict(test), Fitted(still, second, seed: 77).Predict(test));
        // The model that it goes on from stays as it is.
        Assert.Equal(before.Predict(test), same.Predict(test));

        foreach (Predictor other in (Predictor[])[new V2().Create(), model.Create(),
            Fitted(Small(name == "tst" ? "plan-gru" : "tst"), first), Fitted((NetworkModel)model.With("hidden", 4), first)])
            Assert.Contains($"{model.Name}: expected to go on from a fitted {model.Name}",
                Assert.Throws<ArgumentException>(() => Fitted(model, second, from: other)).Message);
    }

    [Theory]
    [InlineData("plan-transformer", "heads", 4, 2)]     // of the same shapes, yet another function
    [InlineData("tst", "heads", 4, 2)]
    [InlineData("multi-tf", "steps", 2, 3)]
    [InlineData("tst", "horizon_2", 9, 10)]
    [InlineData("plan-gru", "neutral_share", 0.3, 0)]
    [InlineData("plan-gru", "window", 7, 8)]
    public void Training_goes_on_with_no_other_settings_than_those_of_the_training(string name, string setting, double wanted, double got)
    {
        NetworkModel model = Small(name);
        Candles candles = Candles(9, 700);
        NetworkPredictor before = Fitted(model, candles);
        Assert.Contains(FormattableString.Invariant(
            $"{name}: expected to go on from a fitted {name} with {setting} {wanted}, got one with {setting} {got}"),
            Assert.Throws<ArgumentException>(() => Fitted((NetworkModel)model.With(setting, wanted), candles, from: before)).Message);
        foreach ((string free, double value) in ((string, double)[])[("epochs", 1), ("steps_per_epoch", 3), ("dropout", 0.3),
            ("batch_size", 16), ("decay", 0.8)])
            model = (NetworkModel)model.With(free, value);
        Assert.Equal(before.Labels, Fitted(model, candles, from: before).Labels);
    }

    /// <summary>Two epochs of half a pass are not a pass: the best of them counts, and each has its own learning rate.</summary>
    [Fact]
    public void An_epoch_has_at_most_so_many_steps()
    {
        NetworkModel model = Small("plan-gru"), half = (NetworkModel)model.With("steps_per_epoch", 6);
        Assert.Equal((400L, 192L), (model.RowsPerEpoch(400), half.RowsPerEpoch(400)));
        Assert.Equal(100, half.RowsPerEpoch(100));
        Assert.Equal(400, ((NetworkModel)model.With("steps_per_epoch", 0)).RowsPerEpoch(400));
        Candles candles = Candles(9, 700);
        Windows rows = Rows(model, Series(model, candles), 510, 690);
        Assert.Equal(Fitted(model, candles).Predict(rows), Fitted((NetworkModel)model.With("steps_per_epoch", 0), candles).Predict(rows));
        Assert.NotEqual(Fitted(model, candles).Predict(rows), Fitted(half, candles).Predict(rows));
        Assert.Contains("model plan-gru: expected steps_per_epoch to be a whole number of at least 0, got -1",
            Assert.Throws<ArgumentException>(() => model.With("steps_per_epoch", -1)).Message);
    }

    [Fact]
    public void A_folder_with_a_setting_that_never_did_anything_is_loaded()
    {
        NetworkModel model = Small("crypto-lstm");
        Candles candles = Candles(5, 700);
        NetworkPredictor predictor = Fitted(model, candles);
        string path = Path.Combine(folder, "m"), config = Path.Combine(path, "config.json");
        predictor.Save(path);
        JsonNode root = JsonNode.Parse(File.ReadAllText(config))!;
        Assert.Null(root["settings"]!["neutral_share"]);
        root["settings"]!["neutral_share"] = 0;
        File.WriteAllText(config, root.ToJsonString());
        Assert.Equal(model, Predictor.Load(path).Model);
        root["settings"]!["wrong"] = 0;
        File.WriteAllText(config, root.ToJsonString());
        Assert.Contains("has no setting 'wrong'", Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
    }

    [Fact]
    public void The_cell_is_a_setting_that_names_the_model()
    {
        foreach ((string lstm, string gru) in ((string, string)[])[("v3", "v3-gru"), ("v3.1", "v3.1-gru"), ("v3.2", "v3.2-gru"),
            ("plan-lstm", "plan-gru")])
        {
            Assert.Equal(DirectionModel.Named(gru), DirectionModel.Named(lstm).With("gru", 1));
            Assert.Equal(DirectionModel.Named(lstm), DirectionModel.Named(gru).With("gru", 0));
            Assert.DoesNotContain(DirectionModel.Named(lstm).Settings, s => s.Name == "gru");
            Assert.Contains(("gru", 1.0), DirectionModel.Named(gru).Settings);
            Assert.Contains("0 or 1", Assert.Throws<ArgumentException>(() => DirectionModel.Named(lstm).With("gru", 0.5)).Message);
        }
        DirectionModel attentive = DirectionModel.Named("plan-lstm").With("attention", 16);
        Assert.Equal(128610 + 64 * 16 + 16 + 16, new Model(((NetworkModel)attentive).Build(20), 1).Count);
    }
}
