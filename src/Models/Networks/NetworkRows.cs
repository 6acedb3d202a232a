namespace NeuralCore.Models;

/// <summary>
/// Rows with what a network learns from them, side by side: the class where it has logits, the magnitude where it has that head, and for
/// each horizon the return over its deviation. With two classes they are 0 and 1, and a row without a move is ignored.
/// </summary>
sealed class NetworkRows : ISamples
{
    const float Ignored = -100;     // as CrossEntropy has it

    readonly Windows rows;
    readonly NetworkModel model;
    readonly LabelRule labels;
    readonly IReadOnlyList<double> deviations;
    readonly double[][][] returns;      // of each horizon and pair, one a candle

    internal NetworkRows(Windows rows, NetworkModel model, LabelRule labels, IReadOnlyList<double> deviations)
    {
        (this.rows, this.model, this.labels, this.deviations) = (rows, model, labels, deviations);
        returns = [.. model.Horizons.Select(h => Returns(rows, h))];
        TargetColumns = (model.Classes > 0 ? 1 : 0) + (model.HasMagnitudeHead ? 1 : 0) + returns.Length;
    }

    /// <summary>√(mean r²) of the rows' returns over so many candles; 1 where they are all 0.</summary>
    internal static double Deviation(Windows rows, int horizon)
    {
        double[][] returns = Returns(rows, horizon);
        double sum = 0;
        foreach ((int pair, int end) in rows.Rows) sum += returns[pair][end] * returns[pair][end];
        return sum > 0 ? Math.Sqrt(sum / rows.Count) : 1;
    }

    static double[][] Returns(Windows rows, int horizon) => [.. rows.Series.Select(s => s.Label(HorizonReturn.Of(horizon)).Values)];

    public int Count => rows.Count;

    public Shape InputShape => rows.InputShape;

    public int TargetColumns { get; }

    public bool HasLengths => rows.HasLengths;

    public void CopyLengths(ReadOnlySpan<int> rows, Span<int> lengths) => this.rows.CopyLengths(rows, lengths);

    public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
    {
        if (!inputs.IsEmpty) this.rows.Copy(rows, inputs, default);
        if (targets.IsEmpty) return;
        for (int i = 0; i < rows.Length; i++) CopyTargets(rows[i], targets.Slice(i * TargetColumns, TargetColumns));
    }

    void CopyTargets(int row, Span<float> targets)
    {
        int column = 0;
        double value = rows.Value(row);
        if (model.Classes > 0)
        {
            int c = (int)labels.Class(value);
            targets[column++] = model.Classes == 3 ? c : c == (int)Direction.Neutral ? Ignored : c / 2;
        }
        if (model.HasMagnitudeHead) targets[column++] = labels.Magnitude(value);
        (int pair, int end) = rows.Rows[row];
        for (int h = 0; h < returns.Length; h++) targets[column + h] = (float)(returns[h][pair][end] / deviations[h]);
    }
}
