using System.Diagnostics;
using System.Security.Cryptography;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>What one job gives: predictions for its validation and test rows, and how its network was trained.</summary>
sealed record JobResult(Prediction[] Validation, Prediction[] Test, History? History, double Seconds)
{
    public int Epochs => History?.Epochs.Count ?? 0;

    /// <summary>Where the network's attention lay, month by month; none for a model without.</summary>
    public IReadOnlyList<AttentionMonth> Attention { get; init; } = [];
}

/// <summary>One training: the numbers of the part (fold, and pair where each has its own model), of the model and of the seed.</summary>
readonly record struct Job(int Part, int Model, int Seed);

/// <summary>
/// Runs a backtest's jobs on several threads, the longest first. Each job is single-threaded and depends on nothing but its own inputs,
/// so the order in which jobs run changes nothing. The ensemble takes its members from the same fold's jobs where they have the same
/// settings.
/// </summary>
sealed class JobSchedule
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
    double doneWork;
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
        work = [.. Enumerable.Range(0, results.Length).Select(Work)];
    }

    /// <summary>The hash of all jobs' keys and the seed, which seeds the intervals too: 16 hexadecimal digits.</summary>
    internal string Id => Convert.ToHexStringLower(
        SHA256.HashData([.. BitConverter.GetBytes(options.Seed), .. keys.SelectMany(key => key)]).AsSpan(0, 8));

    /// <summary>Jobs that were found finished.</summary>
    internal int Reused { get; private set; }

    /// <summary>Runs all jobs.</summary>
    internal IReadOnlyDictionary<Job, JobResult> Run()
    {
        // Ensembles come last: by then their members are there.
        int[] members = [.. Order(model => model is not EnsembleModel)], ensembles = [.. Order(model => model is EnsembleModel)];
        foreach (int[] queue in (int[][])[members, ensembles])
        {
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

        IEnumerable<int> Order(Func<DirectionModel, bool> wanted)
            => Enumerable.Range(0, results.Length).Where(job => wanted(Model(job))).OrderByDescending(job => work[job]).ThenBy(job => job);
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

    double Work(int job)
    {
        Windows training = Part(job).Training;
        int width = Model(job).Features.Features.Count;
        double row = Model(job) switch
        {
            NetworkModel network => new Model(network.Build(width), 0).MultiplyAdds(new Shape(1, training.Length, width)),
            ClassicalModel classical => Row(classical, classical.Lags * width),
            _ => 1,
        };
        return row * (training.Count + Part(job).Test.Count);
    }

    /// <summary>What a row of a classical model costs, in the multiply-adds of a network's that take as long. Factors are measured.</summary>
    static double Row(ClassicalModel model, int columns)
    {
        double scores = model.NeutralShare == 0 ? 1 : 3;
        return model switch
        {
            Boosting boosting => boosting.MaxIter * scores * 6 * (10 + columns),
            Forest forest => forest.Trees * forest.Depth * 4 * (2 + Math.Sqrt(columns)),
            _ => 10 * scores * scores * columns * columns,
        };
    }

    void Execute(int job)
    {
        FoldRows part = Part(job);
        DirectionModel model = Model(job);
        string title = Title(job);
        JobCache? cache = options.JobFolder is null ? null : new JobCache(options.JobFolder, keys[job], model.Window, part);
        JobResult? result = options.Resume ? cache?.Load() : null;
        bool found = result is not null;
        if (result is null)
        {
            Report(title, 0, job, $"{title}: {part.Training.Count:N0} rows");
            var watch = Stopwatch.StartNew();
            result = Members(job) is var (v2, network) ? Combine((EnsembleModel)model, part, v2, network) : Fit(job, title);
            result = result with { Seconds = watch.Elapsed.TotalSeconds };
            cache?.Save(result);
        }
        results[job] = result;
        lock (reporting)
        {
            finished++;
            doneWork += work[job];
            if (found) Reused++;
        }
        Report(title, -1, job, $"{title}: {(found ? "found finished" : $"done in {result.Seconds:F1} s")}, {result.Epochs} epochs", reused: found);
    }

    JobResult Fit(int job, string title)
    {
        FoldRows part = Part(job);
        Predictor predictor = Model(job).Create();
        FitResult fit = predictor.Fit(part.Training, part.Validation, new FitContext(Seed(job), epoch =>
            Report(title, epoch.Number, job, $"{title}: epoch {epoch.Number}, loss {epoch.TrainingLoss:F4}, "
                + $"validation {epoch.ValidationLoss:F4}", epoch), Cancellation: cancellation));
        return new JobResult(predictor.Predict(part.Validation), predictor.Predict(part.Test), fit.History, 0)
        {
            Attention = AttentionOverTime.Of(predictor, part.Test),
        };
    }

    /// <summary>The finished jobs of an ensemble's members on the same rows, if the run has models with just their settings.</summary>
    (JobResult V2, JobResult Network)? Members(int job)
    {
        if (Model(job) is not EnsembleModel ensemble) return null;
        JobResult? v2 = Finished(ensemble.First), network = Finished(ensemble.Second);
        return v2 is null || network is null ? null : (v2, network);

        JobResult? Finished(DirectionModel wanted)
        {
            int model = options.Models.ToList().IndexOf(wanted);
            return model < 0 ? null : results[Array.IndexOf(jobs, jobs[job] with { Model = model, Seed = wanted.IsRandom ? jobs[job].Seed : 0 })];
        }
    }

    static JobResult Combine(EnsembleModel ensemble, FoldRows part, JobResult v2, JobResult network)
    {
        double weight = ensemble.WeightFor(v2.Validation, network.Validation, part.Validation);
        return new JobResult(EnsembleModel.Mean(v2.Validation, network.Validation, weight),
            EnsembleModel.Mean(v2.Test, network.Test, weight), network.History, 0) { Attention = network.Attention };
    }

    /// <summary>One seed a fold and pair, so that models start from comparable draws and no two folds share them.</summary>
    ulong Seed(int job) => unchecked(SeedOf(job) * 1_000_003 + (ulong)(Part(job).Fold.Index * 1000 + Part(job).Pair + 1));

    void Report(string title, int epoch, int job, string message, Epoch? training = null, bool reused = false)
    {
        if (progress is null) return;
        lock (reporting)
        {
            double within = epoch > 0 && Model(job) is NetworkModel network ? 0.9 * work[job] * epoch / network.Epochs : 0;
            progress(new BacktestProgress(title, epoch, finished, results.Length, Math.Min(1, (doneWork + within) / work.Sum()), message)
            {
                Training = training, Reused = reused,
            });
        }
    }
}
