using NeuralCore.Models;

namespace NeuralCore.Backtest;

// What a run leaves out: pairs with too few candles before a fold, and of all models those that the candles do not allow.
public sealed partial class BacktestRun
{
    /// <summary>The pairs of each fold that have too few candles before it; each becomes one of <see cref="exclusions"/>.</summary>
    HashSet<(int Fold, int Pair)> LeaveOutPairs()
    {
        LeftOut[] tooShort = [.. folds.SelectMany(fold => Folds.TooShort(fold, data.Pairs, options.Folds))];
        exclusions.AddRange(tooShort.Select(left => new Exclusion(left.Fold, data.Pairs[left.Pair].Base,
            $"{left.TrainingCandles:N0} training candles, fewer than {options.Folds.MinimumTrainingCandles:N0}")));
        return [.. tooShort.Select(left => (left.Fold, left.Pair))];
    }

    /// <summary>Requires that what is tested can be trained, whatever the models.</summary>
    /// <exception cref="InvalidDataException">A fold has no training rows.</exception>
    static void RequireTraining(List<FoldRows> parts)
    {
        if (parts.FirstOrDefault(p => p.Test.Count > 0 && p.Training.Count == 0) is { } empty)
            throw new InvalidDataException($"fold {empty.Fold.Index + 1}: expected training rows, got none: the candles before "
                + $"{Format.Time(empty.Fold.TrainTo)} are too few or have too many gaps");
    }

    /// <summary>A model that these candles have no rows for, and what it lacks; null: none.</summary>
    /// <exception cref="InvalidDataException">Every pair has too few candles, whatever the models.</exception>
    (DirectionModel Model, string Lacks)? WithoutRows(List<FoldRows> parts, int window)
    {
        if (parts.Count == 0 && exclusions is [var first, ..])
            throw new InvalidDataException($"backtest: expected test rows, got none: {first.Pair} has {first.Reason} "
                + "(folds.minimum_training_candles)");
        DirectionModel longest = options.Models.First(m => m.Window == window);
        if (parts.Count == 0) return (longest, $"{longest.Name}: expected test rows with windows of {window} candles, got none: too few "
            + "candles without a gap and with known features");
        foreach (FoldRows part in parts)
            foreach (DirectionModel model in options.Models)
                if (part.Lacks(model) is { } lacks) return (model, lacks);
        return null;
    }

    /// <summary>The run without a model, where models may be left out: the others are then judged on all rows that they have.</summary>
    BacktestRun Without(DirectionModel model, string lacks, CancellationToken cancellation)
        => !options.LeaveOutModels || options.Models.Count == 1 ? throw new InvalidDataException(lacks)
            : new(data with { Notes = [.. data.Notes, $"left out: {lacks}"] },
                options with { Models = [.. options.Models.Where(m => m != model)] }, cancellation);
}
