namespace NeuralCore.Models;

/// <summary>
/// Cross-entropy of two classes on logits of three: y (B, 3) of DOWN, NEUTRAL, UP, and class indices t.
/// <code>
/// p = σ(y_up - y_down)          loss = -log p for UP, -log(1 - p) for DOWN          dy_up = -dy_down = p - [t = UP]
/// </code>
/// Rows of class NEUTRAL count neither in the sum nor in the weight, and the logit of NEUTRAL has no gradient: it stays out of the
/// probabilities, as <see cref="NetworkPredictor"/> leaves it out where a model has two classes.
/// </summary>
sealed class TwoClassCrossEntropy : Loss
{
    const int Down = (int)Direction.Down, Neutral = (int)Direction.Neutral, Up = (int)Direction.Up;

    public override double Weight(Tensor target)
    {
        double rows = 0;
        foreach (float t in target.Span)
            if (t != Neutral) rows++;
        return rows;
    }

    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        if (y.Columns != 3 || target.Count != y.Rows)
            throw new ArgumentException($"TwoClassCrossEntropy: expected logits (B, 3) and a class a row, got {y.Shape} and {target.Shape}");
        double sum = 0;
        if (!dY.IsEmpty) dY.Span.Clear();
        for (int row = 0; row < y.Rows; row++)
        {
            float t = target.Span[row];
            if (t == Neutral) continue;
            ReadOnlySpan<float> logits = y.Row(row);
            double sign = t == Up ? 1 : -1, margin = sign * ((double)logits[Up] - logits[Down]), e = ScalarMath.Exp(-Math.Abs(margin));
            sum += Math.Max(-margin, 0) + ScalarMath.Log1p(e);          // log(1 + e^-margin)
            if (dY.IsEmpty) continue;
            float wrong = (float)(scale * sign * (margin < 0 ? 1 : e) / (1 + e));
            (dY.Row(row)[Up], dY.Row(row)[Down]) = (-wrong, wrong);
        }
        return sum;
    }
}
