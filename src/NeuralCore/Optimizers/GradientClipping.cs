using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>Bounds on gradients, applied to all gradients of a model at once before the optimizer's step.</summary>
public static class GradientClipping
{
    /// <summary>Moves every element into [-limit, limit]; NaN stays NaN.</summary>
    public static void ByValue(Span<float> gradients, float limit)
    {
        if (!(limit >= 0)) throw new ArgumentOutOfRangeException(nameof(limit), limit, "GradientClipping: expected a limit of at least 0");
        InPlace.Apply(new Clamp(gradients, limit), gradients.Length);
    }

    /// <summary>
    /// Scales all elements by min(1, maxNorm / (norm + 1e-6)), norm = √Σg², and returns the norm before. An infinite gradient makes all
    /// others 0 and itself NaN, a NaN makes all NaN, as in PyTorch.
    /// <para>Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013.</para>
    /// </summary>
    public static double ByNorm(Span<float> gradients, float maxNorm)
    {
        if (!(maxNorm >= 0))
            throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "GradientClipping: expected a maximal norm of at least 0");
        double norm = Math.Sqrt(SumOfSquares(gradients)), coefficient = maxNorm / (norm + 1e-6);
        if (!(coefficient >= 1)) InPlace.Apply(new Scale(gradients, (float)coefficient), gradients.Length);
        return norm;
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
