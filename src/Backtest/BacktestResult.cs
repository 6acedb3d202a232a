using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>One pair's candles as the backtest read them.</summary>
/// <param name="Name">Name of the pair, for example <c>BTC</c>.</param>
/// <param name="Candles">Number of candles.</param>
/// <param name="First">Open time of the first, µs since 1970 UTC.</param>
/// <param name="Last">Open time of the last.</param>
/// <param name="Notes">What the checks of the file found, counted.</param>
public sealed record PairFacts(string Name, long Candles, long First, long Last, IReadOnlyList<string> Notes)
{
    /// <summary>Open time of the first candle with all features of all models; null where there is none.</summary>
    public long? FeaturesFrom { get; init; }

    internal static PairFacts Of(MarketSeries series, IReadOnlyList<string> notes)
    {
        Candles c = series.Candles;
        long? known = series.FirstKnown < c.Count ? c.OpenTime[series.FirstKnown] : null;
        return new(c.Base, c.Count, c.OpenTime[0], c.OpenTime[^1], notes) { FeaturesFrom = known };
    }
}

/// <summary>A fold with the rows that trained and validated in it, all pairs together.</summary>
/// <param name="Fold">Its times.</param>
/// <param name="TrainingRows">Rows that trained.</param>
/// <param name="ValidationRows">Rows that validated.</param>
public sealed record FoldFacts(Fold Fold, long TrainingRows, long ValidationRows);

/// <summary>A pair that a fold left out.</summary>
/// <param name="Fold">Index of the fold.</param>
/// <param name="Pair">Name of the pair.</param>
/// <param name="Reason">Why, for example <c>1,200 training candles, fewer than 2,000</c>.</param>
public sealed record Exclusion(int Fold, string Pair, string Reason);

/// <summary>What differs from one run to the next though nothing is computed differently.</summary>
/// <param name="Started">When the run started.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Threads">Threads used.</param>
/// <param name="Out">Folder of the report.</param>
public sealed record RunFacts(DateTimeOffset Started, double Seconds, int Threads, string Out)
{
    /// <summary>The command line that does the same again; null if there was none.</summary>
    public string? Command { get; init; }

    /// <summary>Jobs that it consists of: a model, a fold, a seed, and where each pair has a model of its own, a pair.</summary>
    public int Jobs { get; init; }

    /// <summary>Jobs that were found finished and not computed again.</summary>
    public int Reused { get; init; }

    /// <summary>Why not all jobs are kept; null where they are, or were not to be.</summary>
    public string? NotKept { get; init; }
}

/// <summary>All that a backtest produced and a report needs.</summary>
public sealed record BacktestResult
{
    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// Identity of the backtest, 16 hexadecimal digits of a hash of data, options and program; null where a trained model is judged.
    /// </summary>
    public string? Id { get; init; }

    /// <summary><c>walkforward</c>, <c>split</c> or <c>week3</c>; for a trained model on other candles <c>evaluate</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>One phrase about where the candles come from.</summary>
    public required string Data { get; init; }

    /// <summary>Length of a candle.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>Seed of the run; it seeds the bootstrap too.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// Every resolved option in order. Values are null, bool, int, long, ulong, double, string, or arrays of double or string.
    /// <c>out</c> and <c>threads</c> are left out of the reports' options, since they stand in <see cref="Run"/>.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, object?>> Options { get; init; }

    /// <summary>The pairs; <see cref="TestRows.Pair"/> points here.</summary>
    public required IReadOnlyList<PairFacts> Pairs { get; init; }

    /// <summary>The folds; <see cref="TestRows.Fold"/> points here.</summary>
    public required IReadOnlyList<FoldFacts> Folds { get; init; }

    /// <summary>The rows that all models are judged on.</summary>
    public required TestRows Rows { get; init; }

    /// <summary>The models' predictions, in the order in which the user named them.</summary>
    public required IReadOnlyList<ModelPredictions> Models { get; init; }

