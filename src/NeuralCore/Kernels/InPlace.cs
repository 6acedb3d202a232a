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
