using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>How an audit is run.</summary>
public sealed record AuditOptions
{
    /// <summary>Times at which the future is changed.</summary>
    public int Cuts { get; init; } = 8;

    /// <summary>Markets of each kind whose directions are coins.</summary>
    public int Seeds { get; init; } = 5;

    /// <summary>Candles, over all pairs, of the market with a planted signal, where the audited pairs do not have more of them.</summary>
    public int PlantedCandles { get; init; } = 24_000;

    /// <summary>First seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads that share a batch; the results do not depend on them.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Shares of the one fold that is audited.</summary>
    public FoldOptions Folds { get; init; } = new() { Count = 1, TestShare = 0.3, MinimumTrainingCandles = 0 };

    /// <summary>Folds of a backtest, whose rows are audited too.</summary>
    public FoldOptions Backtest { get; init; } = new() { MinimumTrainingCandles = 0 };

    /// <summary>The fold of some pairs.</summary>
    /// <exception cref="InvalidDataException">There are too few candles.</exception>
    public Fold Fold(IReadOnlyList<Candles> pairs) => NeuralCore.Backtest.Folds.WalkForward(pairs, Folds)[0];

    /// <summary>That fold and those of a backtest.</summary>
    internal IReadOnlyList<Fold> AllFolds(IReadOnlyList<Candles> pairs) => [Fold(pairs), .. NeuralCore.Backtest.Folds.WalkForward(pairs, Backtest)];
}

/// <summary>
/// Leakage tests of a whole pipeline: features, labels, rows, scaler, thresholds, training, predictions. Most compare bits: what is known at
/// a time must not change when later candles do. The others train on markets in which nothing can be predicted.
/// </summary>
public static class Audit
{
    /// <summary>Runs all checks.</summary>
    /// <param name="pipeline">What is audited.</param>
    /// <param name="pairs">Candles to audit it on.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="progress">Called after each check.</param>
    /// <param name="found">Called with each result at once, so that an audit that is stopped has said what it found.</param>
    /// <param name="cancellation">Ends the audit.</param>
    /// <returns>One result a check, in the order in which they ran.</returns>
    /// <exception cref="InvalidDataException">There are too few candles.</exception>
    public static IReadOnlyList<AuditResult> Run(Pipeline pipeline, IReadOnlyList<Candles> pairs, AuditOptions options,
        Action<BacktestProgress>? progress = null, Action<AuditResult>? found = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(options);
        Fold fold = options.Fold(pairs);
        IReadOnlyList<MarketSeries> series = pipeline.Series(pairs, cancellation);
        Parts parts = pipeline.Rows(series, fold);
        if (parts.Training.Count == 0 || parts.Validation.Count == 0 || parts.Test.Count == 0)
            throw new InvalidDataException("audit: expected rows to train, validate and test on, "
                + $"got {parts.Training.Count}, {parts.Validation.Count} and {parts.Test.Count} of {pairs.Max(p => p.Count)} candles");
        // The fits that several checks look at: as it is, and with other candles from the validation or the test part on.
        var fitted = new Lazy<Fitted>(() => Fit(parts));
        var trained = new Lazy<FittedOrigin>(() => Origin(fold.ValidateFrom));
        var chosen = new Lazy<FittedOrigin>(() => Origin(fold.TestFrom));
        Func<AuditResult>[] checks =
        [
            () => FeatureTruncation.Check(pipeline.Features, pairs, options.Cuts, cancellation),
            () => LabelTimes.Check(pipeline.Label, pairs, options.Cuts, cancellation),
            () => RowTimes.Check(pipeline.Rows, options.AllFolds(pairs), series, pipeline.Label, cancellation),
            () => trained.Value.Scalers(),
            () => trained.Value.Labels(),
            () => chosen.Value.Confidence(),
            () => chosen.Value.Coverage(),
            () => chosen.Value.Temperature(),
            () => chosen.Value.Training(),
            () => PredictionOrigin.Check(pipeline, pairs, fold, fitted.Value.Predict, options.Cuts, cancellation),
            () => ChanceMarkets.ShuffledLabels(pipeline, pairs, options, cancellation),
            () => ChanceMarkets.RandomWalk(pipeline, pairs, options, cancellation),
            () => ChanceMarkets.PlantedSignal(pipeline, pairs, options, cancellation),
        ];
        var results = new List<AuditResult>();
        foreach (Func<AuditResult> check in checks)
        {
            cancellation.ThrowIfCancellationRequested();
            AuditResult result = check();
            results.Add(result);
            found?.Invoke(result);
            progress?.Invoke(new BacktestProgress(result.Check, -1, results.Count, checks.Length, (double)results.Count / checks.Length,
                $"{result.Word} {result.Check}"));
        }
        return results;

        Fitted Fit(Parts rows) => pipeline.Fit(rows, new FitContext(options.Seed, null, options.Threads, cancellation));

        FittedOrigin Origin(long cut) => new(parts, fitted.Value,
            [.. from rises in (bool[])[true, false]
                select Fit(pipeline.Rows(pipeline.Series([.. pairs.Select(p => OtherFuture.Of(p, cut, rises))], cancellation), fold))], cut);
    }
}
