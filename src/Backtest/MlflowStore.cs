using System.Globalization;
using System.Text;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// Writes a backtest into a folder that MLflow's file store opens (<c>mlflow ui --backend-store-uri DIR</c>): one run for the backtest with
/// the report as artefacts, and below it one for each model with its settings, its figures and its losses epoch by epoch. Layout, after
/// mlflow/store/tracking/file_store.py:
/// <code>
/// DIR/EXPERIMENT/meta.yaml
/// DIR/EXPERIMENT/RUN/meta.yaml         the run's name, times and state
/// DIR/EXPERIMENT/RUN/params/NAME       a value
/// DIR/EXPERIMENT/RUN/tags/NAME         a value
/// DIR/EXPERIMENT/RUN/metrics/NAME      lines of "timestamp value step", times in milliseconds since 1970
/// DIR/EXPERIMENT/RUN/artifacts/        files
/// </code>
/// </summary>
static class MlflowStore
{
    /// <summary>Identity of the experiment <c>neuralcore backtest</c> in every store.</summary>
    const string Experiment = "706361722011730266";

    const int Finished = 3, Local = 4;      // RunStatus and SourceType of MLflow's protocol
    const int LongestParameter = 6000;      // characters, as MLflow's clients allow

    /// <summary>Adds the runs to the store, which is made if it is not there.</summary>
    /// <param name="root">Folder of the store.</param>
    /// <param name="result">The backtest.</param>
    /// <param name="evaluation">Its figures.</param>
    /// <param name="report">Folder of the report.</param>
    /// <returns>Identity of the backtest's run.</returns>
    /// <exception cref="IOException">The store cannot be written.</exception>
    internal static string Write(string root, BacktestResult result, EvaluationResult evaluation, string report)
    {
        root = Path.GetFullPath(root);
        AddExperiment(root, "0", "Default", result.Run);        // which clients expect in every store
        AddExperiment(root, Experiment, "neuralcore backtest", result.Run);
        var options = ReportJson.StableOptions(result).ToList();
        IEnumerable<(string Name, double Value)> Forecasts(string model) =>
            evaluation.Forecasts.Where(forecast => forecast.Model == model).SelectMany(Figures);
        (string Model, IEnumerable<(string Name, double Value)> Figures)[] models =
        [
            .. evaluation.Models.Select(model => (model.Model, Figures(model).Concat(Forecasts(model.Model)))),
            .. evaluation.Others.Select(model => (model.Model, Figures(model).Concat(Forecasts(model.Model)))),
        ];
        string parent = AddRun(root, $"backtest {result.Id}", result, null, run =>
        {
            Parameters(run, options);
            foreach ((string model, IEnumerable<(string Name, double Value)> figures) in models)
                foreach ((string name, double value) in figures) Metric(run, $"{model}.{name}", result.Run, [(0, value)]);
            foreach (string file in Report.Names) File.Copy(Path.Combine(report, file), Path.Combine(run, "artifacts", file));
        });
        foreach ((string name, IEnumerable<(string Name, double Value)> figures) in models)
        {
            ModelPredictions model = result.Models.First(m => m.Model == name);
            // By whole names: "models.v3." is also how settings of v3.1 begin.
            var settings = DirectionModel.Named(model.Model).Settings.ToDictionary(s => $"models.{model.Model}.{s.Name}", s => s.Name);
            AddRun(root, model.Model, result, parent, run =>
            {
                Parameters(run, options.Where(o => settings.ContainsKey(o.Key))
                    .Select(o => new KeyValuePair<string, object?>(settings[o.Key], o.Value))
                    .Append(new("features", string.Join(", ", model.Features.Select(set => set.Name)))));
                foreach ((string figure, double value) in figures) Metric(run, figure, result.Run, [(0, value)]);
                Losses(run, result, model);
            });
        }
        return parent;
    }

