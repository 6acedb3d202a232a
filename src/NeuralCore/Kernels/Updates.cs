using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// The gradient that an update follows: sign·gradient + λ·p; without weight decay p has no part in it, not even an infinite one.
/// </summary>
readonly record struct Descent(float Sign, float WeightDecay)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V g, V p) where V : struct, ISimd<V>
    {
        V signed = V.Broadcast(Sign) * g;
        return WeightDecay == 0 ? signed : V.Fma(V.Broadcast(WeightDecay), p, signed);
    }
}

/// <summary>p = p - η·g.</summary>
readonly ref struct DescentStep(Span<float> p, ReadOnlySpan<float> g, Descent descent, float rate) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly Descent descent = descent;
    readonly float rate = rate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i);
        V x = V.Load(ref p), g = descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x);
        V.Store(V.Fma(V.Broadcast(-rate), g, x), ref p);
    }
}

/// <summary>Factors of one step with momentum; <paramref name="Share"/> is 1 - τ.</summary>
readonly record struct MomentumFactors(Descent Descent, float Rate, float Momentum, float Share, bool Nesterov);

/// <summary>b = μ·b + (1 - τ)·g,  p = p - η·b or p - η·(g + μ·b).</summary>
readonly ref struct MomentumStep(Span<float> p, ReadOnlySpan<float> g, Span<float> b, MomentumFactors factors) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g),
        b0 = ref MemoryMarshal.GetReference(b);
    readonly MomentumFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), b = ref Unsafe.Add(ref b0, i);
        V x = V.Load(ref p), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x);
        V step = V.Fma(V.Broadcast(f.Momentum), V.Load(ref b), V.Broadcast(f.Share) * g);
        V.Store(step, ref b);
        if (f.Nesterov) step = V.Fma(V.Broadcast(f.Momentum), step, g);
        V.Store(V.Fma(V.Broadcast(-f.Rate), step, x), ref p);
    }
}

/// <summary>Factors of one step of Adam, the same for all elements.</summary>
readonly record struct AdamFactors(Descent Descent, float Decay1, float Share1, float Decay2, float Share2, float Rate,
    float Correction2, float Epsilon, float Shrink = 1);

/// <summary>
/// m = β₁·m + (1 - β₁)·g,  v = β₂·v + (1 - β₂)·g²,  p = shrink·p - rate·m / (√v·correction + ε), and with the span
/// <paramref name="largest"/> the largest v so far instead of v.
/// </summary>
readonly ref struct AdamStep(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v, Span<float> largest, AdamFactors factors)
    : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly ref float m0 = ref MemoryMarshal.GetReference(m), v0 = ref MemoryMarshal.GetReference(v),
        largest0 = ref MemoryMarshal.GetReference(largest);
    readonly bool amsgrad = !largest.IsEmpty;
    readonly AdamFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), m = ref Unsafe.Add(ref m0, i), v = ref Unsafe.Add(ref v0, i);
        V x = V.Load(ref p), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x);
        V first = V.Fma(V.Broadcast(f.Decay1), V.Load(ref m), V.Broadcast(f.Share1) * g);
        V second = V.Fma(V.Broadcast(f.Decay2), V.Load(ref v), V.Broadcast(f.Share2) * (g * g));
        V.Store(first, ref m);
        V.Store(second, ref v);
        if (amsgrad)
        {
            ref float largest = ref Unsafe.Add(ref largest0, i);
            second = V.Max(V.Load(ref largest), second);
            V.Store(second, ref largest);
        }
        V denominator = V.Fma(V.Sqrt(second), V.Broadcast(f.Correction2), V.Broadcast(f.Epsilon));
        V.Store(V.Broadcast(f.Shrink) * x - V.Broadcast(f.Rate) * first / denominator, ref p);
    }
}

/// <summary>Factors of one step of RMSprop.</summary>
readonly record struct RmsFactors(Descent Descent, float Decay, float Share, float Rate, float Momentum, float Epsilon);

/// <summary>
/// v = α·v + (1 - α)·g²,  d = g / (√v + ε),  p = p - η·d; with the span <paramref name="a"/> of mean gradients √(v - a²) instead of √v,
/// with the span <paramref name="b"/> b = μ·b + d instead of d.
/// </summary>
readonly ref struct RmsStep(Span<float> p, ReadOnlySpan<float> g, Span<float> v, Span<float> a, Span<float> b, RmsFactors factors)
    : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g),
        v0 = ref MemoryMarshal.GetReference(v);
    readonly ref float a0 = ref MemoryMarshal.GetReference(a), b0 = ref MemoryMarshal.GetReference(b);
    readonly bool centered = !a.IsEmpty, momentum = !b.IsEmpty;
    readonly RmsFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), v = ref Unsafe.Add(ref v0, i);
        V x = V.Load(ref p), zero = V.Broadcast(0f), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x);
        V square = V.Fma(V.Broadcast(f.Decay), V.Load(ref v), V.Broadcast(f.Share) * (g * g));
        V.Store(square, ref v);
        if (centered)
        {
            ref float a = ref Unsafe.Add(ref a0, i);
            V mean = V.Fma(V.Broadcast(f.Decay), V.Load(ref a), V.Broadcast(f.Share) * g);
            V.Store(mean, ref a);
            square = V.Max(zero, V.Fma(zero - mean, mean, square));   // rounding may take a variance of 0 below it
        }
        V step = g / (V.Sqrt(square) + V.Broadcast(f.Epsilon));
        if (momentum)
        {
            ref float b = ref Unsafe.Add(ref b0, i);
            step = V.Fma(V.Broadcast(f.Momentum), V.Load(ref b), step);
            V.Store(step, ref b);
        }
        V.Store(V.Fma(V.Broadcast(-f.Rate), step, x), ref p);
    }
}

