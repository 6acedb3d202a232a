using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>The rows of a fold, for all pairs or for one.</summary>
sealed class FoldRows
{
    readonly IReadOnlyList<MarketSeries> series;
    readonly int window, stride;
    readonly Windows all;       // that train, before every so many are taken
    readonly HashSet<(int Fold, int Pair)> leftOut;

    internal FoldRows(IReadOnlyList<MarketSeries> series, Fold fold, int pair, int window, HashSet<(int Fold, int Pair)> leftOut,
        int stride = 1)
    {
        (this.series, this.window, this.stride, this.leftOut, Fold, Pair) = (series, window, stride, leftOut, fold, pair);
        all = Windows.Select(series, window, (p, time) => Wanted(p) && fold.InTraining(time), knownBy: fold.TrainTo - fold.Embargo);
        Training = Thinned(all);
        Validation = Windows.Select(series, window, (p, time) => Wanted(p) && fold.InValidation(time),
            knownBy: fold.ValidateTo - fold.Embargo);
        Test = Windows.Select(series, window, (p, time) => Wanted(p) && fold.Tests(p) && fold.InTest(time));
    }

    internal Fold Fold { get; }

    internal int Pair { get; }

    internal Windows Training { get; }

    internal Windows Validation { get; }

    internal Windows Test { get; }

    /// <summary>The training rows of a model of this target: of one that few candles have not every so many are taken, but all.</summary>
    internal Windows TrainingOf(Target target) => target.AtFewCandles ? all : Training;

    /// <summary>What trains, as a phrase.</summary>
    internal string TrainingRows => $"training rows {(Pair < 0 ? "" : $"of {series[Pair].Candles.Base} ")}in fold {Fold.Index + 1}";

    /// <summary>What a model lacks to be trained; null: nothing.</summary>
    internal string? Lacks(DirectionModel model)
    {
        Windows rows = TrainingOf(model.Target).For(model.Target);
        string expected = $"{model.Name}: expected {TrainingRows}";
        return rows.Count == 0 ? $"{expected} whose {model.Target.Name} is known by {Format.Time(rows.KnownBy)}, got none"
            : rows.Moves ? null
            : $"{expected} whose price moves, got none of {Format.Count(rows.Count)} before {Format.Time(Fold.TrainTo)}";
    }

    /// <summary>The same from the begin of the training on, of labels that are known by a time.</summary>
    internal Windows Until(long time, Target target)
    {
        Windows rows = Windows.Select(series, window,
            (p, t) => Wanted(p) && t >= Fold.TrainFrom && t + Fold.LabelTime + Fold.Embargo <= time, knownBy: time - Fold.Embargo);
        return target.AtFewCandles ? rows : Thinned(rows);
    }

    bool Wanted(int p) => (Pair < 0 || p == Pair) && !leftOut.Contains((Fold.Index, p));

    // Every so many of each pair's rows; the first of them stays.
    Windows Thinned(Windows rows)
    {
        if (stride == 1) return rows;
        var seen = new Dictionary<int, int>();
        var chosen = new List<int>();
        for (int row = 0; row < rows.Count; row++)
        {
            int count = seen.GetValueOrDefault(rows.Rows[row].Pair);
            if (count % stride == 0) chosen.Add(row);
            seen[rows.Rows[row].Pair] = count + 1;
        }
        return rows.Take(chosen);
    }
}
