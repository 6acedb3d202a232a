using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralCore.Kernels;

/// <summary>
/// Rows of floats as whole numbers, and their products with int8 weights. A row x becomes q = round(x·(127 / m)), halves to even, with
/// m = max|x|, or 1e-30 where that is less, and the scale s = m / 127; q is kept as the byte q + 128. Sums of products are exact in 32
/// bits, so that no order of theirs changes a bit; then y = start + (sum·s)·scale in float, each operation rounded by itself. A row with a
/// NaN or an infinity has the scale NaN, and so has its result.
/// </summary>
static partial class Int8
{
    /// <summary>Inputs that are multiplied at once; rows of bytes are as long as a multiple of it.</summary>
    internal const int Depth = 4;

    /// <summary>The byte that stands for 0.</summary>
    internal const int Zero = 128;

    /// <summary>The largest whole number, and the smallest m.</summary>
    internal const float Largest = 127f, Smallest = 1e-30f;

    /// <summary>Inputs of the longest sum that stays within 32 bits: 2¹⁷·127·128 is just under 2³¹.</summary>
    internal const int MaxDepth = 1 << 17;

    internal static int RoundUp(int depth) => (depth + Depth - 1) & -Depth;

    /// <summary>Rows of floats as rows of bytes, rowQ apart, and a scale for each.</summary>
    internal static void Quantize(int rows, int columns, ref float x, nint rowX, ref byte q, nint rowQ, ref float scales)
    {
        if (Simd.Has512) Quantize<V512>(rows, columns, ref x, rowX, ref q, rowQ, ref scales);
        else if (Simd.Has256) Quantize<V256>(rows, columns, ref x, rowX, ref q, rowQ, ref scales);
        else if (Simd.Has128) Quantize<V128>(rows, columns, ref x, rowX, ref q, rowQ, ref scales);
        else Quantize<V1>(rows, columns, ref x, rowX, ref q, rowQ, ref scales);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Quantize<V>(int rows, int columns, ref float x, nint rowX, ref byte q, nint rowQ, ref float scales)
        where V : struct, ISimd<V>
    {
        nint whole = columns - columns % V.Count;
        for (nint row = 0; row < rows; row++)
        {
            ref float x0 = ref Unsafe.Add(ref x, row * rowX);
            ref byte q0 = ref Unsafe.Add(ref q, row * rowQ);
            V most = V.Broadcast(0f);
            V1 rest = V1.Broadcast(0f);
            for (nint k = 0; k < whole; k += V.Count) most = V.LargerMagnitude(most, V.Load(ref Unsafe.Add(ref x0, k)));
            for (nint k = whole; k < columns; k++) rest = V1.LargerMagnitude(rest, V1.Load(ref Unsafe.Add(ref x0, k)));
            float m = V1.LargestBits(V1.LargerMagnitude(rest, V1.Broadcast(V.LargestBits(most))));
            m = m < float.PositiveInfinity ? Math.Max(m, Smallest) : float.NaN;
            Unsafe.Add(ref scales, row) = m / Largest;
            float inverse = Largest / m;
            // The sum rounds to a whole number, whose lowest byte then is q + 128.
            V times = V.Broadcast(inverse), magic = V.Broadcast(Simd.RoundingMagic + Zero);
            for (nint k = 0; k < whole; k += V.Count)
                V.StoreLowBytes(V.Load(ref Unsafe.Add(ref x0, k)) * times + magic, ref Unsafe.Add(ref q0, k));
            for (nint k = whole; k < columns; k++)
                V1.StoreLowBytes(V1.Load(ref Unsafe.Add(ref x0, k)) * V1.Broadcast(inverse) + V1.Broadcast(Simd.RoundingMagic + Zero),
                    ref Unsafe.Add(ref q0, k));
        }
    }

    /// <summary>Sums that the weights begin with, weights, scales: see <see cref="Int8Weights"/>.</summary>
    internal static void Multiply(int rows, int columns, int depth, ref byte q, nint rowQ, ref float s, Int8Weights w,
        ref float start, nint rowStart, ref float c, nint rowC)
    {
        if (AvxVnni.IsSupported) Multiply<Vnni>(rows, columns, depth, ref q, rowQ, ref s, w, ref start, rowStart, ref c, rowC);
        else if (Avx512BW.IsSupported) Multiply<Wide512>(rows, columns, depth, ref q, rowQ, ref s, w, ref start, rowStart, ref c, rowC);
        else if (Avx2.IsSupported) Multiply<Wide256>(rows, columns, depth, ref q, rowQ, ref s, w, ref start, rowStart, ref c, rowC);
        else Multiply<OneByOne>(rows, columns, depth, ref q, rowQ, ref s, w, ref start, rowStart, ref c, rowC);
    }

    /// <summary>
    /// c[r, n] = start[r·rowStart + n] + (Σ_k q[r, k]·w[k, n])·s[r]·scale[n]; start is read in whole panels and may be c where columns fill
    /// them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Multiply<P>(int rows, int columns, int depth, ref byte q, nint rowQ, ref float s, Int8Weights w,
        ref float start, nint rowStart, ref float c, nint rowC) where P : struct, IInt8Panel<P>
    {
        nint groups = RoundUp(depth) / Depth, whole = columns / Gemm.Lane, panel = 0, pairs = rows == 1 ? 0 : rows & ~1;
        while (panel < whole)
        {
            // Two rows times half as many panels, or one row times as many as keep all accumulators in registers.
            nint most = pairs > 0 ? P.Most / 2 : P.Most, some = whole - panel >= most ? most : 1;
            var at = new Place(w, panel, groups);
            for (nint r = 0; r < rows;)
            {
                nint height = some == most && r < pairs ? 2 : 1;
                ref byte row = ref Unsafe.Add(ref q, r * rowQ);
                ref float scale = ref Unsafe.Add(ref s, r), from = ref Unsafe.Add(ref start, r * rowStart + panel * Gemm.Lane);
                ref float to = ref Unsafe.Add(ref c, r * rowC + panel * Gemm.Lane);
                if (height == 2 && some == 2) Tile<P, Two, Two>(at, ref row, rowQ, ref scale, ref from, rowStart, ref to, rowC);
                else if (height == 2) Tile<P, Two, One>(at, ref row, rowQ, ref scale, ref from, rowStart, ref to, rowC);
                else if (some == 4) Tile<P, One, Four>(at, ref row, rowQ, ref scale, ref from, rowStart, ref to, rowC);
                else if (some == 2) Tile<P, One, Two>(at, ref row, rowQ, ref scale, ref from, rowStart, ref to, rowC);
                else Tile<P, One, One>(at, ref row, rowQ, ref scale, ref from, rowStart, ref to, rowC);
                r += height;
            }
            panel += some;
        }
        int narrow = columns % Gemm.Lane;
        if (narrow == 0) return;
        Unsafe.SkipInit(out Gemm.Sixteen edge);   // columns that fill no panel go through a copy
        ref float first = ref Unsafe.As<Gemm.Sixteen, float>(ref edge);
        for (nint r = 0; r < rows; r++)
        {
            Tile<P, One, One>(new Place(w, whole, groups), ref Unsafe.Add(ref q, r * rowQ), rowQ, ref Unsafe.Add(ref s, r),
                ref Unsafe.Add(ref start, r * rowStart + whole * Gemm.Lane), 0, ref first, 0);
            Rows.Copy(ref first, 0, ref Unsafe.Add(ref c, r * rowC + whole * Gemm.Lane), 0, 1, narrow);
        }
    }

