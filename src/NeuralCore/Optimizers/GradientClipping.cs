using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>Bounds on gradients, applied to the gradients of a model before the optimizer's step.</summary>
public static class GradientClipping
{
    /// <summary>Moves every element into [-limit, limit]; NaN stays NaN.</summary>
    public static void ByValue(Span<float> gradients, float limit)
    {
        if (!(limit >= 0)) throw new ArgumentOutOfRangeException(nameof(limit), limit, "GradientClipping: expected a limit of at least 0");
        InPlace.Apply(new Clamp(gradients, limit), gradients.Length);
    }

    /// <summary>
    /// Scales all elements by min(1, maxNorm / (norm + 1e-6)), norm = (Σ|g|ᵖ)^(1/p), and returns the norm before. An infinite gradient
    /// makes all others 0 and itself NaN, a NaN makes all NaN, as in PyTorch.
    /// <para>Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013.</para>
    /// </summary>
    /// <param name="gradients">All gradients of a model.</param>
    /// <param name="maxNorm">Largest norm that stays as it is.</param>
    /// <param name="p">Kind of norm, over 0; infinite for the largest absolute value.</param>
    public static double ByNorm(Span<float> gradients, float maxNorm, double p = 2)
    {
        if (!(maxNorm >= 0))
            throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "GradientClipping: expected a maximal norm of at least 0");
        double norm = Norm(gradients, p), coefficient = maxNorm / (norm + 1e-6);
        if (!(coefficient >= 1)) InPlace.Apply(new Scale(gradients, (float)coefficient), gradients.Length);
        return norm;
    }

    /// <summary>
    /// <see cref="ByNorm(Span{float}, float, double)"/> of the parameters that are not frozen; the gradients of frozen ones
    /// become 0, so that they do not count.
    /// </summary>
    /// <exception cref="ArgumentException">There is not one gradient for each value of the model.</exception>
    public static double ByNorm(Model model, Span<float> gradients, float maxNorm, double p = 2)
    {
        Require(model, gradients);
        for (int i = 0; i < model.Parameters.Count; i++)   // no enumerator: a step allocates nothing
            if (model.Parameters[i] is { Frozen: true } parameter) gradients.Slice(parameter.Start, parameter.Shape.Count).Clear();
        return ByNorm(gradients, maxNorm, p);
    }

    /// <summary>
    /// Scales the gradient of each parameter by its own norm, so that none is over <paramref name="maxNorm"/>: Keras's clipnorm.
    /// </summary>
    /// <exception cref="ArgumentException">There is not one gradient for each value of the model.</exception>
    public static void ByParameterNorm(Model model, Span<float> gradients, float maxNorm, double p = 2)
    {
        Require(model, gradients);
        for (int i = 0; i < model.Parameters.Count; i++)
            ByNorm(gradients.Slice(model.Parameters[i].Start, model.Parameters[i].Shape.Count), maxNorm, p);
    }

    /// <summary>The norm (Σ|g|ᵖ)^(1/p) in double; p over 0, infinite for the largest absolute value. NaN if there is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not over 0.</exception>
    public static double Norm(ReadOnlySpan<float> gradients, double p = 2)
    {
        if (!(p > 0)) throw new ArgumentOutOfRangeException(nameof(p), p, "GradientClipping: expected a norm of p over 0");
        if (p == 2) return Math.Sqrt(SumOfSquares(gradients));
        double sum = 0;
        foreach (float g in gradients)
        {
            double size = Math.Abs((double)g);
            sum = double.IsPositiveInfinity(p) ? Math.Max(sum, size) : sum + (p == 1 ? size : ScalarMath.Pow(size, p));
        }
        return p == 1 || double.IsPositiveInfinity(p) ? sum : ScalarMath.Pow(sum, 1 / p);
    }

    static void Require(Model model, ReadOnlySpan<float> gradients)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (gradients.Length != model.Count)
            throw new ArgumentException($"GradientClipping: expected {model.Count} gradients, got {gradients.Length}");
    }

    /// <summary>
    /// Σx² in double. The order is fixed: eight sums, each of every eighth element, are added in order and then what is left over; with or
    /// without vector hardware the bits are the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double SumOfSquares(ReadOnlySpan<float> x)
    {
        Vector256<double> low = Vector256<double>.Zero, high = low;
        ref float x0 = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.LoadUnsafe(ref x0, (nuint)i));
            low += a * a;
            high += b * b;
        }
        double sum = 0;
        for (int lane = 0; lane < 4; lane++) sum += low[lane];
        for (int lane = 0; lane < 4; lane++) sum += high[lane];
        for (; i < x.Length; i++) sum += (double)x[i] * x[i];
        return sum;
    }
}
