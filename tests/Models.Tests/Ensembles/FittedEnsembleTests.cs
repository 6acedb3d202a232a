using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Ensembles of small models that are trained: what they learn from which rows, and what becomes of them on disk.</summary>
public sealed class FittedEnsembleTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-").FullName;
    static readonly Candles[] pairs = [Candles(41, 420, name: "BTC"), Candles(42, 420, gapAt: 300, name: "ETH")];
    static readonly MarketSeries[] series = Series(pairs);
    static readonly Windows training = Until(Rows(series, 0, 249), 250), validation = Until(Rows(series, 250, 329), 330),
        test = Rows(series, 330, 420);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Windows Until(Windows rows, int candle) => rows.Until(candle * Hour);

    static Predictor Fitted(DirectionModel model, Windows? fit = null, Windows? validate = null, int threads = 1)
    {
        Predictor predictor = model.Create();
        predictor.Fit(fit ?? training, validate ?? validation, new FitContext(5, Threads: threads));
        return predictor;
    }

    static CombinedModel Ensemble(string name)
    {
        var model = (CombinedModel)Model(name);
        return (CombinedModel)model.WithMembers([.. model.Members.Select(m => m.Model is PlanModel ? m.Model.With("window", 20) : m.Model)])
            .WithFeatures(FeatureSet.Named("week3"));
    }

    public static TheoryData<string> Names => [.. DirectionModel.All.OfType<WeightedModel>()
        .Where(m => m.WithFeatures(FeatureSet.Named("week3")).FeatureSets.All(set => set.Name == "week3")).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_change_no_bit_and_members_that_were_fitted_elsewhere_serve_as_well(string name)
    {
        CombinedModel model = Ensemble(name);
        Prediction[] said = Fitted(model).Predict(test);
        Assert.True(said.Length > 100 && said.Distinct().Count() > 10);
        Assert.Equal(said, Fitted(model, threads: 4).Predict(test));
        if (!model.SharesMembers) return;
        Predictor[] members = [.. model.Members.Select(m =>
        {
            Predictor member = m.Model.Create();
            member.Fit(training, validation, new FitContext(m.SeedFrom(5)));
            return member;
        })];
        CombinedPredictor shared = model.Create();
        shared.Learn(training, validation, [.. members.Select(m => m.Predict(validation))], new FitContext(5));
        Assert.Equal(said, shared.Combine(test, [.. members.Select(m => m.Predict(test))]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_comes_after_a_row_changes_nothing_of_it(string name)
    {
        CombinedModel model = Ensemble(name);
        Prediction[] whole = Fitted(model).Predict(test);
        MarketSeries[] other = Series([.. pairs.Select(p => SmallMarket.Until(p, 361, cut: false))]);
        // The same past, another future: fitted on it, it is the same model, and rows before the change are the same.
        Predictor again = Fitted(model, Until(Rows(other, 0, 249), 250), Until(Rows(other, 250, 329), 330));
        Windows there = Rows(other, 330, 420);
        Prediction[] changed = again.Predict(there);
        var before = there.Rows.Index().Where(r => other[r.Item.Pair].Candles.OpenTime[r.Item.End] < 360 * Hour).ToArray();
        Assert.True(before.Length > 40);
        var at = test.Rows.Index().ToDictionary(r => r.Item, r => r.Index);
        Assert.All(before, r => Assert.Equal(whole[at[r.Item]], changed[r.Index]));
        Assert.NotEqual(whole, changed);
    }

    [Theory]
    [InlineData("per-pair")]
    [InlineData("fine-tuned")]
    [InlineData("regimes")]
    [InlineData("seeds")]
    public void A_loaded_ensemble_predicts_the_same_bits_and_a_damaged_member_is_named(string name)
    {
        string path = Path.Combine(folder, "m"), again = Path.Combine(folder, "again");
        var predictor = (CombinedPredictor)Fitted(Ensemble(name));
        predictor.Save(path);
        Predictor loaded = Predictor.Load(path);
        Assert.Equal((predictor.Model, predictor.Labels), (loaded.Model, loaded.Labels));
        Assert.Equal(predictor.Predict(test), loaded.Predict(test));
        loaded.Save(again);
        Assert.Equal(File.ReadAllBytes(Path.Combine(path, "config.json")), File.ReadAllBytes(Path.Combine(again, "config.json")));
        Assert.Equal(predictor.Members.Count, predictor.Folders.Count);
        string member = Path.Combine(path, predictor.Folders[^1], "model.safetensors");
        Assert.True(File.Exists(member));
        File.WriteAllBytes(member, File.ReadAllBytes(member)[..^9]);
        Assert.Contains(member, Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
        File.Delete(member);
        Assert.Contains(member, Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
        Fitted(Model("linear")).Save(Path.Combine(path, predictor.Folders[^1]));
        Assert.Contains("got linear with 20", Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
    }

    [Fact]
    public void Members_are_named_by_settings()
    {
        DirectionModel model = new Voting().With("weight_v3.1", 2).With("weight_forest", 0).With("weight_v2", 0.5);
        Assert.Equal(["v3.2 0.4", "boosting 0.3", "v3.1 2", "v2 0.5"],
            ((CombinedModel)model).Members.Select(m => FormattableString.Invariant($"{m.Folder} {m.Weight}")));
        Assert.Equal(60, new Voting().With("weight_plan-lstm", 1).Window);
        Assert.Equal(0, new Voting().With("weight_plan-lstm", 1).NeutralShare);
        Assert.Equal(new Voting(),
            new Voting().With("weight_v3.1", 1).With("weight_v3.1", 0) is Voting v ? v with { Weights = new Voting().Weights } : null);
        Assert.Equal(30, ((CombinedModel)new Voting().With("window", 30)).Members.Min(m => m.Model.Window));
        DirectionModel[] none = [new Gated().With("weight_v3.2", 0)];
        Assert.Contains("expected a member with a weight over 0", Assert.Throws<ArgumentException>(() => none[0].Create()).Message);
        Assert.Contains("expected another model as member",
            Assert.Throws<ArgumentException>(() => none[0].With("weight_gated", 1)).Message);
        Assert.Contains("model 'v9': expected one of", Assert.Throws<ArgumentException>(() => none[0].With("weight_v9", 1)).Message);
        Assert.Contains("has no setting 'weight'", Assert.Throws<ArgumentException>(() => none[0].With("weight", 1)).Message);
        Assert.Contains("expected networks as members, got forest",
            Assert.Throws<ArgumentException>(() => new FineTuned().With("weight_forest", 1).Create()).Message);
        // Ensembles may be members too.
        Assert.Equal(["voting"], ((CombinedModel)new Gated().With("weight_v3.2", 0).With("weight_voting", 1))
            .Members.Select(m => m.Folder));
    }

    [Fact]
    public void An_ensemble_of_ensembles_is_saved_and_loaded()
    {
        var model = (CombinedModel)new Gated().With("weight_v3.2", 0).With("weight_voting", 1);
        model = model.WithMembers([Ensemble("voting")]);
        Predictor predictor = Fitted(model);
        predictor.Save(Path.Combine(folder, "m"));
        Assert.Equal(predictor.Predict(test), Predictor.Load(Path.Combine(folder, "m")).Predict(test));
    }

    [Fact]
    public void Seeds_are_the_mean_of_the_same_network_from_several()
    {
        var model = (SeedAverage)Ensemble("seeds");
        Prediction[][] said = [.. Enumerable.Range(0, 3).Select(seed =>
        {
            Predictor one = model.Members[0].Model.Create();
            one.Fit(training, validation, new FitContext(5 + (ulong)seed * 1_000_003));
            return one.Predict(test);
        })];
        Assert.NotEqual(said[0], said[1]);
        Assert.Equal(said.Average(s => s[7].Up), Fitted(model).Predict(test)[7].Up, 1e-6);
    }

    [Fact]
    public void Each_pair_has_what_is_trained_on_its_rows_alone_and_others_get_no_call()
    {
        var model = (PerPair)Ensemble("per-pair");
        var predictor = (PairPredictor)Fitted(model);
        Assert.Equal(["BTCUSDT", "ETHUSDT"], predictor.Pairs);
        int[] eth = [.. Enumerable.Range(0, test.Count).Where(row => test.Rows[row].Pair == 1)];
        Predictor alone = Fitted(model.Members[0].Model, Until(Rows([series[1]], 0, 249), 250), Until(Rows([series[1]], 250, 329), 330));
        Prediction[] said = predictor.Predict(test);
        Assert.Equal(alone.Predict(test.Take(eth)), eth.Select(row => said[row]));
        Windows unknown = Rows(Series(Candles(43, 420, name: "SOL")), 330, 420);
        Assert.All(predictor.Predict(unknown), p => Assert.Equal(Direction.Neutral, p.Call));
        Assert.Empty(((PairPredictor)Fitted(model.With("min_rows", 5000))).Pairs);
    }

    [Fact]
    public void Fine_tuning_goes_on_from_what_all_pairs_gave()
    {
        var model = (FineTuned)Ensemble("fine-tuned");
        var predictor = (PairPredictor)Fitted(model);
        Predictor pooled = Fitted(model.Members[0].Model);
        Windows unknown = Rows(Series(Candles(43, 420, name: "SOL")), 330, 420);
        Assert.Equal(pooled.Predict(unknown), predictor.Predict(unknown));
        Assert.NotEqual(pooled.Predict(test), predictor.Predict(test));
        Assert.Equal(pooled.Predict(test), Fitted(model.With("min_rows", 5000)).Predict(test));
        Assert.Equal(0.25 * ((NetworkModel)pooled.Model).LearningRate, ((NetworkModel)predictor.Members[1].Model).LearningRate, 1e-9);
        Assert.Equal(pooled.Scaler!.ToJson(), predictor.Members[1].Scaler!.ToJson());
    }

    [Fact]
    public void A_kind_of_market_with_too_few_rows_is_left_to_the_common_model()
    {
        CombinedModel model = Ensemble("regimes");
        var predictor = (RegimesPredictor)Fitted(model);
        Assert.Equal(Regimes.Kinds, predictor.OwnKinds);
        var some = (RegimesPredictor)Fitted(model.With("min_rows", 100));
        Assert.InRange(some.OwnKinds.Count(), 1, 3);
        var none = (RegimesPredictor)Fitted(model.With("min_rows", 100_000));
        Assert.Empty(none.OwnKinds);
        Prediction[] common = Fitted(model.Members[0].Model).Predict(test);
        Assert.Equal(common, none.Predict(test));
        Assert.NotEqual(common, predictor.Predict(test));
        Prediction[] mixed = some.Predict(test), own = predictor.Predict(test);
        Assert.All(mixed.Index(), p => Assert.True(p.Item == common[p.Index] || p.Item == own[p.Index]));
    }

    [Fact]
    public void Out_of_fold_rows_are_predicted_by_members_that_knew_no_later_label()
    {
        Member[] members = [new(Model("logistic"), 1)];
        (Windows rows, Prediction[][] said) = OutOfFold.Of(members, training, 3, new FitContext(5));
        long[] opens = [.. training.Rows.Select(r => pairs[r.Pair].OpenTime[r.End])], order = [.. opens.Order()];
        long first = order[order.Length / 4], second = order[order.Length / 2];
        Assert.Equal(opens.Count(o => o >= first), rows.Count);
        Assert.Equal(rows.Count, rows.Rows.Distinct().Count());
        // With other prices from the middle block on the first block's predictions are the same bits.
        int from = (int)(second / Hour) + 1;
        MarketSeries[] other = Series([.. pairs.Select(p => SmallMarket.Until(p, from, cut: false))]);
        (Windows there, Prediction[][] changed) = OutOfFold.Of(members, Until(Rows(other, 0, 249), 250), 3, new FitContext(5));
        int count = opens.Count(o => o >= first && o < second);
        Assert.Equal(rows.Rows.Take(count), there.Rows.Take(count));
        Assert.Equal(said[0].Take(count), changed[0].Take(count));
        Assert.NotEqual(said[0], changed[0]);
        // They are those of a model of the earlier rows, the last 15 % of which validate.
        Windows past = training.Until(first);
        Assert.All(past.Rows, r => Assert.True(pairs[r.Pair].OpenTime[r.End] + 2 * Hour <= first));
        long validate = past.Rows.Select(r => pairs[r.Pair].OpenTime[r.End]).Order().ElementAt((int)(0.85 * past.Count));
        Prediction[] by = Fitted(Model("logistic"), past.Until(validate), past).Predict(rows.Take([.. Enumerable.Range(0, count)]));
        Assert.Equal(by, said[0].Take(count));
        Assert.Empty(OutOfFold.Of(members, training.Take([0]), 3, new FitContext(5)).Said[0]);
    }

    [Fact]
    public void Rows_of_one_class_are_no_error_where_a_model_can_do_without_the_other()
    {
        Candles rising = Candles(5, 420, name: "BTC");
        rising = new()
        {
            Symbol = "BTCUSDT", Base = "BTC", Timeframe = rising.Timeframe, OpenTime = rising.OpenTime, Volume = rising.Volume,
            Close = [.. rising.Close.Select((_, t) => 100 * Math.Exp(0.01 * t + 0.001 * Math.Sin(t)))],
            Open = [.. rising.Close.Select((_, t) => 100 * Math.Exp(0.01 * t))],
            High = [.. rising.Close.Select((_, t) => 101 * Math.Exp(0.01 * t))],
            Low = [.. rising.Close.Select((_, t) => 99 * Math.Exp(0.01 * t))],
        };
        MarketSeries[] up = Series(rising);
        foreach (string name in (string[])["stacking", "tuned", "adaptive", "meta-label", "regimes", "gated", "per-pair"])
        {
            Prediction[] said = Fitted(Ensemble(name).With("neutral_share", 0), Rows(up, 0, 249), Rows(up, 250, 329))
                .Predict(Rows(up, 330, 420));
            Assert.True(said.All(p => p.Up >= p.Down), name);
        }
    }
}
