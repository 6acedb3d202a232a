using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// An activation whose gradient is known from its input; it may carry arguments. Non-finite values go the way of PyTorch's formulas.
/// </summary>
interface IInputActivation
{
    V F<V>(V x) where V : struct, ISimd<V>;

    /// <summary>dX = dY·f'(x).</summary>
    V Gradient<V>(V dY, V x) where V : struct, ISimd<V>;
}

/// <summary>x > 0 ? x : slope·x.</summary>
readonly struct LeakyRelu(float slope) : IInputActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V> => V.WhereLess(V.Broadcast(0f), x, x, V.Broadcast(slope) * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V> => V.WhereLess(V.Broadcast(0f), x, dY, V.Broadcast(slope) * dY);
}

/// <summary>
/// x > 0 ? x : α·(eˣ - 1), with eˣ - 1 = 2t / (1 - t), t = tanh ½x, which keeps small x. Largest error 3e-7 of the value (FunctionTests).
/// </summary>
readonly struct Elu(float alpha) : IInputActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V>
    {
        V t = Tanh.F(V.Broadcast(0.5f) * x);
        return V.WhereLess(V.Broadcast(0f), x, x, V.Broadcast(alpha) * ((t + t) / (V.Broadcast(1f) - t)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V>
        => V.WhereLess(x, V.Broadcast(float.Epsilon), dY * (V.Broadcast(alpha) * Exp.F(x)), dY);
}

/// <summary>
/// x·Φ(x) with the normal distribution function Φ; Φ(x) = 0 under -13.1. Largest error 5e-7 of the value (FunctionTests).
/// </summary>
readonly struct Gelu : IInputActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V> => x * Normal(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V>
    {
        V cdf = Normal(x, out V bell);
        return dY * V.Fma(x, bell * V.Broadcast(0.39894228f), cdf);
    }

    /// <summary>
    /// Φ(x), and <paramref name="bell"/> e^(-x²/2). Φ(-a) = t·P(t)·e^(-a²/2), t = 3.75 / (a + 3.75), P the minimax polynomial of degree 8
    /// over 0 ≤ a ≤ 13.3 (relative error 1.5e-8; Remez algorithm). a² is taken in two parts, so that e^(-a²/2) keeps its relative accuracy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Normal<V>(V x, out V bell) where V : struct, ISimd<V>
    {
        V zero = V.Broadcast(0f), half = V.Broadcast(0.5f), a = V.Min(V.Broadcast(14f), V.Max(x, zero - x));
        V square = a * a, rest = V.Fma(a, a, zero - square);
        V e = Exp.F(zero - half * square);
        bell = V.Fma(e, zero - half * rest, e);
        V t = V.Broadcast(3.75f) / (a + V.Broadcast(3.75f));
        V p = V.Fma(V.Broadcast(0.03026731126010418f), t, V.Broadcast(-0.13845820724964142f));
        p = V.Fma(p, t, V.Broadcast(0.20157954096794128f));
        p = V.Fma(p, t, V.Broadcast(-0.09994518756866455f));
        p = V.Fma(p, t, V.Broadcast(0.1272430717945099f));
        p = V.Fma(p, t, V.Broadcast(0.06458195298910141f));
        p = V.Fma(p, t, V.Broadcast(0.10230328887701035f));
        p = V.Fma(p, t, V.Broadcast(0.1060279980301857f));
        p = V.Fma(p, t, V.Broadcast(0.10640024393796921f));
        V tail = p * t * bell;
        return V.WhereLess(x, zero, tail, V.Broadcast(1f) - tail);
    }
}

/// <summary>
/// ½x·(1 + tanh u) = x·σ(2u), 2u = x·(c + d·x²), c = √(8/π), d = 0.044715·c. Largest error 2e-7·(1 + |2u|) of the value; 0 under -10.05
/// (FunctionTests).
/// </summary>
readonly struct GeluTanh : IInputActivation
{
    const float C = 1.5957691216f, D = 0.0713548163f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V>
    {
        V z = x * V.Fma(V.Broadcast(D), x * x, V.Broadcast(C));
        return x / (V.Broadcast(1f) + Exp.F(V.Broadcast(0f) - z));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V>
    {
        V square = x * x, s = Sigmoid.WithSlope(x * V.Fma(V.Broadcast(D), square, V.Broadcast(C)), out V slope);
        V dZ = V.Min(V.Broadcast(1e30f), V.Fma(V.Broadcast(3 * D), square, V.Broadcast(C)));   // finite, so that slope 0 makes it 0
        return dY * V.Fma(x * slope, dZ, s);
    }
}

/// <summary>x·σ(x). Largest error 2e-7 of the value; 0 under -88.7 (FunctionTests).</summary>
readonly struct Silu : IInputActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V> => x / (V.Broadcast(1f) + Exp.F(V.Broadcast(0f) - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V>
    {
        V s = Sigmoid.WithSlope(x, out V slope);
        return dY * V.Fma(x, slope, s);
    }
}

/// <summary>
/// log(1 + e^z) / β = (max(z, 0) + log(1 + e^-|z|)) / β, z = β·x, and x itself where z > threshold. Largest error 2.5e-7 of the value where
/// z ≥ -86.8, below that 0 (FunctionTests).
/// </summary>
readonly struct Softplus(float beta, float threshold) : IInputActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V F<V>(V x) where V : struct, ISimd<V>
    {
        V zero = V.Broadcast(0f), z = V.Broadcast(beta) * x;
        V sum = V.Max(zero, z) + Log1P(Exp.F(zero - V.Max(z, zero - z)));
        return V.WhereLess(V.Broadcast(threshold), z, x, sum / V.Broadcast(beta));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Gradient<V>(V dY, V x) where V : struct, ISimd<V>
    {
        V z = V.Broadcast(beta) * x;
        return V.WhereLess(V.Broadcast(threshold), z, dY, dY * Sigmoid.F(z));
    }

    /// <summary>
    /// log(1 + e) for 0 ≤ e ≤ 1 as 2 artanh s = 2s·(1 + s²·Q(s²)), s = e / (2 + e), Q the minimax polynomial of degree 3 (relative error
    /// 4.5e-9; Remez algorithm).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Log1P<V>(V e) where V : struct, ISimd<V>
    {
        V s = e / (V.Broadcast(2f) + e), square = s * s, twice = s + s;
        V q = V.Fma(V.Broadcast(0.14005953073501587f), square, V.Broadcast(0.14000925421714783f));
        q = V.Fma(q, square, V.Broadcast(0.200107604265213f));
        q = V.Fma(q, square, V.Broadcast(0.3333320915699005f));
        return V.Fma(twice * square, q, twice);
    }
}

/// <summary>y = f(x); y may be x.</summary>
readonly ref struct Activate<A>(A f, ReadOnlySpan<float> x, Span<float> y) : IInPlace where A : struct, IInputActivation
{
    readonly A f = f;
    readonly ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V> => V.Store(f.F(V.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref y0, i));
}

/// <summary>dX = dY·f'(x); dX may be dY or x.</summary>
readonly ref struct ActivateBack<A>(A f, ReadOnlySpan<float> dY, ReadOnlySpan<float> x, Span<float> dX) : IInPlace
    where A : struct, IInputActivation
{
    readonly A f = f;
    readonly ref float dY0 = ref MemoryMarshal.GetReference(dY), x0 = ref MemoryMarshal.GetReference(x),
        dX0 = ref MemoryMarshal.GetReference(dX);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
        => V.Store(f.Gradient(V.Load(ref Unsafe.Add(ref dY0, i)), V.Load(ref Unsafe.Add(ref x0, i))), ref Unsafe.Add(ref dX0, i));
}
