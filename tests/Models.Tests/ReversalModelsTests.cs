using System.Text.Json.Nodes;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>rule3, reversal and volatility.</summary>
public sealed class ReversalModelsTests : IDisposable
{
    static readonly Candles[] pairs =
        [WithFlow(Candles(41, 420, name: "BTC")), WithFlow(Candles(42, 420, gapAt: 250, name: "ETH")),
            WithFlow(Candles(43, 400, name: "SOL"))];

    readonly string folder = Directory.CreateTempSubdirectory("reversal-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Place => Path.Combine(folder, "m");

    public static TheoryData<string> Names => ["rule3", "reversal", "blend", "volatility"];

    static MarketSeries[] SeriesOf(DirectionModel model, params Candles[] candles) => MarketSeries.Of(candles, model.FeatureSets);

    static Predictor Fitted(DirectionModel model, MarketSeries[] series, int window = 16, ulong seed = 3)
    {
        Predictor predictor = model.Create();
        predictor.Fit(Rows(series, 0, 260, window), Rows(series, 261, 330, window), new FitContext(seed));
        return predictor;
    }

    [Fact]
    public void Rule3_is_the_weighted_sum_and_its_sign_the_call()
    {
        Assert.Equal(-3, Rule3.Score([0.473f, 0.449f, 0.290f]), 6);
        // The last candle of the window alone.
        Assert.Equal(1 / 0.473 - 2 / 0.449 + 0.5 / 0.290, Rule3.Score([9, 9, 9, -1, 2, -0.5f]), 6);
        var model = new Rule3();
        MarketSeries[] series = SeriesOf(model, pairs);
        Windows rows = Rows(series, 331, 500, window: 1);
        Prediction[] said = Fitted(model, series).Predict(rows);
        double[][][] columns = new FeatureSet("own", 1, ["vwd", "vwd24", "mtb4"]).Compute(pairs, TestContext.Current.CancellationToken);
        double[][] scores = Rule3.Scores(pairs, TestContext.Current.CancellationToken);
        Assert.True(rows.Count > 200);
        for (int row = 0; row < rows.Count; row++)
        {
            (int pair, int t) = rows.Rows[row];
            double s = -(columns[pair][0][t] / 0.473 + columns[pair][1][t] / 0.449 + columns[pair][2][t] / 0.290);
            Assert.Equal(s, scores[pair][t], 4);
            Assert.Equal(1 / (1 + Math.Exp(-0.05 * s)), said[row].Up, 1e-6);
            Assert.Equal((0f, 1f), (said[row].Neutral, said[row].Up + said[row].Down));
            Assert.Equal(s > 0 ? Direction.Up : Direction.Down, said[row].Call);
        }
        // The larger |s| the more confident, so that thresholds keep the same rows.
        int[] byScore = [.. Enumerable.Range(0, rows.Count).OrderBy(i => Math.Abs(scores[rows.Rows[i].Pair][rows.Rows[i].End]))];
        Assert.Equal(byScore.Select(i => said[i].Confidence).Order(), byScore.Select(i => said[i].Confidence));
        Assert.Equal(double.NaN, scores[0][0]);
    }

    [Fact]
    public void Reversal_is_a_gru_whose_head_sees_the_last_candle_too()
    {
        var model = new ReversalNetwork();
        Assert.Equal((16, 2, 1024, 2e-3f, 0.0), (model.Window, model.Epochs, model.BatchSize, model.LearningRate, model.NeutralShare));
        Assert.Equal("reversal7", model.Features.Name);
        var wide = (ReversalNetwork)model.With("wide", 1);
        Assert.Equal((32, "reversal12"), (wide.Hidden, wide.Features.Name));
        Assert.Equal(model, wide.With("wide", 0));
        Assert.Equal(24, ((ReversalNetwork)model.With("hidden", 24).With("wide", 1)).Hidden);
        Assert.Contains("wide to be 0 or 1", Assert.Throws<ArgumentException>(() => model.With("wide", 2)).Message);
        // GRU: 3H (I + H + 2), head: 2 (H + I + 1).
        Assert.Equal(3 * 16 * (7 + 16 + 2) + 2 * (16 + 7 + 1), new Model(model.Build(7), 1).Count);
        Assert.Equal(3 * 32 * (12 + 32 + 2) + 2 * (32 + 12 + 1), new Model(wide.Build(12), 1).Count);
        var network = new Model(model.Build(7), 1);
        var x = new Tensor(5, 16, 7);
        x.Span.Fill(0.5f);
        Tensor y = network.Predict(x, network.Tape()).Copy();
        Assert.Equal(new Shape(5, 2), y.Shape);
        // Without the state the head is a Dense on the last candle alone.
        foreach (Parameter p in network.Parameters)
            if (p.Name.Contains("gru", StringComparison.Ordinal)) p.Value.Clear();
        network.ParametersChanged();
        Tensor still = network.Predict(x, network.Tape()).Copy();
        for (int step = 0; step < 15; step++) x.Span.Slice(step * 7, 7).Fill(-1);
        Assert.Equal(still.Row(0), network.Predict(x, network.Tape()).Row(0));
        x.Span.Slice(15 * 7, 7).Fill(-1);
        Assert.NotEqual(still.Row(0).ToArray(), network.Predict(x, network.Tape()).Row(0).ToArray());
    }

    [Fact]
    public void Reversal_is_trained_on_what_follows_the_next_open()
    {
        var model = new ReversalNetwork();
        Assert.Equal((Target.Fill, Target.Direction), (model.Target, model.Judged));
        // Opens apart from the close before: the return from close to close stays, that from the fill changes.
        Candles[] apart = [.. pairs.Select(c => c.With(c.OpenTime, column =>
            ReferenceEquals(column, c.Open) ? [.. c.Open.Select((o, t) => o * (1 + 0.02 * Math.Sin(t)))] : column))];
        MarketSeries[] series = SeriesOf(model, pairs), other = SeriesOf(model, apart);
        Assert.Equal(series[0].Features(model.Features), other[0].Features(model.Features));   // no feature sees the open
        Predictor a = Fitted(model, series), b = Fitted(model, other);
        Windows rows = Rows(other, 0, 260, 16);
        double fill = rows.Rows.Average(r => Math.Abs(Math.Log(apart[r.Pair].Close[r.End + 1] / apart[r.Pair].Open[r.End + 1])));
        Assert.Equal(fill, b.Labels!.MeanMove, 12);
        Assert.NotEqual(a.Labels!.MeanMove, b.Labels!.MeanMove);
        Assert.NotEqual(a.Predict(Rows(series, 331, 500, 16)), b.Predict(Rows(other, 331, 500, 16)));
    }

    [Fact]
    public void Reversals_learning_rate_falls_to_zero_along_a_cosine_and_nothing_stops_it()
    {
        var model = new ReversalNetwork { Epochs = 3 };
        var rates = new List<float>();
        var random = new CounterRandom(1, 2);
        float[] x = [.. Enumerable.Range(0, 2500 * 7).Select(_ => (float)random.NextNormal())];
        var samples = new ArraySamples(x, new Shape(1, 7), [.. Enumerable.Range(0, 2500).Select(i => i % 2f)]);
        var trainer = new Trainer(new Model(model.Build(7), 1), model.Loss(), model.Optimizer(), model.Training(1));
        History history = trainer.Fit(samples, samples, [.. model.Callbacks(), new Probe(rates)],
            cancellation: TestContext.Current.CancellationToken);
        const int steps = 3 * 3;
        Assert.Equal(3, history.Epochs.Count);
        Assert.Equal(steps, rates.Count);
        for (int k = 0; k < steps; k++)
            Assert.Equal(2e-3 * 0.5 * (1 + Math.Cos(Math.PI * k / steps)), rates[k], 8);
        Assert.True(rates[^1] < 0.031 * 2e-3);
        Assert.DoesNotContain(model.Callbacks(), c => c is EarlyStopping);
        Assert.DoesNotContain(model.Settings, s => s.Name is "patience" or "decay");
    }

    /// <summary>The learning rate in force during each step.</summary>
    sealed class Probe(List<float> rates) : Callback
    {
        float next;

        public override void OnEpochBegin(TrainingContext context) => next = context.Optimizer.LearningRate;

        public override void OnBatchEnd(TrainingContext context)
        {
            rates.Add(next);
            next = context.Optimizer.LearningRate;
        }
    }

    [Fact]
    public void Blend_is_the_mean_of_members_of_its_own()
    {
        var model = (Blend)new Blend().With("networks", 2);
        Assert.Equal((16, 0.0, 1, false), (model.Window, model.NeutralShare, model.RefitMonths, model.SharesMembers));
        Assert.Equal(["logistic", "boosting", "reversal", "reversal-seed-1"], model.Members.Select(m => m.Folder));
        Assert.Equal([1, 1, 0.5, 0.5], model.Members.Select(m => m.Weight));
        Assert.Equal(["blend8", "reversal7"], model.FeatureSets.Select(s => s.Name));
        Assert.Equal(0, model.With("refit_months", 0).RefitMonths);
        Assert.Equal("rule3", ((Blend)model.With("weight_rule3", 2)).Members[^1].Folder);
        // What a run makes of the models of these names is not for the blend.
        Assert.Equal(model, model.WithMembers([new Logistic { C = 7 }, new Boosting(), new ReversalNetwork(), new ReversalNetwork()]));
        MarketSeries[] series = SeriesOf(model, pairs);
        Predictor blend = Fitted(model, series);
        Windows rows = Rows(series, 331, 500, 16);
        Prediction[] said = blend.Predict(rows);
        Prediction[][] members = [.. blend.Members.Select(m => m.Predict(rows))];
        Assert.NotEqual(members[2], members[3]);
        for (int row = 0; row < rows.Count; row++)
            Assert.Equal((members[0][row].Up + members[1][row].Up + (members[2][row].Up + members[3][row].Up) / 2) / 3,
                said[row].Up, 1e-6f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Models_that_fix_their_features_refuse_others(string name)
    {
        DirectionModel model = DirectionModel.Named(name);
        FeatureSet other = FeatureSet.Named("standard");
        Assert.Same(model, model.WithFeatures(other));
        Assert.Contains($"{name}: expected features {model.Features.Name}, got standard",
            Assert.Throws<ArgumentException>(() => model with { Features = other }).Message);
        Assert.Equal(model, model with { Features = model.Features });
        Fitted(model, SeriesOf(model, pairs)).Save(Place);
        string path = Path.Combine(Place, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config["features"]!["name"] = "mine";
        File.WriteAllText(path, config.ToJsonString());
        Assert.Contains($"expected features {model.Features.Name} v1",
            Assert.Throws<InvalidDataException>(() => Predictor.Load(Place)).Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loaded_model_predicts_the_same_bits_and_longer_windows_change_nothing(string name)
    {
        DirectionModel model = DirectionModel.Named(name);
        MarketSeries[] series = SeriesOf(model, pairs);
        Predictor predictor = Fitted(model, series);
        predictor.Save(Place);
        Predictor loaded = Predictor.Load(Place);
        Assert.Equal(model, loaded.Model);
        Prediction[] expected = predictor.Predict(Rows(series, 331, 500, 16));
        Assert.Equal(expected, loaded.Predict(Rows(series, 331, 500, 16)));
        Assert.Equal(expected, loaded.Predict(Rows(series, 331, 500, 40)));
        Assert.True(expected.Length > 150 && expected.Distinct().Count() > 100);
        Assert.All(expected, p => Assert.True(p.Neutral == 0 && Math.Abs(p.Up + p.Down - 1) < 1e-6));
        Assert.Equal(expected, Fitted(model, series).Predict(Rows(series, 331, 500, 16)));     // the same seed
    }

    [Theory]
    [InlineData("rule3")]
    [InlineData("reversal")]
    [InlineData("blend")]
    public void Candles_without_the_volumes_that_a_model_needs_are_one_clear_error(string name)
    {
        DirectionModel model = DirectionModel.Named(name);
        Candles[] poor = [Candles(31, 420, name: "BTC"), Candles(32, 420, name: "ETH")];
        string message = Assert.Throws<InvalidDataException>(() => SeriesOf(model, poor)).Message;
        Assert.StartsWith($"features '{model.Features.Name}': BTCUSDT has no ", message, StringComparison.Ordinal);
        Assert.Contains("which vwd", message);
        Assert.Contains("BTCUSDT has no taker-buy volume", message);
        Assert.Contains("BTCUSDT has no quote volume, which vwd", model.Features.Lacking(poor));
        Assert.Empty(model.Features.Lacking(pairs));
    }
}
