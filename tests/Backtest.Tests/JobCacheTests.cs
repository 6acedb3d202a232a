using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

public sealed class JobCacheTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("jobs-").FullName;
    static readonly Candles[] market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 1, Candles = 300, Seed = 5 }).Candles;
    static readonly MarketSeries[] series = [.. market.Select(MarketSeries.Week3)];
    static readonly BacktestOptions options = new();
    static readonly History history = new([new Epoch(1, 0.7, double.NaN, 0.001f), new Epoch(2, 1.0 / 3, 0.69, 0.0005f)], "no gain");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static FoldRows Rows(FoldOptions? folds = null, int fold = 0)
        => new(series, Folds.WalkForward(market, folds ?? new FoldOptions { Count = 2 })[fold], -1, 20, []);

    JobCache Cache(string hash = "h", BacktestOptions? with = null, DirectionModel? model = null, FoldRows? rows = null)
        => new(folder, "v2 fold 1", hash, with ?? options, model ?? new V2(), rows ?? Rows());

    static JobResult Result(FoldRows rows)
    {
        return new JobResult(Some(rows.Validation.Count), Some(rows.Test.Count), history, 1.5);

        static Prediction[] Some(int count) => [.. Enumerable.Range(0, count)
            .Select(i => new Prediction(0.1f + 0.001f * i, 0.2f, 0.7f - 0.001f * i))];
    }

    [Fact]
    public void What_was_saved_is_loaded()
    {
        Assert.Null(Cache().Load());
        JobResult saved = Result(Rows());
        Assert.True(saved.Validation.Length > 10 && saved.Test.Length > 10);
        Cache().Save(saved);
        JobResult loaded = Cache().Load()!;
        Assert.Equal((2, 1.5), (loaded.Epochs, loaded.Seconds));
        Assert.Equal(history.ToJson(), loaded.History!.ToJson());
        Assert.Equal(saved.Validation, loaded.Validation);
        Assert.Equal(saved.Test, loaded.Test);
        Assert.Equal(["v2-fold-1.job"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Another_key_counts_as_not_there()
    {
        Cache().Save(Result(Rows()));
        Assert.Null(Cache(hash: "other").Load());
        Assert.Null(Cache(with: options with { Seed = 2 }).Load());
        Assert.Null(Cache(model: new V2 { NeutralShare = 0.2 }).Load());
        Assert.Null(Cache(model: new V32()).Load());
        Assert.Null(Cache(rows: Rows(new FoldOptions { Count = 2, ValidationShare = 0.2 })).Load());
        Assert.Null(Cache(rows: Rows(fold: 1)).Load());
        FeatureSet other = FeatureSet.Named("reversal7");
        Assert.Null(Cache(with: options with { Models = [.. options.Models, new V32 { Features = other }] }).Load());
        Cache(model: new V32()).Save(Result(Rows()));
        Assert.NotNull(Cache(model: new V32()).Load());
        Assert.Null(Cache(model: new V32 { Features = other }).Load());
        EnsembleModel ensemble = new();
        Cache(model: ensemble).Save(Result(Rows()));
        Assert.NotNull(Cache(model: ensemble).Load());
        Assert.Null(Cache(model: ensemble with { Network = new V31 { Hidden = 8 } }).Load());
        Assert.NotNull(Cache(model: ensemble, with: options with { Threads = 99, Resume = true }).Load());
    }

    [Fact]
    public void A_damaged_file_counts_as_not_there_wherever_it_is_damaged()
    {
        Cache().Save(Result(Rows()));
        string path = Path.Combine(folder, "v2-fold-1.job");
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in (int[])[0, 1, 31, 32, 75, 76, whole.Length - 12, whole.Length - 1])
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Null(Cache().Load());
        }
        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.Null(Cache().Load());
        for (int at = 0; at < whole.Length; at += 1 + whole.Length / 97)
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= 4;
            File.WriteAllBytes(path, flipped);
            Assert.Null(Cache().Load());
        }
        Cache().Save(Result(Rows()));
        Assert.NotNull(Cache().Load());
    }

    [Fact]
    public void A_run_that_goes_on_takes_over_what_is_whole_and_computes_the_rest()
    {
        BacktestOptions run = new()
        {
            Models = [new V2(), DirectionModel.Named("linear").With("epochs", 1)], Folds = new FoldOptions { Count = 2, MinimumTrainingCandles = 50 },
            JobFolder = folder, Threads = 1,
        };
        BacktestResult first = Run(run, out _);
        string[] jobs = [.. Directory.EnumerateFiles(folder, "*.job").Order(StringComparer.Ordinal)];
        Assert.Equal(4, jobs.Length);
        File.WriteAllBytes(jobs[0], File.ReadAllBytes(jobs[0])[..50]);
        BacktestResult second = Run(run with { Resume = true }, out List<string> computed);
        Assert.Equal(["linear fold 1"], computed);
        Run(run, out List<string> anew);
        Assert.Equal(4, anew.Count);
        Assert.Equal(Report(first), Report(second));
        for (int m = 0; m < 2; m++)
            Assert.Equal((first.Models[m].Up, first.Models[m].Epochs, first.Models[m].ConfidenceThreshold),
                (second.Models[m].Up, second.Models[m].Epochs, second.Models[m].ConfidenceThreshold), Same);

        static string Report(BacktestResult result)
        {
            using var stream = new MemoryStream();
            ReportJson.Write(stream, result, Evaluation.Evaluate(result));
            var json = System.Text.Json.Nodes.JsonNode.Parse(stream.ToArray())!.AsObject();
            Assert.True(json["models"]![0]!["temperature"]!["folds"]!.AsArray().Count == 2);
            return json.Remove("run") ? json.ToJsonString() : "";
        }

        static bool Same((float[] Up, int[] Epochs, float[] Threshold) a, (float[] Up, int[] Epochs, float[] Threshold) b)
            => a.Up.SequenceEqual(b.Up) && a.Epochs.SequenceEqual(b.Epochs) && a.Threshold.SequenceEqual(b.Threshold);

        static BacktestResult Run(BacktestOptions options, out List<string> computed)
        {
            var started = computed = [];
            BacktestData data = new() { Pairs = market, Description = "test", Hash = CandleSet.Hash(market), PairNotes = [[]] };
            return BacktestRun.Run(data, options, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []), step =>
            {
                if (step.Epoch == 0) started.Add(step.Job);
            });
        }
    }
}
