using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

/// <summary>Rows of floats that lie apart, moved in one call; distances of rows may be negative, the two sides must not overlap.</summary>
static class Rows
{
    /// <summary>to = from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Copy(ref float from, nint rowFrom, ref float to, nint rowTo, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r++)
        {
            ref float source = ref Unsafe.Add(ref from, r * rowFrom), target = ref Unsafe.Add(ref to, r * rowTo);
            // What fills no lane at the end is copied with values before it once more.
            if (columns >= Gemm.Lane)
            {
                for (nint n = 0; n < columns - Gemm.Lane; n += Gemm.Lane) Move<Gemm.Sixteen>(ref source, ref target, n);
                Move<Gemm.Sixteen>(ref source, ref target, columns - Gemm.Lane);
            }
            else if (columns >= 4)
            {
                for (nint n = 0; n < columns - 4; n += 4) Move<Four>(ref source, ref target, n);
                Move<Four>(ref source, ref target, columns - 4);
            }
            else
                for (nint n = 0; n < columns; n++) Unsafe.Add(ref target, n) = Unsafe.Add(ref source, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Move<F>(ref float from, ref float to, nint at) where F : struct
        => Unsafe.As<float, F>(ref Unsafe.Add(ref to, at)) = Unsafe.As<float, F>(ref Unsafe.Add(ref from, at));

    /// <summary>to += from.</summary>
    internal static void Add(ref float from, nint rowFrom, ref float to, nint rowTo, nint rows, nint columns)
    {
        if (Simd.Has512) Add<V512>(ref from, rowFrom, ref to, rowTo, rows, columns);
        else if (Simd.Has256) Add<V256>(ref from, rowFrom, ref to, rowTo, rows, columns);
        else if (Simd.Has128) Add<V128>(ref from, rowFrom, ref to, rowTo, rows, columns);
        else Add<V1>(ref from, rowFrom, ref to, rowTo, rows, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Add<V>(ref float from, nint rowFrom, ref float to, nint rowTo, nint rows, nint columns) where V : struct, ISimd<V>
    {
        for (nint r = 0; r < rows; r++)
        {
            ref float source = ref Unsafe.Add(ref from, r * rowFrom), target = ref Unsafe.Add(ref to, r * rowTo);
            nint n = 0;
            for (; n <= columns - V.Count; n += V.Count)
                V.Store(V.Load(ref Unsafe.Add(ref target, n)) + V.Load(ref Unsafe.Add(ref source, n)), ref Unsafe.Add(ref target, n));
            for (; n < columns; n++) Unsafe.Add(ref target, n) += Unsafe.Add(ref source, n);
        }
    }

    [InlineArray(4)]
    struct Four
    {
        float first;
    }
}
