using System.Diagnostics;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>What one job gives: predictions for its validation and test rows, and how its network was trained.</summary>
sealed record JobResult(Prediction[] Validation, Prediction[] Test, History? History, double Seconds)
{
    public int Epochs => History?.Epochs.Count ?? 0;
}

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
    readonly JobResult?[] results;
    readonly Lock reporting = new();
    readonly double[] work;     // of each job, in multiply-adds of an epoch: what decides how long it takes
    double doneWork;
    int finished;

    internal JobSchedule(BacktestData data, BacktestOptions options, List<FoldRows> parts, Action<BacktestProgress>? progress,
        CancellationToken cancellation)
    {
        (this.data, this.options, this.parts, this.progress, this.cancellation) = (data, options, parts, progress, cancellation);
        results = new JobResult?[parts.Count * options.Models.Count];
        work = [.. Enumerable.Range(0, results.Length).Select(Work)];
    }

    /// <summary>Results by part, then model.</summary>
    internal JobResult[] Run()
    {
        // Ensembles come last: by then their members are there.
        int[] members = [.. Order(model => model is not EnsembleModel)], ensembles = [.. Order(model => model is EnsembleModel)];
        foreach (int[] jobs in (int[][])[members, ensembles])
        {
            int next = -1;
            var threads = Enumerable.Range(0, Math.Max(1, Math.Min(options.Threads, jobs.Length))).Select(_ => Task.Factory.StartNew(() =>
            {
                for (int i = Interlocked.Increment(ref next); i < jobs.Length && !cancellation.IsCancellationRequested;
                    i = Interlocked.Increment(ref next))
                {
                    try { Execute(jobs[i]); }
                    catch { Volatile.Write(ref next, jobs.Length); throw; }
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
        return results!;

        IEnumerable<int> Order(Func<DirectionModel, bool> wanted)
            => Enumerable.Range(0, results.Length).Where(job => wanted(Model(job))).OrderByDescending(job => work[job]).ThenBy(job => job);
    }

    DirectionModel Model(int job) => options.Models[job % options.Models.Count];

    FoldRows Part(int job) => parts[job / options.Models.Count];

    /// <summary>A short name, for example <c>v3.1 fold 2 BTC</c>.</summary>
    string Title(int job)
    {
        FoldRows part = Part(job);
        return $"{Model(job).Name} fold {part.Fold.Index + 1}{(part.Pair < 0 ? "" : $" {data.Pairs[part.Pair].Base}")}";
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
            Boosting boosting => boosting.MaxIter * scores * (10 + columns),
            Forest forest => forest.Trees * forest.Depth * (2 + Math.Sqrt(columns)),
            _ => 10 * scores * scores * columns * columns,
        };
    }

    void Execute(int job)
    {
        FoldRows part = Part(job);
        DirectionModel model = Model(job);
        string title = Title(job);
        JobCache? cache = options.JobFolder is null ? null : new JobCache(options.JobFolder, title, data.Hash, options, model, part);
        JobResult? result = options.Resume ? cache?.Load() : null;
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
        }
        Report(title, -1, job, $"{title}: done in {result.Seconds:F1} s, {result.Epochs} epochs");
    }

    JobResult Fit(int job, string title)
    {
        FoldRows part = Part(job);
        Predictor predictor = Model(job).Create();
        FitResult fit = predictor.Fit(part.Training, part.Validation, new FitContext(Seed(part), epoch =>
            Report(title, epoch.Number, job, $"{title}: epoch {epoch.Number}, loss {epoch.TrainingLoss:F4}, "
                + $"validation {epoch.ValidationLoss:F4}"), Cancellation: cancellation));
        return new JobResult(predictor.Predict(part.Validation), predictor.Predict(part.Test), fit.History, 0);
    }

    /// <summary>The finished jobs of an ensemble's members on the same rows, if the run has models with just their settings.</summary>
    (JobResult V2, JobResult Network)? Members(int job)
    {
        if (Model(job) is not EnsembleModel ensemble) return null;
        int first = job - job % options.Models.Count;
        int v2 = Index(ensemble.First), network = Index(ensemble.Second);
        return v2 < 0 || network < 0 ? null : (results[first + v2]!, results[first + network]!);

        int Index(DirectionModel wanted) => options.Models.ToList().IndexOf(wanted);
    }

    static JobResult Combine(EnsembleModel ensemble, FoldRows part, JobResult v2, JobResult network)
    {
        double weight = ensemble.WeightFor(v2.Validation, network.Validation, part.Validation);
        return new JobResult(EnsembleModel.Mean(v2.Validation, network.Validation, weight),
            EnsembleModel.Mean(v2.Test, network.Test, weight), network.History, 0);
    }

    /// <summary>One seed a fold and pair, so that models start from comparable draws and no two folds share them.</summary>
    ulong Seed(FoldRows part) => unchecked(options.Seed * 1_000_003 + (ulong)(part.Fold.Index * 1000 + part.Pair + 1));

    void Report(string title, int epoch, int job, string message)
    {
        if (progress is null) return;
        lock (reporting)
        {
            double within = epoch > 0 && Model(job) is NetworkModel network ? 0.9 * work[job] * epoch / network.Epochs : 0;
            progress(new BacktestProgress(title, epoch, finished, results.Length, Math.Min(1, (doneWork + within) / work.Sum()), message));
        }
    }
}
