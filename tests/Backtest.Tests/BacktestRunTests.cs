using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

public class BacktestRunTests
{
    static readonly FoldOptions folds = new() { Count = 2, MinimumTrainingCandles = 100 };

    static readonly BacktestOptions small = new()
    {
        Models = [new V2(), Small("linear"), Small("v3.2")], Folds = folds,
        Threads = 2, Seed = 3
    };

    static DirectionModel Small(string name)
    {
        DirectionModel model = DirectionModel.Named(name).With("epochs", 2);
        return model is LinearModel ? model : model.With("hidden", 4);
    }

    static Candles[] Market(int pairs = 2, int candles = 500)
        => SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = pairs, Candles = candles, Seed = 5 }).Candles;

    static BacktestData Data(params Candles[] pairs) => new()
    {
        Pairs = pairs, Description = "test", Hash = CandleSet.Hash(pairs), PairNotes = [.. pairs.Select(_ => (IReadOnlyList<string>)[])],
    };

    static BacktestResult Run(BacktestOptions options, params Candles[] pairs)
        => BacktestRun.Run(Data(pairs), options, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []));

    /// <summary>The candles with an index in [from, to), those from <paramref name="changed"/> on at other prices.</summary>
    static Candles Part(Candles c, int from, int to, int changed = int.MaxValue, int gapAt = int.MaxValue, int gap = 0)
    {
        Candles other = Market(1, 600)[0];
        return new Candles
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = [.. Range().Select(t => c.OpenTime[t])],
            Open = Of(x => x.Open), High = Of(x => x.High), Low = Of(x => x.Low), Close = Of(x => x.Close), Volume = Of(x => x.Volume),
        };

        IEnumerable<int> Range() => Enumerable.Range(from, to - from).Where(t => t < gapAt || t >= gapAt + gap);

        double[] Of(Func<Candles, double[]> column) => [.. Range().Select(t => t < changed ? column(c)[t] : column(other)[t + 50])];
    }

    static (float, float, float)[] Probabilities(BacktestResult result, string model, Func<int, bool> rows)
    {
        ModelPredictions p = result.Models.Single(m => m.Model == model);
        return [.. Enumerable.Range(0, result.Rows.Count).Where(rows).Select(i => (p.Down[i], p.Neutral[i], p.Up[i]))];
    }

    [Fact]
    public void Predictions_before_a_time_do_not_change_when_what_follows_is_another()
    {
        const int change = 450;
        Candles[] market = Market();
        BacktestResult a = Run(small, market), b = Run(small, [.. market.Select(c => Part(c, 0, 500, changed: change))]);
        long time = market[0].OpenTime[change];
        Assert.Equal(a.Rows.Time, b.Rows.Time);
        // Fold 2 tests candles 400 on; the row before the change already has another return.
        Assert.Contains(Enumerable.Range(0, a.Rows.Count), i => a.Rows.Fold[i] == 1 && a.Rows.Time[i] < time);
        foreach (DirectionModel model in small.Models)
        {
            Assert.Equal(Probabilities(a, model.Name, i => a.Rows.Time[i] < time),
                Probabilities(b, model.Name, i => b.Rows.Time[i] < time));
            Assert.NotEqual(Probabilities(a, model.Name, i => a.Rows.Time[i] >= time),
                Probabilities(b, model.Name, i => b.Rows.Time[i] >= time));
            Assert.Equal(a.Models.Single(m => m.Model == model.Name).ConfidenceThreshold,
                b.Models.Single(m => m.Model == model.Name).ConfidenceThreshold);
        }
        for (int i = 0; i < a.Rows.Count; i++)
        {
            if (a.Rows.Time[i] + market[0].Timeframe.Microseconds >= time) continue;
            Assert.Equal((a.Rows.Return[i], a.Rows.Label[i], a.Rows.Majority[i]), (b.Rows.Return[i], b.Rows.Label[i], b.Rows.Majority[i]));
        }
    }

    [Fact]
    public void A_model_that_stops_on_validation_rows_never_sees_the_last_label_before_the_test()
    {
        // The close of the fold's first test candle is the label of the last candle before it: were it not purged, training would change.
        Candles[] market = Market(1);
        Fold fold = Folds.WalkForward(market, folds)[0];
        int first = Array.IndexOf(market[0].OpenTime, fold.TestFrom), trained = Array.IndexOf(market[0].OpenTime, fold.TrainTo);
        Assert.True(trained > 100 && first > trained);
        BacktestResult a = Run(small, market), b = Run(small, Part(market[0], 0, 500, changed: first));
        Assert.Equal(a.Models.Select(m => (m.Epochs[0], m.ConfidenceThreshold[0])),
            b.Models.Select(m => (m.Epochs[0], m.ConfidenceThreshold[0])));
        Assert.Equal(a.Folds[0].TrainingRows, trained - 1 - 44);
        Assert.Equal(a.Folds[0].ValidationRows, first - trained - 1);
    }

    [Fact]
    public void Nothing_depends_on_threads_or_on_the_other_models()
    {
        Candles[] market = Market();
        EnsembleModel ensemble = new() { Network = (V31)Small("v3.1").With("attention", 4).With("units", 4) };
        BacktestOptions all = small with { Models = [.. small.Models, ensemble.Network, ensemble] };
        BacktestResult whole = Run(all, market), threads = Run(all with { Threads = 7 }, market);
        Prediction[] mean = EnsembleModel.Mean(Of(whole, "v2"), Of(whole, "v3.1"), 0.5);
        Assert.Equal(mean, Of(whole, "ensemble"));
        foreach (DirectionModel model in all.Models)
        {
            BacktestResult alone = Run(all with { Models = [model], Threads = 1 }, market);
            Assert.Equal(Of(whole, model.Name), Of(alone, model.Name));
            Assert.Equal(Of(whole, model.Name), Of(threads, model.Name));
            Assert.Equal(whole.Models.Single(m => m.Model == model.Name).Epochs, alone.Models[0].Epochs);
            Assert.Equal(whole.Rows.Label, alone.Rows.Label);
        }

        static Prediction[] Of(BacktestResult r, string model)
            => [.. Probabilities(r, model, _ => true).Select(p => new Prediction(p.Item1, p.Item2, p.Item3))];
    }

    [Fact]
    public void A_model_is_the_same_trial_while_its_own_jobs_are()
    {
        Candles[] market = Market();
        string[] ids = Ids(small);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal(ids, Ids(small with { Seeds = 2, Threads = 1 }));
        string[] longer = Ids(small with { Models = [small.Models[0], small.Models[1], small.Models[2].With("epochs", 1)] }),
            seed = Ids(small with { Seed = 4 });
        Assert.Equal([true, true, false], ids.Zip(longer, (a, b) => a == b));
        Assert.Equal([true, false, false], ids.Zip(seed, (a, b) => a == b));      // v2 draws no random numbers
        Assert.Equal(ids[2], Ids(small with { Models = [small.Models[2]] })[0]);

        string[] Ids(BacktestOptions options) => [.. Run(options, market).Models.Select(m => m.Id!)];
    }

    [Fact]
    public void A_model_a_pair_does_not_see_the_other_pairs()
    {
        Candles[] market = Market(3);
        BacktestOptions each = small with { PerPair = true };
        BacktestResult a = Run(each, market), b = Run(each, Part(market[0], 0, 500, changed: 0), market[1], market[2]),
            pooled = Run(small, market);
        foreach (string model in (string[])["v2", "linear", "v3.2"])
        {
            Assert.Equal(Probabilities(a, model, i => a.Rows.Pair[i] > 0), Probabilities(b, model, i => b.Rows.Pair[i] > 0));
            Assert.NotEqual(Probabilities(a, model, i => a.Rows.Pair[i] == 0), Probabilities(b, model, i => b.Rows.Pair[i] == 0));
        }
        Assert.NotEqual(Probabilities(a, "linear", i => a.Rows.Pair[i] == 1),
            Probabilities(pooled, "linear", i => pooled.Rows.Pair[i] == 1));
        Assert.Equal(pooled.Rows.Count, a.Rows.Count);
        Assert.Equal(pooled.Folds.Select(f => f.TrainingRows), a.Folds.Select(f => f.TrainingRows));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pair_with_too_little_history_is_left_out_and_listed(bool perPair)
    {
        Candles[] market = Market(3);
        BacktestOptions options = small with { PerPair = perPair };
        // Of 500 candles fold 1 trains on 255, fold 2 on 340: the second pair has 80 and 165 of them.
        BacktestResult with = Run(options, market[0], Part(market[1], 175, 500), market[2]), without = Run(options, market[0], market[2]);
        Exclusion left = Assert.Single(with.Exclusions);
        Assert.Equal((0, market[1].Base), (left.Fold, left.Pair));
        Assert.Contains("79 training candles, fewer than 100", left.Reason);
        Assert.DoesNotContain(Enumerable.Range(0, with.Rows.Count), i => with.Rows is var r && r.Fold[i] == 0 && r.Pair[i] == 1);
        Assert.Contains(Enumerable.Range(0, with.Rows.Count), i => with.Rows is var r && r.Fold[i] == 1 && r.Pair[i] == 1);
        Assert.Equal(without.Folds[0].TrainingRows, with.Folds[0].TrainingRows);
        if (!perPair)
            Assert.Equal(Probabilities(without, "linear", i => without.Rows.Fold[i] == 0),
                Probabilities(with, "linear", i => with.Rows.Fold[i] == 0));
    }

    [Fact]
    public void Rows_are_decisions_at_a_close_with_20_candles_before_and_one_after()
    {
        Candles whole = Market(1)[0], gappy = Part(whole, 0, 500, gapAt: 420, gap: 3);
        BacktestResult result = Run(small, gappy);
        Dictionary<long, int> at = Enumerable.Range(0, gappy.Count).ToDictionary(t => gappy.OpenTime[t]);
        int[] ends = [.. result.Rows.Time.Select(t => at[t])];
        // Candles 300 to 499 are tested; 420 to 422 are missing, the last before the gap and of all have no next.
        Assert.Equal([.. Enumerable.Range(300, 119), .. Enumerable.Range(420 + 19, 497 - 439 - 1)], ends);
        for (int i = 0; i < ends.Length; i++)
        {
            Assert.Equal(gappy.Close[ends[i] + 1] / gappy.Close[ends[i]] - 1, result.Rows.Return[i]);
            Assert.Equal(gappy.Close[ends[i]] / gappy.Close[ends[i] - 1] - 1, result.Rows.LastReturn[i]);
        }
    }

    [Fact]
    public void Two_classes_have_no_neutral_label_and_no_model_gives_one()
    {
        BacktestResult result = Run(small with { Models = [.. small.Models.Select(m => m.With("neutral_share", 0))] }, Market());
        Assert.DoesNotContain(TestRows.Neutral, result.Rows.Label);
        foreach (ModelPredictions model in result.Models) Assert.All(model.Neutral, p => Assert.Equal(0, p));
        Assert.All(Evaluation.Evaluate(result).Models, model =>
            Assert.Equal(result.Rows.Count, model.Scores.Combined.Confusion.Sum(row => row[0] + row[2]) + model.Scores.Combined.Ties));
    }

    [Fact]
    public void Models_with_features_of_their_own_are_judged_on_the_same_rows()
    {
        Candles[] market = [.. Market().Select(MadeUp.WithFlow)];
        FeatureSet extended = FeatureSet.Named("extended");
        DirectionModel[] models = [.. small.Models.Select(m => m.WithFeatures(extended)),
            new EnsembleModel { Network = Network(), Features = extended }];
        BacktestResult week3 = Run(small, market), mixed = Run(small with { Models = models }, market);
        Assert.Equal(["week3", "extended"], mixed.Features.Select(f => f.Name));
        Assert.Equal(["v2", "ensemble"], mixed.ModelsOf(mixed.Features.First()));
        Assert.Equal(["linear", "v3.2", "ensemble"], mixed.ModelsOf(extended));
        Assert.Equal(["week3"], week3.Features.Select(f => f.Name));
        // The first rows that extended knows come later; the test rows are the same, and v2 says the same of them.
        Assert.All(week3.Pairs.Zip(mixed.Pairs), p
            => Assert.True(p.First.FeaturesFrom == market[0].OpenTime[25] && p.Second.FeaturesFrom >= p.First.FeaturesFrom));
        Assert.Equal(week3.Rows.Time, mixed.Rows.Time);
        Assert.Equal(Probabilities(week3, "v2", _ => true), Probabilities(mixed, "v2", _ => true));
        Assert.NotEqual(Probabilities(week3, "linear", _ => true), Probabilities(mixed, "linear", _ => true));
        // The ensemble's v3.1 is that of a run by itself.
        BacktestResult network = Run(small with { Models = [new V2(), Network() with { Features = extended }] }, market);
        (float, float, float)[] v2 = Probabilities(network, "v2", _ => true), v31 = Probabilities(network, "v3.1", _ => true);
        Assert.Equal(v2.Zip(v31, (a, b) => (Mean(a.Item1, b.Item1), Mean(a.Item2, b.Item2), Mean(a.Item3, b.Item3))),
            Probabilities(mixed, "ensemble", _ => true));

        static float Mean(float a, float b) => 0.5f * a + 0.5f * b;
        static V31 Network() => new() { Hidden = 4, Attention = 4, Units = 4, Epochs = 2 };
    }

    [Fact]
    public void Models_with_shorter_windows_see_the_rows_of_the_longest()
    {
        Candles[] market = Market();
        DirectionModel shorter = Small("linear") with { Window = 8 };
        BacktestResult alone = Run(small with { Models = [shorter] }, market);
        BacktestResult both = Run(small with { Models = [shorter, new V2 { Window = 30 }, new Logistic { NeutralShare = 0 }] }, market);
        Assert.Equal(alone.Rows.Time, both.Rows.Time);
        Assert.True(both.Folds[0].TrainingRows < alone.Folds[0].TrainingRows);     // the first 30 candles have no window of 30
        Assert.All(both.Models[2].Neutral, p => Assert.Equal(0, p));
        Assert.Contains((byte)TestRows.Neutral, both.Rows.Label);
    }

    [Fact]
    public void A_model_without_training_rows_is_left_out_or_an_error_before_any_training()
    {
        // No price turns, so that no leg of a zigzag is known to end.
        Candles[] market = [.. Market(1, 2000).Select(c => Part(c, 0, 2000)).Select(Rising)];
        BacktestOptions options = small with { Models = [new V2(), DirectionModel.Named("zigzag")] };
        string said = Assert.Throws<InvalidDataException>(() => Run(options, market)).Message;
        Assert.StartsWith("zigzag: expected training rows in fold 1 whose zigzag is known by 2020-", said);
        BacktestResult result = Run(options with { LeaveOutModels = true }, market);
        Assert.Equal(["v2"], result.Models.Select(m => m.Model));
        Assert.Contains($"left out: {said}", result.Notes);
        Assert.Contains(said, Assert.Throws<InvalidDataException>(
            () => Run(options with { Models = [DirectionModel.Named("zigzag")], LeaveOutModels = true }, market)).Message);

        // Known by the embargo before the training's end; a model a pair names its pair.
        Fold fold = Folds.WalkForward(market, folds)[0];
        BacktestOptions apart = options with { PerPair = true, Folds = folds with { Embargo = 5 } };
        Assert.StartsWith($"zigzag: expected training rows of {market[0].Base} in fold 1 whose zigzag is known by "
            + $"{DateTime.UnixEpoch.AddMicroseconds(fold.TrainTo).AddHours(-5):yyyy-MM-dd HH:mm}, got none",
            Assert.Throws<InvalidDataException>(() => Run(apart, market)).Message);

        // The others have the rows of a run without it.
        BacktestOptions three = small with { Models = [new V2(), Small("linear"), new V2 { Window = 1000 }] };
        Candles[] pairs = Market();
        Assert.Contains("v2: expected test rows with windows of 1000 candles, got none",
            Assert.Throws<InvalidDataException>(() => Run(three, pairs)).Message);
        BacktestResult two = Run(small with { Models = [new V2(), Small("linear")] }, pairs);
        BacktestResult left = Run(three with { LeaveOutModels = true }, pairs);
        Assert.Equal((two.Rows.Count, two.Id), (left.Rows.Count, left.Id));

        static Candles Rising(Candles c)
        {
            double[] price = [.. Enumerable.Range(1, c.Count + 1).Select(t => 100 + t * (1 + 0.1 * (t % 3)))];
            return new Candles
            {
                Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime, Open = price[..^1], Low = price[..^1],
                High = price[1..], Close = price[1..], Volume = c.Volume,
            };
        }
    }

    [Fact]
    public void A_model_whose_windows_gaps_leave_no_training_rows_is_left_out()
    {
        Candles[] whole = Market(2, 1500);
        Fold fold = Folds.WalkForward(whole, folds)[0];
        Candles[] market = [.. whole.Select(Gappy)];
        BacktestOptions options = small with { Models = [new V2(), Small("linear"), new V2 { Window = 100 }] };
        const string expected = "with windows of 100 candles, got none: too few candles without a gap and with known features before 2020-";
        string said = Assert.Throws<InvalidDataException>(() => Run(options, market)).Message;
        Assert.StartsWith($"v2: expected training rows in fold 1 {expected}", said);
        Assert.StartsWith($"v2: expected training rows of {market[0].Base} in fold 1 {expected}",
            Assert.Throws<InvalidDataException>(() => Run(options with { PerPair = true }, market)).Message);
        var notes = new List<string>();
        BacktestResult left = BacktestRun.Run(Data(market), options with { LeaveOutModels = true },
            new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []), _ => Assert.Single(notes), notes.Add);
        Assert.Equal([$"left out: {said}"], notes);
        Assert.Contains(notes[0], left.Notes);
        BacktestResult two = Run(small with { Models = [new V2(), Small("linear")] }, market);
        Assert.Equal((two.Rows.Count, two.Id), (left.Rows.Count, left.Id));

        // Before the end of the training every 91st candle is missing.
        Candles Gappy(Candles c)
        {
            int[] kept = [.. Enumerable.Range(0, c.Count).Where(t => c.OpenTime[t] >= fold.TrainTo || t % 91 != 90)];
            double[] Of(double[] column) => [.. kept.Select(t => column[t])];
            return new Candles
            {
                Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = [.. kept.Select(t => c.OpenTime[t])],
                Open = Of(c.Open), High = Of(c.High), Low = Of(c.Low), Close = Of(c.Close), Volume = Of(c.Volume),
            };
        }
    }

    [Fact]
    public void The_model_that_has_no_rows_by_itself_is_named_and_not_the_longest()
    {
        // The features of volatility look back 168 candles and more.
        Candles[] market = Market(1, 160);
        BacktestOptions options = small with
        {
            Models = [Small("linear"), DirectionModel.Named("volatility")],
            Folds = folds with { MinimumTrainingCandles = 50 },
        };
        Assert.True(options.Models[0].Window > options.Models[1].Window);
        Assert.StartsWith("volatility: expected test rows with windows of 1 candles, got none",
            Assert.Throws<InvalidDataException>(() => Run(options, market)).Message);
        Assert.Equal(["linear"], Run(options with { LeaveOutModels = true }, market).Models.Select(m => m.Model));
    }

    [Fact]
    public void A_pair_that_is_left_out_of_one_fold_is_no_reason_for_lacking_rows()
    {
        Candles[] market = Market();
        Candles late = Part(market[1], 200, 500);
        BacktestOptions options = small with { Models = [new V2()] };
        Assert.Equal([(0, late.Base)], Run(options, market[0], late).Exclusions.Select(e => (e.Fold, e.Pair)));
        Assert.StartsWith("v2: expected test rows with windows of 1000 candles, got none",
            Assert.Throws<InvalidDataException>(() => Run(options with { Models = [new V2 { Window = 1000 }] }, market[0], late)).Message);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_errors()
    {
        Candles[] market = Market();
        Says("neutral_share", small with { Models = [new V2 { NeutralShare = 0.1 }, Small("linear")] });
        Says("expected --train-to", small with { Protocol = "split" });
        Says("expected walkforward, week3 or split", small with { Protocol = "monthly" });
        Says("at least one model", small with { Models = [] });
        Assert.Contains("training candles, fewer than 5,000 (folds.minimum_training_candles)", Assert.Throws<InvalidDataException>(
            () => Run(small with { Folds = folds with { MinimumTrainingCandles = 5000 } }, market)).Message);

        void Says(string text, BacktestOptions options)
            => Assert.Contains(text, Assert.Throws<ArgumentException>(() => Run(options, market)).Message);
    }
}
