using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>y = s·y∘γ + β.</summary>
readonly ref struct ScaleShift(Span<float> y, float s, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta) : IInPlace
{
    readonly ref float y0 = ref MemoryMarshal.GetReference(y), g0 = ref MemoryMarshal.GetReference(gamma),
        b0 = ref MemoryMarshal.GetReference(beta);
    readonly float s = s;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
        => Apply<V>(ref Unsafe.Add(ref y0, i), s, ref Unsafe.Add(ref g0, i), ref Unsafe.Add(ref b0, i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply<V>(ref float y, float s, ref float gamma, ref float beta) where V : struct, ISimd<V>
        => V.Store(V.Fma(V.Load(ref y) * V.Broadcast(s), V.Load(ref gamma), V.Load(ref beta)), ref y);
}

/// <summary>y = (x - mean - rest)∘inverse, column by column.</summary>
readonly ref struct StandardizeColumns(ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> rest,
    ReadOnlySpan<float> inverse, Span<float> y) : IInPlace
{
    readonly ref float x0 = ref MemoryMarshal.GetReference(x);
    readonly ref float mean0 = ref MemoryMarshal.GetReference(mean), rest0 = ref MemoryMarshal.GetReference(rest);
    readonly ref float inverse0 = ref MemoryMarshal.GetReference(inverse), y0 = ref MemoryMarshal.GetReference(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        V centred = V.Load(ref Unsafe.Add(ref x0, i)) - V.Load(ref Unsafe.Add(ref mean0, i)) - V.Load(ref Unsafe.Add(ref rest0, i));
        V.Store(centred * V.Load(ref Unsafe.Add(ref inverse0, i)), ref Unsafe.Add(ref y0, i));
    }
}

/// <summary>dX = s∘(dY - mean - along∘x̂), column by column.</summary>
readonly ref struct ProjectColumns(ReadOnlySpan<float> dY, ReadOnlySpan<float> normal, ReadOnlySpan<float> mean, ReadOnlySpan<float> along,
    ReadOnlySpan<float> s, Span<float> dX) : IInPlace
{
    readonly ref float dY0 = ref MemoryMarshal.GetReference(dY), normal0 = ref MemoryMarshal.GetReference(normal);
    readonly ref float mean0 = ref MemoryMarshal.GetReference(mean), along0 = ref MemoryMarshal.GetReference(along);
    readonly ref float s0 = ref MemoryMarshal.GetReference(s), dX0 = ref MemoryMarshal.GetReference(dX);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        V rest = V.Load(ref Unsafe.Add(ref dY0, i)) - V.Load(ref Unsafe.Add(ref mean0, i));
        rest -= V.Load(ref Unsafe.Add(ref along0, i)) * V.Load(ref Unsafe.Add(ref normal0, i));
        V.Store(V.Load(ref Unsafe.Add(ref s0, i)) * rest, ref Unsafe.Add(ref dX0, i));
    }
}
