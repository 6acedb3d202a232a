using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Matrix products. Every element of a result is one chain of fused multiply-adds in ascending k, started from the value that C (or the
/// bias) had: the bits depend neither on the vector width nor on how the matrix is cut into tiles.
/// </summary>
static partial class Gemm
{
    /// <summary>Columns of a panel: four vectors of 16.</summary>
    internal const int PanelColumns = 64;

    /// <summary>Panels are padded with zeros to a multiple of this many columns, at every vector width.</summary>
    internal const int Lane = 16;

    /// <summary>Rows of a tile: 6 rows x 4 vectors of accumulators, 4 of B and 1 of A fill 29 of 32 registers.</summary>
    internal const int TileRows = 6;

    const int PanelDepth = 2048, BlockDepth = 384, BlockRows = 240, BlockColumns = 2048, LargeResult = 1 << 19;
    const int CachedPanels = 48 * 1024 / sizeof(float);   // the first-level cache of many newer cores; less costs speed only
    // Prefetched while packing: rows of a large B lie on pages of their own, where the processor does not look ahead.
    const int RowsAhead = 16;
    const int WholeTiles = 3 * Lane;   // so many columns fill tiles before the rest of a panel goes through a copy

    static readonly float[] Zeros = AlignedArray.New(PanelColumns);

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
    internal static void Multiply<V>(int rows, int columns, int depth, ref float a, int rowA, int depthA,
        ref float b, int depthB, int columnB, ref float c, int rowC, bool accumulate) where V : struct, ISimd<V>
    {
        if (rows == 0 || columns == 0) return;
        if (depth == 0 && !accumulate)
            for (int m = 0; m < rows; m++) MemoryMarshal.CreateSpan(ref Unsafe.Add(ref c, (nint)m * rowC), columns).Clear();

        bool packA = depthA != 1, packB = columnB != 1 || rows > BlockRows;   // rows of B that lie as they are read: only for many
        // Rows of A that lie as they are read pass by one panel of B after the other, each kept in the second cache. Where A is packed too,
        // a block of it is kept and all panels pass by; a result that no cache holds should pass by seldom: deeper blocks, all alike.
        int blockRows = packA ? Math.Min(BlockRows, rows) : rows, blockColumns = packA ? BlockColumns : PanelColumns;
        int deepest = !packA ? PanelDepth : (long)rows * columns > LargeResult ? 2 * BlockDepth : BlockDepth;
        int blocks = Math.Max(1, (int)((depth + deepest - 1L) / deepest)), mostDepth = (int)((depth + blocks - 1L) / blocks);
        int mostRows = packA ? blockRows + TileRows : 0, mostColumns = packB ? RoundUp(Math.Min(blockColumns, columns)) : PanelColumns;
        ref float edge = ref Workspace(TileRows * PanelColumns + mostDepth * (mostColumns + mostRows));
        ref float packedB = ref Unsafe.Add(ref edge, TileRows * PanelColumns);
        ref float packedA = ref Unsafe.Add(ref packedB, mostDepth * mostColumns);
        for (nint firstN = 0; firstN < columns; firstN += blockColumns)
            for (int k = 0; k < depth; k += mostDepth)
                for (nint m = 0; m < rows; m += blockRows)
                {
                    int height = (int)Math.Min(blockRows, rows - m), block = Math.Min(mostDepth, depth - k);
                    int width = (int)Math.Min(blockColumns, columns - firstN);
                    ref float strips = ref Unsafe.Add(ref a, m * rowA + (nint)k * depthA);
                    if (packA)
                    {
                        PackRows(ref strips, rowA, depthA, height, block, ref packedA);
                        strips = ref packedA;
                    }
                    Left left = packA ? new Left(block, 1, TileRows, block) : new Left(rowA, rowA, 1, block);
                    bool fresh = !accumulate && k == 0;
                    for (int n = 0; n < width; n += PanelColumns)
                    {
                        int some = Math.Min(PanelColumns, width - n);
                        ref float source = ref Unsafe.Add(ref b, (nint)k * depthB + (firstN + n) * columnB);
                        ref float packed = ref Unsafe.Add(ref packedB, packB ? (nint)n * block : 0);
                        if (m == 0 && (packB || !fresh || some < WholeTiles))
                            PackRight(ref source, depthB, columnB, block, some, packB, ref packed);
                        var right = packB ? new Right(ref packed, some) : new Right(ref source, depthB, ref packed, some);
                        ref float target = ref Unsafe.Add(ref c, m * rowC + firstN + n);
                        ref float zeros = ref AlignedArray.First(Zeros);
                        if (fresh) Strip<V>(height, some, in left, ref strips, in right, ref zeros, 0, ref target, rowC, ref edge);
                        else Strip<V>(height, some, in left, ref strips, in right, ref target, rowC, ref target, rowC, ref edge);
                    }
                }
    }

    /// <summary>
    /// How A lies: the distance of strips, a row of theirs, of rows in a strip, of values of a row. A row has <see cref="Groups"/> runs of
    /// <see cref="Depth"/> values, <see cref="Skip"/> floats left out between them.
    /// </summary>
    internal readonly record struct Left(nint Strip, nint Row, nint Step, nint Depth, nint Groups = 1, nint Skip = 0);

    /// <summary>Where a panel of B lies: columns that fill a tile, and the rest, packed; each with the distance of its rows.</summary>
    readonly ref struct Right
    {
        internal readonly ref float Tiles, Rest;
        internal readonly nint Row, RowOfRest;

        /// <summary>A packed panel.</summary>
        internal Right(ref float panel, int columns)
        {
            Row = RowOfRest = RoundUp(columns);
            Tiles = ref panel;
            Rest = ref Unsafe.Add(ref panel, columns - Narrow(columns));
        }

        /// <summary>Rows where they are, of which only the rest is packed.</summary>
        internal Right(ref float rows, nint row, ref float rest, int columns)
        {
            (Row, RowOfRest) = (row, RoundUp(Narrow(columns)));
            Tiles = ref rows;
            Rest = ref rest;
        }
    }

    /// <summary>C = start + A·B for a panel of up to 64 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Strip<V>(int rows, int columns, in Left left, ref float a, in Right right,
        ref float start, nint rowStart, ref float c, nint rowC, ref float edge) where V : struct, ISimd<V>
    {
        int narrow = Narrow(columns), padded = RoundUp(narrow), whole = columns - narrow;
        bool apart = !Unsafe.AreSame(ref start, ref c);
        for (nint m = 0, height; m < rows; m += height)
        {
            height = narrow == 0 || whole > 0 && apart ? rows - m : Math.Min(TileRows, rows - m);
            ref float strip = ref Unsafe.Add(ref a, m * left.Strip), from = ref Unsafe.Add(ref start, m * rowStart);
            ref float tile = ref Unsafe.Add(ref c, m * rowC);
            if (whole > 0) Panel<V>((int)height, whole, in left, ref strip, ref right.Tiles, right.Row, ref from, rowStart, ref tile, rowC);
            if (narrow == 0) continue;
            if (whole > 0 && apart)   // columns that were there already are computed once more, from the same start
            {
                int last = columns - Lane;
                Panel<V>((int)height, Lane, in left, ref strip, ref Unsafe.Add(ref right.Tiles, last), right.Row,
                    ref Unsafe.Add(ref from, last), rowStart, ref Unsafe.Add(ref tile, last), rowC);
                continue;
            }
            Rows.Copy(ref Unsafe.Add(ref from, whole), rowStart, ref edge, padded, height, narrow);
            Panel<V>((int)height, padded, in left, ref strip, ref right.Rest, right.RowOfRest, ref edge, padded, ref edge, padded);
            Rows.Copy(ref edge, padded, ref Unsafe.Add(ref tile, whole), rowC, height, narrow);
        }
    }

    /// <summary>Columns of a panel that go through a copy, since they fill no tile: those after 48, or all where there are fewer.</summary>
    static int Narrow(int columns) => columns % Lane == 0 ? 0 : columns < WholeTiles ? columns : columns - WholeTiles;

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
        => MultiplyPacked(rows, columns, new Left(rowA, rowA, 1, depth), ref a, ref packedB, ref start, rowStart, 1, ref c, rowC);

    /// <summary>C = A·B for a packed B.</summary>
    internal static void MultiplyPacked(int rows, int columns, int depth, ref float a, int rowA, ref float packedB, ref float c, int rowC)
        => MultiplyPacked(rows, columns, new Left(rowA, rowA, 1, depth), ref a, ref packedB,
            ref AlignedArray.First(Zeros), 0, 0, ref c, rowC);

    /// <summary>
    /// C += A·B, or C = A·B, for a packed B, where a row of A has <paramref name="groups"/> runs of <paramref name="depth"/> values that
    /// begin nextGroup floats apart.
    /// </summary>
    internal static void MultiplyGroups(int rows, int columns, int groups, int depth, int nextGroup, ref float a, int rowA,
        ref float packedB, ref float c, int rowC, bool accumulate)
    {
        var left = new Left(rowA, rowA, 1, depth, groups, nextGroup - depth);
        if (accumulate) MultiplyPacked(rows, columns, in left, ref a, ref packedB, ref c, rowC, 1, ref c, rowC);
        else MultiplyPacked(rows, columns, in left, ref a, ref packedB, ref AlignedArray.First(Zeros), 0, 0, ref c, rowC);
    }

    static void MultiplyPacked(int rows, int columns, in Left left, ref float a, ref float packedB,
        ref float start, nint rowStart, nint columnStart, ref float c, int rowC)
    {
        if (Simd.Has512)
            MultiplyPacked<V512>(rows, columns, in left, ref a, ref packedB, ref start, rowStart, columnStart, ref c, rowC);
        else if (Simd.Has256)
            MultiplyPacked<V256>(rows, columns, in left, ref a, ref packedB, ref start, rowStart, columnStart, ref c, rowC);
        else if (Simd.Has128)
            MultiplyPacked<V128>(rows, columns, in left, ref a, ref packedB, ref start, rowStart, columnStart, ref c, rowC);
        else
            MultiplyPacked<V1>(rows, columns, in left, ref a, ref packedB, ref start, rowStart, columnStart, ref c, rowC);
    }

    /// <summary>Start moves on by <paramref name="columnStart"/> a column: by 0 where everything starts from the same zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void MultiplyPacked<V>(int rows, int columns, in Left left, ref float a, ref float packedB,
        ref float start, nint rowStart, nint columnStart, ref float c, nint rowC) where V : struct, ISimd<V>
    {
        nint depth = left.Groups * left.Depth;
        if (rows == 1 && columns % PanelColumns == 0)
            MultiplyPanels<V>(1, columns / PanelColumns, PanelColumns, in left, ref a, ref packedB, depth * PanelColumns,
                ref start, 0, PanelColumns * columnStart, ref c, 0, PanelColumns);
        else
        {
            ref float edge = ref columns % Lane == 0 ? ref c : ref Workspace(TileRows * PanelColumns);   // whole tiles need none
            for (nint n = 0; n < columns; n += PanelColumns)
            {
                int width = (int)Math.Min(PanelColumns, columns - n);
                var right = new Right(ref Unsafe.Add(ref packedB, n * depth), width);
                Strip<V>(rows, width, in left, ref a, in right, ref Unsafe.Add(ref start, n * columnStart), rowStart,
                    ref Unsafe.Add(ref c, n), rowC, ref edge);
            }
        }
    }

    /// <summary>
    /// The same for several packed panels of <paramref name="width"/> columns, 16 to 64 by 16, that lie nextB floats apart, as their
    /// results lie nextC: c[m·rowC + p·nextC + n] begins at start[m·rowStart + p·nextStart + n]. C may be start.
    /// </summary>
    internal static void MultiplyPanels(int rows, int panels, int width, int depth, ref float a, int rowA, ref float b, int nextB,
        ref float start, int rowStart, int nextStart, ref float c, int rowC, int nextC)
    {
        var left = new Left(rowA, rowA, 1, depth);
        if (Simd.Has512)
            MultiplyPanels<V512>(rows, panels, width, in left, ref a, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else if (Simd.Has256)
            MultiplyPanels<V256>(rows, panels, width, in left, ref a, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else if (Simd.Has128)
            MultiplyPanels<V128>(rows, panels, width, in left, ref a, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else
            MultiplyPanels<V1>(rows, panels, width, in left, ref a, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void MultiplyPanels<V>(int rows, int panels, int width, in Left left, ref float a, ref float b, nint nextB,
        ref float start, nint rowStart, nint nextStart, ref float c, nint rowC, nint nextC) where V : struct, ISimd<V>
    {
        Debug.Assert(width % Lane == 0 && width <= PanelColumns);
        if (rows == 0) return;
        bool cached = 2 * width * left.Depth * left.Groups <= CachedPanels;   // then the caller may find two where it left them
        for (nint p = 0; p < panels;)
        {
            ref float panel = ref Unsafe.Add(ref b, p * nextB), from = ref Unsafe.Add(ref start, p * nextStart);
            ref float to = ref Unsafe.Add(ref c, p * nextC);
            int some = rows > 1 || panels - p == 1 ? 1 : panels - p < 4 || V.TileVectors < 4 || cached ? 2 : 4;
            if (some > 1) FewPanels<V>(some, width, in left, ref a, ref panel, nextB, ref from, nextStart, ref to, nextC);
            else
                Panel<V>(rows, width, in left, ref a, ref panel, width, ref from, rowStart, ref to, rowC);
            p += some;
        }
    }
}
