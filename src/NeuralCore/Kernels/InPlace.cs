using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>An operation on the elements i .. i + V.Count - 1 of the blocks that it holds references to.</summary>
interface IInPlace
{
    void At<V>(nint i) where V : struct, ISimd<V>;
}

/// <summary>x = x·s.</summary>
readonly ref struct Scale(Span<float> x, float s) : IInPlace
{
    readonly ref float x0 = ref MemoryMarshal.GetReference(x);
    readonly float s = s;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float x = ref Unsafe.Add(ref x0, i);
        V.Store(V.Load(ref x) * V.Broadcast(s), ref x);
    }
}

/// <summary>x = min(max(x, -limit), limit); NaN stays.</summary>
readonly ref struct Clamp(Span<float> x, float limit) : IInPlace
{
    readonly ref float x0 = ref MemoryMarshal.GetReference(x);
    readonly float limit = limit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float x = ref Unsafe.Add(ref x0, i);
        V.Store(V.Max(V.Broadcast(-limit), V.Min(V.Broadcast(limit), V.Load(ref x))), ref x);
    }
}

/// <summary>b = μ·b + g,  p = p - η·b.</summary>
readonly ref struct MomentumStep(Span<float> p, ReadOnlySpan<float> g, Span<float> b, float rate, float momentum) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g), b0 = ref MemoryMarshal.GetReference(b);
    readonly float rate = rate, momentum = momentum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), b = ref Unsafe.Add(ref b0, i);
        V step = V.Fma(V.Broadcast(momentum), V.Load(ref b), V.Load(ref Unsafe.Add(ref g0, i)));
        V.Store(step, ref b);
        V.Store(V.Fma(V.Broadcast(-rate), step, V.Load(ref p)), ref p);
    }
}

/// <summary>Factors of one step of Adam, the same for all elements.</summary>
readonly record struct AdamFactors(float Decay1, float Share1, float Decay2, float Share2, float Rate, float Correction2, float Epsilon);

/// <summary>m = β₁·m + (1 - β₁)·g,  v = β₂·v + (1 - β₂)·g²,  p = p - rate·m / (√v·correction + ε).</summary>
readonly ref struct AdamStep(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v, in AdamFactors factors) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly ref float m0 = ref MemoryMarshal.GetReference(m), v0 = ref MemoryMarshal.GetReference(v);
    readonly AdamFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), m = ref Unsafe.Add(ref m0, i), v = ref Unsafe.Add(ref v0, i);
        V g = V.Load(ref Unsafe.Add(ref g0, i));
        V first = V.Fma(V.Broadcast(f.Decay1), V.Load(ref m), V.Broadcast(f.Share1) * g);
        V second = V.Fma(V.Broadcast(f.Decay2), V.Load(ref v), V.Broadcast(f.Share2) * (g * g));
        V.Store(first, ref m);
        V.Store(second, ref v);
        V denominator = V.Fma(V.Sqrt(second), V.Broadcast(f.Correction2), V.Broadcast(f.Epsilon));
        V.Store(V.Load(ref p) - V.Broadcast(f.Rate) * first / denominator, ref p);
    }
}

/// <summary>Drives an operation over a number of elements.</summary>
static class InPlace
{
    internal static void Apply<F>(F f, int count) where F : IInPlace, allows ref struct
    {
        if (Simd.Has512) Apply<F, V512>(f, count);
        else if (Simd.Has256) Apply<F, V256>(f, count);
        else if (Simd.Has128) Apply<F, V128>(f, count);
        else Apply<F, V1>(f, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Apply<F, V>(F f, int count) where F : IInPlace, allows ref struct where V : struct, ISimd<V>
    {
        nint i = 0, n = count;
        for (; i <= n - V.Count; i += V.Count) f.At<V>(i);
        for (; i < n; i++) f.At<V1>(i);
    }
}
