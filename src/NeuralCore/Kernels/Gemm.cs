using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Matrix products. Every element of a result is one chain of fused multiply-adds in ascending k, started from the value that C (or the
/// bias) had: the bits depend neither on the vector width nor on how the matrix is cut into tiles.
/// </summary>
static class Gemm
{
    /// <summary>Columns of a panel: four vectors of 16.</summary>
    internal const int PanelColumns = 64;

    /// <summary>Panels are padded with zeros to a multiple of this many columns, at every vector width.</summary>
    internal const int Lane = 16;

    /// <summary>Rows of a tile: 6 rows x 4 vectors of accumulators, 4 of B and 1 of A fill 29 of 32 registers.</summary>
    internal const int TileRows = 6;

    const int BlockDepth = 128;

    [ThreadStatic] static float[]? workspace;

    internal static int RoundUp(int n) => (n + Lane - 1) & -Lane;

    /// <summary>Floats that <see cref="Pack"/> writes for a K x N matrix. Padding may pass 2³¹ where the matrix itself does not.</summary>
    internal static int PackedSize(int depth, int columns) => checked(depth * RoundUp(columns));

    /// <summary>
    /// C = A·B (or C += A·B) for any layout given by strides: a[m, k] = a[m·rowA + k·depthA], b[k, n] = b[k·depthB + n·columnB],
    /// c[m, n] = c[m·rowC + n].
    /// </summary>
    internal static void Multiply(int rows, int columns, int depth, ref float a, int rowA, int depthA, ref float b, int depthB, int columnB,
        ref float c, int rowC, bool accumulate)
    {
        if (Simd.Has512) Multiply<V512>(rows, columns, depth, ref a, rowA, depthA, ref b, depthB, columnB, ref c, rowC, accumulate);
        else if (Simd.Has256) Multiply<V256>(rows, columns, depth, ref a, rowA, depthA, ref b, depthB, columnB, ref c, rowC, accumulate);
        else if (Simd.Has128) Multiply<V128>(rows, columns, depth, ref a, rowA, depthA, ref b, depthB, columnB, ref c, rowC, accumulate);
        else Multiply<V1>(rows, columns, depth, ref a, rowA, depthA, ref b, depthB, columnB, ref c, rowC, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Multiply<V>(int rows, int columns, int depth, ref float a, int rowA, int depthA, ref float b, int depthB, int columnB,
        ref float c, int rowC, bool accumulate) where V : struct, ISimd<V>
    {
        if (rows == 0 || columns == 0) return;
        if (!accumulate)
            for (int m = 0; m < rows; m++) MemoryMarshal.CreateSpan(ref Unsafe.Add(ref c, (nint)m * rowC), columns).Clear();

        int packA = depthA == 1 ? 0 : checked((rows + TileRows - 1) / TileRows * TileRows * BlockDepth);
        ref float panel = ref Workspace((BlockDepth + TileRows) * PanelColumns + packA);
        ref float edge = ref Unsafe.Add(ref panel, BlockDepth * PanelColumns);
        ref float rowsOfA = ref Unsafe.Add(ref edge, TileRows * PanelColumns);

        for (int k = 0; k < depth; k += BlockDepth)
        {
            int block = Math.Min(BlockDepth, depth - k);
            bool direct = depthA == 1;   // rows of A contiguous in k are read where they lie
            if (!direct) PackRows(ref Unsafe.Add(ref a, (nint)k * depthA), rowA, depthA, rows, block, ref rowsOfA);
            for (int n = 0; n < columns; n += PanelColumns)
            {
                int width = Math.Min(PanelColumns, columns - n), padded = RoundUp(width);
                PackPanel(ref Unsafe.Add(ref b, (nint)k * depthB + (nint)n * columnB), depthB, columnB, block, width, ref panel);
                for (int m = 0; m < rows; m += TileRows)
                {
                    int height = Math.Min(TileRows, rows - m);
                    ref float tile = ref Unsafe.Add(ref c, (nint)m * rowC + n);
                    ref float strip = ref direct ? ref Unsafe.Add(ref a, (nint)m * rowA + k) : ref Unsafe.Add(ref rowsOfA, (nint)m * block);
                    (int row, int step) = direct ? (rowA, 1) : (1, TileRows);
                    if (width == padded)
                        Panel<V>(height, padded, block, ref strip, row, step, ref panel, ref tile, rowC, ref tile, rowC);
                    else
                    {
                        Copy(ref tile, rowC, ref edge, PanelColumns, height, width);
                        Panel<V>(height, padded, block, ref strip, row, step, ref panel, ref edge, PanelColumns, ref edge, PanelColumns);
                        Copy(ref edge, PanelColumns, ref tile, rowC, height, width);
                    }
                }
            }
        }
    }

    static ref float Workspace(int count)
    {
        if (workspace is null || workspace.Length < count + Lane) workspace = AlignedArray.New(count);
        return ref AlignedArray.First(workspace);
    }

    /// <summary>
    /// C = start + A·B for a B that <see cref="Pack"/> has packed: c[m, n] begins at start[m·rowStart + n] (rowStart 0: a bias for all
    /// rows). C may be start.
    /// </summary>
    internal static void MultiplyPacked(int rows, int columns, int depth, ref float a, int rowA, ref float packedB,
        ref float start, int rowStart, ref float c, int rowC)
    {
        if (Simd.Has512) MultiplyPacked<V512>(rows, columns, depth, ref a, rowA, ref packedB, ref start, rowStart, ref c, rowC);
        else if (Simd.Has256) MultiplyPacked<V256>(rows, columns, depth, ref a, rowA, ref packedB, ref start, rowStart, ref c, rowC);
        else if (Simd.Has128) MultiplyPacked<V128>(rows, columns, depth, ref a, rowA, ref packedB, ref start, rowStart, ref c, rowC);
        else MultiplyPacked<V1>(rows, columns, depth, ref a, rowA, ref packedB, ref start, rowStart, ref c, rowC);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void MultiplyPacked<V>(int rows, int columns, int depth, ref float a, int rowA, ref float packedB,
        ref float start, int rowStart, ref float c, int rowC) where V : struct, ISimd<V>
    {
        for (int n = 0; n < columns; n += PanelColumns)
        {
            int width = Math.Min(PanelColumns, columns - n), padded = RoundUp(width);
            ref float panel = ref Unsafe.Add(ref packedB, (nint)n * depth);
            for (int m = 0; m < rows; m += TileRows)
            {
                int height = Math.Min(TileRows, rows - m);
                ref float strip = ref Unsafe.Add(ref a, (nint)m * rowA), tile = ref Unsafe.Add(ref c, (nint)m * rowC + n);
                ref float from = ref Unsafe.Add(ref start, (nint)m * rowStart + n);
                if (width == padded)
                    Panel<V>(height, padded, depth, ref strip, rowA, 1, ref panel, ref from, rowStart, ref tile, rowC);
                else
                {
                    ref float edge = ref Workspace(TileRows * PanelColumns);
                    Copy(ref from, rowStart, ref edge, PanelColumns, height, width);
                    Panel<V>(height, padded, depth, ref strip, rowA, 1, ref panel, ref edge, PanelColumns, ref edge, PanelColumns);
                    Copy(ref edge, PanelColumns, ref tile, rowC, height, width);
                }
            }
        }
    }

    /// <summary>Packs B (K x N, b[k, n] = b[k·depthB + n·columnB]) into panels [n / 64][k][64], the last one padded to a multiple of 16 columns.</summary>
    internal static void Pack(ref float b, int depthB, int columnB, int depth, int columns, ref float packed)
    {
        for (int n = 0; n < columns; n += PanelColumns)
            PackPanel(ref Unsafe.Add(ref b, (nint)n * columnB), depthB, columnB, depth, Math.Min(PanelColumns, columns - n),
                ref Unsafe.Add(ref packed, (nint)n * depth));
    }

    static void PackPanel(ref float b, int depthB, int columnB, int depth, int width, ref float panel)
        => PackColumns(ref b, depthB, columnB, depth, width, ref panel, RoundUp(width));

    /// <summary>Copies <paramref name="width"/> columns to to[k·row + n], padded with zeros to a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void PackColumns(ref float b, int depthB, int columnB, int depth, int width, ref float to, int row)
    {
        int padded = RoundUp(width);
        if (columnB == 1)
        {
            for (nint k = 0; k < depth; k++)
            {
                var target = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref to, k * row), padded);
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref b, k * depthB), width).CopyTo(target);
                if (width < padded) target[width..].Clear();
            }
            return;
        }
        for (nint n = 0; n < padded; n += 4)
        {
            // Four columns at a time: their values of one k lie side by side.
            ref float four = ref Unsafe.Add(ref to, n);
            if (n + 4 <= width)
            {
                ref float b0 = ref Unsafe.Add(ref b, n * columnB), b1 = ref Unsafe.Add(ref b0, columnB);
                ref float b2 = ref Unsafe.Add(ref b1, columnB), b3 = ref Unsafe.Add(ref b2, columnB);
                for (nint k = 0; k < depth; k++)
                {
                    nint from = k * depthB, at = k * row;
                    Unsafe.Add(ref four, at) = Unsafe.Add(ref b0, from);
                    Unsafe.Add(ref four, at + 1) = Unsafe.Add(ref b1, from);
                    Unsafe.Add(ref four, at + 2) = Unsafe.Add(ref b2, from);
                    Unsafe.Add(ref four, at + 3) = Unsafe.Add(ref b3, from);
                }
            }
            else
                for (nint k = 0; k < depth; k++)
                    for (nint j = 0; j < 4; j++)
                        Unsafe.Add(ref four, k * row + j) = n + j < width ? Unsafe.Add(ref b, k * depthB + (n + j) * columnB) : 0f;
        }
    }

    /// <summary>Packs rows of A into strips [m / 6][k][6]; rows past the last one are not read and their places not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void PackRows(ref float a, int rowA, int depthA, int rows, int depth, ref float packed)
    {
        for (nint m = 0; m < rows; m += TileRows)
        {
            int height = (int)Math.Min(TileRows, rows - m);
            ref float from = ref Unsafe.Add(ref a, m * rowA);
            ref float to = ref Unsafe.Add(ref packed, m * depth);
            if (height == TileRows && rowA == 1)
                for (nint k = 0; k < depth; k++)
                {
                    Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref to, k * TileRows)),
                        Unsafe.ReadUnaligned<Six>(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref from, k * depthA))));
                }
            else
                for (nint r = 0; r < height; r++)
                    for (nint k = 0; k < depth; k++)
                        Unsafe.Add(ref to, k * TileRows + r) = Unsafe.Add(ref from, r * rowA + k * depthA);
        }
    }

    [InlineArray(TileRows)]
    struct Six
    {
        float first;
    }

    static void Copy(ref float from, int rowFrom, ref float to, int rowTo, int rows, int columns)
    {
        for (int m = 0; m < rows; m++)
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref from, (nint)m * rowFrom), columns)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref to, (nint)m * rowTo), columns));
    }

    /// <summary>Up to six rows times one packed panel of 16, 32, 48 or 64 columns: C = start + A·B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Panel<V>(int rows, int columns, int depth, ref float a, nint rowA, nint depthA, ref float b,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V>
    {
        Debug.Assert(rows is >= 1 and <= TileRows && columns % Lane == 0 && columns <= PanelColumns);
        nint m = 0, left = rows;
        for (; left >= 6; m += 6, left -= 6) Strip<V, N6>(m, columns, depth, ref a, rowA, depthA, ref b, ref start, rowStart, ref c, rowC);
        if (left >= 4) { Strip<V, N4>(m, columns, depth, ref a, rowA, depthA, ref b, ref start, rowStart, ref c, rowC); m += 4; left -= 4; }
        if (left >= 2) { Strip<V, N2>(m, columns, depth, ref a, rowA, depthA, ref b, ref start, rowStart, ref c, rowC); m += 2; left -= 2; }
        if (left >= 1) Strip<V, N1>(m, columns, depth, ref a, rowA, depthA, ref b, ref start, rowStart, ref c, rowC);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Strip<V, R>(nint m, nint columns, nint depth, ref float a, nint rowA, nint depthA, ref float b,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V> where R : INumber
    {
        a = ref Unsafe.Add(ref a, m * rowA);
        start = ref Unsafe.Add(ref start, m * rowStart);
        c = ref Unsafe.Add(ref c, m * rowC);
        nint n = 0, wide = V.TileVectors * V.Count;
        for (; n + wide <= columns; n += wide)
            if (V.TileVectors == 4) Tile<V, R, N4>(depth, ref a, rowA, depthA, ref Unsafe.Add(ref b, n), columns, ref Unsafe.Add(ref start, n), rowStart, ref Unsafe.Add(ref c, n), rowC);
            else Tile<V, R, N2>(depth, ref a, rowA, depthA, ref Unsafe.Add(ref b, n), columns, ref Unsafe.Add(ref start, n), rowStart, ref Unsafe.Add(ref c, n), rowC);
        if (V.Count < Lane) return;   // narrower vectors divide 16 columns; 16 floats leave one, two or three vectors
        if (columns - n >= 2 * V.Count)
        {
            Tile<V, R, N2>(depth, ref a, rowA, depthA, ref Unsafe.Add(ref b, n), columns, ref Unsafe.Add(ref start, n), rowStart, ref Unsafe.Add(ref c, n), rowC);
            n += 2 * V.Count;
        }
        if (columns - n >= V.Count)
            Tile<V, R, N1>(depth, ref a, rowA, depthA, ref Unsafe.Add(ref b, n), columns, ref Unsafe.Add(ref start, n), rowStart, ref Unsafe.Add(ref c, n), rowC);
    }

    /// <summary>The innermost loop: R rows x N vectors of accumulators, all in registers; constants fold the unused ones away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile<V, R, N>(nint depth, ref float a, nint rowA, nint depthA, ref float b, nint depthB,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V> where R : INumber where N : INumber
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

        ref float a3 = ref Unsafe.Add(ref a, 3 * rowA);
        for (nint k = 0; k < depth; k++)
        {
            V b0 = V.Load(ref b), b1 = default, b2 = default, b3 = default;
            if (N.Value > 1) b1 = V.Load(ref Unsafe.Add(ref b, V.Count));
            if (N.Value > 2) b2 = V.Load(ref Unsafe.Add(ref b, 2 * V.Count));
            if (N.Value > 3) b3 = V.Load(ref Unsafe.Add(ref b, 3 * V.Count));
            MultiplyRow<V, N>(a, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
            if (R.Value > 1) MultiplyRow<V, N>(Unsafe.Add(ref a, rowA), b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
            if (R.Value > 2) MultiplyRow<V, N>(Unsafe.Add(ref a, 2 * rowA), b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
            if (R.Value > 3) MultiplyRow<V, N>(a3, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
            if (R.Value > 4) MultiplyRow<V, N>(Unsafe.Add(ref a3, rowA), b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
            if (R.Value > 5) MultiplyRow<V, N>(Unsafe.Add(ref a3, 2 * rowA), b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
            a = ref Unsafe.Add(ref a, depthA);
            a3 = ref Unsafe.Add(ref a3, depthA);
            b = ref Unsafe.Add(ref b, depthB);
        }

        StoreRow<V, N>(ref c, c00, c01, c02, c03);
        if (R.Value > 1) StoreRow<V, N>(ref Unsafe.Add(ref c, rowC), c10, c11, c12, c13);
        if (R.Value > 2) StoreRow<V, N>(ref Unsafe.Add(ref c, 2 * rowC), c20, c21, c22, c23);
        if (R.Value > 3) StoreRow<V, N>(ref Unsafe.Add(ref c, 3 * rowC), c30, c31, c32, c33);
        if (R.Value > 4) StoreRow<V, N>(ref Unsafe.Add(ref c, 4 * rowC), c40, c41, c42, c43);
        if (R.Value > 5) StoreRow<V, N>(ref Unsafe.Add(ref c, 5 * rowC), c50, c51, c52, c53);
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
    static void MultiplyRow<V, N>(float a, V b0, V b1, V b2, V b3, ref V c0, ref V c1, ref V c2, ref V c3) where V : struct, ISimd<V> where N : INumber
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
    struct N4 : INumber { public static int Value => 4; }
    struct N6 : INumber { public static int Value => 6; }
}