    /// <summary>A model's figures on all test rows.</summary>
    static IEnumerable<(string Name, double Value)> Figures(ModelScores model)
    {
        Scores s = model.Scores.Combined;
        return
        [
            ("direction_accuracy", s.Direction.Accuracy), ("direction_accuracy_low", s.Direction.Interval.Low),
            ("direction_accuracy_high", s.Direction.Interval.High), ("most_confident_accuracy", s.MostConfident.Accuracy),
            ("most_confident_coverage", s.MostConfidentCoverage), ("three_class_accuracy", s.ThreeClass.Accuracy),
            ("log_loss", s.Metrics.LogLoss), ("brier", s.Metrics.Brier), ("calibration_error", s.Metrics.CalibrationError),
            ("auc", s.Metrics.Auc), ("mcc", s.Metrics.MatthewsCorrelation), ("balanced_accuracy", s.Metrics.BalancedAccuracy),
            .. model.Seeds.Count > 1
                ? [("direction_accuracy_deviation", SeedSpread.Of(model.Seeds, one => one.Direction.Accuracy).Deviation)]
                : Array.Empty<(string, double)>(),
        ];
    }

    /// <summary>A model's forecasts of returns: <c>return_5_skill</c> is that of five candles ahead.</summary>
    static IEnumerable<(string Name, double Value)> Figures(ForecastScores model) => model.Horizons.SelectMany(at =>
    {
        (string name, ForecastFigures f) = ($"return_{at.Horizon}_", at.Figures.Combined);
        return new[] { (name + "skill", f.Skill), (name + "r2", f.R2), (name + "rmse", f.Rmse), (name + "mae", f.Mae) };
    });

    /// <summary>
    /// Figures of a model on a target of its own, under names of their own: nobody shall compare them with direction accuracies.
    /// </summary>
    static IEnumerable<(string Name, double Value)> Figures(TargetScores model)
    {
        TargetPart part = model.Parts.Combined;
        return
        [
            ("target_accuracy", part.Accuracy.Accuracy), ("target_accuracy_low", part.Accuracy.Interval.Low),
            ("target_accuracy_high", part.Accuracy.Interval.High), ("target_base_rate", part.Base.Accuracy),
            ("target_rule_accuracy", part.Rule?.Accuracy ?? double.NaN),
            ("target_most_confident_accuracy", part.Scores.MostConfident.Accuracy),
            ("target_auc", part.Scores.Metrics.Auc), ("target_brier", part.Scores.Metrics.Brier),
            .. model.Seeds.Count > 1
                ? [("target_accuracy_deviation", SeedSpread.Of(model.Seeds, one => one.Direction.Accuracy).Deviation)]
                : Array.Empty<(string, double)>(),
        ];
    }

    /// <summary>
    /// Losses and learning rate of every training, an epoch a step: <c>validation_loss/fold_1</c>, <c>.../fold_1_BTC_seed_4</c>.
    /// </summary>
    static void Losses(string run, BacktestResult result, ModelPredictions model)
    {
        var trainings = model.Seeds.Count > 0 ? model.Seeds.SelectMany(seed => seed.Trainings.Select(t => (Of: t, seed.Seed)))
            : model.Trainings.Select(t => (Of: t, result.Seed));
        foreach ((TrainingRun training, ulong seed) in trainings)
        {
            string pair = training.Pair < 0 ? "" : "_" + result.Pairs[training.Pair].Name;
            string from = seed == result.Seed ? "" : $"_seed_{seed}";
            string name = $"fold_{training.Fold + 1}{pair}{from}";
            Add("training_loss", epoch => epoch.TrainingLoss);
            Add("validation_loss", epoch => epoch.ValidationLoss);
            Add("learning_rate", epoch => epoch.LearningRate);

            void Add(string what, Func<Epoch, double> value)
                => Metric(run, $"{what}/{name}", result.Run, training.History.Epochs.Select(epoch => ((long)epoch.Number, value(epoch))));
        }
    }

