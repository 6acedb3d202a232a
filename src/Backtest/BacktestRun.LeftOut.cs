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

    /// <summary>A model that these candles have no rows for, and what it lacks; null: none.</summary>
    /// <param name="parts">The rows of each fold, and with a model a pair of each pair, that has any to test.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="InvalidDataException">All that is tested has too few candles, whatever the models.</exception>
    (DirectionModel Model, string Lacks)? WithoutRows(List<FoldRows> parts, CancellationToken cancellation)
    {
        if (parts.Count == 0)
        {
            var tested = folds.SelectMany(fold => Enumerable.Range(0, series.Length).Where(fold.Tests).Select(pair => (fold.Index, pair)));
            if (exclusions is [var first, ..] && tested.All(leftOut.Contains))
                throw new InvalidDataException($"backtest: expected test rows, got none: {first.Pair} has {first.Reason} "
                    + "(folds.minimum_training_candles)");
            return Blocking([.. folds.SelectMany(fold => Units(fold).Select(pair => (fold, pair)))], rows => rows.Test, "test rows", "",
                cancellation);
        }
        if (parts.Find(p => p.Training.Count == 0) is { } empty)
            return Blocking([(empty.Fold, empty.Pair)], rows => rows.Training, empty.TrainingRows,
                $" before {Format.Time(empty.Fold.TrainTo)}", cancellation);
        foreach (FoldRows part in parts)
            foreach (DirectionModel model in options.Models)
                if (part.Lacks(model) is { } lacks) return (model, lacks);
        return null;
    }

    /// <summary>
    /// The model because of which there are no rows: one that would have none by itself, of several the one with the longest window; where
    /// each has some, but all together have none, the one with the longest window.
    /// </summary>
    (DirectionModel Model, string Lacks) Blocking((Fold Fold, int Pair)[] units, Func<FoldRows, Windows> wanted, string expected,
        string when, CancellationToken cancellation)
    {
        DirectionModel[] models = [.. options.Models.OrderByDescending(model => model.Window)];
        DirectionModel? without = models.FirstOrDefault(model =>
        {
            MarketSeries[] own = MarketSeries.Of(data.Pairs, [.. model.FeatureSets], cancellation);
            return !units.Any(unit => wanted(new FoldRows(own, unit.Fold, unit.Pair, model.Window, leftOut)).Count > 0);
        });
        DirectionModel blocking = without ?? models[0];
        return (blocking, $"{blocking.Name}: expected {expected} with windows of {blocking.Window} candles, got none: too few candles "
            + $"without a gap and with known features{(without is null ? " of all models" : "")}{when}");
    }

    /// <summary>The run without a model, where models may be left out: the others are then judged on all rows that they have.</summary>
    BacktestRun Without(DirectionModel model, string lacks, Action<string>? note, CancellationToken cancellation)
    {
        if (!options.LeaveOutModels || options.Models.Count == 1) throw new InvalidDataException(lacks);
        string left = $"left out: {lacks}";
        note?.Invoke(left);
        return new(data with { Notes = [.. data.Notes, left] },
            options with { Models = [.. options.Models.Where(m => m != model)] }, cancellation);
    }
}
