using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

// The innermost loops: accumulators in registers, one row of B and a few values of A at a time.
static partial class Gemm
{
    /// <summary>C = start + A·B for 16, 32, 48 or 64 columns of B, rowB floats from row to row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Panel<V>(int rows, int columns, in Left left, ref float a, ref float b, nint rowB,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V>
    {
        Debug.Assert(columns % Lane == 0 && columns <= PanelColumns);
        nint strips = rows / TileRows, m = strips * TileRows, rest = rows - m;
        if (strips > 0) Columns<V, N6>(strips, columns, in left, ref a, ref b, rowB, ref start, rowStart, ref c, rowC);
        if (rest == 0) return;
        a = ref Unsafe.Add(ref a, m * left.Strip);
        start = ref Unsafe.Add(ref start, m * rowStart);
        c = ref Unsafe.Add(ref c, m * rowC);
        if ((rest & 4) != 0)
        {
            Columns<V, N4>(1, columns, in left, ref a, ref b, rowB, ref start, rowStart, ref c, rowC);
            a = ref Unsafe.Add(ref a, 4 * left.Row);
            start = ref Unsafe.Add(ref start, 4 * rowStart);
            c = ref Unsafe.Add(ref c, 4 * rowC);
        }
        if ((rest & 2) != 0)
        {
            Columns<V, N2>(1, columns, in left, ref a, ref b, rowB, ref start, rowStart, ref c, rowC);
            a = ref Unsafe.Add(ref a, 2 * left.Row);
            start = ref Unsafe.Add(ref start, 2 * rowStart);
            c = ref Unsafe.Add(ref c, 2 * rowC);
        }
        if ((rest & 1) != 0) Columns<V, N1>(1, columns, in left, ref a, ref b, rowB, ref start, rowStart, ref c, rowC);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Columns<V, R>(nint strips, nint columns, in Left left, ref float a, ref float b, nint rowB,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V> where R : INumber
    {
        nint n = 0, wide = V.TileVectors * V.Count;
        for (; n + wide <= columns; n += wide)
        {
            ref float bn = ref Unsafe.Add(ref b, n), startN = ref Unsafe.Add(ref start, n), cn = ref Unsafe.Add(ref c, n);
            if (V.TileVectors == 4) Tiles<V, R, N4>(strips, in left, ref a, ref bn, rowB, ref startN, rowStart, ref cn, rowC);
            else Tiles<V, R, N2>(strips, in left, ref a, ref bn, rowB, ref startN, rowStart, ref cn, rowC);
        }
        if (V.Count < Lane) return;   // narrower vectors divide 16 columns; 16 floats leave one, two or three vectors
        ref float rest = ref Unsafe.Add(ref b, n), from = ref Unsafe.Add(ref start, n), to = ref Unsafe.Add(ref c, n);
        if (columns - n == 3 * V.Count) Tiles<V, R, N3>(strips, in left, ref a, ref rest, rowB, ref from, rowStart, ref to, rowC);
        else if (columns - n == 2 * V.Count) Tiles<V, R, N2>(strips, in left, ref a, ref rest, rowB, ref from, rowStart, ref to, rowC);
        else if (columns - n == V.Count)
        {
            nint pairs = R.Value == TileRows ? strips / 2 : 0, single = strips - 2 * pairs;
            if (pairs > 0)
            {
                StripPairs<V>(pairs, in left, ref a, ref rest, rowB, ref from, rowStart, ref to, rowC);
                nint m = 2 * TileRows * pairs;
                a = ref Unsafe.Add(ref a, m * left.Strip);
                from = ref Unsafe.Add(ref from, m * rowStart);
                to = ref Unsafe.Add(ref to, m * rowC);
            }
            if (single > 0) Tiles<V, R, N1>(single, in left, ref a, ref rest, rowB, ref from, rowStart, ref to, rowC);
        }
    }

    /// <summary>
    /// The innermost loop, for one tile below the other: R rows x N vectors of accumulators, all in registers; constants fold the unused
    /// ones away.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tiles<V, R, N>(nint strips, in Left left, ref float a, ref float b, nint rowB,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V> where R : INumber where N : INumber
    {
        nint rowA = left.Row, step = left.Step, skip = left.Skip, depth = left.Depth, groups = left.Groups, strip = left.Strip * R.Value;
        for (; strips > 0; strips--)
        {
            V c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
            V c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
            V c40 = default, c41 = default, c42 = default, c43 = default, c50 = default, c51 = default, c52 = default, c53 = default;
            LoadRow<V, N>(ref start, ref c00, ref c01, ref c02, ref c03);
            if (R.Value > 1) LoadRow<V, N>(ref Unsafe.Add(ref start, rowStart), ref c10, ref c11, ref c12, ref c13);
            if (R.Value > 2) LoadRow<V, N>(ref Unsafe.Add(ref start, 2 * rowStart), ref c20, ref c21, ref c22, ref c23);
            if (R.Value > 3) LoadRow<V, N>(ref Unsafe.Add(ref start, 3 * rowStart), ref c30, ref c31, ref c32, ref c33);
            if (R.Value > 4) LoadRow<V, N>(ref Unsafe.Add(ref start, 4 * rowStart), ref c40, ref c41, ref c42, ref c43);
            if (R.Value > 5) LoadRow<V, N>(ref Unsafe.Add(ref start, 5 * rowStart), ref c50, ref c51, ref c52, ref c53);

            ref float a0 = ref a, a3 = ref Unsafe.Add(ref a, 3 * rowA), bk = ref b;
            for (nint group = groups; group > 0; group--)
            {
                for (nint k = 0; k < depth; k++)
                {
                    // Rows of the next strips.
                    if (R.Value == TileRows && N.Value == V.TileVectors) Simd.Prefetch(ref a0, (TileRows + (k & 7)) * rowA);
                    V b0 = V.Load(ref bk), b1 = default, b2 = default, b3 = default;
                    if (N.Value > 1) b1 = V.Load(ref Unsafe.Add(ref bk, V.Count));
                    if (N.Value > 2) b2 = V.Load(ref Unsafe.Add(ref bk, 2 * V.Count));
                    if (N.Value > 3) b3 = V.Load(ref Unsafe.Add(ref bk, 3 * V.Count));
                    MultiplyRow<V, N>(a0, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
                    if (R.Value > 1) MultiplyRow<V, N>(Unsafe.Add(ref a0, rowA), b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
                    if (R.Value > 2) MultiplyRow<V, N>(Unsafe.Add(ref a0, 2 * rowA), b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
                    if (R.Value > 3) MultiplyRow<V, N>(a3, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
                    if (R.Value > 4) MultiplyRow<V, N>(Unsafe.Add(ref a3, rowA), b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
                    if (R.Value > 5) MultiplyRow<V, N>(Unsafe.Add(ref a3, 2 * rowA), b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
                    a0 = ref Unsafe.Add(ref a0, step);
                    a3 = ref Unsafe.Add(ref a3, step);
                    bk = ref Unsafe.Add(ref bk, rowB);
                }
                a0 = ref Unsafe.Add(ref a0, skip);
                a3 = ref Unsafe.Add(ref a3, skip);
            }

            StoreRow<V, N>(ref c, c00, c01, c02, c03);
            if (R.Value > 1) StoreRow<V, N>(ref Unsafe.Add(ref c, rowC), c10, c11, c12, c13);
            if (R.Value > 2) StoreRow<V, N>(ref Unsafe.Add(ref c, 2 * rowC), c20, c21, c22, c23);
            if (R.Value > 3) StoreRow<V, N>(ref Unsafe.Add(ref c, 3 * rowC), c30, c31, c32, c33);
            if (R.Value > 4) StoreRow<V, N>(ref Unsafe.Add(ref c, 4 * rowC), c40, c41, c42, c43);
            if (R.Value > 5) StoreRow<V, N>(ref Unsafe.Add(ref c, 5 * rowC), c50, c51, c52, c53);
            a = ref Unsafe.Add(ref a, strip);
            start = ref Unsafe.Add(ref start, R.Value * rowStart);
            c = ref Unsafe.Add(ref c, R.Value * rowC);
        }
    }

    /// <summary>One row times two or four packed panels of 16, 32, 48 or 64 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void FewPanels<V>(int panels, nint width, in Left left, ref float a, ref float b, nint nextB,
        ref float start, nint nextStart, ref float c, nint nextC) where V : struct, ISimd<V>
    {
        nint n = 0, step = (width % (4 * V.Count) == 0 ? 4 : width % (3 * V.Count) == 0 ? 3 : width % (2 * V.Count) == 0 ? 2 : 1) * V.Count;
        for (; n < width; n += step)
        {
            ref float panel = ref Unsafe.Add(ref b, n), from = ref Unsafe.Add(ref start, n), to = ref Unsafe.Add(ref c, n);
            if (panels == 4)
            {
                if (step == 4 * V.Count) Row<V, N4, N4>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
                else if (step == 3 * V.Count) Row<V, N4, N3>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
                else if (step == 2 * V.Count) Row<V, N4, N2>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
                else Row<V, N4, N1>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
            }
            else if (step == 4 * V.Count) Row<V, N2, N4>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
            else if (step == 3 * V.Count) Row<V, N2, N3>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
            else if (step == 2 * V.Count) Row<V, N2, N2>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
            else Row<V, N2, N1>(in left, ref a, ref panel, nextB, width, ref from, nextStart, ref to, nextC);
        }
    }

    /// <summary>
    /// One row times P packed panels at once, so that there are enough chains: P x N vectors of accumulators. Panels lie nextB floats
    /// apart, rows in them rowB.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Row<V, P, N>(in Left left, ref float a, ref float b, nint nextB, nint rowB,
        ref float start, nint nextStart, ref float c, nint nextC) where V : struct, ISimd<V> where P : INumber where N : INumber
    {
        V c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        V c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        LoadRow<V, N>(ref start, ref c00, ref c01, ref c02, ref c03);
        if (P.Value > 1) LoadRow<V, N>(ref Unsafe.Add(ref start, nextStart), ref c10, ref c11, ref c12, ref c13);
        if (P.Value > 2) LoadRow<V, N>(ref Unsafe.Add(ref start, 2 * nextStart), ref c20, ref c21, ref c22, ref c23);
        if (P.Value > 2) LoadRow<V, N>(ref Unsafe.Add(ref start, 3 * nextStart), ref c30, ref c31, ref c32, ref c33);

        ref float b2 = ref Unsafe.Add(ref b, 2 * nextB);
        nint depth = left.Depth, next = left.Depth + left.Skip;
        for (nint group = left.Groups; group > 0; group--, a = ref Unsafe.Add(ref a, next))
            for (nint k = 0; k < depth; k++)
            {
                V x = V.Broadcast(Unsafe.Add(ref a, k));
                MultiplyPanel<V, N>(x, ref b, ref c00, ref c01, ref c02, ref c03);
                if (P.Value > 1) MultiplyPanel<V, N>(x, ref Unsafe.Add(ref b, nextB), ref c10, ref c11, ref c12, ref c13);
                if (P.Value > 2) MultiplyPanel<V, N>(x, ref b2, ref c20, ref c21, ref c22, ref c23);
                if (P.Value > 2) MultiplyPanel<V, N>(x, ref Unsafe.Add(ref b2, nextB), ref c30, ref c31, ref c32, ref c33);
                b = ref Unsafe.Add(ref b, rowB);
                b2 = ref Unsafe.Add(ref b2, rowB);
            }

        StoreRow<V, N>(ref c, c00, c01, c02, c03);
        if (P.Value > 1) StoreRow<V, N>(ref Unsafe.Add(ref c, nextC), c10, c11, c12, c13);
        if (P.Value > 2) StoreRow<V, N>(ref Unsafe.Add(ref c, 2 * nextC), c20, c21, c22, c23);
        if (P.Value > 2) StoreRow<V, N>(ref Unsafe.Add(ref c, 3 * nextC), c30, c31, c32, c33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void MultiplyPanel<V, N>(V x, ref float b, ref V c0, ref V c1, ref V c2, ref V c3) where V : struct, ISimd<V> where N : INumber
    {
        c0 = V.Fma(x, V.Load(ref b), c0);
        if (N.Value > 1) c1 = V.Fma(x, V.Load(ref Unsafe.Add(ref b, V.Count)), c1);
        if (N.Value > 2) c2 = V.Fma(x, V.Load(ref Unsafe.Add(ref b, 2 * V.Count)), c2);
        if (N.Value > 3) c3 = V.Fma(x, V.Load(ref Unsafe.Add(ref b, 3 * V.Count)), c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LoadRow<V, N>(ref float start, ref V c0, ref V c1, ref V c2, ref V c3) where V : struct, ISimd<V> where N : INumber
    {
        c0 = V.Load(ref start);
        if (N.Value > 1) c1 = V.Load(ref Unsafe.Add(ref start, V.Count));
        if (N.Value > 2) c2 = V.Load(ref Unsafe.Add(ref start, 2 * V.Count));
        if (N.Value > 3) c3 = V.Load(ref Unsafe.Add(ref start, 3 * V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void MultiplyRow<V, N>(float a, V b0, V b1, V b2, V b3, ref V c0, ref V c1, ref V c2, ref V c3)
        where V : struct, ISimd<V> where N : INumber
    {
        V x = V.Broadcast(a);
        c0 = V.Fma(x, b0, c0);
        if (N.Value > 1) c1 = V.Fma(x, b1, c1);
        if (N.Value > 2) c2 = V.Fma(x, b2, c2);
        if (N.Value > 3) c3 = V.Fma(x, b3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreRow<V, N>(ref float c, V c0, V c1, V c2, V c3) where V : struct, ISimd<V> where N : INumber
    {
        V.Store(c0, ref c);
        if (N.Value > 1) V.Store(c1, ref Unsafe.Add(ref c, V.Count));
        if (N.Value > 2) V.Store(c2, ref Unsafe.Add(ref c, 2 * V.Count));
        if (N.Value > 3) V.Store(c3, ref Unsafe.Add(ref c, 3 * V.Count));
    }

    interface INumber { static abstract int Value { get; } }
    struct N1 : INumber { public static int Value => 1; }
    struct N2 : INumber { public static int Value => 2; }
    struct N3 : INumber { public static int Value => 3; }
    struct N4 : INumber { public static int Value => 4; }
    struct N6 : INumber { public static int Value => 6; }
}
