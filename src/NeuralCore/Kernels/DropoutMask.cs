using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>A dropout mask m from its bits: m of element i is <c>keep</c> where bit <c>first</c> + i is set, else 0.</summary>
readonly ref struct DropoutMask(ReadOnlySpan<uint> bits, float keep, long first = 0)
{
    readonly ref byte b0 = ref Unsafe.As<uint, byte>(ref MemoryMarshal.GetReference(bits));
    readonly float keep = keep;
    readonly nint first = (nint)first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal V At<V>(nint i) where V : struct, ISimd<V>
    {
        nint bit = first + i;
        // 25 bits or more, as any width needs 16
        uint set = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref b0, bit >> 3)) >> (int)(bit & 7);
        return V.WhereSet(set, V.Broadcast(keep), V.Broadcast(0f));
    }
}

/// <summary>y = x∘m; y may be x.</summary>
readonly ref struct Drop(DropoutMask mask, ReadOnlySpan<float> x, Span<float> y) : IInPlace
{
    readonly DropoutMask m = mask;
    readonly ref float x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
        => V.Store(V.Load(ref Unsafe.Add(ref x0, i)) * m.At<V>(i), ref Unsafe.Add(ref y0, i));
}

/// <summary>y = a + x∘m; y may be a or x.</summary>
readonly ref struct AddDropped(DropoutMask mask, ReadOnlySpan<float> a, ReadOnlySpan<float> x, Span<float> y) : IInPlace
{
    readonly DropoutMask m = mask;
    readonly ref float a0 = ref MemoryMarshal.GetReference(a), x0 = ref MemoryMarshal.GetReference(x),
        y0 = ref MemoryMarshal.GetReference(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
        => V.Store(V.Load(ref Unsafe.Add(ref a0, i)) + V.Load(ref Unsafe.Add(ref x0, i)) * m.At<V>(i), ref Unsafe.Add(ref y0, i));
}

/// <summary>x = max(x, 0)∘m.</summary>
readonly ref struct DropRelu(DropoutMask mask, Span<float> x) : IInPlace
{
    readonly DropoutMask m = mask;
    readonly ref float x0 = ref MemoryMarshal.GetReference(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float x = ref Unsafe.Add(ref x0, i);
        V.Store(Relu.F(V.Load(ref x)) * m.At<V>(i), ref x);
    }
}

/// <summary>d = y > 0 ? s·d : 0.</summary>
readonly ref struct ScalePositive(ReadOnlySpan<float> y, float s, Span<float> d) : IInPlace
{
    readonly ref float y0 = ref MemoryMarshal.GetReference(y), d0 = ref MemoryMarshal.GetReference(d);
    readonly float s = s;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint i) where V : struct, ISimd<V>
    {
        ref float d = ref Unsafe.Add(ref d0, i);
        V.Store(Relu.Gradient(V.Broadcast(s) * V.Load(ref d), V.Load(ref Unsafe.Add(ref y0, i))), ref d);
    }
}
