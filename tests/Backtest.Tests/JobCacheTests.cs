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

    static readonly AttentionMonth[] attention =
        [new(1_700_000_000_000_000, 3, [.. Enumerable.Range(0, 20).Select(t => t / 190.0)]), new(1_800_000_000_000_000, 1, new double[20])];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static FoldRows Rows(FoldOptions? folds = null, int fold = 0, int window = 20)
        => new(series, Folds.WalkForward(market, folds ?? new FoldOptions { Count = 2 })[fold], -1, window, []);

    JobCache Cache(string hash = "h", BacktestOptions? with = null, DirectionModel? model = null, FoldRows? rows = null, ulong seed = 1)
        => new(folder, JobCache.Key(hash, with ?? options, model ?? new V2(), rows ?? Rows(), seed), model ?? new V2(), rows ?? Rows());

    string Kept => Assert.Single(Directory.EnumerateFiles(folder));

    static JobResult Result(FoldRows rows)
    {
        return new JobResult(Some(rows.Validation.Count), Some(rows.Test.Count), history, 1.5) { Attention = attention };

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
        Assert.Equal(attention.Select(m => (m.MonthStart, m.Rows)), loaded.Attention.Select(m => (m.MonthStart, m.Rows)));
        Assert.Equal(attention.SelectMany(m => m.Weights), loaded.Attention.SelectMany(m => m.Weights));
        Assert.EndsWith(".job", Kept);
    }

    [Fact]
    public void Forecasts_are_kept_for_the_same_stride_and_longest_window()
    {
        DirectionModel tst = DirectionModel.Named("tst").With("hidden", 8).With("window", 10);
        FoldRows rows = Rows();
        JobResult saved = Result(rows) with { Forecast = [.. Enumerable.Range(0, rows.Test.Count * 3).Select(i => 0.01f * i - 0.3f)] };
        Assert.Equal(3, tst.Horizons.Count);
        Cache(model: tst).Save(saved);
        JobResult loaded = Cache(model: tst).Load()!;
        Assert.Equal(saved.Forecast, loaded.Forecast);
        Assert.Equal(saved.Test, loaded.Test);
        Assert.Equal(history.ToJson(), loaded.History!.ToJson());
        Assert.Equal(attention.SelectMany(m => m.Weights), loaded.Attention.SelectMany(m => m.Weights));
        Assert.Null(Cache(model: tst, with: options with { Folds = options.Folds with { Stride = 2 } }).Load());
        Assert.Null(Cache(model: tst, rows: Rows(window: 21)).Load());      // another model's, as this one's is 10
    }

    [Fact]
    public void Another_key_counts_as_not_there()
    {
        Cache().Save(Result(Rows()));
        Assert.Null(Cache(hash: "other").Load());
        Assert.NotNull(Cache(seed: 2).Load());      // v2 does not depend on it
        Assert.Null(Cache(with: options with { Protocol = "split" }).Load());
        Assert.Null(Cache(model: new V2 { NeutralShare = 0.2 }).Load());
        Assert.Null(Cache(model: new V32()).Load());
        Assert.Null(Cache(rows: Rows(new FoldOptions { Count = 2, ValidationShare = 0.2 })).Load());
        Assert.Null(Cache(rows: Rows(fold: 1)).Load());
        FeatureSet other = FeatureSet.Named("reversal7");
        Assert.Null(Cache(with: options with { Models = [.. options.Models, new V32 { Features = other }] }).Load());
        Cache(model: new V32()).Save(Result(Rows()));
        Assert.NotNull(Cache(model: new V32()).Load());
        Assert.Null(Cache(model: new V32(), seed: 2).Load());
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
        string path = Kept;
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
    public void The_jobs_that_were_used_last_stay_when_there_are_too_many()
    {
        BacktestOptions[] several = [.. Enumerable.Range(0, 4).Select(i => options with { Protocol = $"p{i}" })];
        foreach (BacktestOptions one in several)
        {
            Cache(with: one).Save(Result(Rows()));
            File.SetLastWriteTimeUtc(Directory.EnumerateFiles(folder).MaxBy(File.GetLastWriteTimeUtc)!,
                DateTime.UtcNow.AddHours(-9 + Directory.GetFiles(folder).Length));
        }
        Assert.NotNull(Cache(with: several[0]).Load());      // the oldest, used again
        string stale = Path.Combine(folder, "x.job.1.tmp"), fresh = Path.Combine(folder, "x.job.2.tmp");
        string foreign = Path.Combine(folder, "notes.txt");
        foreach (string path in (string[])[stale, fresh, foreign]) File.WriteAllText(path, "");
        foreach (string path in (string[])[stale, foreign]) File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
        long size = new FileInfo(Directory.EnumerateFiles(folder, "*.job").First()).Length;
        JobCache.Trim(folder, 2 * size);
        Assert.Equal([true, false, false, true], several.Select(one => Cache(with: one).Load() is not null));
        Assert.Equal([foreign, fresh],
            Directory.EnumerateFiles(folder).Where(path => !path.EndsWith(".job", StringComparison.Ordinal)).Order());
        JobCache.Trim(Path.Combine(folder, "missing"));
    }

    [Fact]
    public void A_job_that_cannot_be_kept_is_not_kept_and_fails_nothing()
    {
        Assert.Null(Cache().Save(Result(Rows())));
        string path = Kept;
        File.Delete(path);
        Directory.CreateDirectory(Path.Combine(path, "in the way"));
        Assert.NotNull(Cache().Save(Result(Rows())));
        Assert.Null(Cache().Load());
        Assert.Empty(Directory.EnumerateFiles(folder));
        JobCache.Trim(folder, 0);
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        JobCache.Trim(file, 0);
        BacktestResult unkept = Run(run with { JobFolder = Path.Combine(file, "cache") }, out _);
        Assert.NotNull(unkept.Run.NotKept);
        Assert.Equal(Report(Run(run, out _)), Report(unkept));
    }

    [Fact]
    public void A_folder_that_is_deleted_while_jobs_run_is_made_again()
    {
        Cache().Save(Result(Rows()));
        string kept = Path.Combine(folder, "kept");
        BacktestResult whole = Run(run with { JobFolder = kept }, out _, step =>
        {
            if (step.Epoch == -1 && Directory.Exists(kept)) Directory.Delete(kept, recursive: true);
        });
        Assert.Null(whole.Run.NotKept);
        JobCache.Trim(kept);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_fraction_of_the_work_done_never_falls(int threads)
    {
        var steps = new List<BacktestProgress>();
        BacktestOptions several = run with
        {
            Models = [new V2(), .. ((string[])["linear", "v3.2"]).Select(name => DirectionModel.Named(name).With("epochs", 3))],
            Threads = threads,
            JobFolder = folder,
            Resume = true,
        };
        Run(several with { Models = several.Models.Take(2).ToArray() }, out _);
        Run(several, out _, steps.Add);
        double[] fractions = [.. steps.Select(step => step.Fraction)], reused = [.. steps.Select(step => step.ReusedFraction)];
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(reused.Order(), reused);
        Assert.Equal(1, fractions[^1]);
        Assert.InRange(reused[^1], 1e-6, 0.9);
        Assert.True(fractions.Distinct().Count() > 6, string.Join(' ', fractions));      // epochs of v3.2 in two folds
        Run(several, out _, steps.Add);
        Assert.Equal(steps[^1].Fraction, steps[^1].ReusedFraction);
    }

    [Fact]
    public async Task Processes_that_share_the_folder_do_not_disturb_each_other()
    {
        // Writers, readers and one that keeps clearing the folder: nobody fails, and who finds a job finds it whole.
        JobResult saved = Result(Rows());
        FoldRows rows = Rows();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() =>
        {
            for (int n = 0; n < 100; n++)
            {
                JobCache cache = Cache(hash: $"{n % 3}", rows: rows);
                if (i < 2) cache.Save(saved);
                else if (cache.Load() is { } found) Assert.Equal(saved.Test, found.Test);
                if (i == 3) JobCache.Trim(folder, 0);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    static readonly BacktestOptions run = new()
    {
        Models = [new V2(), DirectionModel.Named("linear").With("epochs", 1)], Threads = 1,
        Folds = new FoldOptions { Count = 2, MinimumTrainingCandles = 50 },
    };

    [Fact]
    public void A_run_that_goes_on_takes_over_what_is_whole_and_computes_the_rest()
    {
        BacktestOptions kept = run with { JobFolder = folder };
        BacktestResult first = Run(kept, out _);
        string[] jobs = [.. Directory.EnumerateFiles(folder, "*.job").Order(StringComparer.Ordinal)];
        Assert.Equal(4, jobs.Length);
        File.WriteAllBytes(jobs[0], File.ReadAllBytes(jobs[0])[..50]);
        BacktestResult second = Run(kept with { Resume = true }, out List<string> computed);
        Assert.Single(computed);
        Assert.Equal((4, 3), (second.Run.Jobs, second.Run.Reused));
        Assert.Equal(0, Run(kept, out List<string> anew).Run.Reused);
        Assert.Equal(4, anew.Count);
        Assert.Equal(Report(first), Report(second));
        for (int m = 0; m < 2; m++)
            Assert.Equal((first.Models[m].Up, first.Models[m].Epochs, first.Models[m].ConfidenceThreshold),
                (second.Models[m].Up, second.Models[m].Epochs, second.Models[m].ConfidenceThreshold), Same);
    }

    [Fact]
    public void Other_runs_take_the_jobs_that_they_have_in_common()
    {
        DirectionModel small = DirectionModel.Named("v3.2").With("epochs", 1).With("hidden", 4);
        BacktestOptions kept = run with { JobFolder = folder, Resume = true };
        BacktestResult first = Run(kept, out _), more = Run(kept with { Models = [small, .. run.Models] }, out List<string> computed);
        Assert.Equal(["v3.2 fold 2", "v3.2 fold 1"], computed);
        Assert.Equal(first.Models[1].Up, more.Models[2].Up);
        Assert.NotEqual(first.Id, more.Id);
        // Seeds are runs of their own: of 1, 2 the first is there, and 2, 3 need 3 alone.
        Run(kept with { Seeds = 2 }, out List<string> two);
        Assert.Equal(["linear fold 2 seed 2", "linear fold 1 seed 2"], two);
        BacktestResult from2 = Run(kept with { Seed = 2, Seeds = 2 }, out List<string> three);
        Assert.Equal(["linear fold 2 seed 3", "linear fold 1 seed 3"], three);
        Assert.Equal(Run(run with { Seed = 3 }, out _).Models[1].Up, from2.Models[1].Seeds[1].Up);
    }

    [Fact]
    public void The_identity_of_a_run_is_that_of_its_data_options_and_program()
    {
        string id = Run(run, out _).Id!;
        Assert.Matches("^[0-9a-f]{16}$", id);
        Assert.Equal(id, Run(run with { Threads = 2, JobFolder = folder }, out _).Id);
        BacktestOptions[] others =
        [
            run with { Seed = 2 }, run with { Seeds = 2 }, run with { PerPair = true }, run with { Models = [run.Models[0]] },
            run with { Models = [run.Models[1], run.Models[0]] },
            run with { Models = [run.Models[0], run.Models[1].With("learning_rate", 0.1)] },
            run with { Folds = run.Folds with { TestShare = 0.3 } }, run with { Folds = run.Folds with { ValidationShare = 0.2 } },
            run with { Folds = run.Folds with { Embargo = 1 } },
            run with { Models = [new V2(), DirectionModel.Named("linear").With("epochs", 1).WithFeatures(FeatureSet.Named("standard"))] },
        ];
        string[] ids = [id, .. others.Select(other => Run(other, out _).Id!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

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

    static BacktestResult Run(BacktestOptions options, out List<string> computed, Action<BacktestProgress>? see = null)
    {
        var started = computed = [];
        BacktestData data = new() { Pairs = market, Description = "test", Hash = CandleSet.Hash(market), PairNotes = [[]] };
        return BacktestRun.Run(data, options, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []), step =>
        {
            if (step.Epoch == 0) started.Add(step.Job);
            see?.Invoke(step);
        });
    }
}
