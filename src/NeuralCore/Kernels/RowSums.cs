using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>
/// Sums over one row in double. The order is fixed: eight sums, each of every eighth element, are added in order and then what is left
/// over; with or without vector hardware the bits are the same.
/// </summary>
static class RowSums
{
    /// <summary>Σ x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Sum(ReadOnlySpan<float> x) => Sum(ref MemoryMarshal.GetReference(x), x.Length);

    /// <summary>Σ a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"Dot: expected equal lengths, got {a.Length} and {b.Length}");
        return Dot(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), a.Length);
    }

    /// <summary>Σ x over n values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Sum(ref float x, nint n)
    {
        nint i = 0;
        Vector256<double> low = default, high = default;
        if (Vector512.IsHardwareAccelerated)
        {
            var sums = Vector512<double>.Zero;
            for (; i <= n - 8; i += 8) sums += Eight(ref Unsafe.Add(ref x, i));
            (low, high) = (sums.GetLower(), sums.GetUpper());
        }
        else
            for (; i <= n - 8; i += 8)
            {
                (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.LoadUnsafe(ref Unsafe.Add(ref x, i)));
                low += a;
                high += b;
            }
        double sum = InOrder(low, high);
        for (; i < n; i++) sum += Unsafe.Add(ref x, i);
        return sum;
    }

    /// <summary>Σ a·b over n values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Dot(ref float a, ref float b, nint n)
    {
        nint i = 0;
        Vector256<double> low = default, high = default;
        if (Vector512.IsHardwareAccelerated)
        {
            var sums = Vector512<double>.Zero;
            for (; i <= n - 8; i += 8) sums += Eight(ref Unsafe.Add(ref a, i)) * Eight(ref Unsafe.Add(ref b, i));
            (low, high) = (sums.GetLower(), sums.GetUpper());
        }
        else
            for (; i <= n - 8; i += 8)
            {
                (Vector256<double> aLow, Vector256<double> aHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref Unsafe.Add(ref a, i)));
                (Vector256<double> bLow, Vector256<double> bHigh) = Vector256.Widen(Vector256.LoadUnsafe(ref Unsafe.Add(ref b, i)));
                low += aLow * bLow;
                high += aHigh * bHigh;
            }
        double sum = InOrder(low, high);
        for (; i < n; i++) sum += (double)Unsafe.Add(ref a, i) * Unsafe.Add(ref b, i);
        return sum;
    }

    /// <summary>Σ x² over n values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Squares(ref float x, nint n)
    {
        if (!Vector512.IsHardwareAccelerated) return Dot(ref x, ref x, n);
        nint i = 0;
        var sums = Vector512<double>.Zero;
        for (; i <= n - 8; i += 8)
        {
            Vector512<double> eight = Eight(ref Unsafe.Add(ref x, i));
            sums += eight * eight;
        }
        double sum = InOrder(sums.GetLower(), sums.GetUpper());
        for (; i < n; i++) sum += (double)Unsafe.Add(ref x, i) * Unsafe.Add(ref x, i);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Eight(ref float x) => Avx512F.ConvertToVector512Double(Vector256.LoadUnsafe(ref x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double InOrder(Vector256<double> low, Vector256<double> high)
        => 0.0 + low[0] + low[1] + low[2] + low[3] + high[0] + high[1] + high[2] + high[3];
}
