using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Kernels;

/// <summary>Sums over each column in double, row after row: a column's sum depends on nothing but its own values in their order.</summary>
static class ColumnSums
{
    /// <summary>sums += Σ x over the rows of <c>sums.Length</c> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Add(ReadOnlySpan<float> x, Span<double> sums)
    {
        ref float x0 = ref MemoryMarshal.GetReference(x);
        ref double sums0 = ref MemoryMarshal.GetReference(sums);
        for (int row = 0; row < x.Length; row += sums.Length)
        {
            int c = 0;
            for (; c <= sums.Length - 8; c += 8)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref x0, (nuint)(row + c)));
                (Vector256.LoadUnsafe(ref sums0, (nuint)c) + low).StoreUnsafe(ref sums0, (nuint)c);
                (Vector256.LoadUnsafe(ref sums0, (nuint)c + 4) + high).StoreUnsafe(ref sums0, (nuint)c + 4);
            }
            for (; c < sums.Length; c++) sums[c] += x[row + c];
        }
    }

    /// <summary>sums += Σ a∘b over the rows of <c>sums.Length</c> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AddProducts(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<double> sums)
    {
        if (a.Length != b.Length) throw new ArgumentException($"AddProducts: expected equal lengths, got {a.Length} and {b.Length}");
        ref float a0 = ref MemoryMarshal.GetReference(a), b0 = ref MemoryMarshal.GetReference(b);
        ref double sums0 = ref MemoryMarshal.GetReference(sums);
        for (int row = 0; row < a.Length; row += sums.Length)
        {
            int c = 0;
            for (; c <= sums.Length - 8; c += 8)
            {
                (Vector256<double> aLow, Vector256<double> aHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref a0, (nuint)(row + c)));
                (Vector256<double> bLow, Vector256<double> bHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref b0, (nuint)(row + c)));
                (Vector256.LoadUnsafe(ref sums0, (nuint)c) + aLow * bLow).StoreUnsafe(ref sums0, (nuint)c);
                (Vector256.LoadUnsafe(ref sums0, (nuint)c + 4) + aHigh * bHigh).StoreUnsafe(ref sums0, (nuint)c + 4);
            }
            for (; c < sums.Length; c++) sums[c] += (double)a[row + c] * b[row + c];
        }
    }
}
