using System.Diagnostics;
using System.Security.Cryptography;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>What one job gives: predictions for its validation and test rows, and how its network was trained.</summary>
sealed record JobResult(Prediction[] Validation, Prediction[] Test, History? History, double Seconds)
{
    public int Epochs => History?.Epochs.Count ?? 0;

    /// <summary>Forecast returns of the test rows, (rows, <see cref="DirectionModel.Horizons"/>).</summary>
    public float[] Forecast { get; init; } = [];

    /// <summary>Where the network's attention lay, month by month; none for a model without.</summary>
    public IReadOnlyList<AttentionMonth> Attention { get; init; } = [];
}

/// <summary>One training: the numbers of the part (fold, and pair where each has its own model), of the model and of the seed.</summary>
readonly record struct Job(int Part, int Model, int Seed);

/// <summary>
/// Runs a backtest's jobs on several threads, the longest first. Each job is single-threaded and depends on nothing but its own inputs,
/// so the order in which jobs run changes nothing. Ensembles take their members from the same fold's jobs where these have the same
/// settings and seed, and share the others among them.
/// </summary>
sealed partial class JobSchedule
{
    readonly BacktestData data;
    readonly BacktestOptions options;
    readonly List<FoldRows> parts;
    readonly Action<BacktestProgress>? progress;
    readonly CancellationToken cancellation;
    readonly Job[] jobs;
    readonly byte[][] keys;     // of each job: the hash of all that it depends on
    readonly JobResult?[] results;
    readonly Lock reporting = new();
    readonly double[] work;     // of each job, in multiply-adds of an epoch: what decides how long it takes
    readonly double[] done;     // of each job, what of its work is done
    readonly double[] reused;   // of those that were found finished, their work
    int finished;

    internal JobSchedule(BacktestData data, BacktestOptions options, List<FoldRows> parts, Action<BacktestProgress>? progress,
        CancellationToken cancellation)
    {
        (this.data, this.options, this.parts, this.progress, this.cancellation) = (data, options, parts, progress, cancellation);
        jobs = [.. from part in Enumerable.Range(0, parts.Count)
                   from model in Enumerable.Range(0, options.Models.Count)
                   from seed in Enumerable.Range(0, options.Models[model].IsRandom ? options.Seeds : 1)
                   select new Job(part, model, seed)];
        keys = [.. Enumerable.Range(0, jobs.Length).Select(job => JobCache.Key(data.Hash, options, Model(job), Part(job), SeedOf(job)))];
        results = new JobResult?[jobs.Length];
        work = [.. Enumerable.Range(0, results.Length).Select(job => Work(Model(job), Part(job)))];
        (done, reused) = (new double[work.Length], new double[work.Length]);
    }

    /// <summary>The hash of all jobs' keys and the seed, which seeds the intervals too: 16 hexadecimal digits.</summary>
    internal string Id => Hash([.. BitConverter.GetBytes(options.Seed), .. keys.SelectMany(key => key)]);

    /// <summary>The hash of the keys of a model's jobs of the first seed.</summary>
    internal string IdOf(int model)
        => Hash([.. keys.Where((_, job) => jobs[job].Model == model && jobs[job].Seed == 0).SelectMany(key => key)]);

