using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>A pair that a fold leaves out because it has too little to train on.</summary>
/// <param name="Fold">Index of the fold.</param>
/// <param name="Pair">Index of the pair.</param>
/// <param name="TrainingCandles">Training candles that it has there.</param>
public readonly record struct LeftOut(int Fold, int Pair, int TrainingCandles);

/// <summary>
/// Cuts time into folds, by timestamp and never by row, so that no pair's test period is another pair's training period.
/// <para>Purging: López de Prado, "Advances in Financial Machine Learning" (2018), chapter 7.</para>
/// </summary>
public static class Folds
{
    /// <summary>
    /// Expanding folds: the last <see cref="FoldOptions.TestShare"/> of time is tiled by the test parts, and each fold trains and
    /// validates on all that lies before its own.
    /// </summary>
    /// <param name="first">Earliest open time of any pair.</param>
    /// <param name="end">End of the last candle of any pair, exclusive.</param>
    /// <param name="timeframe">Length of a candle.</param>
    /// <param name="options">Number of folds, shares and horizon.</param>
    /// <exception cref="InvalidDataException">The span is too short for that many folds.</exception>
    public static IReadOnlyList<Fold> WalkForward(long first, long end, Timeframe timeframe, FoldOptions options)
    {
        Check(options);
        long candles = (end - first) / timeframe.Microseconds;
        long[] edge = new long[options.Count + 1];          // in candles since first: fold k tests [edge[k], edge[k + 1])
        for (int k = 0; k <= options.Count; k++)
            edge[k] = candles - (long)Math.Round(candles * options.TestShare * (options.Count - k) / options.Count);

        var folds = new Fold[options.Count];
        for (int k = 0; k < folds.Length; k++)
        {
            long validate = edge[k] - (long)Math.Round(edge[k] * options.ValidationShare);
            // Each part needs a row that is left after purge and embargo.
            if (Math.Min(validate, edge[k] - validate) <= options.Horizon + options.Embargo || edge[k + 1] - edge[k] <= options.Horizon)
                throw new InvalidDataException($"walkforward: {candles} candles are too few for {options.Count} folds over the last "
                    + $"{Format.Percent(options.TestShare, 0)}: fold {k + 1} would have {validate} to train, {edge[k] - validate} to "
                    + $"validate, {edge[k + 1] - edge[k]} to test");
            folds[k] = new Fold(k, first, At(validate), At(validate), At(edge[k]), At(edge[k]),
                k + 1 < folds.Length ? At(edge[k + 1]) : end)
            {
                LabelTime = LabelTime(timeframe, options),
                Embargo = options.Embargo * timeframe.Microseconds,
            };
        }
        return folds;

        long At(long candle) => first + candle * timeframe.Microseconds;
    }

    /// <summary>Walk-forward folds over the time that the pairs cover together.</summary>
    /// <exception cref="InvalidDataException">There are no candles, or too few.</exception>
    public static IReadOnlyList<Fold> WalkForward(IReadOnlyList<Candles> pairs, FoldOptions options)
    {
        (long first, long end, Timeframe timeframe) = Span(pairs);
        return WalkForward(first, end, timeframe, options);
    }

    /// <summary>One fold by dates: first train, then validate, then test.</summary>
    /// <param name="pairs">The candles, for their first and last times.</param>
    /// <param name="trainTo">End of training, exclusive, µs since 1970 UTC.</param>
    /// <param name="validateTo">End of validation, exclusive.</param>
    /// <param name="testTo">End of the test, exclusive; null for the end of the data.</param>
    /// <param name="options">The horizon.</param>
    /// <exception cref="ArgumentException">The dates are out of order.</exception>
    /// <exception cref="InvalidDataException">The data has no candles in one of the parts.</exception>
    public static IReadOnlyList<Fold> Split(IReadOnlyList<Candles> pairs, long trainTo, long validateTo, long? testTo, FoldOptions options)
    {
        Check(options);
        (long first, long end, Timeframe timeframe) = Span(pairs);
        long stop = testTo ?? end;
        if (!(trainTo < validateTo && validateTo < stop))
            throw new ArgumentException("split: expected train-to < validate-to < test-to, got "
                + $"{Format.Time(trainTo)}, {Format.Time(validateTo)}, {Format.Time(stop)}"
                + (testTo is null ? " (the end of the data)" : ""));
        var fold = new Fold(0, first, trainTo, trainTo, validateTo, validateTo, stop)
        {
            LabelTime = LabelTime(timeframe, options),
            Embargo = options.Embargo * timeframe.Microseconds,
        };
        Require("train", fold.InTraining);
        Require("validate", fold.InValidation);
        Require("test", fold.InTest);
        return [fold];

        void Require(string part, Func<long, bool> inside)
        {
            if (!pairs.Any(pair => pair.OpenTime.Any(inside)))
                throw new InvalidDataException($"split: no candle to {part}: the data runs from {Format.Time(first)} to "
                    + $"{Format.Time(end)}, the parts end at {Format.Time(trainTo)}, {Format.Time(validateTo)}, {Format.Time(stop)}");
        }
    }

