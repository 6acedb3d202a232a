using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>train</c>: fits one model on all candles before a time and writes its folder.</summary>
static class TrainCommand
{
    public static Command Create(Session session) => new Command("train",
        "Trains one model and keeps it: OUT/POOLED/TF, or OUT/BASE/TF for a single pair")
    {
        Data(), Text("model", "NAME", $"One of {ModelSettings.Names}"), Timeframe(), Pairs(), Features(), LeaveOutMissing(),
        Text("from", "DIR", "Folder of the same model, trained before on other pairs or candles: go on from its weights, labels and scaler"),
        Text("until", "T", "Train on candles before this date or time in UTC; the last 15 % of them validate [end of the data]"),
        Text("out", "DIR", "Folder of the model"), Epochs(), Seed(),
        Threads("Threads that share a batch; the results do not depend on it [all cores]"), Config(),
    }.Does(session, settings => Execute(settings, session), [.. ModelSettings.Keys, "folds.validation_share", "folds.horizon"]);

    static void Execute(Settings s, Session session)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string path = s.Required("data"), name = s.Required("model"), target = s.Required("out");
        FeatureSettings features = FeatureSettings.Of(s);
        var (timeframe, pairs, until, seed) = (s.Timeframe(), s.List("pairs"), s.Time("until"), s.Seed());
        int threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024);
        double validationShare = s.Number("folds.validation_share", new FoldOptions().ValidationShare, 0.001, 0.999);
        int horizon = s.Whole("folds.horizon", 1, 1, 1000);
        DirectionModel model = ModelSettings.Of(s, [name], s.WholeOrNone("epochs", null, 1, 10_000))[0];
        TrainedModel? before = Before(s, model);
        features.Check(s, session, [model]);
        using var folder = new OutFolder(target, session.Cancellation);
        BacktestData data = DataSource.Folder(session, path, timeframe, pairs);
        data.Notes.ToList().ForEach(session.Note);
        (IReadOnlyList<DirectionModel> models, data) = features.Give(session, [model], data);
        model = models[0];
        string place = Path.Combine(target, data.Pairs.Count == 1 ? data.Pairs[0].Base : "POOLED", timeframe.ToString());
        ModelFolder.RequireReplaceable(place);

        Fold fold = FoldOf(data, timeframe, until, validationShare, horizon);
        MarketSeries[] series = MarketSeries.Of(data.Pairs, model.FeatureSets, session.Cancellation);
        Windows training = Windows.Select(series, model.Window, (_, time) => fold.InTraining(time), knownBy: fold.TrainTo);
        Windows validation = Windows.Select(series, model.Window, (_, time) => fold.InValidation(time), knownBy: fold.ValidateTo);
        // What the model is judged on decides which rows count; of a direction model these are all.
        Windows judged = validation.For(model.Judged), trained = training.For(model.Judged);
        if (trained.Count == 0 || judged.Count == 0)
            throw new InvalidDataException($"{path}: expected rows to train and to validate before {Format.Time(fold.ValidateTo)}, "
                + $"got {trained.Count} and {judged.Count}");

        Predictor predictor = model.Create();
        FitResult fit = ProgressView.Show(session, $"train {name}", show =>
            predictor.Fit(training, validation, new FitContext(seed, epoch =>
            show(new BacktestProgress(name, epoch.Number, 0, 1, (double)epoch.Number / EpochsOf(model),
                FormattableString.Invariant($"epoch {epoch.Number}: loss {epoch.TrainingLoss:F4}, validation {epoch.ValidationLoss:F4}"))),
            threads, session.Cancellation) { From = before?.Predictor }));
        session.Cancellation.ThrowIfCancellationRequested();

        Prediction[] seen = predictor.Predict(judged);
        float threshold = ModelPredictions.TopTenth([.. seen.Select(p => p.Down)], [.. seen.Select(p => p.Up)]);
        bool up = Enumerable.Range(0, trained.Count).Sum(row => Math.Sign(trained.Value(row))) >= 0;
        int epochs = fit.History?.Epochs.Count ?? 0;
        s.Resolve("pairs", data.Pairs.Select(p => p.Base).ToArray());
        var judge = new ModelJudge(predictor, fold, up, threshold) { TrainedRows = (trained.Count, judged.Count), Epochs = epochs };
        BacktestResult result = judge.Judge(judged, data, new RunHeader(CommandLine.Version, started, target, s.Resolved), seed, []);
        EvaluationResult evaluation = Evaluation.Evaluate(result, session.Cancellation);
        Action<Utf8JsonWriter> importance = ProgressView.Show(session, $"train {name}", show =>
        {
            show(new BacktestProgress(name, 0, 0, 1, 0, $"{name}: importance of the features"));
            return Importance(predictor, judged, new FitContext(seed, Threads: threads, Cancellation: session.Cancellation));
        });
        session.Cancellation.ThrowIfCancellationRequested();
        predictor.Save(place, Metadata(s, data, judge), temporary =>
        {
            WriteMetrics(Path.Combine(temporary, "metrics.json"), judge, fit, evaluation);
            WriteJson(Path.Combine(temporary, "importance.json"), importance);
        });
        foreach (string line in Lines(evaluation)) session.Out.WriteLine(line);
        session.Out.WriteLine($"Model: {place}");
    }

    /// <summary>How the model did on the validation rows, a line for its target and for each horizon of its forecasts.</summary>
    static IEnumerable<string> Lines(EvaluationResult evaluation)
    {
        foreach (ModelScores model in evaluation.Models)
            yield return $"{model.Model}: {Format.Percent(model.Scores.Combined.Direction.Accuracy)} "
                + $"{Format.Range(model.Scores.Combined.Direction.Interval)} of "
                + $"{Format.Count(model.Scores.Combined.Direction.N)} directions of the validation rows right";
        foreach (TargetScores model in evaluation.Others) yield return $"validation rows: {TargetTables.Line(model)}";
        foreach (ForecastScores model in evaluation.Forecasts)
            foreach (HorizonScores horizon in model.Horizons) yield return $"validation rows: {TargetTables.Line(model, horizon)}";
    }

    /// <summary>All candles before a time, the last of them to validate.</summary>
    static Fold FoldOf(BacktestData data, Timeframe timeframe, long? until, double validationShare, int horizon)
    {
        long first = data.Pairs.Min(p => p.OpenTime[0]);
        long end = Math.Min(until ?? long.MaxValue, data.Pairs.Max(p => p.OpenTime[^1]) + timeframe.Microseconds);
        long validate = end - (long)Math.Round((end - first) / timeframe.Microseconds * validationShare) * timeframe.Microseconds;
        return new Fold(0, first, validate, validate, end, validate, end) { LabelTime = (horizon + 1) * timeframe.Microseconds };
    }

    /// <summary>What config.json says about the training: the options, and what came of them.</summary>
    /// <summary>The model that training goes on from.</summary>
    static TrainedModel? Before(Settings s, DirectionModel model)
    {
        if (s.Text("from") is not { } folder) return null;
        if (model is not NetworkModel) throw s.Wrong("from", $"expected a network to train further, got {model.Name}");
        var before = TrainedModel.Load(folder);
        return before.Predictor.Model.Name == model.Name ? before
            : throw s.Wrong("from", $"expected a trained {model.Name}, got {before.Predictor.Model.Name}");
    }

    static Dictionary<string, string> Metadata(Settings s, BacktestData data, ModelJudge judge)
    {
        Dictionary<string, string> metadata = s.Resolved
            .Where(o => o.Key is not ("out" or "threads")).ToDictionary(o => o.Key, o => ReportJson.Text(o.Value));
        foreach ((string key, string value) in ((string, string)[])
        [
            ("pairs", string.Join(',', data.Pairs.Select(p => p.Base))), ("version", CommandLine.Version), ("data_hash", data.Hash),
            ("trained_from", Format.Iso(judge.Fold.TrainFrom)), ("validated_from", Format.Iso(judge.Fold.ValidateFrom)),
            ("trained_until", Format.Iso(judge.Fold.ValidateTo)), ("training_rows", Whole(judge.TrainedRows.Training)),
            ("validation_rows", Whole(judge.TrainedRows.Validation)), ("epochs_trained", Whole(judge.Epochs)),
            ("majority", judge.MajorityUp ? "UP" : "DOWN"), ("confidence_threshold", Format.Number(judge.ConfidenceThreshold)),
        ]) metadata[key] = value;
        return metadata;
    }

    static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    static int EpochsOf(DirectionModel model) => model switch
    {
        NetworkModel network => network.Epochs,
        CombinedModel ensemble => ensemble.Members.Max(m => EpochsOf(m.Model)),
        _ => 1,
    };

    /// <summary>metrics.json: rows and epochs of the training, and the scores on the validation rows as in report.json.</summary>
    static void WriteMetrics(string path, ModelJudge judge, FitResult fit, EvaluationResult evaluation) => WriteJson(path, json =>
    {
        json.WriteString("model", judge.Predictor.Model.Name);
        json.WriteNumber("training_rows", judge.TrainedRows.Training);
        json.WriteNumber("validation_rows", judge.TrainedRows.Validation);
        json.WriteNumber("epochs", judge.Epochs);
        json.WriteNumber("best_epoch", fit.History?.BestEpoch ?? 0);
        json.WriteStartObject("validation");
        foreach (ModelScores model in evaluation.Models) JsonScores.Write(json, model.Scores.Combined, 1);
        foreach (TargetScores model in evaluation.Others)
        {
            json.WriteString("target", model.Target);
            JsonTargets.Part(json, model.Parts.Combined);
        }
        JsonTargets.Forecasts(json, evaluation.Forecasts);
        json.WriteEndObject();
    });

    /// <summary>
    /// importance.json: of a model of rows what each feature of each candle contributes, of any other how its loss grows with a feature's
    /// values of all candles swapped; the most important first.
    /// </summary>
    static Action<Utf8JsonWriter> Importance(Predictor predictor, Windows validation, FitContext context)
    {
        if (predictor is TabularPredictor tabular)
        {
            ImportanceOfFeature[] features = tabular.Importance(validation, context);
            return json => WriteList(json, features, of =>
            {
                json.WriteString("feature", of.Feature);
                json.WriteNumber("lag", of.Lag);
                json.WriteNumber("share", of.Share);
                json.WriteNumber("permutation", of.Permutation);
            });
        }
        (IReadOnlyList<ImportanceOfSignal> signals, int rows) = SignalImportance.Of(predictor, validation, context);
        return json =>
        {
            json.WriteNumber("rows", rows);
            WriteList(json, signals, of =>
            {
                json.WriteString("feature", of.Feature);
                json.WriteNumber("permutation", of.Permutation);
                json.WriteNumber("low", of.Low);
                json.WriteNumber("high", of.High);
            });
        };

        static void WriteList<T>(Utf8JsonWriter json, IEnumerable<T> features, Action<T> write)
        {
            json.WriteStartArray("features");
            foreach (T of in features)
            {
                json.WriteStartObject();
                write(of);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }

    static void WriteJson(string path, Action<Utf8JsonWriter> write)
    {
        using FileStream stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }
}
