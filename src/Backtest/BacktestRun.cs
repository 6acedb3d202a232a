using System.Diagnostics;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Trains every model on every fold and collects what they predict on the same rows.</summary>
public sealed partial class BacktestRun
{
    readonly BacktestData data;
    readonly BacktestOptions options;
    readonly MarketSeries[] series;
    readonly IReadOnlyList<Fold> folds;
    readonly HashSet<(int Fold, int Pair)> leftOut;
    readonly List<Exclusion> exclusions = [];
    readonly double[][]? rule3;      // the baseline's scores of every pair and candle; null where the candles lack what it needs
    readonly string[] notes;

    BacktestRun(BacktestData data, BacktestOptions options, CancellationToken cancellation)
    {
        if (options.Models.Count == 0) throw new ArgumentException("models: expected at least one model, got none");
        (this.data, this.options) = (data, options);
        folds = options.Protocol switch
        {
            "walkforward" => Folds.WalkForward(data.Pairs, options.Folds),
            "week3" => Folds.Week3(data.Pairs, options.Folds),
            "split" => Folds.Split(data.Pairs,
                options.TrainTo ?? throw new ArgumentException("protocol split: expected --train-to, got none"),
                options.ValidateTo ?? throw new ArgumentException("protocol split: expected --validate-to, got none"),
                options.TestTo, options.Folds),
            var other => throw new ArgumentException($"protocol '{other}': expected walkforward, week3 or split"),
        };
        series = MarketSeries.Of(data.Pairs, [.. options.Models.SelectMany(m => m.FeatureSets)], cancellation);
        string lacking = new Rule3().Features.Lacking(data.Pairs);
        if (lacking.Length == 0) rule3 = Rule3.Scores(data.Pairs, cancellation);
        notes = [.. data.Notes, .. rule3 is null ? [$"the baseline rule3 cannot be computed: {lacking}"] : Array.Empty<string>()];
        leftOut = LeaveOutPairs();
    }

    /// <summary>Runs all jobs, <see cref="BacktestOptions.Threads"/> at a time; the result does not depend on how many.</summary>
    /// <param name="data">The candles.</param>
    /// <param name="options">Protocol, models and folds.</param>
    /// <param name="facts">Start of the run, version and resolved options, which the report repeats.</param>
    /// <param name="progress">Called from any thread, one call at a time.</param>
    /// <param name="note">Called with the note of each model that is left out, when it is decided, before any job.</param>
    /// <param name="cancellation">Ends the run; finished jobs stay in the job folder.</param>
    /// <exception cref="ArgumentException">Options that contradict each other or the data.</exception>
    /// <exception cref="InvalidDataException">Too few candles.</exception>
    public static BacktestResult Run(BacktestData data, BacktestOptions options, RunHeader facts,
        Action<BacktestProgress>? progress = null, Action<string>? note = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        var watch = Stopwatch.StartNew();
        var run = new BacktestRun(data, options, cancellation);
        return run.Execute(facts, watch, progress, note, cancellation);
    }

    BacktestResult Execute(RunHeader facts, Stopwatch watch, Action<BacktestProgress>? progress, Action<string>? note,
        CancellationToken cancellation)
    {
        int window = options.Models.Max(m => m.Window);     // rows of all models: where the longest window is known
        if (options.Seeds < 1) throw new ArgumentException($"seeds: expected at least 1, got {options.Seeds}");
        // Classes of the report: those of the models with three of them.
        double[] shares = [.. options.Models.Select(m => m.NeutralShare).Where(share => share > 0).Distinct()];
        if (shares.Length > 1)
            throw new ArgumentException("models: expected one neutral_share for all that have a class NEUTRAL, "
                + FormattableString.Invariant($"got {shares[0]} and {shares[1]}"));
        double neutral = shares.FirstOrDefault();

        var parts = folds.SelectMany(fold => Units(fold)
            .Select(pair => new FoldRows(series, fold, pair, window, leftOut, options.Folds.Stride))).ToList();
        parts.RemoveAll(p => p.Test.Count == 0);
        if (WithoutRows(parts, cancellation) is { } one)
            return Without(one.Model, one.Lacks, note, cancellation).Execute(facts, watch, progress, note, cancellation);
        var schedule = new JobSchedule(data, options, parts, progress, cancellation);
        IReadOnlyDictionary<Job, JobResult> results = schedule.Run();
        TestRows rows = Rows(parts, neutral);
        ModelPredictions[] models = [.. options.Models.Select((model, m) => Collect(model, m, schedule.IdOf(m), parts, results))];
        return new BacktestResult
        {
            Version = facts.Version,
            Id = schedule.Id,
            Protocol = options.Protocol,
            Data = data.Description,
            Timeframe = data.Pairs[0].Timeframe,
            Seed = options.Seed,
            Options = facts.Options,
            Pairs = [.. series.Select((s, i) => PairFacts.Of(s, data.PairNotes[i]))],
            Folds = [.. folds.Select(f => new FoldFacts(f, parts.Where(p => p.Fold == f).Sum(p => (long)p.Training.Count),
                parts.Where(p => p.Fold == f).Sum(p => (long)p.Validation.Count)))],
            Rows = rows,
            Candles = data.Pairs,
            Trading = options.Trading,
            ValidationReturns = [.. folds.Select(f => parts.Where(p => p.Fold == f)
                .SelectMany(p => Enumerable.Range(0, p.Validation.Count).Select(p.Validation.NextReturn)).ToArray())],
            Models = models,
            Exclusions = exclusions,
            Notes = [.. notes, .. options.Models.Zip(models).Where(m => m.First is CombinedModel { Abstains: true })
                .Select(m => Abstention(m.Second))],
            Run = new RunFacts(facts.Started, watch.Elapsed.TotalSeconds, options.Threads, facts.Out)
            {
                Command = facts.Command, Jobs = results.Count, Reused = schedule.Reused, NotKept = schedule.NotKept,
            },
        };
    }

