using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>One model fitted on the candles of a fold, to be kept as a folder: what <c>train</c> and <c>retrain</c> share.</summary>
/// <param name="Session">Shows the progress, and stops the training.</param>
/// <param name="Data">The candles.</param>
/// <param name="Judge">The trained model and its fold.</param>
/// <param name="Validation">The rows that decided when to stop.</param>
/// <param name="Fit">What the training gave.</param>
/// <param name="Context">Seed and threads.</param>
sealed record Training(Session Session, BacktestData Data, ModelJudge Judge, Windows Validation, FitResult Fit, FitContext Context)
{
    /// <summary>The model that the training went on from; null where it began anew.</summary>
    public TrainedModel? Origin { get; init; }

    /// <summary>What makes the figures on the validation rows say less than they seem to; null: nothing that is known.</summary>
    public string? Note
    {
        get
        {
            if (Origin?.Time("trained_until") is not { } until || until <= Judge.Fold.ValidateFrom) return null;
            string[] seen = [.. Data.Pairs.Select(pair => pair.Base).Intersect(Origin.SeenPairs)];
            return seen.Length == 0 ? null : $"training went on from a model that had seen {string.Join(", ", seen)} until "
                + $"{Format.Time(until)}, and the validation rows begin at {Format.Time(Judge.Fold.ValidateFrom)}: figures on "
                + "those that it had seen say nothing about new candles";
        }
    }

    /// <summary>All candles before a time, the last of them to validate.</summary>
    public static Fold FoldOf(BacktestData data, Timeframe timeframe, long? until, double validationShare, int horizon)
    {
        long first = data.Pairs.Min(p => p.OpenTime[0]);
        long end = Math.Min(until ?? long.MaxValue, data.Pairs.Max(p => p.OpenTime[^1]) + timeframe.Microseconds);
        long validate = end - (long)Math.Round((end - first) / timeframe.Microseconds * validationShare) * timeframe.Microseconds;
        return new Fold(0, first, validate, validate, end, validate, end) { LabelTime = (horizon + 1) * timeframe.Microseconds };
    }

    /// <summary>Trains the model.</summary>
    /// <exception cref="InvalidDataException">There are no rows to train or to validate, or no price moves in those to train.</exception>
    public static Training Of(Session session, BacktestData data, MarketSeries[] series, DirectionModel model, Fold fold,
        FitContext context)
    {
        Windows training = Windows.Select(series, model.Window, (_, time) => fold.InTraining(time), knownBy: fold.TrainTo);
        Windows validation = Windows.Select(series, model.Window, (_, time) => fold.InValidation(time), knownBy: fold.ValidateTo);
        // What the model learns and is judged on decides which rows count; of most direction models these are all.
        Windows judged = validation.For(model.Judged), trained = training.For(model.Target);
        if (trained.Count == 0 || judged.Count == 0)
            throw new InvalidDataException($"{data.Description}: expected rows to train and to validate "
                + $"before {Format.Time(fold.ValidateTo)}, got {trained.Count} and {judged.Count}");
        if (!trained.Moves)
            throw new InvalidDataException($"{data.Description}: {model.Name}: expected training rows whose price moves, got none of "
                + $"{Format.Count(trained.Count)} before {Format.Time(fold.TrainTo)}");
        Predictor predictor = model.Create();
        FitResult fit = ProgressView.Show(session, $"train {model.Name}", show => predictor.Fit(training, validation, context with
        {
            Progress = epoch => show(new BacktestProgress(model.Name, epoch.Number, 0, 1, (double)epoch.Number / EpochsOf(model),
                FormattableString.Invariant($"epoch {epoch.Number}: loss {epoch.TrainingLoss:F4}, validation {epoch.ValidationLoss:F4}"))),
        }));
        session.Cancellation.ThrowIfCancellationRequested();
        Prediction[] seen = predictor.Predict(judged);
        float threshold = ModelPredictions.TopTenth([.. seen.Select(p => p.Down)], [.. seen.Select(p => p.Up)]);
        bool up = Enumerable.Range(0, trained.Count).Sum(row => Math.Sign(trained.Value(row))) >= 0;
        var judge = new ModelJudge(predictor, fold, up, threshold)
        {
            TrainedRows = (trained.Count, judged.Count), Epochs = fit.History?.Epochs.Count ?? 0,
        };
        return new Training(session, data, judge, judged, fit, context);
    }

    /// <summary>What the model is worth on the validation rows.</summary>
    public EvaluationResult Evaluate(RunHeader header)
        => Evaluation.Evaluate(Judge.Judge(Validation, Data, header, Context.Seed, []), Session.Cancellation);

