namespace NeuralCore.Backtest;

/// <summary>
/// A model's accuracy against coverage on all pairs, with intervals by block bootstrap like everything pooled
/// (<see cref="CoverageCurve"/>).
/// </summary>
/// <param name="Curve">The points.</param>
/// <param name="FromTest">
/// Whether test rows had to set the thresholds, as the model's validation rows are not known. Such a curve flatters: a trader could not have
/// known its thresholds.
/// </param>
public sealed record ModelCoverage(CoverageCurve Curve, bool FromTest)
{
    /// <summary>Accuracies of which the reports say at what coverage they are reached (<see cref="CoverageCurve.Reaching"/>).</summary>
    public static IReadOnlyList<double> Targets { get; } = [0.55, 0.60, 0.65, 0.75];

    /// <summary>Fewest rows of a point that is picked by its accuracy.</summary>
    public const int Fewest = 30;

    /// <summary>At each point: rows and hits of the validation rows of all folds that its thresholds keep; none where they are not known.</summary>
    public required IReadOnlyList<Rate> Validation { get; init; }

    /// <summary>
    /// The point of largest coverage at which <em>validation</em> rows reach an accuracy, what a trader would have chosen; what became of it on
    /// test rows is its rate. Null where there is none.
    /// </summary>
    public CoveragePoint? ChosenOnValidation(double accuracy) => Curve.Points.Zip(Validation)
        .Where(point => point.Second.N >= Fewest && point.Second.Accuracy >= accuracy).Select(point => point.First).MaxBy(point => point.Asked);

    internal static ModelCoverage Of(Scope pooled, BacktestResult result, ModelPredictions model)
    {
        TestRows rows = result.Rows;
        CoverageCurve curve = DirectionCalls.Of(rows, model).Coverage(model, out bool fromTest);
        curve = curve.With(point => pooled.Rate(
            row => rows.Return[row] != 0 && ModelPredictions.Confidence(model.Down[row], model.Up[row]) >= point.Thresholds[rows.Fold[row]],
            row => Evaluation.Hit(model.Direction(row), rows.Return[row])));
        return new ModelCoverage(curve, fromTest) { Validation = fromTest ? [] : [.. curve.Points.Select(point => Kept(result, model, point))] };
    }

    static Rate Kept(BacktestResult result, ModelPredictions model, CoveragePoint point)
    {
        var (hits, n) = (0.0, 0L);
        for (int fold = 0; fold < model.Validation.Count; fold++)
            for (int i = 0; i < model.Validation[fold].Length; i++)
            {
                (double @return, Models.Prediction p) = (result.ValidationReturns[fold][i], model.Validation[fold][i]);
                if (@return == 0 || !(ModelPredictions.Confidence(p.Down, p.Up) >= point.Thresholds[fold])) continue;
                hits += Evaluation.Hit(Math.Sign(p.Up - p.Down), @return);
                n++;
            }
        return new Rate(hits, n, Interval.None);
    }
}
