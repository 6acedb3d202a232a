using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Mean and 1/√(variance + ε) of a row as floats; the mean is the sum of two, so that x - mean is right to the last bit or two of x - mean
/// itself however large the mean is.
/// </summary>
readonly record struct RowMoments(float Mean, float MeanRest, float Inverse)
{
    internal RowMoments(double mean, double inverse) : this((float)mean, (float)(mean - (float)mean), (float)inverse) { }

    /// <summary>(x - mean)·inverse.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal V Standardize<V>(V x) where V : struct, ISimd<V> => (x - V.Broadcast(Mean) - V.Broadcast(MeanRest)) * V.Broadcast(Inverse);
}

/// <summary>Normalisation of rows of n values, each while it is in the first cache. γ and β may be missing.</summary>
static class RowNorm
{
    /// <summary>x̂ = (x - μ) / √(v + ε),  y = γ∘x̂ + β; keeps the moments of every row.</summary>
    internal static void Forward(int n, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, double epsilon, Span<float> y, Span<float> moments)
    {
        if (Simd.Has512) Forward<V512>(n, x, gamma, beta, epsilon, y, moments);
        else if (Simd.Has256) Forward<V256>(n, x, gamma, beta, epsilon, y, moments);
        else if (Simd.Has128) Forward<V128>(n, x, gamma, beta, epsilon, y, moments);
        else Forward<V1>(n, x, gamma, beta, epsilon, y, moments);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Forward<V>(nint n, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, double epsilon, Span<float> y,
        Span<float> moments) where V : struct, ISimd<V>
    {
        ref float gamma0 = ref MemoryMarshal.GetReference(gamma), beta0 = ref MemoryMarshal.GetReference(beta);
        bool affine = !gamma.IsEmpty;
        ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y), m0 = ref MemoryMarshal.GetReference(moments);
        for (nint rows = x.Length / n; rows > 0; rows--)
        {
            double mean = RowSums.Sum(ref x0, n) / n;
            var m = new RowMoments(mean, 1);
            nint i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(m.Standardize(V.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref y0, i));
            for (; i < n; i++) V1.Store(m.Standardize(V1.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref y0, i));
            m = new RowMoments(mean, 1 / Math.Sqrt(RowSums.Dot(ref y0, ref y0, n) / n + epsilon));
            for (i = 0; i <= n - V.Count; i += V.Count)
                ScaleShift<V>(ref Unsafe.Add(ref y0, i), m.Inverse, affine, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref beta0, i));
            for (; i < n; i++) ScaleShift<V1>(ref Unsafe.Add(ref y0, i), m.Inverse, affine, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref beta0, i));
            (m0, Unsafe.Add(ref m0, 1), Unsafe.Add(ref m0, 2)) = (m.Mean, m.MeanRest, m.Inverse);
            m0 = ref Unsafe.Add(ref m0, 3);
            x0 = ref Unsafe.Add(ref x0, n);
            y0 = ref Unsafe.Add(ref y0, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ScaleShift<V>(ref float y, float s, bool affine, ref float gamma, ref float beta) where V : struct, ISimd<V>
    {
        V scaled = V.Load(ref y) * V.Broadcast(s);
        V.Store(affine ? V.Fma(scaled, V.Load(ref gamma), V.Load(ref beta)) : scaled, ref y);
    }

    /// <summary>
    /// dβ += dY,  dγ += dY∘x̂,  g = dY∘γ,  dX = (g - Σg/n - x̂·Σ(g∘x̂)/n) / √(v + ε), row after row; <paramref name="normal"/> is room for x̂.
    /// An empty dX is not wanted.
    /// </summary>
    internal static void Backward(int n, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, ReadOnlySpan<float> moments, ReadOnlySpan<float> gamma, Span<float> normal,
        Span<float> dGamma, Span<float> dBeta, Span<float> dX)
    {
        if (Simd.Has512) Backward<V512>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else if (Simd.Has256) Backward<V256>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else if (Simd.Has128) Backward<V128>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else Backward<V1>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<V>(nint n, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, ReadOnlySpan<float> moments, ReadOnlySpan<float> gamma,
        Span<float> normal, Span<float> dGamma, Span<float> dBeta, Span<float> dX) where V : struct, ISimd<V>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), dY0 = ref MemoryMarshal.GetReference(dY), m0 = ref MemoryMarshal.GetReference(moments);
        ref float gamma0 = ref MemoryMarshal.GetReference(gamma), normal0 = ref MemoryMarshal.GetReference(normal);
        ref float dGamma0 = ref MemoryMarshal.GetReference(dGamma), dBeta0 = ref MemoryMarshal.GetReference(dBeta), g0 = ref MemoryMarshal.GetReference(dX);
        bool affine = !gamma.IsEmpty, wanted = !dX.IsEmpty;
        for (nint rows = x.Length / n; rows > 0; rows--)
        {
            var m = new RowMoments(m0, Unsafe.Add(ref m0, 1), Unsafe.Add(ref m0, 2));
            nint i = 0;
            for (; i <= n - V.Count; i += V.Count)
            {
                V d = V.Load(ref Unsafe.Add(ref dY0, i)), xHat = m.Standardize(V.Load(ref Unsafe.Add(ref x0, i)));
                V.Store(xHat, ref Unsafe.Add(ref normal0, i));
                if (affine) d = Affine(d, xHat, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref dGamma0, i), ref Unsafe.Add(ref dBeta0, i));
                if (wanted) V.Store(d, ref Unsafe.Add(ref g0, i));
            }
            for (; i < n; i++)
            {
                V1 d = V1.Load(ref Unsafe.Add(ref dY0, i)), xHat = m.Standardize(V1.Load(ref Unsafe.Add(ref x0, i)));
                V1.Store(xHat, ref Unsafe.Add(ref normal0, i));
                if (affine) d = Affine(d, xHat, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref dGamma0, i), ref Unsafe.Add(ref dBeta0, i));
                if (wanted) V1.Store(d, ref Unsafe.Add(ref g0, i));
            }
            if (wanted)
            {
                float mean = (float)(RowSums.Sum(ref g0, n) / n), along = (float)(RowSums.Dot(ref g0, ref normal0, n) / n);
                for (i = 0; i <= n - V.Count; i += V.Count) Project<V>(ref Unsafe.Add(ref g0, i), ref Unsafe.Add(ref normal0, i), m.Inverse, mean, along);
                for (; i < n; i++) Project<V1>(ref Unsafe.Add(ref g0, i), ref Unsafe.Add(ref normal0, i), m.Inverse, mean, along);
                g0 = ref Unsafe.Add(ref g0, n);
            }
            m0 = ref Unsafe.Add(ref m0, 3);
            x0 = ref Unsafe.Add(ref x0, n);
            dY0 = ref Unsafe.Add(ref dY0, n);
        }
    }

    /// <summary>dβ += d,  dγ += d∘x̂; returns d∘γ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Affine<V>(V d, V xHat, ref float gamma, ref float dGamma, ref float dBeta) where V : struct, ISimd<V>
    {
        V.Store(V.Load(ref dBeta) + d, ref dBeta);
        V.Store(V.Fma(d, xHat, V.Load(ref dGamma)), ref dGamma);
        return d * V.Load(ref gamma);
    }

    /// <summary>g = s·(g - mean - along·x̂): what normalisation leaves of a gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Project<V>(ref float g, ref float xHat, float s, float mean, float along) where V : struct, ISimd<V>
        => V.Store(V.Broadcast(s) * V.Fma(V.Broadcast(-along), V.Load(ref xHat), V.Load(ref g) - V.Broadcast(mean)), ref g);
}