    /// <summary>How the model did on the validation rows, a line for its target and for each horizon of its forecasts.</summary>
    public static IEnumerable<string> Lines(EvaluationResult evaluation)
    {
        foreach (ModelScores model in evaluation.Models)
            yield return $"{model.Model}: {Format.Percent(model.Scores.Combined.Direction.Accuracy)} "
                + $"{Format.Range(model.Scores.Combined.Direction.Interval)} of "
                + $"{Format.Count(model.Scores.Combined.Direction.N)} directions of the validation rows right";
        foreach (TargetScores model in evaluation.Others) yield return $"validation rows: {TargetTables.Line(model)}";
        foreach (ForecastScores model in evaluation.Forecasts)
            foreach (HorizonScores horizon in model.Horizons) yield return $"validation rows: {TargetTables.Line(model, horizon)}";
    }

    /// <summary>Writes the model's folder with metrics.json and, where the validation rows can tell, importance.json.</summary>
    /// <param name="place">The folder, which is replaced at once.</param>
    /// <param name="options">What config.json says about the training beside what came of it.</param>
    /// <param name="evaluation">What the model is worth on the validation rows.</param>
    /// <param name="may">Asked when all is computed, last before the folder is written; null: it may be.</param>
    /// <returns>Whether the folder was written.</returns>
    public bool Save(string place, IEnumerable<KeyValuePair<string, string>> options, EvaluationResult evaluation, Func<bool>? may = null)
    {
        string name = Judge.Predictor.Model.Name;
        Action<Utf8JsonWriter>? importance = ProgressView.Show(Session, $"train {name}", show =>
        {
            show(new BacktestProgress(name, 0, 0, 1, 0, $"{name}: importance of the features"));
            return Importance(Judge.Predictor, Validation, Context);
        });
        Session.Cancellation.ThrowIfCancellationRequested();
        if (importance is null) Session.Note($"{name}: importance.json is left out: no validation row has an outcome to judge by");
        if (may is not null && !may()) return false;
        Judge.Predictor.Save(place, Metadata(options), temporary =>
        {
            WriteMetrics(Path.Combine(temporary, "metrics.json"), evaluation);
            if (importance is not null) WriteJson(Path.Combine(temporary, "importance.json"), importance);
        });
        return true;
    }

    /// <summary>What config.json says about the training: the options, and what came of them.</summary>
    Dictionary<string, string> Metadata(IEnumerable<KeyValuePair<string, string>> options)
    {
        var metadata = new Dictionary<string, string>(options);
        foreach ((string key, string value) in ((string, string)[])
        [
            ("pairs", string.Join(',', Data.Pairs.Select(p => p.Base))), ("version", CommandLine.Version), ("data_hash", Data.Hash),
            ("trained_from", Format.Iso(Judge.Fold.TrainFrom)), ("validated_from", Format.Iso(Judge.Fold.ValidateFrom)),
            ("trained_until", Format.Iso(Math.Max(Judge.Fold.ValidateTo, Origin?.Time("trained_until") ?? 0))),
            ("training_rows", Whole(Judge.TrainedRows.Training)),
            ("validation_rows", Whole(Judge.TrainedRows.Validation)), ("epochs_trained", Whole(Judge.Epochs)),
            ("majority", Judge.MajorityUp ? "UP" : "DOWN"), ("confidence_threshold", Format.Number(Judge.ConfidenceThreshold)),
        ]) metadata[key] = value;
        if (Origin is null) return metadata;
        metadata["origin_pairs"] = string.Join(',', Origin.SeenPairs);
        foreach (string key in (string[])["trained_until", "data_hash"])
            metadata[$"origin_{key}"] = Origin.Metadata.GetValueOrDefault(key, "");
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
    void WriteMetrics(string path, EvaluationResult evaluation) => WriteJson(path, json =>
    {
        json.WriteString("model", Judge.Predictor.Model.Name);
        json.WriteNumber("training_rows", Judge.TrainedRows.Training);
        json.WriteNumber("validation_rows", Judge.TrainedRows.Validation);
        json.WriteNumber("epochs", Judge.Epochs);
        json.WriteNumber("best_epoch", Fit.History?.BestEpoch ?? 0);
        json.WriteString("note", Note);
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
    /// values of all candles swapped; the most important first. Null: no validation row has an outcome, such as a move, to judge by.
    /// </summary>
    static Action<Utf8JsonWriter>? Importance(Predictor predictor, Windows validation, FitContext context)
    {
        if (predictor is TabularPredictor tabular)
        {
            ImportanceOfFeature[] features = tabular.Importance(validation, context);
            return features.Length == 0 ? null : json => WriteList(json, features, of =>
            {
                json.WriteString("feature", of.Feature);
                json.WriteNumber("lag", of.Lag);
                json.WriteNumber("share", of.Share);
                json.WriteNumber("permutation", of.Permutation);
            });
        }
        (IReadOnlyList<ImportanceOfSignal> signals, int rows) = SignalImportance.Of(predictor, validation, context);
        return rows == 0 ? null : json =>
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
        JsonText.WriteObject(stream, write);
    }
}
