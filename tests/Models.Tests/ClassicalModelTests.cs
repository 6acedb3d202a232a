using System.Text.Json.Nodes;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class ClassicalModelTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("classical-").FullName;
    static readonly MarketSeries[] series = Series(Candles(41, 700));
    static readonly Windows training = Rows(series, 0, 399), validation = Rows(series, 400, 499), test = Rows(series, 500, 700);

    public static TheoryData<string> Names => ["logistic", "forest", "boosting"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Few trees, each of which may split often.</summary>
    static ClassicalModel Small(string name) => (ClassicalModel)(name switch
    {
        "forest" => new Forest { Trees = 20, MinLeaf = 5 },
        "boosting" => new Boosting { MaxIter = 20, MinSamplesLeaf = 10, LearningRate = 0.1 },
        _ => DirectionModel.Named(name),
    });

    static TabularPredictor Fitted(ClassicalModel model, int threads = 1)
    {
        var predictor = (TabularPredictor)model.Create();
        Assert.Null(predictor.Fit(training, validation, new FitContext(3, Threads: threads)).History);
        return predictor;
    }

    static double Accuracy(Predictor predictor, Windows rows)
        => predictor.Predict(rows).Select((p, row) => (int)p.Call - 1 == Math.Sign(rows.NextReturn(row)) ? 1.0 : 0).Average();

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_the_model_of_the_last_candles_side_by_side(string name)
    {
        foreach (int lags in (int[])[1, 3])
            foreach (double neutral in (double[])[0, 0.25])
            {
                ClassicalModel model = Small(name) with { Lags = lags, NeutralShare = neutral };
                LabelRule rule = LabelRule.Fit(training, neutral);
                Windows seen(Windows rows) => name == "logistic" ? rows.Scaled(Scaler.Fit(training)) : rows;
                FeatureMatrix x(Windows rows) => new(Enumerable.Range(0, rows.Count)
                    .SelectMany(row => seen(rows).Window(row).ToArray().Skip((20 - lags) * 6)).ToArray(), 6 * lags);
                int[] classes = [.. Enumerable.Range(0, training.Count).Select(row => (int)rule.Class(training.NextReturn(row)))];
                Assert.DoesNotContain(neutral == 0 ? 1 : 9, classes);
                var rows = new LabelledRows(x(training), neutral == 0 ? [.. classes.Select(c => c / 2)] : classes, neutral == 0 ? 2 : 3);
                double[] expected = model.Fit(rows, null, new FitContext(3)).Predict(x(test));
                Prediction[] actual = Fitted(model).Predict(test);
                Assert.Equal(neutral == 0 ? expected.Chunk(2).Select(p => new Prediction((float)p[0], 0, (float)p[1]))
                    : expected.Chunk(3).Select(p => new Prediction((float)p[0], (float)p[1], (float)p[2])), actual);
                Assert.True(actual.Distinct().Count() > 5);
            }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_change_no_bit(string name)
    {
        ClassicalModel model = Small(name) with { Lags = 2 };
        Prediction[] one = Fitted(model).Predict(test);
        foreach (int threads in (int[])[2, 3]) Assert.Equal(one, Fitted(model, threads).Predict(test));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_saved_and_loaded_with_two_classes_and_several_candles(string name)
    {
        ClassicalModel model = Small(name) with { Lags = 3, NeutralShare = 0 };
        TabularPredictor predictor = Fitted(model);
        string path = Path.Combine(folder, "model");
        predictor.Save(path);
        Predictor loaded = Predictor.Load(path);
        Assert.Equal(model, loaded.Model);
        Assert.Equal(predictor.Predict(test), loaded.Predict(test));
        Assert.Equal(name == "logistic", File.Exists(Path.Combine(path, "scaler.json")));
        Assert.All(loaded.Predict(test), p => Assert.Equal(0, p.Neutral));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_folder_that_contradicts_itself_is_refused(string name)
    {
        string path = Path.Combine(folder, "model"), config = Path.Combine(path, "config.json"), other = Path.Combine(folder, "other");
        Fitted(Small(name)).Save(path);
        string text = File.ReadAllText(config);
        Refused("lags", 2, "features and 3 classes");
        Refused("lags", 21, "expected lags up to the 20 candles of a window, got 21");
        Refused("lags", 0, "lags to be a whole number of at least 1");
        Refused("neutral_share", 0, "and 2 classes");
        Refused("hidden", 3, "has no setting 'hidden'");
        File.WriteAllText(config, text);
        string another = name == "forest" ? "boosting" : "forest";
        Fitted(Small(another)).Save(other);
        File.Copy(Path.Combine(other, "model.safetensors"), Path.Combine(path, "model.safetensors"), overwrite: true);
        Assert.Contains("got a " + Small(another).FittedType.Name, Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);

        void Refused(string setting, double value, string says)
        {
            JsonNode json = JsonNode.Parse(text)!;
            json["settings"]![setting] = value;
            File.WriteAllText(config, json.ToJsonString());
            string message = Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message;
            Assert.Contains(path, message);
            Assert.Contains(says, message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Few_rows_train_with_the_defaults(string name)
    {
        var model = (ClassicalModel)DirectionModel.Named(name);
        foreach (int count in (int[])[1, 2, 3, 10, 60])
        {
            Windows few = training.Take([.. Enumerable.Range(0, count)]);
            var predictor = (TabularPredictor)model.Create();
            predictor.Fit(few, count < 10 ? few.Take([]) : validation, new FitContext(1));
            Assert.All(predictor.Predict(test), p => Assert.Equal(1, p.Down + p.Neutral + p.Up, 1e-5));
            if (count >= 60) Assert.True(predictor.Predict(test).Distinct().Count() > 5);
        }
        Assert.Contains("expected training rows, got none",
            Assert.Throws<ArgumentException>(() => model.Create().Fit(training.Take([]), validation, new FitContext(1))).Message);
        Assert.Equal((1, 5, 500),
            (ClassicalModel.RowsOfLeaf(500, 19), ClassicalModel.RowsOfLeaf(500, 119), ClassicalModel.RowsOfLeaf(500, 1 << 20)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_market_that_only_rises_is_called_up(string name)
    {
        MarketSeries[] rising = Series(Priced(400, t => 100 * Math.Exp(0.001 * t + 0.0003 * (t % 3))));
        foreach (double neutral in (double[])[0, 0.25])
        {
            var predictor = (TabularPredictor)(Small(name) with { NeutralShare = neutral }).Create();
            predictor.Fit(Rows(rising, 0, 300), Rows(rising, 300, 350), new FitContext(1));
            Assert.All(predictor.Predict(Rows(rising, 350, 400)), p => Assert.InRange(p.Up + p.Neutral, 0.9f, 1.0001f));
        }
    }

    [Fact]
    public void Candles_without_a_move_are_no_rows_of_two_classes()
    {
        // Up, still, down, still ...: two classes see half of the candles, three all of them.
        MarketSeries[] market = Series(Priced(300, t => 100 + (t % 4 is 1 or 2 ? 1 : 0)));
        var two = (TabularPredictor)new Logistic { NeutralShare = 0, C = 100 }.Create();
        two.Fit(Rows(market, 0, 250), Rows(market, 250, 260), new FitContext(1));
        Windows rows = Rows(market, 260, 299);
        Assert.Equal(0.5, Enumerable.Range(0, rows.Count).Average(row => Math.Abs(Math.Sign(rows.NextReturn(row)))), 0.05);
        Assert.All(two.Predict(rows).Select((p, row) => (p, Next: rows.NextReturn(row))).Where(r => r.Next != 0),
            r => Assert.Equal(Math.Sign(r.Next), (int)r.p.Call - 1));
        Windows none = Rows(Series(Priced(300, _ => 100)), 0, 300);
        Assert.True(none.Count > 0);
        Assert.Contains("whose price moves, got none",
            Assert.Throws<ArgumentException>(() => two.Fit(none, none, new FitContext(1))).Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_constant_feature_does_no_harm(string name)
    {
        Candles walk = Candles(43, 400);
        Array.Fill(walk.Volume, 1);
        MarketSeries[] market = Series(walk);
        var predictor = (TabularPredictor)Small(name).Create();
        Windows seen = Rows(market, 0, 300);
        predictor.Fit(seen, Rows(market, 300, 330), new FitContext(1));
        Assert.All(predictor.Predict(Rows(market, 330, 400)), p => Assert.Equal(1, p.Down + p.Neutral + p.Up, 1e-5));
        ImportanceOfFeature constant = Assert.Single(predictor.Importance(seen, new FitContext(1)), i => i.Feature == "volume_change");
        Assert.Equal((0, 0.0, 0.0), (constant.Lag, constant.Share, constant.Permutation));
    }

    /// <summary>
    /// Up follows where the signs of momentum and volume change agree, in 85 % of all candles: nothing that a sum of them tells.
    /// </summary>
    [Fact]
    public void Trees_find_a_rule_of_two_features_that_a_sum_cannot_find()
    {
        var random = new CounterRandom(9, 0);
        double[] close = new double[4000], volume = new double[4000];
        (close[0], volume[0]) = (100, 1);
        int sign = 1;
        for (int t = 1; t < close.Length; t++)
        {
            volume[t] = 0.5 + random.NextDouble();
            close[t] = close[t - 1] * (1 + sign * 0.004 * (0.5 + random.NextDouble()));
            sign *= (volume[t] > volume[t - 1] ? 1 : -1) * (random.NextDouble() < 0.85 ? 1 : -1);
        }
        MarketSeries[] market = Series(Priced(close.Length, t => close[t], volume));
        Windows past = Rows(market, 0, 3000), later = Rows(market, 3001, 4000);
        Assert.InRange(Of("logistic").Accuracy, 0.4, 0.6);
        foreach (string name in (string[])["forest", "boosting"])
        {
            (double accuracy, TabularPredictor fitted) = Of(name);
            Assert.InRange(accuracy, 0.7, 0.9);
            ImportanceOfFeature[] importance = fitted.Importance(later, new FitContext(1));
            Assert.Equal(["momentum", "volume_change"], importance.Take(2).Select(i => i.Feature).Order());
            Assert.Equal(1, importance.Sum(i => i.Share), 1e-9);
            Assert.Equal(["momentum", "volume_change"], importance.OrderByDescending(i => i.Share).Take(2).Select(i => i.Feature).Order());
            Assert.All(importance.Zip(importance.Skip(1)), pair => Assert.True(pair.First.Permutation >= pair.Second.Permutation));
        }

        (double Accuracy, TabularPredictor Fitted) Of(string name)
        {
            var predictor = (TabularPredictor)DirectionModel.Named(name)
                .With(name == "forest" ? "trees" : "lags", name == "forest" ? 50 : 1).Create();
            predictor.Fit(past, later.Take([]), new FitContext(1));
            return (ClassicalModelTests.Accuracy(predictor, later), predictor);
        }
    }

    [Fact]
    public void The_importance_of_earlier_candles_has_their_lag()
    {
        ImportanceOfFeature[] importance = Fitted(Small("boosting") with { Lags = 3 }).Importance(validation, new FitContext(1));
        Assert.Equal(from lag in Enumerable.Range(0, 3) from name in Week3Signals.Names.Order(StringComparer.Ordinal) select (lag, name),
            importance.Select(i => (i.Lag, i.Feature)).OrderBy(i => i.Lag).ThenBy(i => i.Feature, StringComparer.Ordinal));
        // Columns are in the order of time, the last candle's last.
        TabularPredictor last = Fitted(Small("boosting"));
        Assert.Equal(last.Fitted.FeatureImportance(), Week3Signals.Names.Select(
            name => last.Importance(validation, new FitContext(1)).Single(i => i.Feature == name).Share));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_importance_can_be_ended(string name)
    {
        TabularPredictor predictor = Fitted(Small(name));
        Assert.Throws<OperationCanceledException>(
            () => predictor.Importance(validation, new FitContext(1, Cancellation: new CancellationToken(true))));
    }

    [Fact]
    public void Boosting_ends_early_on_validation_rows_where_patience_says_so()
    {
        var all = (BoostedTrees)Fitted(new Boosting { MaxIter = 60, LearningRate = 0.3 }).Fitted;
        var patient = (BoostedTrees)Fitted(new Boosting { MaxIter = 60, LearningRate = 0.3, Patience = 3 }).Fitted;
        Assert.Equal(60, all.Iterations);
        Assert.InRange(patient.Iterations, 3, 59);
        Assert.Equal(patient.Iterations + 1, patient.ValidationLoss.Count);
        var without = (TabularPredictor)new Boosting { MaxIter = 7, Patience = 3 }.Create();
        without.Fit(training, training.Take([]), new FitContext(1));
        Assert.Equal(7, ((BoostedTrees)without.Fitted).Iterations);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_fit_that_is_ended_leaves_what_was_there(string name)
    {
        TabularPredictor predictor = Fitted(Small(name));
        Prediction[] before = predictor.Predict(test);
        using var ended = new CancellationTokenSource();
        ended.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => predictor.Fit(validation, test, new FitContext(8, Threads: 2, Cancellation: ended.Token)));
        Assert.Equal(before, predictor.Predict(test));
        Assert.Equal(LabelRule.Fit(training), predictor.Labels);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Short_windows_are_enough_where_they_have_the_candles(string name)
    {
        MarketSeries[] gap = Series(Candles(5, 300, gapAt: 230));
        Windows rows = Windows.Select(gap, 20, (_, time) => time > 200 * Hour, minimumLength: 2);
        Prediction[] whole = Fitted(Small(name) with { Lags = 2 }).Predict(rows);
        Assert.Equal(rows.Count, whole.Length);
        Assert.Contains(rows.Rows, r => gap[0].Run(r.End) < 20);
        Assert.Contains($"{name}: expected windows of at least 3 candles, got 2",
            Assert.Throws<ArgumentException>(() => Fitted(Small(name) with { Lags = 3 }).Predict(rows)).Message);
        Assert.Contains("expected lags up to the 20 candles of a window, got 21",
            Assert.Throws<ArgumentException>(() => (Small(name) with { Lags = 21 }).Create()).Message);
    }

    static Candles Priced(int count, Func<int, double> price, double[]? volume = null)
    {
        double[] close = [.. Enumerable.Range(0, count).Select(price)], open = [close[0], .. close[..^1]];
        return new Candles
        {
            Symbol = "XUSDT", Base = "X", Timeframe = Timeframe.Parse("1h"),
            OpenTime = [.. Enumerable.Range(0, count).Select(t => t * Hour)],
            Open = open, Close = close,
            High = [.. open.Zip(close, Math.Max)], Low = [.. open.Zip(close, Math.Min)],
            Volume = volume ?? [.. open.Select((_, t) => 1.0 + t % 7)],
        };
    }
}