    /// <summary>
    /// The original comparison: the last 40 candles of each pair are predicted, and all that lies before them trains and validates.
    /// Pairs that begin and end at the same time share a fold.
    /// </summary>
    /// <exception cref="InvalidDataException">A pair has too few candles.</exception>
    public static IReadOnlyList<Fold> Week3(IReadOnlyList<Candles> pairs, FoldOptions options)
    {
        Check(options);
        Timeframe timeframe = Span(pairs).Timeframe;
        int needed = options.Week3Candles + options.Horizon;
        foreach (Candles pair in pairs)
            if (pair.Count < 2 * needed)
                throw new InvalidDataException($"week3: {pair.Symbol}: expected at least {2 * needed} candles, got {pair.Count}");
        var ends = pairs.Select((pair, index)
                => (Index: index, First: pair.OpenTime[0], From: pair.OpenTime[^needed], To: pair.OpenTime[^options.Horizon]))
            .GroupBy(pair => (pair.First, pair.From, pair.To)).OrderBy(group => group.Key);
        return [.. ends.Select((group, k) =>
        {
            long first = group.Key.First, span = (group.Key.From - first) / timeframe.Microseconds;
            long validate = first + (span - (long)Math.Round(span * options.ValidationShare)) * timeframe.Microseconds;
            return new Fold(k, first, validate, validate, group.Key.From, group.Key.From, group.Key.To)
            {
                LabelTime = LabelTime(timeframe, options),
                Embargo = options.Embargo * timeframe.Microseconds,
                TestPairs = [.. group.Select(pair => pair.Index)],
            };
        })];
    }

    /// <summary>
    /// The pairs that a fold would test but leaves out, because fewer than <see cref="FoldOptions.MinimumTrainingCandles"/> of their
    /// candles train.
    /// </summary>
    public static IReadOnlyList<LeftOut> TooShort(Fold fold, IReadOnlyList<Candles> pairs, FoldOptions options)
    {
        ArgumentNullException.ThrowIfNull(fold);
        return [.. pairs.Select((pair, index) => new LeftOut(fold.Index, index, fold.TrainingCandles(pair.OpenTime)))
            .Where(pair => fold.Tests(pair.Pair) && pair.TrainingCandles < options.MinimumTrainingCandles)];
    }

    static long LabelTime(Timeframe timeframe, FoldOptions options) => (options.Horizon + 1) * timeframe.Microseconds;

    static (long First, long End, Timeframe Timeframe) Span(IReadOnlyList<Candles> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Count == 0 || pairs.Any(pair => pair.Count == 0))
            throw new InvalidDataException("folds: expected at least one pair and at least one candle in each");
        Timeframe timeframe = pairs[0].Timeframe;
        if (pairs.FirstOrDefault(pair => pair.Timeframe != timeframe) is { } other)
            throw new ArgumentException($"folds: expected one timeframe, got {timeframe} of {pairs[0].Symbol}, {other.Timeframe} "
                + $"of {other.Symbol}");
        return (pairs.Min(pair => pair.OpenTime[0]), pairs.Max(pair => pair.OpenTime[^1]) + timeframe.Microseconds, timeframe);
    }

    static void Check(FoldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require("number of folds", options.Count, options.Count >= 1, "at least 1");
        Require("test share", options.TestShare, options.TestShare is > 0 and < 1, "a number between 0 and 1");
        Require("validation share", options.ValidationShare, options.ValidationShare is > 0 and < 1, "a number between 0 and 1");
        Require("horizon", options.Horizon, options.Horizon >= 1, "at least 1 candle");
        Require("embargo", options.Embargo, options.Embargo >= 0, "at least 0 candles");
        Require("stride", options.Stride, options.Stride >= 1, "at least 1 row");
        Require("minimum of training candles", options.MinimumTrainingCandles, options.MinimumTrainingCandles >= 0, "at least 0");
        Require("week3 test candles", options.Week3Candles, options.Week3Candles >= 1, "at least 1");

        static void Require(string name, double actual, bool holds, string expected)
        {
            if (!holds) throw new ArgumentException($"folds: {name}: expected {expected}, got {Format.Number(actual)}");
        }
    }
}
