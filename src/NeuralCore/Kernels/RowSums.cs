using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Kernels;

/// <summary>
/// Sums over one row in double. The order is fixed: eight sums, each of every eighth element, are added in order and then what is left
/// over; with or without vector hardware the bits are the same.
/// </summary>
static class RowSums
{
    /// <summary>Σ x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Sum(ReadOnlySpan<float> x)
    {
        Vector256<double> low = Vector256<double>.Zero, high = low;
        ref float x0 = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.LoadUnsafe(ref x0, (nuint)i));
            low += a;
            high += b;
        }
        double sum = InOrder(low, high);
        for (; i < x.Length; i++) sum += x[i];
        return sum;
    }

    /// <summary>Σ a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"Dot: expected equal lengths, got {a.Length} and {b.Length}");
        Vector256<double> low = Vector256<double>.Zero, high = low;
        ref float a0 = ref MemoryMarshal.GetReference(a), b0 = ref MemoryMarshal.GetReference(b);
        int i = 0;
        for (; i <= a.Length - 8; i += 8)
        {
            (Vector256<double> aLow, Vector256<double> aHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref a0, (nuint)i));
            (Vector256<double> bLow, Vector256<double> bHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref b0, (nuint)i));
            low += aLow * bLow;
            high += aHigh * bHigh;
        }
        double sum = InOrder(low, high);
        for (; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }

    static double InOrder(Vector256<double> low, Vector256<double> high)
    {
        double sum = 0;
        for (int lane = 0; lane < 4; lane++) sum += low[lane];
        for (int lane = 0; lane < 4; lane++) sum += high[lane];
        return sum;
    }
}
