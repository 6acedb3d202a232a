using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Audit;

/// <summary>Every leak is planted, caught and named; a pipeline without one passes.</summary>
public class AuditTests
{
    static readonly FeatureSet Week3 = FeatureSet.Named("week3");
    static readonly Candles[] Pairs = [.. SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 1_500, Seed = 5 })
        .Candles.Select(MadeUp.WithFlow)];
    static readonly AuditOptions Options = new() { Cuts = 3, Seeds = 2, PlantedCandles = 12_000 };
    static readonly DirectionModel Linear = new LinearModel().With("epochs", 3);
    static readonly Fold Fold = Options.Fold(Pairs);

    static Dictionary<string, AuditResult> Run(Pipeline pipeline) =>
        NeuralCore.Backtest.Audit.Run(pipeline, Pairs, Options, cancellation: TestContext.Current.CancellationToken)
            .ToDictionary(r => r.Check);

    static string[] Failed(Dictionary<string, AuditResult> results)
        => [.. results.Values.Where(r => r.Outcome == AuditOutcome.Fail).Select(r => r.Check)];

    /// <summary>
    /// The pipeline of a linear model whose series have other columns beside the six signals: registered names, with definitions that leak.
    /// </summary>
    static Pipeline With(IReadOnlyList<Feature> declared, params Feature[] added)
    {
        Feature[] features = [.. Week3.Definitions, .. added];
        var set = new FeatureSet("planted", 1, [.. features.Select(f => f.Name)]);
        return Pipeline.Of(Linear) with
        {
            Model = Linear.WithFeatures(set),
            Features = declared,
            Series = (pairs, cancellation) => [.. FeatureSet.Compute(features, pairs, cancellation)
                .Zip(pairs, (columns, c) => new MarketSeries(c, columns, set))],
            Fit = FitOf(Linear.WithFeatures(set)),
        };
    }

    static Func<Parts, FitContext, Fitted> FitOf(DirectionModel model) => (parts, context) =>
    {
        Predictor predictor = model.Create();
        predictor.Fit(parts.Training, parts.Validation, context);
        return new Fitted(predictor.Predict, [(model.Features, predictor.Scaler!)], predictor.Labels!,
            Threshold(predictor.Predict(parts.Validation)));
    };

    static float Threshold(Prediction[] seen) => ModelPredictions.TopTenth([.. seen.Select(p => p.Down)], [.. seen.Select(p => p.Up)]);

    static Pipeline Fitting(Func<Parts, Fitted, Fitted> leak)
    {
        Pipeline honest = Pipeline.Of(Linear);
        return honest with { Fit = (parts, context) => leak(parts, honest.Fit(parts, context)) };
    }

    static Windows All(Parts parts) => Windows.Select(parts.Training.Series, parts.Training.Length, (_, _) => true);

    [Theory]
    [InlineData("linear", "extended", false)]
    [InlineData("v3.2", "week3", false)]
    [InlineData("v2", "week3", true)]
    public void An_honest_pipeline_passes(string model, string features, bool mayWarn)
    {
        DirectionModel honest = DirectionModel.Named(model).WithFeatures(FeatureSet.Named(features));
        if (honest is NetworkModel) honest = honest.With("epochs", 5);
        Dictionary<string, AuditResult> results = Run(Pipeline.Of(honest));
        Assert.Equal(["features", "labels", "rows", "scaler", "label threshold", "confidence threshold",
            "coverage thresholds", "temperature",
            "training", "predictions", "shuffled labels", "random walk", "planted signal"], results.Keys);
        Assert.Empty(results.Values.Where(r => r.Outcome == AuditOutcome.Fail).Select(r => r.Sentence));
        Assert.True(mayWarn || results.Values.All(r => r.Outcome == AuditOutcome.Pass), results["planted signal"].Sentence);
    }

    [Fact]
    public void A_feature_that_peeks_one_candle_is_caught()
    {
        Feature peek = new("z0", p => p.Map(t => t + 1 < p.Count ? p.Candles.Close[t + 1] / p.Candles.Close[t] - 1 : 0));
        Dictionary<string, AuditResult> results = Run(With([.. Week3.Definitions, peek], peek));
        Assert.Equal(["features", "predictions", "shuffled labels", "random walk"], Failed(results));
        foreach (string check in Failed(results)) Assert.All(results[check].Leaks, leak => Assert.Equal("z0", leak.Column));
        Assert.Contains(results["features"].Leaks,
            leak => leak.Candle == Pairs[0].Count - 2 || leak.Sentence.Contains("deleted", StringComparison.Ordinal));
        AuditLeak first = results["predictions"].Leaks[0];
        Assert.Equal(Pairs[0].OpenTime[first.Candle], first.OpenTime);
        Assert.Contains($"'z0' of {first.Symbol} at candle {first.Candle}, ", results["predictions"].Sentence);
    }

    [Fact]
    public void A_centred_normalisation_is_caught()
    {
        Feature centred = new("pos12", p =>
        {
            double mean = p.Candles.Close.Average();
            return p.Map(t => p.Candles.Close[t] / mean);
        });
        Dictionary<string, AuditResult> results = Run(With([.. Week3.Definitions, centred], centred));
        Assert.Superset(new HashSet<string> { "features", "scaler", "predictions" }, Failed(results).ToHashSet());
        Assert.All(results["features"].Leaks, leak => Assert.Equal(("pos12", 0), (leak.Column, leak.Candle)));
        Assert.All(results["scaler"].Leaks, leak => Assert.Equal("pos12", leak.Column));
    }

    [Fact]
    public void A_label_in_the_features_is_caught_by_what_it_does_to_coins()
    {
        var random = new CounterRandom(3, 3);
        Feature label = new("rng",
            p => p.Map(t => (t + 1 < p.Count ? Math.Sign(p.Candles.Close[t + 1] - p.Candles.Close[t]) : 0) + 0.5 * random.NextNormal()));
        Pipeline hidden = With([.. Week3.Definitions], label);   // not declared: only what models do shows it
        hidden = hidden with { Fit = FitOf(hidden.Model.With("epochs", 20)) };
        foreach (AuditResult result in (AuditResult[])[ChanceMarkets.ShuffledLabels(hidden, Pairs, Options,
            TestContext.Current.CancellationToken),
            ChanceMarkets.RandomWalk(hidden, Pairs, Options, TestContext.Current.CancellationToken)])
        {
            Assert.Equal((AuditOutcome.Fail, 2), (result.Outcome, result.Leaks.Count));
            Assert.All(result.Leaks, leak => Assert.Equal("rng", leak.Column));
            Assert.Contains("expected 50 % within the interval", result.Sentence);
        }
    }

    [Fact]
    public void A_scaler_of_all_rows_is_caught()
    {
        Dictionary<string, AuditResult> results =
            Run(Fitting((parts, fitted) => fitted with { Scalers = [(Week3, Scaler.Fit(All(parts).Of(Week3)))] }));
        Assert.Equal(["scaler"], Failed(results));
        Assert.Equal(Week3.Features, results["scaler"].Leaks.Select(leak => leak.Column));
        Assert.Contains("expected the scaled value", results["scaler"].Sentence);
    }

    [Fact]
    public void A_label_threshold_of_all_rows_is_caught()
    {
        Dictionary<string, AuditResult> results = Run(Fitting((parts, fitted) => fitted with { Labels = LabelRule.Fit(All(parts)) }));
        Assert.Equal(["label threshold"], Failed(results));
        Assert.Equal([("label threshold", Fold.ValidateFrom), ("mean move", Fold.ValidateFrom)],
            results["label threshold"].Leaks.Select(leak => (leak.Column, leak.OpenTime)));
    }

    /// <summary>The model's own fit, which is given rows of all parts to train on.</summary>
    [Fact]
    public void A_fit_to_all_rows_is_caught()
    {
        Pipeline honest = Pipeline.Of(Linear);
        Dictionary<string, AuditResult> results =
            Run(honest with { Fit = (parts, context) => honest.Fit(parts with { Training = All(parts) }, context) });
        Assert.Superset(new HashSet<string> { "scaler", "label threshold", "training" }, Failed(results).ToHashSet());
        Assert.Equal(Week3.Features, results["scaler"].Leaks.Select(leak => leak.Column));
        Assert.Equal(AuditOutcome.Pass, results["rows"].Outcome);
    }

    /// <summary>The report's own choices, which are given test rows as validation rows.</summary>
    [Fact]
    public void What_a_report_chooses_by_test_rows_is_caught()
    {
        Dictionary<string, AuditResult> results =
            Run(Fitting((parts, fitted) => EvaluationChoices.Of(Linear, parts with { Validation = parts.Test }, fitted)));
        Assert.Equal(["confidence threshold", "coverage thresholds", "temperature"], Failed(results));
        foreach (string check in Failed(results)) Assert.All(results[check].Leaks, leak => Assert.Equal(Fold.TestFrom, leak.OpenTime));
        Assert.Equal("confidence threshold", Assert.Single(results["confidence threshold"].Leaks).Column);
        Assert.Equal("temperature", Assert.Single(results["temperature"].Leaks).Column);
        Assert.Contains("threshold of 10 % coverage", results["coverage thresholds"].Leaks.Select(leak => leak.Column));
    }

    [Fact]
    public void One_threshold_of_test_rows_is_caught()
    {
        Assert.Equal(["confidence threshold"], Failed(Run(Fitting((parts, fitted) =>
            fitted with { ConfidenceThreshold = Threshold(fitted.Predict(parts.Test)) }))));
        Assert.Equal(["temperature"], Failed(Run(Fitting((parts, fitted) =>
            fitted with { Temperature = EvaluationChoices.Of(Linear, parts with { Validation = parts.Test }, fitted).Temperature }))));
        Dictionary<string, AuditResult> results = Run(Fitting((parts, fitted) => fitted with
        {
            CoverageThresholds = [.. fitted.CoverageThresholds.SkipLast(1),
                EvaluationChoices.Of(Linear, parts with { Validation = parts.Test }, fitted).CoverageThresholds[^1]],
        }));
        Assert.Equal(["coverage thresholds"], Failed(results));
        Assert.Equal("threshold of 1 % coverage", Assert.Single(results["coverage thresholds"].Leaks).Column);
    }

    /// <summary>
    /// What counts directions comes out different in one other future only: in that where prices always rise, or always fall.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_choice_that_counts_directions_of_test_rows_is_caught(int direction)
    {
        Dictionary<string, AuditResult> results = Run(Fitting((parts, fitted) => fitted with
        {
            Temperature = Enumerable.Range(0, parts.Test.Count).All(row => Math.Sign(parts.Test.NextReturn(row)) == direction) ? 2 : 1,
        }));
        Assert.Equal(["temperature"], Failed(results));
    }

    /// <summary>An audited fit chooses what a report of the same fold, rows and model has.</summary>
    [Fact]
    public void The_choices_are_those_of_a_report()
    {
        var data = new BacktestData { Pairs = Pairs, Description = "", Hash = "", PairNotes = [[], []] };
        BacktestResult result = BacktestRun.Run(data, new BacktestOptions { Models = [Linear], Folds = Options.Folds },
            new RunHeader("1", DateTimeOffset.UnixEpoch, "", []), cancellation: TestContext.Current.CancellationToken);
        Pipeline pipeline = Pipeline.Of(Linear);
        Parts parts = pipeline.Rows(pipeline.Series(Pairs, default), Fold);
        ModelPredictions model = result.Models[0];
        Prediction[] test = [.. model.Down.Select((down, i) => new Prediction(down, model.Neutral[i], model.Up[i]))];
        Fitted fitted = EvaluationChoices.Of(Linear, parts,
            new Fitted(rows => rows == parts.Test ? test : model.Validation[0], [], LabelRule.Fit(parts.Training), float.NaN));
        Assert.Equal(fitted.ConfidenceThreshold, Assert.Single(model.ConfidenceThreshold));
        Assert.Equal(fitted.Temperature, Assert.Single(Recalibration.Of(result, model)!.Temperatures));
        Assert.NotEqual(1, fitted.Temperature);
        Assert.Equal(DirectionCalls.Of(result.Rows, model).Coverage(model, out _).Points.Select(p => p.Thresholds[0]),
            fitted.CoverageThresholds);
    }

    [Fact]
    public void Labels_that_are_known_too_early_are_caught()
    {
        Pipeline honest = Pipeline.Of(Linear);
        foreach (Func<Candles, Label> label in (Func<Candles, Label>[])[
            c => { Label two = Labels.Returns(c, 2);
                return new Label(c, two.Values,
                    [.. two.KnownAt.Select((k, t) => k == long.MaxValue ? k : k - MadeUp.Hour.Microseconds)]); },
            c => new Label(c, [.. c.Close.Select((x, t) => t == 0 ? double.NaN : x / c.Close[t - 1] - 1)],
                [.. c.OpenTime.Select((time, t) => t == 0 ? long.MaxValue : time + 2 * MadeUp.Hour.Microseconds)]),
            c => new Label(c, c.Close, [.. c.OpenTime.Select(time => time + MadeUp.Hour.Microseconds)])])
        {
            AuditResult result = LabelTimes.Check(label, Pairs, 3, TestContext.Current.CancellationToken);
            Assert.Equal(AuditOutcome.Fail, result.Outcome);
            Assert.Equal(["BTCUSDT", "ETHUSDT"], result.Leaks.Select(leak => leak.Symbol));
            Assert.Contains($"'label' of BTCUSDT at candle {result.Leaks[0].Candle}, ", result.Sentence);
        }
        Assert.Equal(AuditOutcome.Pass, LabelTimes.Check(honest.Label, Pairs, 3, TestContext.Current.CancellationToken).Outcome);
        foreach (Func<Candles, Label> label in (Func<Candles, Label>[])[c => Labels.Returns(c, 5), c => Labels.RealisedVolatility(c, 12)])
            Assert.Equal(AuditOutcome.Pass, LabelTimes.Check(label, Pairs, 3, TestContext.Current.CancellationToken).Outcome);
    }

    [Fact]
    public void Training_rows_that_reach_into_the_test_are_caught()
    {
        Pipeline honest = Pipeline.Of(Linear);
        long overlap = 30 * MadeUp.Hour.Microseconds;
        Dictionary<string, AuditResult> results = Run(honest with
        {
            Rows = (series, fold) => honest.Rows(series, fold) with
            {
                Training = Windows.Select(series, Linear.Window, (_, time) => time >= fold.TrainFrom && time < fold.TestFrom + overlap),
            },
        });
        Assert.Superset(new HashSet<string> { "rows", "training" }, Failed(results).ToHashSet());
        AuditLeak leak = results["rows"].Leaks[0];
        Assert.Equal(("training row", "BTCUSDT", Fold.TrainTo - MadeUp.Hour.Microseconds), (leak.Column, leak.Symbol, leak.OpenTime));
        Assert.Equal(1 + 5, results["rows"].Leaks.Count);   // in every fold
    }

    static IReadOnlyList<AuditLeak> RowLeaks(Func<IReadOnlyList<MarketSeries>, Fold, Parts> rows) =>
        RowTimes.Check(rows, Options.AllFolds(Pairs), Pipeline.Of(Linear).Series(Pairs, default), Pipeline.Of(Linear).Label,
            TestContext.Current.CancellationToken).Leaks;

    /// <summary>The fold's own rows, with labels that are said to be known a candle too early.</summary>
    [Fact]
    public void Folds_without_a_purge_are_caught()
    {
        Pipeline honest = Pipeline.Of(Linear);
        Assert.Empty(RowLeaks(honest.Rows));
        IReadOnlyList<AuditLeak> leaks = RowLeaks((series, fold) => honest.Rows(series, fold with { LabelTime = fold.LabelTime / 2 }));
        Assert.Equal(2 * (1 + 5), leaks.Count);
        Assert.Equal(("training row", Fold.TrainTo - MadeUp.Hour.Microseconds), (leaks[0].Column, leaks[0].OpenTime));
        Assert.Equal(("validation row", Fold.ValidateTo - MadeUp.Hour.Microseconds), (leaks[1].Column, leaks[1].OpenTime));
        Assert.Contains("expected a label known by", leaks[0].Sentence);
    }

    [Fact]
    public void Rows_of_another_part_are_caught_in_any_fold()
    {
        Pipeline honest = Pipeline.Of(Linear);
        Fold third = Options.AllFolds(Pairs)[3];
        foreach ((string what, long time, Func<Parts, Windows, Parts> put) in ((string, long, Func<Parts, Windows, Parts>)[])[
            ("training row", third.ValidateFrom, (parts, row) => parts with { Training = row }),
            ("validation row", third.TestFrom, (parts, row) => parts with { Validation = row }),
            ("validation row", third.TrainTo - MadeUp.Hour.Microseconds, (parts, row) => parts with { Validation = row }),
            ("test row", third.TestFrom - MadeUp.Hour.Microseconds, (parts, row) => parts with { Test = row }),
            ("test row", third.TestTo, (parts, row) => parts with { Test = row })])
        {
            AuditLeak leak = Assert.Single(RowLeaks((series, fold) => fold != third ? honest.Rows(series, fold)
                : put(honest.Rows(series, fold), Windows.Select(series, Linear.Window, (pair, t) => pair == 1 && t == time))));
            Assert.Equal((what, "ETHUSDT", time), (leak.Column, leak.Symbol, leak.OpenTime));
        }
    }

    [Fact]
    public void Predictions_that_depend_on_later_candles_are_caught()
    {
        Dictionary<string, AuditResult> results = Run(Fitting((_, fitted) => fitted with
        {
            Predict = rows =>
            {
                Prediction[] p = fitted.Predict(rows);
                float most = p.Max(x => x.Confidence);       // of all rows, also later ones
                return [.. p.Select(x => new Prediction(x.Down / most, x.Neutral / most, x.Up / most))];
            },
        }));
        Assert.Equal(["predictions"], Failed(results));
        Assert.Equal("prediction", results["predictions"].Leaks[0].Column);
        Assert.Equal(Fold.TestFrom, results["predictions"].Leaks[0].OpenTime);
    }

    [Fact]
    public void A_model_that_reads_the_outcome_is_caught()
    {
        Dictionary<string, AuditResult> results = Run(Fitting((_, fitted) => fitted with
        {
            Predict = rows => [.. fitted.Predict(rows).Select((p, row) => row % 10 < 6 && rows.NextReturn(row) > 0
                ? new Prediction(0, 0, 1) : p)],
        }));
        Assert.Superset(new HashSet<string> { "predictions", "shuffled labels", "random walk" }, Failed(results).ToHashSet());
    }

    [Fact]
    public void Without_a_signal_found_the_audit_has_no_power()
    {
        Pipeline blind = Fitting((_, fitted) => fitted with
        {
            Predict = rows => [.. Enumerable.Range(0, rows.Count).Select(i => i % 2 == 0 ? new Prediction(0.4f, 0.2f, 0.4f)
                : new(0.3f, 0.3f, 0.4f))]
        });
        AuditResult result = ChanceMarkets.PlantedSignal(blind, Pairs, Options, TestContext.Current.CancellationToken);
        Assert.Equal(AuditOutcome.Fail, result.Outcome);
        Assert.Contains("no power", result.Sentence);
        Assert.Equal(AuditOutcome.Warning,
            ChanceMarkets.PlantedSignal(blind with { Model = new V2() }, Pairs, Options, TestContext.Current.CancellationToken).Outcome);
        Assert.Equal(AuditOutcome.Warning, ChanceMarkets.PlantedSignal(blind with { Features = [Feature.Named("z0")] }, Pairs, Options,
            TestContext.Current.CancellationToken).Outcome);
    }

    [Fact]
    public void Too_few_candles_are_an_error()
    {
        Candles[] few = [.. Pairs.Select(p => p.Part(..40))];
        Assert.Contains("of 40 candles",
            Assert.Throws<InvalidDataException>(() => NeuralCore.Backtest.Audit.Run(Pipeline.Of(Linear), few, Options)).Message);
    }
}
