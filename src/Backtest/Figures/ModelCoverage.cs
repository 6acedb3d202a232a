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

    internal static ModelCoverage Of(Scope pooled, TestRows rows, ModelPredictions model)
    {
        CoverageCurve curve = DirectionCalls.Of(rows, model).Coverage(model, out bool fromTest);
        return new ModelCoverage(curve.With(point => pooled.Rate(
            row => rows.Return[row] != 0 && ModelPredictions.Confidence(model.Down[row], model.Up[row]) >= point.Thresholds[rows.Fold[row]],
            row => Evaluation.Hit(model.Direction(row), rows.Return[row]))), fromTest);
    }
}
