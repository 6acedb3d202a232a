using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Mean and 1/√(variance + ε) of a row as floats; the mean is the sum of two, so that x - mean is right to the last bit or two of x - mean
/// itself however large the mean is.
/// </summary>
readonly record struct RowMoments(float Mean, float MeanRest, float Inverse)
{
    /// <summary>The mean alone, with an inverse of 1.</summary>
    internal RowMoments(double mean) : this((float)mean, (float)(mean - (float)mean), 1) { }

    /// <summary>(x - mean)·inverse.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal V Standardize<V>(V x) where V : struct, ISimd<V> => (x - V.Broadcast(Mean) - V.Broadcast(MeanRest)) * V.Broadcast(Inverse);
}

/// <summary>
/// Normalisation of rows of n values. Rows stay in the first cache from step to step. γ and β may be missing.
/// </summary>
static class RowNorm
{
    const int Together = 8, Cached = 2048;   // rows, and values of them

    /// <summary>x̂ = (x - μ) / √(v + ε),  y = γ∘x̂ + β; keeps the moments of every row.</summary>
    internal static void Forward(int n, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta,
        double epsilon, Span<float> y, Span<RowMoments> moments)
    {
        Require(n, moments.Length, x.Length, y.Length, gamma.Length, beta.Length);
        if (Simd.Has512) Forward<V512>(n, x, gamma, beta, epsilon, y, moments);
        else if (Simd.Has256) Forward<V256>(n, x, gamma, beta, epsilon, y, moments);
        else if (Simd.Has128) Forward<V128>(n, x, gamma, beta, epsilon, y, moments);
        else Forward<V1>(n, x, gamma, beta, epsilon, y, moments);
    }