    static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));

    /// <summary>Jobs that were found finished.</summary>
    internal int Reused { get; private set; }

    /// <summary>Why a job is not kept, the first that is not; null where all are.</summary>
    internal string? NotKept { get; private set; }

    /// <summary>Runs all jobs.</summary>
    internal IReadOnlyDictionary<Job, JobResult> Run()
    {
        // Ensembles come after their members.
        foreach (int depth in Enumerable.Range(0, results.Length).Select(job => Depth(Model(job))).Distinct().Order())
        {
            int[] queue = [.. Enumerable.Range(0, results.Length).Where(job => Depth(Model(job)) == depth)
                .OrderByDescending(job => work[job]).ThenBy(job => job)];
            int next = -1;
            var threads = Enumerable.Range(0, Math.Max(1, Math.Min(options.Threads, queue.Length))).Select(_ => Task.Factory.StartNew(() =>
            {
                for (int i = Interlocked.Increment(ref next); i < queue.Length && !cancellation.IsCancellationRequested;
                    i = Interlocked.Increment(ref next))
                {
                    try { Execute(queue[i]); }
                    catch { Volatile.Write(ref next, queue.Length); throw; }
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            try { Task.WaitAll(threads, CancellationToken.None); }
            catch (AggregateException e)
            {
                cancellation.ThrowIfCancellationRequested();
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
            }
            cancellation.ThrowIfCancellationRequested();
        }
        return jobs.Index().ToDictionary(job => job.Item, job => results[job.Index]!);

        static int Depth(DirectionModel model) => model is CombinedModel combined ? 1 + combined.Members.Max(m => Depth(m.Model)) : 0;
    }

    DirectionModel Model(int job) => options.Models[jobs[job].Model];

    FoldRows Part(int job) => parts[jobs[job].Part];

    ulong SeedOf(int job) => unchecked(options.Seed + (ulong)jobs[job].Seed);

    /// <summary>A short name, for example <c>v3.1 fold 2 BTC</c>, and from the second seed on <c>v3.1 fold 2 BTC seed 4</c>.</summary>
    string Title(int job)
    {
        FoldRows part = Part(job);
        string pair = part.Pair < 0 ? "" : $" {data.Pairs[part.Pair].Base}", seed = jobs[job].Seed == 0 ? "" : $" seed {SeedOf(job)}";
        return $"{Model(job).Name} fold {part.Fold.Index + 1}{pair}{seed}";
    }

    /// <summary>
    /// What an epoch of a model costs in multiply-adds, or all of a model without; an ensemble's members that have jobs of their own cost
    /// it nothing.
    /// </summary>
    double Work(DirectionModel model, FoldRows part)
    {
        int width = model.Inputs.Features.Count;
        double rows = part.Training.Count + part.Test.Count;
        return model switch
        {
            NetworkModel network => new Model(network.Build(width), 0).MultiplyAdds(new Shape(1, network.Window, width))
                * (network.RowsPerEpoch(part.Training.Count) + (double)part.Test.Count),
            ClassicalModel classical => Row(classical, classical.Lags * width) * rows,
            CombinedModel combined => rows + combined.Members.Sum(m => Work(m.Model, part)
                * (combined.FurtherTrainings
                    + (combined.SharesMembers && options.Models.Contains(m.Model) && m.Seed < options.Seeds ? 0 : 1))),
            _ => rows,
        };
    }

    /// <summary>
    /// What a row of a classical model costs, in the multiply-adds of a network's that take as long. Factors are measured.
    /// </summary>
    static double Row(ClassicalModel model, int columns)
    {
        double scores = model.NeutralShare == 0 ? 1 : 3;
        return model switch
        {
            BoostingModel boosting => boosting.MaxIter * scores * 6 * (10 + columns),
            Forest forest => forest.Trees * forest.Depth * 4 * (2 + Math.Sqrt(columns)),
            _ => 10 * scores * scores * columns * columns,
        };
    }

    void Execute(int job)
    {
        FoldRows part = Part(job);
        DirectionModel model = Model(job);
        string title = Title(job);
        JobCache? cache = options.JobFolder is null ? null : new JobCache(options.JobFolder, keys[job], model, part);
        JobResult result = Cached(cache, () =>
        {
            Report(title, 0, job, $"{title}: {part.Training.Count:N0} rows");
            return model is CombinedModel { SharesMembers: true, RefitMonths: 0 } combined ? Combine(job, combined, title)
                : Fit(model, job, title, Seed(job));
        }, out bool found, out string? lost);
        results[job] = result;
        lock (reporting)
        {
            finished++;
            done[job] = work[job];
            NotKept ??= lost;
            if (found)
            {
                Reused++;
                reused[job] = work[job];
            }
        }
        string how = found ? "found finished" : $"done in {result.Seconds:F1} s";
        Report(title, -1, job, $"{title}: {how}, {result.Epochs} epochs", found: found);
    }

    /// <summary>What the cache holds, or else what is computed now and kept.</summary>
    JobResult Cached(JobCache? cache, Func<JobResult> compute, out bool found, out string? lost)
    {
        (JobResult? result, lost) = (options.Resume ? cache?.Load() : null, null);
        found = result is not null;
        if (result is not null) return result;
        var watch = Stopwatch.StartNew();
        result = compute() with { Seconds = watch.Elapsed.TotalSeconds };
        lost = cache?.Save(result);
        return result;
    }

    JobResult Fit(DirectionModel model, int job, string title, ulong seed)
    {
        FoldRows part = Part(job);
        Predictor predictor = model.Create();
        FitResult fit = predictor.Fit(part.TrainingOf(model.Target), part.Validation, new FitContext(seed, epoch =>
            Report(title, epoch.Number, job, $"{title}: epoch {epoch.Number}, loss {epoch.TrainingLoss:F4}, "
                + $"validation {epoch.ValidationLoss:F4}", epoch), Cancellation: cancellation));
        if (model.RefitMonths > 0 && model == Model(job)) return Refit(job, title, predictor.Predict(part.Validation), fit.History);
        return new JobResult(predictor.Predict(part.Validation), predictor.Predict(part.Test), fit.History, 0)
        {
            Forecast = predictor.Forecast(part.Test),
            Attention = AttentionOverTime.Of(predictor, part.Test),
        };
    }

    /// <summary>
    /// The test months at a time, each by a model fitted anew at its start on all rows whose labels are known by then.
    /// </summary>
    JobResult Refit(int job, string title, Prediction[] validation, History? history)
    {
        FoldRows part = Part(job);
        DirectionModel model = Model(job);
        var test = new Prediction[part.Test.Count];
        var forecast = new float[part.Test.Count * model.Horizons.Count];
        var spans = Enumerable.Range(0, test.Length).GroupBy(row => Start(part.Test.Rows[row])).OrderBy(span => span.Key).ToArray();
        foreach (IGrouping<long, int> span in spans)
        {
            Report(title, 0, job, $"{title}: fitted anew for {Format.Time(span.Key)}");
            int[] chosen = [.. span];
            Windows rows = part.Test.Take(chosen);
            Predictor predictor = model.Create();
            predictor.Fit(part.Until(span.Key, model.Target), part.Validation, new FitContext(Seed(job), Cancellation: cancellation));
            Prediction[] said = predictor.Predict(rows);
            float[] returns = predictor.Forecast(rows);
            for (int i = 0; i < chosen.Length; i++)
            {
                test[chosen[i]] = said[i];
                returns.AsSpan(i * model.Horizons.Count, model.Horizons.Count).CopyTo(forecast.AsSpan(chosen[i] * model.Horizons.Count));
            }
        }
        return new JobResult(validation, test, history, 0) { Forecast = forecast };

        // The start of the test, or of the month, counted in steps of RefitMonths from the test's, that the decision lies in.
        long Start((int Pair, int End) row)
        {
            long decided = data.Pairs[row.Pair].OpenTime[row.End] + data.Pairs[row.Pair].Timeframe.Microseconds;
            DateTime first = Time(part.Fold.TestFrom), at = Time(decided);
            int months = (at.Year - first.Year) * 12 + at.Month - first.Month;
            DateTime start = new DateTime(first.Year, first.Month, 1, 0, 0, 0, DateTimeKind.Utc)
                .AddMonths(months - months % model.RefitMonths);
            return Math.Max(part.Fold.TestFrom, (start - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        }

        static DateTime Time(long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>One seed a fold and pair, so that models start from comparable draws and no two folds share them.</summary>
    ulong Seed(int job) => unchecked(SeedOf(job) * 1_000_003 + (ulong)(Part(job).Fold.Index * 1000 + Part(job).Pair + 1));

    void Report(string title, int epoch, int job, string message, Epoch? training = null, bool found = false)
    {
        if (progress is null) return;
        lock (reporting)
        {
            if (epoch > 0 && Model(job) is NetworkModel network) done[job] = 0.9 * work[job] * epoch / network.Epochs;
            double all = work.Sum();
            progress(new BacktestProgress(title, epoch, finished, results.Length, Math.Min(1, done.Sum() / all), message)
            {
                Training = training, Reused = found, ReusedFraction = Math.Min(1, reused.Sum() / all),
            });
        }
    }
}
