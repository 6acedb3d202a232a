namespace NeuralCore.Backtest;

/// <summary>
/// A model's calls on the rows that have a direction, as columns of equal length: what <see cref="DirectionMetrics"/>,
/// <see cref="Reliability"/> and <see cref="CoverageCurve"/> are made from.
/// </summary>
sealed class DirectionCalls
{
    DirectionCalls(int count)
    {
        (Truth, Fold, Time) = (new int[count], new int[count], new long[count]);
        (Rise, Confidence, Hit) = (new double[count], new double[count], new double[count]);
    }

    /// <summary>1 for a rise, 0 for a fall.</summary>
    public int[] Truth { get; }

    /// <summary>p_up / (p_up + p_down), the probability of a rise if the price moves; ½ where both are 0.</summary>
    public double[] Rise { get; }

    /// <summary>The larger of p_up and p_down.</summary>
    public double[] Confidence { get; }

    /// <summary>1 for a right call, 0 for a wrong one, ½ for none.</summary>
    public double[] Hit { get; }

    /// <summary>Open time of the candle, µs since 1970 UTC.</summary>
    public long[] Time { get; }

    /// <summary>Index of the fold.</summary>
    public int[] Fold { get; }

    public static DirectionCalls Of(TestRows rows, ModelPredictions model)
    {
        int[] directed = [.. Enumerable.Range(0, rows.Count).Where(row => rows.Return[row] != 0)];
        var calls = new DirectionCalls(directed.Length);
        for (int i = 0; i < directed.Length; i++)
        {
            int row = directed[i];
            calls.Truth[i] = rows.Return[row] > 0 ? 1 : 0;
            calls.Rise[i] = ModelPredictions.Rise(model.Down[row], model.Up[row]);
            calls.Confidence[i] = ModelPredictions.Confidence(model.Down[row], model.Up[row]);
            calls.Hit[i] = Evaluation.Hit(model.Direction(row), rows.Return[row]);
            (calls.Time[i], calls.Fold[i]) = (rows.Time[row], rows.Fold[row]);
        }
        return calls;
    }

    /// <summary>
    /// Accuracy against coverage with thresholds from the folds' validation rows. Where the confidences of none are known, test rows take
    /// their place, which flatters.
    /// </summary>
    /// <param name="model">The model whose calls these are.</param>
    /// <param name="fromTest">Whether test rows had to set the thresholds.</param>
    public CoverageCurve Coverage(ModelPredictions model, out bool fromTest)
    {
        fromTest = model.Validation.All(fold => fold.Length == 0);
        double[][] validation = fromTest
            ? [.. Enumerable.Range(0, model.Epochs.Length).Select(fold => Confidence.Where((_, i) => Fold[i] == fold).ToArray())]
            : [.. model.Validation.Select(fold => Array.ConvertAll(fold, p => (double)ModelPredictions.Confidence(p.Down, p.Up)))];
        return CoverageCurve.Of(validation, Fold, Confidence, Hit, Time);
    }

    /// <summary>The calls that reach thresholds, one a fold.</summary>
    public CoveragePoint At(double asked, double[] thresholds) => CoverageCurve.Point(asked, thresholds, Fold, Confidence, Hit, Time);
}
