namespace NeuralCore;

/// <summary>
/// A loss of the error alone, as a mean over all elements: loss = f(e), dY = f'(e), e = y - t.   y, t (B, …); t may also be the same
/// values as (B, K) or, for one value a row, as (B).
/// </summary>
public abstract class RegressionLoss : Loss
{
    private protected RegressionLoss() { }

    /// <summary>f(e) and f'(e).</summary>
    private protected abstract (double Loss, double Slope) Of(double error);

    /// <inheritdoc/>
    public sealed override double Weight(Tensor target) => Valid(target, target.Count);

    /// <inheritdoc/>
    public sealed override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        RequireTargets(target, y.Shape);
        RequireGradient(y, dY);
        ReadOnlySpan<float> prediction = y.Span, wanted = target.Span;
        Span<float> gradient = dY.Span;
        double sum = 0;
        int sequences = Sequences(target), items = ItemsOf(target, y.Count);
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            int first = sequence * items, end = first + Valid(target, sequence, items);
            for (int i = first; i < end; i++)
            {
                (double loss, double slope) = Of((double)prediction[i] - Finite(wanted[i]));
                sum += loss;
                if (gradient.Length > 0) gradient[i] = (float)(scale * slope);
            }
            if (gradient.Length > 0) gradient[end..(first + items)].Clear();
        }
        return sum;
    }

    /// <inheritdoc/>
    protected internal sealed override double RowWeight(int targetColumns) => targetColumns;
}