    static void AddExperiment(string root, string id, string name, RunFacts facts)
    {
        var meta = new FileInfo(Path.Combine(root, id, "meta.yaml"));
        if (meta is { Exists: true, Length: > 0 }) return;
        if (meta.Exists) meta.Delete();     // empty: left by a process that was killed
        Directory.CreateDirectory(meta.DirectoryName!);
        string temporary = Path.Combine(meta.DirectoryName!, $".meta.yaml.{Guid.NewGuid():N}.tmp");
        long created = facts.Started.ToUnixTimeMilliseconds();
        try
        {
            Yaml(temporary, ("artifact_location", Uri(Path.Combine(root, id))), ("creation_time", created), ("experiment_id", id),
                ("last_update_time", created), ("lifecycle_stage", "active"), ("name", name));
            File.Move(temporary, meta.FullName, overwrite: false);
        }
        catch (IOException) when (File.Exists(meta.FullName))
        {
            // Another process was first.
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A run, which appears under its name when it is whole.</summary>
    static string AddRun(string root, string name, BacktestResult result, string? parent, Action<string> fill)
    {
        string id = Guid.NewGuid().ToString("N"), experiment = Path.Combine(root, Experiment), final = Path.Combine(experiment, id);
        string user = Environment.UserName is { Length: > 0 } known ? known : "unknown", folder = Path.Combine(experiment, $".{id}.tmp");
        try
        {
            foreach (string kind in (string[])["params", "metrics", "tags", "artifacts"])
                Directory.CreateDirectory(Path.Combine(folder, kind));
            Text(folder, "tags", "mlflow.runName", name);
            Text(folder, "tags", "mlflow.user", user);
            Text(folder, "tags", "mlflow.source.name", "neuralcore backtest");
            Text(folder, "tags", "mlflow.source.type", "LOCAL");
            Text(folder, "tags", "neuralcore.version", result.Version);
            if (result.Id is not null) Text(folder, "tags", "neuralcore.run", result.Id);
            if (parent is not null) Text(folder, "tags", "mlflow.parentRunId", parent);
            fill(folder);
            // Last, since a folder without it is no run to MLflow.
            Yaml(Path.Combine(folder, "meta.yaml"), ("artifact_uri", Uri(Path.Combine(final, "artifacts"))), ("deleted_time", null),
                ("end_time", result.Run.Started.AddSeconds(result.Run.Seconds).ToUnixTimeMilliseconds()), ("entry_point_name", ""),
                ("experiment_id", Experiment), ("lifecycle_stage", "active"), ("run_id", id), ("run_name", name), ("run_uuid", id),
                ("source_name", ""), ("source_type", Local), ("source_version", ""),
                ("start_time", result.Run.Started.ToUnixTimeMilliseconds()), ("status", Finished), ("user_id", user));
            Directory.Move(folder, final);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        return id;
    }

    static void Parameters(string run, IEnumerable<KeyValuePair<string, object?>> options)
    {
        foreach ((string name, object? value) in options)
        {
            string text = value is null ? "" : ReportJson.Text(value);
            Text(run, "params", name, text[..Math.Min(text.Length, LongestParameter)]);
        }
    }

    /// <summary>A figure at one or more steps; those that do not exist are left out.</summary>
    static void Metric(string run, string name, RunFacts facts, IEnumerable<(long Step, double Value)> points)
    {
        long time = facts.Started.AddSeconds(facts.Seconds).ToUnixTimeMilliseconds();
        string lines = string.Concat(points.Where(point => double.IsFinite(point.Value))
            .Select(point => string.Create(CultureInfo.InvariantCulture, $"{time} {point.Value:R} {point.Step}\n")));
        if (lines.Length > 0) Text(run, "metrics", name, lines);     // a file without a line is malformed to MLflow
    }

    static void Text(string run, string kind, string name, string text)
    {
        string path = Path.Combine([run, kind, .. name.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(false));
    }

    /// <summary>A mapping of numbers and quoted texts; null where there is no value.</summary>
    static void Yaml(string path, params (string Key, object? Value)[] entries)
    {
        File.WriteAllText(path, string.Concat(entries.Select(entry =>
            string.Create(CultureInfo.InvariantCulture, $"{entry.Key}: {Scalar(entry.Value)}\n"))), new UTF8Encoding(false));

        static object Scalar(object? value) => value switch
        {
            null => "null",
            string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            _ => value,
        };
    }

    static string Uri(string path) => new Uri(path).AbsoluteUri;
}