    static string Abstention(ModelPredictions model)
    {
        int left = Enumerable.Range(0, model.Up.Length).Count(row => model.Up[row] == model.Down[row]);
        return $"{model.Model} calls nothing on {Format.Percent((double)left / model.Up.Length)} of the test rows, {Format.Count(left)}";
    }

    IEnumerable<int> Units(Fold fold)
        => !options.PerPair ? [-1]
            : Enumerable.Range(0, series.Length).Where(pair => fold.Tests(pair) && !leftOut.Contains((fold.Index, pair)));

    TestRows Rows(List<FoldRows> parts, double neutralShare)
    {
        int count = parts.Sum(p => p.Test.Count), at = 0;
        var rows = new TestRows
        {
            Pair = new int[count],
            Time = new long[count],
            Fold = new int[count],
            Return = new double[count],
            Label = new byte[count],
            LastReturn = new double[count],
            Momentum = new double[count],
            Rule3 = rule3 is null ? null : new double[count],
            Majority = new byte[count],
            BestProbability = data.BestProbability is null ? null : new double[count],
        };
        foreach (FoldRows part in parts)
        {
            LabelRule labels = LabelRule.Fit(part.Training, neutralShare);
            int up = Enumerable.Range(0, part.Training.Count).Sum(row => Math.Sign(part.Training.NextReturn(row)));
            for (int row = 0; row < part.Test.Count; row++, at++)
            {
                (int pair, int end) = part.Test.Rows[row];
                Candles candles = data.Pairs[pair];
                rows.Pair[at] = pair;
                rows.Time[at] = candles.OpenTime[end];
                rows.Fold[at] = part.Fold.Index;
                rows.Return[at] = part.Test.NextReturn(row);
                rows.Label[at] = (byte)labels.Class(rows.Return[at]);
                rows.LastReturn[at] = candles.Close[end] / candles.Close[end - 1] - 1;
                rows.Momentum[at] = TestRows.MomentumAt(candles, end);
                if (rows.Rule3 is not null) rows.Rule3[at] = rule3![pair][end];
                rows.Majority[at] = up >= 0 ? TestRows.Up : TestRows.Down;
                if (rows.BestProbability is not null) rows.BestProbability[at] = data.BestProbability![pair][end];
            }
        }
        return rows;
    }

    /// <summary>A number of every test row.</summary>
    static double[] OfTest(List<FoldRows> parts, Func<MarketSeries, int, double> value)
        => [.. parts.SelectMany(part => part.Test.Rows.Select(row => value(part.Test.Series[row.Pair], row.End)))];

    /// <summary>A target's values of a fold's validation rows; NaN where one is known only after their end.</summary>
    static double[] ValidationTruth(List<FoldRows> parts, Fold fold, Target target) => [.. parts.Where(p => p.Fold == fold)
        .SelectMany(p => p.Validation.Rows.Select(row => p.Validation.Series[row.Pair].Label(target) is var label
            && label.KnownAt[row.End] <= p.Validation.KnownBy ? label.Values[row.End] : double.NaN))];

    static bool[] MajorityUp(List<FoldRows> parts, Target target) => [.. parts.SelectMany(part =>
    {
        Windows known = part.TrainingOf(target).For(target);
        bool up = Enumerable.Range(0, known.Count).Sum(row => Math.Sign(known.Value(row))) >= 0;
        return Enumerable.Repeat(up, part.Test.Count);
    })];

