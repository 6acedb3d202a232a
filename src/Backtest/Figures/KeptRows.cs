namespace NeuralCore.Backtest;

/// <summary>
/// The rows that a point of a <see cref="CoverageCurve"/> keeps: what else is to be known of them before their accuracy is believed.
/// </summary>
/// <param name="Hours">
/// Distinct clock hours (UTC) with such a row. About five pairs fire in one hour and move together, so this is the size of the sample.
/// </param>
/// <param name="AlwaysUp">Accuracy of always calling a rise on these rows; the most confident calls of a model tend to be all on one
/// side.</param>
/// <param name="MeanReturn">
/// Mean of the direction called times the return to the next close: what a call makes before costs. Accuracy is higher on small moves, so
/// it is not money.
/// </param>
/// <param name="NextOpen">
/// Accuracy of the same calls against the return from the next candle's open to its close, zero returns left out: an edge that is gone by
/// the time an order is filled stood in the last price alone. NaN where the candles are not known.
/// </param>
public sealed record KeptRows(int Hours, double AlwaysUp, double MeanReturn, double NextOpen)
{
    const long Hour = 3_600_000_000;

    internal static int HoursOf(TestRows rows, IEnumerable<int> kept) => kept.Select(row => rows.Time[row] / Hour).Distinct().Count();

    /// <param name="rows">The test rows.</param>
    /// <param name="model">Whose calls they are.</param>
    /// <param name="kept">The rows kept, all with a direction.</param>
    /// <param name="filled">Return of every test row from the next open on, NaN where it is not known; empty without candles.</param>
    internal static KeptRows Of(TestRows rows, ModelPredictions model, int[] kept, double[] filled)
    {
        double Mean(IEnumerable<int> of, Func<int, double> value) => of.Select(value).DefaultIfEmpty(double.NaN).Average();
        return new KeptRows(HoursOf(rows, kept), Mean(kept, row => rows.Return[row] > 0 ? 1 : 0),
            Mean(kept, row => model.Direction(row) * rows.Return[row]),
            Mean(filled.Length == 0 ? [] : kept.Where(row => !double.IsNaN(filled[row]) && filled[row] != 0),
                row => Evaluation.Hit(model.Direction(row), filled[row])));
    }
}

/// <summary>Direction accuracy on a quarter of the rows by the size of their move.</summary>
/// <param name="MeanMove">Mean |return| of these rows.</param>
/// <param name="Rate">Accuracy on them.</param>
public sealed record MoveQuarter(double MeanMove, Rate Rate)
{
    static readonly double[] Quarters = [0.25, 0.5, 0.75];

    /// <summary>The quarters, the smallest moves first; a quarter of fewer than four rows in all may be empty.</summary>
    internal static MoveQuarter[] Of(Scope scope, TestRows rows, ModelPredictions model)
    {
        double[] sizes = [.. scope.Of(row => Math.Abs(rows.Return[row])).Where(size => size > 0).Order()];
        if (sizes.Length == 0) return [];
        double[] edges = [0, .. Quarters.Select(share => BlockBootstrap.Quantile(sizes, share)), double.PositiveInfinity];
        return [.. Enumerable.Range(0, 4).Select(quarter =>
        {
            bool In(int row) => Math.Abs(rows.Return[row]) is var size && size > edges[quarter] && size <= edges[quarter + 1];
            return new MoveQuarter(scope.Mean(In, row => Math.Abs(rows.Return[row])),
                scope.Rate(In, row => Evaluation.Hit(model.Direction(row), rows.Return[row])));
        })];
    }
}