/// <summary>m and v as Adam,  p = p - (gradientRate·g + rate·m) / (√v·correction + ε).</summary>
readonly ref struct NAdamStep(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v, AdamFactors factors, float gradientRate)
    : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly ref float m0 = ref MemoryMarshal.GetReference(m), v0 = ref MemoryMarshal.GetReference(v);
    readonly AdamFactors f = factors;
    readonly float gradientRate = gradientRate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), m = ref Unsafe.Add(ref m0, i), v = ref Unsafe.Add(ref v0, i);
        V x = V.Load(ref p), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x);
        V first = V.Fma(V.Broadcast(f.Decay1), V.Load(ref m), V.Broadcast(f.Share1) * g);
        V second = V.Fma(V.Broadcast(f.Decay2), V.Load(ref v), V.Broadcast(f.Share2) * (g * g));
        V.Store(first, ref m);
        V.Store(second, ref v);
        V denominator = V.Fma(V.Sqrt(second), V.Broadcast(f.Correction2), V.Broadcast(f.Epsilon));
        V.Store(x - V.Fma(V.Broadcast(gradientRate), g, V.Broadcast(f.Rate) * first) / denominator, ref p);
    }
}

/// <summary>m as Adam,  u = max(β₂·u, |g| + ε),  p = p - rate·m / u.</summary>
readonly ref struct AdamaxStep(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> u, AdamFactors factors) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly ref float m0 = ref MemoryMarshal.GetReference(m), u0 = ref MemoryMarshal.GetReference(u);
    readonly AdamFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), m = ref Unsafe.Add(ref m0, i), u = ref Unsafe.Add(ref u0, i);
        V x = V.Load(ref p), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x), size = V.Max(V.Broadcast(0f) - g, g);
        V first = V.Fma(V.Broadcast(f.Decay1), V.Load(ref m), V.Broadcast(f.Share1) * g);
        V largest = V.Max(V.Broadcast(f.Decay2) * V.Load(ref u), size + V.Broadcast(f.Epsilon));
        V.Store(first, ref m);
        V.Store(largest, ref u);
        V.Store(x - V.Broadcast(f.Rate) * first / largest, ref p);
    }
}

/// <summary>s = s + g²,  p = p - rate·g / (√s + ε).</summary>
readonly ref struct AdagradStep(Span<float> p, ReadOnlySpan<float> g, Span<float> s, Descent descent, float rate, float epsilon) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g),
        s0 = ref MemoryMarshal.GetReference(s);
    readonly Descent descent = descent;
    readonly float rate = rate, epsilon = epsilon;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), s = ref Unsafe.Add(ref s0, i);
        V x = V.Load(ref p), g = descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x), sum = V.Fma(g, g, V.Load(ref s));
        V.Store(sum, ref s);
        V.Store(x - V.Broadcast(rate) * g / (V.Sqrt(sum) + V.Broadcast(epsilon)), ref p);
    }
}

/// <summary>Factors of one step of Adadelta.</summary>
readonly record struct AdadeltaFactors(Descent Descent, float Decay, float Share, float Rate, float Epsilon);

/// <summary>v = ρ·v + (1 - ρ)·g²,  d = √(u + ε) / √(v + ε)·g,  u = ρ·u + (1 - ρ)·d²,  p = p - η·d.</summary>
readonly ref struct AdadeltaStep(Span<float> p, ReadOnlySpan<float> g, Span<float> v, Span<float> u, AdadeltaFactors factors) : IInPlace
{
    readonly ref float p0 = ref MemoryMarshal.GetReference(p), g0 = ref MemoryMarshal.GetReference(g);
    readonly ref float v0 = ref MemoryMarshal.GetReference(v), u0 = ref MemoryMarshal.GetReference(u);
    readonly AdadeltaFactors f = factors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float p = ref Unsafe.Add(ref p0, i), v = ref Unsafe.Add(ref v0, i), u = ref Unsafe.Add(ref u0, i);
        V x = V.Load(ref p), g = f.Descent.Gradient(V.Load(ref Unsafe.Add(ref g0, i)), x), epsilon = V.Broadcast(f.Epsilon);
        V square = V.Fma(V.Broadcast(f.Decay), V.Load(ref v), V.Broadcast(f.Share) * (g * g));
        V step = V.Sqrt(V.Load(ref u) + epsilon) / V.Sqrt(square + epsilon) * g;
        V.Store(square, ref v);
        V.Store(V.Fma(V.Broadcast(f.Decay), V.Load(ref u), V.Broadcast(f.Share) * (step * step)), ref u);
        V.Store(V.Fma(V.Broadcast(-f.Rate), step, x), ref p);
    }
}
