using System.Globalization;
using NeuralCore;
using NeuralCore.Backtest;
using YamlDotNet.RepresentationModel;

namespace Backtest.Tests;

/// <summary>
/// Reads the store by the rules of MLflow's file store (mlflow/store/tracking/file_store.py, mlflow/utils/validation.py), without its code.
/// </summary>
public sealed class MlflowStoreTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mlflow-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Root => Path.Combine(folder, "it's a store");

    static readonly BacktestResult result = WithTrainings(MadeUp.Result(candles: 60) with { Id = "0123456789abcdef" });

    static BacktestResult WithTrainings(BacktestResult made)
    {
        var history = new History([new Epoch(1, 0.7, double.NaN, 0.001f), new Epoch(2, 1.0 / 3, 0.69, 0.0005f)]);
        TrainingRun[] trainings = [new(0, -1, history), new(1, 2, history)];
        return made with
        {
            Options = [.. made.Options, new("models.v3.1.hidden", 64.0), new("features", new string('x', 9000))],
            Models = [made.Models[0], new ModelPredictions
            {
                Model = "v3.1", Down = made.Models[1].Down, Neutral = made.Models[1].Neutral, Up = made.Models[1].Up,
                ConfidenceThreshold = made.Models[1].ConfidenceThreshold, Epochs = made.Models[1].Epochs,
                Features = made.Models[1].Features, Validation = made.Models[1].Validation, Trainings = trainings, IsRandom = true,
                Seeds = [Seed(1, made.Models[1]), Seed(2, made.Models[0])],
            }],
        };

        SeedPredictions Seed(ulong seed, ModelPredictions model)
            => new(seed, model.Down, model.Neutral, model.Up, model.ConfidenceThreshold) { Trainings = trainings };
    }

    string Write()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        Report.Write(Path.Combine(folder, "report"), result, evaluation);
        return MlflowStore.Write(Root, result, evaluation, Path.Combine(folder, "report"));
    }

    static Dictionary<string, string?> Yaml(params string[] path)
    {
        var yaml = new YamlStream();
        using (StreamReader reader = File.OpenText(Path.Combine(path))) yaml.Load(reader);
        return ((YamlMappingNode)yaml.Documents[0].RootNode).Children.ToDictionary(e => ((YamlScalarNode)e.Key).Value!,
            e => e.Value is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "null" } ? null
                : ((YamlScalarNode)e.Value).Value);
    }

    /// <summary>All files of a kind by name, which may have slashes.</summary>
    static Dictionary<string, string> Files(string run, string kind)
    {
        string at = Path.Combine(run, kind);
        var files = Directory.EnumerateFiles(at, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(at, file).Replace('\\', '/'), File.ReadAllText);
        Assert.All(files.Keys, name => Assert.Matches(@"^[/\w.\- ]{1,250}$", name));
        return files;
    }

    static (long Time, double Value, long Step)[] Points(string metric) => [.. metric.TrimEnd('\n').Split('\n').Select(line =>
    {
        string[] parts = line.Split(' ');
        Assert.Equal(3, parts.Length);
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    })];

    string[] Runs(string experiment) => [.. Directory.EnumerateDirectories(Path.Combine(Root, experiment))];

    string Experiment => Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(Root), path => Path.GetFileName(path) != "0"));

    [Fact]
    public void A_store_has_the_experiment_and_one_of_the_default()
    {
        Write();
        foreach ((string id, string name) in ((string, string)[])[("0", "Default"), (Experiment, "neuralcore backtest")])
        {
            Assert.Matches("^[a-zA-Z0-9][\\w\\-]{0,63}$", id);
            Dictionary<string, string?> meta = Yaml(Root, id, "meta.yaml");
            Assert.Equal((id, name, "active"), (meta["experiment_id"], meta["name"], meta["lifecycle_stage"]));
            Assert.Equal(Path.Combine(Root, id), new Uri(meta["artifact_location"]!).LocalPath);
            Assert.Equal(result.Run.Started.ToUnixTimeMilliseconds(), long.Parse(meta["creation_time"]!, CultureInfo.InvariantCulture));
            Assert.True(meta.ContainsKey("last_update_time"));
        }
    }

    [Fact]
    public void A_backtest_is_a_run_with_the_report_and_a_run_a_model_below_it()
    {
        string parent = Write();
        Assert.Equal(3, Runs(Experiment).Length);
        foreach (string run in Runs(Experiment))
        {
            string id = Path.GetFileName(run);
            Assert.Matches("^[0-9a-f]{32}$", id);
            Dictionary<string, string?> meta = Yaml(run, "meta.yaml");
            foreach (string key in (string[])["artifact_uri", "end_time", "entry_point_name", "experiment_id", "lifecycle_stage",
                "run_id", "run_name",
                "run_uuid", "source_name", "source_type", "source_version", "start_time", "status", "user_id", "deleted_time"])
                Assert.True(meta.ContainsKey(key), key);
            Assert.Equal((id, id, Experiment, "active", "3", "4", null),
                (meta["run_id"], meta["run_uuid"], meta["experiment_id"], meta["lifecycle_stage"],
                meta["status"], meta["source_type"], meta["deleted_time"]));
            Assert.Equal(12_500, long.Parse(meta["end_time"]!, CultureInfo.InvariantCulture) - long.Parse(meta["start_time"]!,
                CultureInfo.InvariantCulture));
            Assert.Equal(Path.Combine(run, "artifacts"), new Uri(meta["artifact_uri"]!).LocalPath);
            Dictionary<string, string> tags = Files(run, "tags");
            Assert.Equal((meta["run_name"], meta["user_id"]), (tags["mlflow.runName"], tags["mlflow.user"]));
            Assert.Equal((id == parent ? null : parent, result.Id), (tags.GetValueOrDefault("mlflow.parentRunId"), tags["neuralcore.run"]));
            Assert.All(Files(run, "metrics").Values, metric => Assert.NotEmpty(Points(metric)));
            Assert.All(Files(run, "params").Values, value => Assert.InRange(value.Length, 0, 6000));
        }
        string main = Path.Combine(Root, Experiment, parent);
        Assert.Equal(["report.html", "report.json", "report.md", "training_history.json"],
            Files(main, "artifacts").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["accuracy", "features", "models.v3.1.hidden", "pairs", "pooled", "until"],
            Files(main, "params").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("0.6", "AAA, BBB", ""),
            (Files(main, "params")["accuracy"], Files(main, "params")["pairs"], Files(main, "params")["until"]));
    }

    [Fact]
    public void Figures_on_another_target_have_names_of_their_own()
    {
        BacktestResult others = MadeUp.WithOthers(MadeUp.Result(candles: 60));
        EvaluationResult evaluation = Evaluation.Evaluate(others);
        Report.Write(Path.Combine(folder, "report"), others, evaluation);
        string parent = MlflowStore.Write(Root, others, evaluation, Path.Combine(folder, "report"));
        Dictionary<string, string> all = Files(Path.Combine(Root, Experiment, parent), "metrics"),
            own = Files(Runs(Experiment).Single(path => Files(path, "tags")["mlflow.runName"] == "volatility"), "metrics");
        double accuracy = evaluation.Others[0].Parts.Combined.Accuracy.Accuracy;
        Assert.Equal((accuracy, accuracy), (Points(own["target_accuracy"])[0].Value, Points(all["volatility.target_accuracy"])[0].Value));
        Assert.DoesNotContain(own.Keys.Concat(all.Keys.Where(name => name.StartsWith("volatility", StringComparison.Ordinal))),
            name => name.Contains("direction_accuracy", StringComparison.Ordinal));
        Dictionary<string, string> forecasts = Files(
            Runs(Experiment).Single(path => Files(path, "tags")["mlflow.runName"] == "tst"), "metrics");
        foreach (HorizonScores at in evaluation.Forecasts[0].Horizons)
        {
            (string name, ForecastFigures f) = ($"return_{at.Horizon}_", at.Figures.Combined);
            foreach ((string figure, double value) in ((string, double)[])
                [("skill", f.Skill), ("r2", f.R2), ("rmse", f.Rmse), ("mae", f.Mae)])
                Assert.Equal((value, value), (Points(forecasts[name + figure])[0].Value, Points(all[$"tst.{name}{figure}"])[0].Value));
        }
    }

    [Fact]
    public void Metrics_are_the_report_s_and_epochs_are_their_steps()
    {
        string parent = Write();
        Scores scores = Evaluation.Evaluate(result).Models[1].Scores.Combined;
        string run = Runs(Experiment).Single(path => Files(path, "tags")["mlflow.runName"] == "v3.1");
        Dictionary<string, string> metrics = Files(run, "metrics"), all = Files(Path.Combine(Root, Experiment, parent), "metrics");
        foreach ((string name, double value) in ((string, double)[])[("direction_accuracy", scores.Direction.Accuracy),
            ("log_loss", scores.Metrics.LogLoss), ("auc", scores.Metrics.Auc), ("direction_accuracy_low", scores.Direction.Interval.Low)])
        {
            Assert.Equal((value, 0L), (Assert.Single(Points(metrics[name])).Value, Points(metrics[name])[0].Step));
            Assert.Equal(value, Points(all["v3.1." + name])[0].Value);
        }
        Assert.True(all.ContainsKey("linear.direction_accuracy"));
        Assert.Equal([(0.7, 1L), (1.0 / 3, 2L)], Points(metrics["training_loss/fold_1"]).Select(p => (p.Value, p.Step)));
        // NaN is left out.
        Assert.Equal([(0.69, 2L)], Points(metrics["validation_loss/fold_2_P2_seed_2"]).Select(p => (p.Value, p.Step)));
        Assert.Equal(4, metrics.Keys.Count(name => name.StartsWith("learning_rate/", StringComparison.Ordinal)));
        Assert.True(Points(metrics["direction_accuracy_deviation"])[0].Value > 0);
        Assert.Equal("64", Files(run, "params")["hidden"]);
    }

    [Fact]
    public void Settings_of_models_whose_names_begin_alike_stay_apart()
    {
        string[] names = ["v3", "v3.1", "v3.2"];
        BacktestResult alike = result with
        {
            Options = [.. names.SelectMany((name, i) => (KeyValuePair<string, object?>[])[new($"models.{name}.hidden", 10.0 + i),
                new($"models.{name}.window", 20.0)]), new("models.ensemble.v2_weight", 0.5)],
            Models = [.. names.Select(name => new ModelPredictions
            {
                Model = name, Down = result.Models[0].Down, Neutral = result.Models[0].Neutral, Up = result.Models[0].Up,
                ConfidenceThreshold = result.Models[0].ConfidenceThreshold, Epochs = result.Models[0].Epochs,
                Features = result.Models[0].Features, Validation = result.Models[0].Validation,
            })],
        };
        EvaluationResult evaluation = Evaluation.Evaluate(alike);
        Report.Write(Path.Combine(folder, "report"), alike, evaluation);
        string parent = MlflowStore.Write(Root, alike, evaluation, Path.Combine(folder, "report"));
        Assert.Equal(alike.Options.Select(o => o.Key).Order(StringComparer.Ordinal),
            Files(Path.Combine(Root, Experiment, parent), "params").Keys.Order(StringComparer.Ordinal));
        foreach ((int i, string name) in names.Index())
        {
            Dictionary<string, string> own = Files(Runs(Experiment).Single(path => Files(path, "tags")["mlflow.runName"] == name),
                "params");
            Assert.Equal(["features", "hidden", "window"], own.Keys.Order(StringComparer.Ordinal));
            Assert.Equal($"{10 + i}", own["hidden"]);
        }
    }

    [Fact]
    public void An_experiment_that_was_left_empty_is_written_again()
    {
        Write();
        string meta = Path.Combine(Root, Experiment, "meta.yaml"), before = File.ReadAllText(meta);
        File.WriteAllText(meta, "");
        Write();
        Assert.Equal(before, File.ReadAllText(meta));
        Assert.Equal([meta], Directory.EnumerateFiles(Path.GetDirectoryName(meta)!));
    }

    [Fact]
    public void What_is_in_a_store_stays_there()
    {
        Write();
        string meta = Path.Combine(Root, Experiment, "meta.yaml");
        File.WriteAllText(meta, File.ReadAllText(meta).Replace("neuralcore backtest", "renamed", StringComparison.Ordinal));
        Write();
        Assert.Equal("renamed", Yaml(meta)["name"]);
        Assert.Equal(6, Runs(Experiment).Length);
        // A report that is not there: no half run is left.
        Assert.ThrowsAny<IOException>(() => MlflowStore.Write(Root, result, Evaluation.Evaluate(result), Path.Combine(folder, "missing")));
        Assert.Equal(6, Runs(Experiment).Length);
    }
}
