using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Cross-entropy of logits y (…, C) and class indices t (one a row, as whole numbers; shape (…) or (…, 1)).
/// <code>
/// log p = y - max y - log Σ e^(y - max y)
/// loss  = -Σ_c a_c·log p_c          a_c = w_t·(1 - ε)·[c = t] + w_c·ε/C
/// dY_c  = p_c·Σ_k a_k - a_c
/// </code>
/// with class weights w (1 by default) and label smoothing ε (0 by default). The mean divides by the sum of w_t.
/// <para>The same as PyTorch's cross_entropy. Source of the smoothing: Szegedy et al., "Rethinking the Inception architecture for computer
/// vision", 2016.</para>
/// </summary>
public sealed class CrossEntropy : Loss
{
    readonly float[]? w;
    readonly double smoothing;

    /// <summary>Cross-entropy with optional class weights and label smoothing.</summary>
    /// <param name="classWeights">One weight for each class, at least 0; none means 1 for each.</param>
    /// <param name="labelSmoothing">Share ε in [0, 1] of the target that is spread evenly over all classes.</param>
    public CrossEntropy(ReadOnlySpan<float> classWeights = default, double labelSmoothing = 0)
    {
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "CrossEntropy: expected label smoothing in [0, 1]");
        foreach (float weight in classWeights)
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new ArgumentException($"CrossEntropy: expected finite class weights of at least 0, got {weight}", nameof(classWeights));
        w = classWeights.IsEmpty ? null : classWeights.ToArray();
        smoothing = labelSmoothing;
    }

    /// <inheritdoc/>
    public override double Weight(Tensor target)
    {
        if (w is null) return target.Count;
        double sum = 0;
        foreach (float t in target.Span) sum += w[Class(t, w.Length)];
        return sum;
    }

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        if (w is not null && y.Columns != w.Length)
            throw new ArgumentException($"CrossEntropy: expected logits of {w.Length} classes, one for each class weight, got {y.Shape}");
        if (target.Count != y.Rows)
            throw new ArgumentException($"CrossEntropy: expected {y.Rows} class indices for logits {y.Shape}, got {target.Shape}");
        RequireGradient(y, dY);
        double sum = 0;
        for (int row = 0; row < y.Rows; row++)
            sum += Row(y.Row(row), Class(target.Span[row], y.Columns), scale, dY.IsEmpty ? [] : dY.Row(row));
        return sum;
    }

    double Row(ReadOnlySpan<float> y, int t, double scale, Span<float> dY)
    {
        float largest = y[0];
        foreach (float logit in y) largest = logit > largest || float.IsNaN(logit) ? logit : largest;
        double total = 0, spread = smoothing / y.Length, share = 0, loss = 0;
        foreach (float logit in y) total += Exponential(logit - largest);
        double log = ScalarMath.Log(total);
        for (int c = 0; c < y.Length; c++)
        {
            double a = Target(c);
            share += a;
            if (a != 0) loss += a * (log - ((double)y[c] - largest));
        }
        for (int c = 0; c < dY.Length; c++) dY[c] = (float)(scale * (Exponential(y[c] - largest) / total * share - Target(c)));
        return loss;

        double Target(int c) => (w is null ? 1 : w[c]) * ((c == t ? 1 - smoothing : 0) + spread);
    }

    static float Exponential(float x)
    {
        V1.Store(Exp.F(V1.Load(ref x)), ref x);
        return x;
    }

    static int Class(float target, int classes) => target >= 0 && target < classes && target == (int)target ? (int)target
        : throw new ArgumentException($"CrossEntropy: expected a class index from 0 to {classes - 1}, got {target}");
}
