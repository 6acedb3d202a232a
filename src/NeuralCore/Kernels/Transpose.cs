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
        nint c = 0;
        for (; c <= columns - 4; c += 4)
        {
            ref float target = ref Unsafe.Add(ref to, c * rowTo);
            nint r = 0;
            for (; r <= rows - 4; r += 4)
            {
                ref float a = ref Unsafe.Add(ref from, r * rowFrom + c), b = ref Unsafe.Add(ref a, 2 * rowFrom);
                // Pairs of rows: [a0 b0 a2 b2] and [a1 b1 a3 b3], then pairs of pairs.
                (Vector128<float> even0, Vector128<float> odd0) = Pairs(Vector128.LoadUnsafe(ref a), Vector128.LoadUnsafe(ref Unsafe.Add(ref a, rowFrom)));
                (Vector128<float> even2, Vector128<float> odd2) = Pairs(Vector128.LoadUnsafe(ref b), Vector128.LoadUnsafe(ref Unsafe.Add(ref b, rowFrom)));
                ref float t = ref Unsafe.Add(ref target, r), t2 = ref Unsafe.Add(ref t, 2 * rowTo);
                Put(Vector128.Create(even0.GetLower(), even2.GetLower()), ref t, add);
                Put(Vector128.Create(odd0.GetLower(), odd2.GetLower()), ref Unsafe.Add(ref t, rowTo), add);
                Put(Vector128.Create(even0.GetUpper(), even2.GetUpper()), ref t2, add);
                Put(Vector128.Create(odd0.GetUpper(), odd2.GetUpper()), ref Unsafe.Add(ref t2, rowTo), add);
            }
            for (; r < rows; r++)
                for (nint j = 0; j < 4; j++) Put(Unsafe.Add(ref from, r * rowFrom + c + j), ref Unsafe.Add(ref target, j * rowTo + r), add);
        }
        for (; c < columns; c++)
            for (nint r = 0; r < rows; r++) Put(Unsafe.Add(ref from, r * rowFrom + c), ref Unsafe.Add(ref to, c * rowTo + r), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<float> Even, Vector128<float> Odd) Pairs(Vector128<float> a, Vector128<float> b)
    {
        Vector128<float> second = Vector128.Create(0, -1, 0, -1).AsSingle();
        return (Vector128.ConditionalSelect(second, Vector128.Shuffle(b, Vector128.Create(0, 0, 2, 2)), a),
            Vector128.ConditionalSelect(second, b, Vector128.Shuffle(a, Vector128.Create(1, 1, 3, 3))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put(Vector128<float> value, ref float to, bool add) => (add ? Vector128.LoadUnsafe(ref to) + value : value).StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put(float value, ref float to, bool add) => to = add ? to + value : value;
}
