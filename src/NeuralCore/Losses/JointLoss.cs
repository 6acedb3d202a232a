namespace NeuralCore;

/// <summary>
/// Several heads side by side: y (B, ΣC), t (B, ΣK), loss = Σ_k weight_k · mean_k, the columns taken in the order of the parts. Heads at
/// each step of a sequence: y (B, T, ΣC), t (B, T, ΣK), where steps past a length of t do not count.
/// </summary>
/// <remarks>
/// The mean of a part is its sum over the number of rows (where its own mean runs over elements, such as that of <see cref="Mse"/>, of
/// elements; <see cref="Loss.RowWeight"/> tells), so that shards of a batch add up to the whole exactly. Class weights of a
/// <see cref="CrossEntropy"/> or <see cref="Focal"/> scale its rows as they are and are not divided by their sum: give them a mean of 1. A
/// row that a part ignores adds 0 to its mean.
/// </remarks>
public sealed class JointLoss : Loss
{
    readonly (Loss Loss, int Columns, int TargetColumns, float Weight)[] parts;
    readonly int columns, targetColumns;

    /// <summary>
    /// A weighted sum of the losses of several heads, each with the number of its columns in the predictions and in the targets and its
    /// factor in the sum: <c>new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Mse(), 1, 1, 0.1f))</c>.
    /// </summary>
    public JointLoss(params ReadOnlySpan<(Loss Loss, int Columns, int TargetColumns, float Weight)> parts)
    {
        if (parts.IsEmpty) throw new ArgumentException("JointLoss: expected at least one part", nameof(parts));
        foreach (var part in parts)
        {
            if (part.Loss is null || part.Columns <= 0 || part.TargetColumns <= 0 || !float.IsFinite(part.Weight))
                throw new ArgumentException($"JointLoss: expected a loss, at least one column each and a finite weight, got {part}",
                    nameof(parts));
            columns += part.Columns;
            targetColumns += part.TargetColumns;
        }
        this.parts = parts.ToArray();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => parts.SelectMany((part, i) => ((string, double)[])
    [
        ($"columns of part {i}, {part.Loss.GetType().Name},", part.Columns), ($"target columns of part {i}", part.TargetColumns),
        ($"factor of part {i}", part.Weight), .. part.Loss.Settings.Select(s => ($"{s.Name} of part {i}", s.Value)),
    ]);

    /// <inheritdoc/>
    public override double Weight(Tensor target) => Valid(target, target.Rows);

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        if (y.Shape.Rank is not (2 or 3) || y.Columns != columns)
            throw new ArgumentException($"JointLoss: expected predictions (batch, {columns}) or (batch, time, {columns}), got {y.Shape}");
        if (target.Shape != y.Shape.WithLast(targetColumns))
            throw new ArgumentException($"JointLoss: expected targets {y.Shape.WithLast(targetColumns)}, got {target.Shape}");
        RequireGradient(y, dY);
        double sum = 0;
        int column = 0, targetColumn = 0;
        foreach (var part in parts)
        {
            double factor = part.Weight / part.Loss.RowWeight(part.TargetColumns);
            for (int row = 0; row < y.Rows; row++)   // a head's columns of one row are contiguous, those of two rows are not
            {
                Tensor dPart = dY.IsEmpty ? default : dY.Part(row, column, part.Columns);
                if (Counts(target, row, y.Rows))
                    sum += factor * part.Loss.Sum(y.Part(row, column, part.Columns), target.Part(row, targetColumn, part.TargetColumns),
                        factor * scale, dPart);
                else dPart.Span.Clear();
            }
            column += part.Columns;
            targetColumn += part.TargetColumns;
        }
        return sum;
    }
}