    static double[] RuleOf(List<FoldRows> parts, Func<Candles, double[]> rule)
    {
        var known = new Dictionary<MarketSeries, double[]>();
        return OfTest(parts, (s, end) =>
        {
            if (!known.TryGetValue(s, out double[]? column)) known.Add(s, column = rule(s.Candles));
            return column[end];
        });
    }

    /// <summary>Joins a model's jobs; with a model a pair, a fold's epochs and threshold are those of its pairs together.</summary>
    ModelPredictions Collect(DirectionModel model, int index, string id, List<FoldRows> parts, IReadOnlyDictionary<Job, JobResult> results)
    {
        bool otherTarget = model.Judged != Target.Direction;
        SeedPredictions[] seeds = [.. Enumerable.Range(0, model.IsRandom ? options.Seeds : 1).Select(FromSeed)];
        (SeedPredictions first, var own) = (seeds[0], Own(0));
        return new ModelPredictions
        {
            Model = model.Name,
            Id = id,
            Features = model.FeatureSets,
            Description = string.Join(", ", model.Settings.Select(s => $"{s.Name} {Format.Number(s.Value)}")),
            Down = first.Down,
            Neutral = first.Neutral,
            Up = first.Up,
            ConfidenceThreshold = first.ConfidenceThreshold,
            Validation = [.. folds.Select(fold => Validation(own, fold))],
            Epochs = [.. folds.Select(fold => own.Where(o => o.Part.Fold == fold).Select(o => o.Result.Epochs).DefaultIfEmpty(0).Max())],
            Trainings = first.Trainings,
            IsNetwork = model is NetworkModel,
            Target = model.Judged.Name,
            Says = model.Judged.Says,
            Unit = model.Judged.Unit,
            TargetHorizon = model.Judged.Horizon,
            ValidationTruth = otherTarget ? [.. folds.Select(fold => ValidationTruth(parts, fold, model.Judged))] : [],
            MajorityUp = otherTarget ? MajorityUp(parts, model.Judged) : [],
            Truth = otherTarget ? OfTest(parts, (s, end) => s.Label(model.Judged).Values[end]) : null,
            Rule = otherTarget && model.Judged.Rule is { } rule ? RuleOf(parts, rule) : null,
            Horizons = model.Horizons,
            Forecast = [.. own.SelectMany(o => o.Result.Forecast)],
            IsRandom = model.IsRandom,
            Seeds = model.IsRandom ? seeds : [],
            Attention = AttentionOverTime.Join(own.SelectMany(o => o.Result.Attention)),
            Seconds = Enumerable.Range(0, seeds.Length).SelectMany(seed => Own(seed)).Sum(o => o.Result.Seconds),
        };

        SeedPredictions FromSeed(int seed)
        {
            var jobs = Own(seed);
            Prediction[] all = [.. jobs.SelectMany(o => o.Result.Test)];
            return new SeedPredictions(unchecked(options.Seed + (ulong)seed), [.. all.Select(p => p.Down)], [.. all.Select(p => p.Neutral)],
                [.. all.Select(p => p.Up)], [.. folds.Select(fold => Threshold(WithTruth(Validation(jobs, fold), fold)))])
            {
                Trainings = [.. jobs.Where(o => o.Result.History is not null)
                    .Select(o => new TrainingRun(o.Part.Fold.Index, o.Part.Pair, o.Result.History!))],
            };
        }

        List<(FoldRows Part, JobResult Result)> Own(int seed) => [.. parts.Select((part, p) => (part, results[new Job(p, index, seed)]))];

        // Thresholds are of rows like those that are judged.
        Prediction[] WithTruth(Prediction[] said, Fold fold) => !otherTarget ? said
            : [.. said.Zip(ValidationTruth(parts, fold, model.Judged)).Where(row => row.Second is not (0 or double.NaN))
                .Select(row => row.First)];

        static float Threshold(Prediction[] rows) => ModelPredictions.TopTenth([.. rows.Select(p => p.Down)], [.. rows.Select(p => p.Up)]);

        static Prediction[] Validation(List<(FoldRows Part, JobResult Result)> jobs, Fold fold)
            => [.. jobs.Where(o => o.Part.Fold == fold).SelectMany(o => o.Result.Validation)];
    }
}

/// <summary>What a report says about the run as such.</summary>
/// <param name="Version">Version of the program.</param>
/// <param name="Started">When it started.</param>
/// <param name="Out">Folder of the report.</param>
/// <param name="Options">Every resolved option in order.</param>
public sealed record RunHeader(string Version, DateTimeOffset Started, string Out, IReadOnlyList<KeyValuePair<string, object?>> Options)
{
    /// <summary>The command line that does the same again; null if there was none.</summary>
    public string? Command { get; init; }
}
