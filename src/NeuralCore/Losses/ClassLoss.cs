namespace NeuralCore;

/// <summary>
/// A loss of logits y (…, C) and class indices t, one a row, as whole numbers: t has the shape (…), or any other with as many elements.
/// A sequence (B, T, C) has targets (B, T). The mean divides by the sum of the class weights w_t of the rows that are not ignored.
/// </summary>
public abstract class ClassLoss : Loss
{
    private protected ClassLoss(ReadOnlySpan<float> classWeights, int ignoreIndex)
    {
        foreach (float weight in classWeights)
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new ArgumentException($"{GetType().Name}: expected finite class weights of at least 0, got {weight}",
                    nameof(classWeights));
        ClassWeights = classWeights.IsEmpty ? null : classWeights.ToArray();
        IgnoreIndex = ignoreIndex;
    }

    /// <summary>w (C); null where all are 1.</summary>
    private protected float[]? ClassWeights { get; }

    private protected int IgnoreIndex { get; }

    /// <summary>Loss of one row with class t, and its gradient unless dY is empty.</summary>
    private protected abstract double Row(ReadOnlySpan<float> y, int t, double scale, Span<float> dY);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [("ignore index", IgnoreIndex), .. (ClassWeights ?? []).Select((w, c) => ($"weight {c}", (double)w))];

    /// <inheritdoc/>
    public override double Weight(Tensor target)
    {
        double sum = 0;
        int sequences = Sequences(target), items = ItemsOf(target, target.Count);
        for (int sequence = 0; sequence < sequences; sequence++)
            foreach (float t in target.Span.Slice(sequence * items, Valid(target, sequence, items)))
                if (t != IgnoreIndex) sum += ClassWeights is null ? 1 : ClassWeights[Class(t, ClassWeights.Length)];
        return sum;
    }

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        RequireClasses(y);
        if (target.Count != y.Rows)
            throw new ArgumentException($"{GetType().Name}: expected {y.Rows} class indices for logits {y.Shape}, got {target.Shape}");
        RequireGradient(y, dY);
        double sum = 0;
        for (int row = 0; row < y.Rows; row++)
        {
            float t = target.Span[row];
            bool counts = t != IgnoreIndex && Counts(target, row, y.Rows);
            Span<float> gradient = dY.IsEmpty ? [] : dY.Row(row);
            if (counts) sum += Row(y.Row(row), Class(t, y.Columns), scale, gradient);
            else gradient.Clear();
        }
        return sum;
    }

    private protected void RequireClasses(Tensor y)
    {
        if (ClassWeights is not null && y.Columns != ClassWeights.Length)
            throw new ArgumentException(
                $"{GetType().Name}: expected logits of {ClassWeights.Length} classes, one for each class weight, got {y.Shape}");
    }

    int Class(float target, int classes) => target >= 0 && target < classes && target == (int)target ? (int)target
        : throw new ArgumentException($"{GetType().Name}: expected a class index from 0 to {classes - 1}, got {target}");
}