    /// <summary>Where the panels of some columns begin.</summary>
    readonly ref struct Place(Int8Weights weights, nint panel, nint groups)
    {
        internal readonly ref sbyte W = ref Unsafe.Add(ref weights.First, panel * groups * Int8Weights.GroupBytes);
        internal readonly ref int Sums = ref weights.Starts[panel * Gemm.Lane];
        internal readonly ref float Scales = ref weights.Scales[panel * Gemm.Lane];
        internal readonly nint Groups = groups;
    }

    /// <summary>R rows times N panels, all sums in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile<P, R, N>(in Place at, ref byte q, nint rowQ, ref float s, ref float start, nint rowStart, ref float c, nint rowC)
        where P : struct, IInt8Panel<P> where R : ICount where N : ICount
    {
        Debug.Assert(R.Value * N.Value <= 4);
        P s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default;
        nint next = at.Groups * Int8Weights.GroupBytes;
        ref sbyte w = ref at.W;
        for (nint group = at.Groups; group > 0; group--)
        {
            P w0 = P.Weights(ref w), w1 = default, w2 = default, w3 = default, x0 = P.Inputs(ref q), x1 = default;
            if (N.Value > 1) w1 = P.Weights(ref Unsafe.Add(ref w, next));
            if (N.Value > 2) w2 = P.Weights(ref Unsafe.Add(ref w, 2 * next));
            if (N.Value > 2) w3 = P.Weights(ref Unsafe.Add(ref w, 3 * next));
            if (R.Value > 1) x1 = P.Inputs(ref Unsafe.Add(ref q, rowQ));
            s00 = P.Add(s00, x0, w0);
            if (N.Value > 1) s01 = P.Add(s01, x0, w1);
            if (N.Value > 2) s02 = P.Add(s02, x0, w2);
            if (N.Value > 2) s03 = P.Add(s03, x0, w3);
            if (R.Value > 1) s10 = P.Add(s10, x1, w0);
            if (R.Value > 1 && N.Value > 1) s11 = P.Add(s11, x1, w1);
            q = ref Unsafe.Add(ref q, Depth);
            w = ref Unsafe.Add(ref w, Int8Weights.GroupBytes);
        }
        Store(s00, in at, 0, s, ref start, ref c);
        if (N.Value > 1) Store(s01, in at, 1, s, ref start, ref c);
        if (N.Value > 2) Store(s02, in at, 2, s, ref start, ref c);
        if (N.Value > 2) Store(s03, in at, 3, s, ref start, ref c);
        if (R.Value > 1) Store(s10, in at, 0, Unsafe.Add(ref s, 1), ref Unsafe.Add(ref start, rowStart), ref Unsafe.Add(ref c, rowC));
        if (R.Value > 1 && N.Value > 1)
            Store(s11, in at, 1, Unsafe.Add(ref s, 1), ref Unsafe.Add(ref start, rowStart), ref Unsafe.Add(ref c, rowC));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<P>(P sums, in Place at, nint panel, float s, ref float start, ref float c) where P : struct, IInt8Panel<P>
    {
        nint n = panel * Gemm.Lane;
        P.Store(sums, ref Unsafe.Add(ref at.Sums, n), s, ref Unsafe.Add(ref at.Scales, n), ref Unsafe.Add(ref start, n),
            ref Unsafe.Add(ref c, n));
    }

    interface ICount { static abstract int Value { get; } }
    struct One : ICount { public static int Value => 1; }
    struct Two : ICount { public static int Value => 2; }
    struct Four : ICount { public static int Value => 4; }
}
