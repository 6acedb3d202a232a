using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Cross-entropy of logits y (…, C) and class indices t (one a row, as whole numbers; shape (…) or (…, 1)).
/// <code>
/// log p = y - max y - log Σ e^(y - max y)
/// loss  = -Σ_c a_c·log p_c          a_c = w_c·((1 - ε)·q_c + ε/C)       q_c = [c = t]
/// dY_c  = p_c·Σ_k a_k - a_c
/// </code>
/// with class weights w (1 by default) and label smoothing ε (0 by default). The mean divides by the sum of w_t of the rows that are not
/// ignored. Instead of indices, targets may be class probabilities q of the logits' shape (…, C); the mean then divides by the number of
/// rows.
/// <para>The same as PyTorch's cross_entropy. Source of the smoothing: Szegedy et al., "Rethinking the Inception architecture for computer
/// vision", 2016.</para>
/// </summary>
/// <remarks>
/// Sequences of different lengths: give the steps past a length the ignored index as their target, or the targets lengths, as a
/// <see cref="Trainer"/> does for rows with lengths.
/// </remarks>
public sealed class CrossEntropy : ClassLoss
{
    readonly double smoothing;
    readonly bool probabilities;

    /// <summary>Cross-entropy with optional class weights and label smoothing.</summary>
    /// <param name="classWeights">One weight for each class, at least 0; none means 1 for each.</param>
    /// <param name="labelSmoothing">Share ε in [0, 1] of the target that is spread evenly over all classes.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the sum nor in the mean's weight; their gradient is 0.</param>
    /// <param name="classProbabilities">Whether targets are probabilities (…, C) from 0 to 1, and none is ignored.</param>
    public CrossEntropy(ReadOnlySpan<float> classWeights = default, double labelSmoothing = 0, int ignoreIndex = -100,
        bool classProbabilities = false) : base(classWeights, ignoreIndex)
    {
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "CrossEntropy: expected label smoothing "
                + "in [0, 1]");
        smoothing = labelSmoothing;
        probabilities = classProbabilities;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("label smoothing", smoothing), ("class probabilities", probabilities ? 1 : 0)];

    /// <inheritdoc/>
    public override double Weight(Tensor target) => probabilities ? Valid(target, target.Rows) : base.Weight(target);

    /// <inheritdoc/>
    public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
    {
        if (!probabilities) return base.Sum(y, target, scale, dY);
        RequireClasses(y);
        if (target.Shape != y.Shape)
            throw new ArgumentException($"CrossEntropy: expected class probabilities of shape {y.Shape}, got {target.Shape}");
        RequireGradient(y, dY);
        double sum = 0;
        for (int row = 0; row < y.Rows; row++)
        {
            Span<float> gradient = dY.IsEmpty ? [] : dY.Row(row);
            if (Counts(target, row, y.Rows)) sum += Row(y.Row(row), -1, Checked(target.Row(row)), scale, gradient);
            else gradient.Clear();
        }
        return sum;
    }

    private protected override double Row(ReadOnlySpan<float> y, int t, double scale, Span<float> dY) => Row(y, t, [], scale, dY);

    /// <summary>One row whose target is the class t, or the probabilities q where t is negative.</summary>
    double Row(ReadOnlySpan<float> y, int t, ReadOnlySpan<float> q, double scale, Span<float> dY)
    {
        float largest = y[0];
        foreach (float logit in y) largest = logit > largest || float.IsNaN(logit) ? logit : largest;
        double total = 0, share = 0, loss = 0;
        foreach (float logit in y) total += Exponential(logit - largest);
        double log = ScalarMath.Log(total);
        for (int c = 0; c < y.Length; c++)
        {
            double a = Target(c, t, q, y.Length);
            share += a;
            if (a != 0) loss += a * (log - ((double)y[c] - largest));
        }
        for (int c = 0; c < dY.Length; c++)
            dY[c] = (float)(scale * (Exponential(y[c] - largest) / total * share - Target(c, t, q, y.Length)));
        return loss;
    }

    double Target(int c, int t, ReadOnlySpan<float> q, int classes)
        => (ClassWeights is null ? 1 : ClassWeights[c]) * ((t < 0 ? q[c] * (1 - smoothing) : c == t ? 1 - smoothing : 0)
            + smoothing / classes);

    static ReadOnlySpan<float> Checked(ReadOnlySpan<float> q)
    {
        foreach (float p in q)
            if (!(p >= 0 && p <= 1)) throw new ArgumentException($"CrossEntropy: expected class probabilities from 0 to 1, got {p}");
        return q;
    }

    static float Exponential(float x)
    {
        V1.Store(Exp.F(V1.Load(ref x)), ref x);
        return x;
    }
}