    static void Require(int n, int rows, int values, int room, int gammas, int betas)
    {
        long needed = (long)rows * n;
        if (n < 1 || values < needed || room < needed || betas != gammas || gammas != 0 && gammas != n)
            throw new ArgumentException($"RowNorm: expected {rows} rows of at least one value, {n}, and as many γ and β or none, "
                + $"got {values} values, room for {room}, {gammas} γ and {betas} β");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Forward<V>(nint n, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, double epsilon,
        Span<float> y, Span<RowMoments> moments) where V : struct, ISimd<V>
    {
        ref float gamma0 = ref MemoryMarshal.GetReference(gamma), beta0 = ref MemoryMarshal.GetReference(beta);
        bool affine = !gamma.IsEmpty;
        nint rows = moments.Length, together = Math.Clamp(Cached / n, 1, Together);
        for (nint first = 0; first < rows; first += together)
        {
            ref float x0 = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), first * n);
            ref float y0 = ref Unsafe.Add(ref MemoryMarshal.GetReference(y), first * n);
            ref RowMoments m = ref Unsafe.Add(ref MemoryMarshal.GetReference(moments), first);
            nint some = Math.Min(together, rows - first);   // rows that take each step together, so that the chains of their sums overlap
            for (nint r = 0; r < some; r++) Unsafe.Add(ref m, r) = new RowMoments(RowSums.Sum(ref Unsafe.Add(ref x0, r * n), n) / n);
            for (nint r = 0; r < some; r++)
                Centre<V>(n, ref Unsafe.Add(ref x0, r * n), Unsafe.Add(ref m, r), ref Unsafe.Add(ref y0, r * n));
            for (nint r = 0; r < some; r++)
            {
                double variance = RowSums.Squares(ref Unsafe.Add(ref y0, r * n), n) / n;
                Unsafe.Add(ref m, r) = Unsafe.Add(ref m, r) with { Inverse = (float)(1 / Math.Sqrt(variance + epsilon)) };
            }
            for (nint r = 0; r < some; r++)
                Finish<V>(n, ref Unsafe.Add(ref y0, r * n), Unsafe.Add(ref m, r).Inverse, affine, ref gamma0, ref beta0);
        }
    }

    /// <summary>y = (x - mean)·inverse.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Centre<V>(nint n, ref float x, RowMoments m, ref float y) where V : struct, ISimd<V>
    {
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) V.Store(m.Standardize(V.Load(ref Unsafe.Add(ref x, i))), ref Unsafe.Add(ref y, i));
        for (; i < n; i++) V1.Store(m.Standardize(V1.Load(ref Unsafe.Add(ref x, i))), ref Unsafe.Add(ref y, i));
    }

    /// <summary>y = s·y∘γ + β, or s·y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish<V>(nint n, ref float y, float s, bool affine, ref float gamma, ref float beta) where V : struct, ISimd<V>
    {
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count)
            Finish<V>(ref Unsafe.Add(ref y, i), s, affine, ref Unsafe.Add(ref gamma, i), ref Unsafe.Add(ref beta, i));
        for (; i < n; i++) Finish<V1>(ref Unsafe.Add(ref y, i), s, affine, ref Unsafe.Add(ref gamma, i), ref Unsafe.Add(ref beta, i));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish<V>(ref float y, float s, bool affine, ref float gamma, ref float beta) where V : struct, ISimd<V>
    {
        if (affine) ScaleShift.Apply<V>(ref y, s, ref gamma, ref beta);
        else V.Store(V.Load(ref y) * V.Broadcast(s), ref y);
    }

    /// <summary>
    /// dβ += dY,  dγ += dY∘x̂,  g = dY∘γ,  dX = (g - Σg/n - x̂·Σ(g∘x̂)/n) / √(v + ε), row after row; <paramref name="normal"/> is room for
    /// x̂. An empty dX is not wanted.
    /// </summary>
    internal static void Backward(int n, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, ReadOnlySpan<RowMoments> moments,
        ReadOnlySpan<float> gamma, Span<float> normal, Span<float> dGamma, Span<float> dBeta, Span<float> dX)
    {
        Require(n, moments.Length, Math.Min(x.Length, dY.Length), dX.IsEmpty ? x.Length : dX.Length, gamma.Length, dBeta.Length);
        if (normal.Length < n || dGamma.Length != gamma.Length)
            throw new ArgumentException($"RowNorm: expected room for {n} values and {gamma.Length} dγ, got {normal.Length} "
                + $"and {dGamma.Length}");
        if (Simd.Has512) Backward<V512>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else if (Simd.Has256) Backward<V256>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else if (Simd.Has128) Backward<V128>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
        else Backward<V1>(n, x, dY, moments, gamma, normal, dGamma, dBeta, dX);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<V>(nint n, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, ReadOnlySpan<RowMoments> moments,
        ReadOnlySpan<float> gamma, Span<float> normal, Span<float> dGamma, Span<float> dBeta, Span<float> dX) where V : struct, ISimd<V>
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), dY0 = ref MemoryMarshal.GetReference(dY);
        ref float gamma0 = ref MemoryMarshal.GetReference(gamma), normal0 = ref MemoryMarshal.GetReference(normal);
        ref float dGamma0 = ref MemoryMarshal.GetReference(dGamma), dBeta0 = ref MemoryMarshal.GetReference(dBeta);
        ref float g0 = ref MemoryMarshal.GetReference(dX);
        bool affine = !gamma.IsEmpty, wanted = !dX.IsEmpty;
        foreach (RowMoments m in moments)
        {
            nint i = 0;
            for (; i <= n - V.Count; i += V.Count)
            {
                V d = V.Load(ref Unsafe.Add(ref dY0, i)), xHat = m.Standardize(V.Load(ref Unsafe.Add(ref x0, i)));
                V.Store(xHat, ref Unsafe.Add(ref normal0, i));
                if (affine)
                    d = Affine(d, xHat, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref dGamma0, i), ref Unsafe.Add(ref dBeta0, i));
                if (wanted) V.Store(d, ref Unsafe.Add(ref g0, i));
            }
            for (; i < n; i++)
            {
                V1 d = V1.Load(ref Unsafe.Add(ref dY0, i)), xHat = m.Standardize(V1.Load(ref Unsafe.Add(ref x0, i)));
                V1.Store(xHat, ref Unsafe.Add(ref normal0, i));
                if (affine)
                    d = Affine(d, xHat, ref Unsafe.Add(ref gamma0, i), ref Unsafe.Add(ref dGamma0, i), ref Unsafe.Add(ref dBeta0, i));
                if (wanted) V1.Store(d, ref Unsafe.Add(ref g0, i));
            }
            if (wanted)
            {
                float mean = (float)(RowSums.Sum(ref g0, n) / n), along = (float)(RowSums.Dot(ref g0, ref normal0, n) / n);
                for (i = 0; i <= n - V.Count; i += V.Count)
                    Project<V>(ref Unsafe.Add(ref g0, i), ref Unsafe.Add(ref normal0, i), m.Inverse, mean, along);
                for (; i < n; i++) Project<V1>(ref Unsafe.Add(ref g0, i), ref Unsafe.Add(ref normal0, i), m.Inverse, mean, along);
                g0 = ref Unsafe.Add(ref g0, n);
            }
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
