namespace NeuralCore.Backtest;

/// <summary>What each fold's validation rows choose, and what becomes of it on the fold's test rows.</summary>
/// <param name="Coverages">Coverage asked for in every fold; NaN where none would do, so that the fold calls nothing.</param>
/// <param name="Point">The test rows of all folds so kept; its coverage asked for is NaN where folds differ.</param>
public sealed record ChosenCoverage(IReadOnlyList<double> Coverages, CoveragePoint Point);

/// <summary>
/// A model's accuracy against coverage on all pairs, with intervals by block bootstrap like everything pooled
/// (<see cref="CoverageCurve"/>).
/// </summary>
/// <param name="Curve">The points.</param>
/// <param name="FromTest">
/// Whether test rows had to set the thresholds, as the model's validation rows are not known. Such a curve flatters: a trader could not
/// have known its thresholds.
/// </param>
public sealed record ModelCoverage(CoverageCurve Curve, bool FromTest)
{
    /// <summary>Accuracies of which the reports say at what coverage they are reached (<see cref="CoverageCurve.Reaching"/>).</summary>
    public static IReadOnlyList<double> Targets { get; } = [0.55, 0.60, 0.65, 0.75];

    /// <summary>Fewest rows of a point that is picked by its accuracy.</summary>
    public const int Fewest = 30;

    /// <summary>
    /// At each point: rows and hits of the validation rows of all folds that its thresholds keep; none where they are not known.
    /// </summary>
    public required IReadOnlyList<Rate> Validation { get; init; }

    /// <summary>
    /// For each of <see cref="Targets"/>: every fold calls at the largest coverage at which its own validation rows reach the accuracy, as
    /// a trader would have chosen, since those of later folds are test rows of earlier ones. Null where no fold has one.
    /// </summary>
    public required IReadOnlyList<ChosenCoverage?> Chosen { get; init; }

    /// <summary>What else is to be known of the rows at each point.</summary>
    public required IReadOnlyList<KeptRows> Rows { get; init; }

    /// <param name="pooled">All test rows.</param>
    /// <param name="result">The run.</param>
    /// <param name="model">The model.</param>
    /// <param name="filled">Return of every test row from the next open on, NaN where it is not known; empty without candles.</param>
    internal static ModelCoverage Of(Scope pooled, BacktestResult result, ModelPredictions model, double[] filled)
    {
        TestRows rows = result.Rows;
        DirectionCalls calls = DirectionCalls.Of(rows, model);
        CoverageCurve curve = calls.Coverage(model, out bool fromTest).With(Measure);
        Rate[][] kept = fromTest ? [] : [.. curve.Points.Select(point => Kept(result, model, point))];
        return new ModelCoverage(curve, fromTest)
        {
            Validation = [.. kept.Select(folds => new Rate(folds.Sum(fold => fold.Hits), folds.Sum(fold => fold.N), Interval.None))],
            Chosen = [.. Targets.Select(Choose)],
            Rows = [.. curve.Points.Select(point =>
                KeptRows.Of(rows, model, [.. Enumerable.Range(0, rows.Count).Where(row => IsKept(point, row))], filled))],
        };

        bool IsKept(CoveragePoint point, int row) => rows.Return[row] != 0
            && ModelPredictions.Confidence(model.Down[row], model.Up[row]) >= point.Thresholds[rows.Fold[row]];

        Rate Measure(CoveragePoint point) =>
            pooled.Rate(row => IsKept(point, row), row => Evaluation.Hit(model.Direction(row), rows.Return[row]));

        ChosenCoverage? Choose(double target)
        {
            CoveragePoint?[] own = [.. Enumerable.Range(0, model.Validation.Count).Select(fold => curve.Points.Zip(kept)
                .Where(point => point.Second[fold] is var rate && rate.N >= Fewest && rate.Accuracy >= target)
                .Select(point => point.First).MaxBy(point => point.Asked))];
            if (own.All(point => point is null)) return null;
            double[] asked = [.. own.Select(point => point?.Asked ?? double.NaN)];
            CoveragePoint joined = calls.At(asked.Distinct().Count() == 1 ? asked[0] : double.NaN,
                [.. own.Select((point, fold) => point?.Thresholds[fold] ?? double.NaN)]);
            return new ChosenCoverage(asked, joined with { Rate = Measure(joined) });
        }
    }

    /// <summary>The validation rows of every fold that a point's thresholds keep.</summary>
    static Rate[] Kept(BacktestResult result, ModelPredictions model, CoveragePoint point)
        => [.. model.Validation.Select((predictions, fold) =>
    {
        var (hits, n) = (0.0, 0L);
        for (int i = 0; i < predictions.Length; i++)
        {
            (double @return, Models.Prediction p) = (result.ValidationReturns[fold][i], predictions[i]);
            if (@return == 0 || !(ModelPredictions.Confidence(p.Down, p.Up) >= point.Thresholds[fold])) continue;
            hits += Evaluation.Hit(Math.Sign(p.Up - p.Down), @return);
            n++;
        }
        return new Rate(hits, n, Interval.None);
    })];
}