    /// <summary>The candles of every pair, on which calls are traded; empty where they are not known.</summary>
    public IReadOnlyList<Candles> Candles { get; init; } = [];

    /// <summary>
    /// Close-to-close returns of the validation rows of every fold, in the order of <see cref="ModelPredictions.Validation"/>; empty where
    /// they are not known.
    /// </summary>
    public IReadOnlyList<double[]> ValidationReturns { get; init; } = [];

    /// <summary>What strategies pay on top of fees, and how much they hold.</summary>
    public TradingOptions Trading { get; init; } = new();

    /// <summary>Pairs left out of folds.</summary>
    public IReadOnlyList<Exclusion> Exclusions { get; init; } = [];

    /// <summary>Anything else the reader should know, for example files that were ignored.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Times, threads and folder.</summary>
    public required RunFacts Run { get; init; }

    /// <summary>Whether the candles come from a simulated market, whose true probabilities are known.</summary>
    public bool Simulated => Rows.BestProbability is not null;

    /// <summary>The same with those models alone whose truth is the next candle's direction.</summary>
    internal BacktestResult OfDirection => this with { Models = [.. Models.Where(model => model.Truth is null)] };

    /// <summary>A number of every test row by its pair and the index of its candle; NaN where the candles are not known.</summary>
    internal double[] OfCandles(Func<int, int, double> value) => [.. Rows.Pair.Select((pair, row) => Candles.Count > 0
        && Array.BinarySearch(Candles[pair].OpenTime, Rows.Time[row]) is >= 0 and var candle ? value(pair, candle) : double.NaN)];

    /// <summary>A label of every test row's candle; NaN where it, or the candles, are not known.</summary>
    internal double[] OfLabel(Func<Candles, Label> label)
    {
        double[][] values = [.. Candles.Select(candles => label(candles).Values)];
        return OfCandles((pair, candle) => values[pair][candle]);
    }

    /// <summary>The feature sets of all models.</summary>
    public IEnumerable<FeatureSet> Features => Models.SelectMany(model => model.Features).Distinct();

    /// <summary>Names of the models that read a feature set.</summary>
    internal string[] ModelsOf(FeatureSet set) => [.. Models.Where(model => model.Features.Contains(set)).Select(model => model.Model)];

    /// <summary>Columns of the known set of that name and version that are not among a set's own: they were left out.</summary>
    internal static string[] LeftOut(FeatureSet set)
        => [.. FeatureSet.All.Where(s => (s.Name, s.Version) == (set.Name, set.Version)).SelectMany(s => s.Features).Except(set.Features)];

    internal void Validate()
    {
        for (int k = 0; k < Folds.Count; k++)
            if (Folds[k].Fold.Index != k)
                throw new ArgumentException($"backtest result: expected fold {k} at position {k}, got fold {Folds[k].Fold.Index}");
        Rows.Validate(Pairs.Count, Folds.Count);
        Trading.Validate();
        if (Candles.Count > 0 && Candles.Count != Pairs.Count)
            throw new ArgumentException($"backtest result: expected candles of {Pairs.Count} pairs, got {Candles.Count}");
        foreach (ModelPredictions model in Models)
        {
            model.Validate(Rows.Count, Folds.Count);
            for (int k = 0; k < model.Validation.Count; k++)
                if (ValidationReturns.Count != Folds.Count || ValidationReturns[k].Length != model.Validation[k].Length)
                    throw new ArgumentException($"predictions of {model.Model}: expected a return for each of "
                        + $"the {model.Validation[k].Length} validation rows of fold {k + 1}, "
                        + $"got {(ValidationReturns.Count != Folds.Count ? 0 : ValidationReturns[k].Length)}");
        }
        if (Models.GroupBy(model => model.Model).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"backtest result: expected every model once, got {twice.Key} {twice.Count()} times");
    }
}
