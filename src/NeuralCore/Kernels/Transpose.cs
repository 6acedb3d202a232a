using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Kernels;

/// <summary>Matrices the other way round, four rows of four values at a time.</summary>
static class Transpose
{
    /// <summary>to[c·rowTo + r] = from[r·rowFrom + c].</summary>
    internal static void Copy(ref float from, nint rowFrom, nint rows, nint columns, ref float to, nint rowTo)
        => Apply(ref from, rowFrom, rows, columns, ref to, rowTo, add: false);

    /// <summary>to[c·rowTo + r] += from[r·rowFrom + c].</summary>
    internal static void Add(ref float from, nint rowFrom, nint rows, nint columns, ref float to, nint rowTo)
        => Apply(ref from, rowFrom, rows, columns, ref to, rowTo, add: true);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Apply(ref float from, nint rowFrom, nint rows, nint columns, ref float to, nint rowTo, bool add)
    {
        nint r = 0;
        for (; r <= rows - 4; r += 4)
        {
            ref float source = ref Unsafe.Add(ref from, r * rowFrom), target = ref Unsafe.Add(ref to, r);
            nint c = 0;
            for (; c <= columns - 4; c += 4)
            {
                ref float a = ref Unsafe.Add(ref source, c), b = ref Unsafe.Add(ref a, 2 * rowFrom);
                // Pairs of rows: [a0 b0 a2 b2] and [a1 b1 a3 b3], then pairs of pairs.
                (Vector128<float> even0, Vector128<float> odd0) = Pairs(Vector128.LoadUnsafe(ref a),
                    Vector128.LoadUnsafe(ref Unsafe.Add(ref a, rowFrom)));
                (Vector128<float> even2, Vector128<float> odd2) = Pairs(Vector128.LoadUnsafe(ref b),
                    Vector128.LoadUnsafe(ref Unsafe.Add(ref b, rowFrom)));
                ref float t = ref Unsafe.Add(ref target, c * rowTo), t2 = ref Unsafe.Add(ref t, 2 * rowTo);
                PutHalves(even0, even2, ref t, ref t2, add);
                PutHalves(odd0, odd2, ref Unsafe.Add(ref t, rowTo), ref Unsafe.Add(ref t2, rowTo), add);
            }
            for (; c < columns; c++)
                for (nint j = 0; j < 4; j++) Put(Unsafe.Add(ref source, j * rowFrom + c), ref Unsafe.Add(ref target, c * rowTo + j), add);
        }
        for (; r < rows; r++)
            for (nint c = 0; c < columns; c++) Put(Unsafe.Add(ref from, r * rowFrom + c), ref Unsafe.Add(ref to, c * rowTo + r), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<float> Even, Vector128<float> Odd) Pairs(Vector128<float> a, Vector128<float> b)
    {
        Vector128<float> second = Vector128.Create(0, -1, 0, -1).AsSingle();
        return (Vector128.ConditionalSelect(second, Vector128.Shuffle(b, Vector128.Create(0, 0, 2, 2)), a),
            Vector128.ConditionalSelect(second, b, Vector128.Shuffle(a, Vector128.Create(1, 1, 3, 3))));
    }

    /// <summary>The lower halves of a and b to one place, the upper ones to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutHalves(Vector128<float> a, Vector128<float> b, ref float lower, ref float upper, bool add)
    {
        Vector128<double> first = a.AsDouble(), second = b.AsDouble(), half = Vector128.Create(0L, -1L).AsDouble();
        Vector128<float> low = Vector128.ConditionalSelect(half, Vector128.Shuffle(second, Vector128.Create(0L, 0L)), first).AsSingle();
        Vector128<float> high = Vector128.ConditionalSelect(half, second, Vector128.Shuffle(first, Vector128.Create(1L, 1L))).AsSingle();
        (add ? Vector128.LoadUnsafe(ref lower) + low : low).StoreUnsafe(ref lower);
        (add ? Vector128.LoadUnsafe(ref upper) + high : high).StoreUnsafe(ref upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put(float value, ref float to, bool add) => to = add ? to + value : value;
}
