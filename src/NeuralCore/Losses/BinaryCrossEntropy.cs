namespace NeuralCore;

/// <summary>
/// Binary cross-entropy of logits y (…, C) and targets t (…, C) from 0 to 1, every column a question of its own.
/// <code>
/// loss = w·(p·t·s(-y) + (1 - t)·s(y))            s(y) = log(1 + eʸ) = max(y, 0) + log(1 + e^-|y|)
/// dY   = w·((1 - t)·σ(y) - p·t·σ(-y))
/// </code>
/// with a weight p for positive targets, one for each column (1 by default), and a weight w for each element (1 by default). The mean
/// divides by the number of elements whatever the weights.
/// <para>The same as PyTorch's binary_cross_entropy_with_logits.</para>
/// </summary>
public sealed class BinaryCrossEntropy : Loss
{
    readonly float[] positiveWeights;
    readonly bool weighted;

    /// <summary>Binary cross-entropy of logits.</summary>
    /// <param name="positiveWeights">p, one for each column or one for all, at least 0; none means 1.</param>
    /// <param name="elementWeights">Whether targets are (…, 2C): C targets, then the weights w of these C elements, at least 0.</param>
    public BinaryCrossEntropy(ReadOnlySpan<float> positiveWeights = default, bool elementWeights = false)
    {
        foreach (float weight in positiveWeights) RequireWeight(weight);
        this.positiveWeights = positiveWeights.IsEmpty ? [1] : positiveWeights.ToArray();
        weighted = elementWeights;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. positiveWeights.Select((w, i) => ($"positive weight {i}", (double)w)), ("element weights", weighted ? 1 : 0)];

    /// <inheritdoc/>
    public override double Weight(Tensor target) => Valid(target, target.Count) / (weighted ? 2 : 1);

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        int columns = y.Columns;
        if (positiveWeights.Length != 1 && positiveWeights.Length != columns)
            throw new ArgumentException(
                $"BinaryCrossEntropy: expected logits of {positiveWeights.Length} columns, one for each positive weight, got {y.Shape}");
        RequireTargets(target, weighted ? y.Shape.WithLast(2 * columns) : y.Shape);
        RequireGradient(y, dY);
        double sum = 0;
        for (int i = 0; i < y.Count; i++)
        {
            bool counts = Counts(target, i, y.Count);
            double slope = 0;
            if (counts) sum += Element(y.Span[i], target.Span, i / columns, i % columns, columns, out slope);
            if (!dY.IsEmpty) dY.Span[i] = counts ? (float)(scale * slope) : 0;
        }
        return sum;
    }

    double Element(float y, ReadOnlySpan<float> targets, int row, int column, int columns, out double slope)
    {
        int at = row * columns * (weighted ? 2 : 1) + column;
        double t = targets[at], w = weighted ? RequireWeight(targets[at + columns]) : 1;
        if (!(t >= 0 && t <= 1)) throw new ArgumentException($"BinaryCrossEntropy: expected targets from 0 to 1, got {t}");
        double positive = w * positiveWeights[positiveWeights.Length == 1 ? 0 : column] * t, negative = w * (1 - t);
        double e = ScalarMath.Exp(-Math.Abs(y)), far = e / (1 + e), near = 1 / (1 + e), rest = ScalarMath.Log1p(e);
        slope = negative * (y < 0 ? far : near) - positive * (y < 0 ? near : far);
        return positive * (Math.Max(-(double)y, 0) + rest) + negative * (Math.Max((double)y, 0) + rest);
    }

    static float RequireWeight(float weight) => weight >= 0 && float.IsFinite(weight) ? weight
        : throw new ArgumentException($"BinaryCrossEntropy: expected finite weights of at least 0, got {weight}");

    /// <inheritdoc/>
    protected internal override double RowWeight(int targetColumns) => weighted ? targetColumns / 2.0 : targetColumns;
}
