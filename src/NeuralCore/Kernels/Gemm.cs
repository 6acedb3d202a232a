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

    const int BlockDepth = 512, BlockRows = 240, BlockColumns = 2048, FewRows = 48;

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
    internal static void Multiply<V>(int rows, int columns, int depth, ref float a, int rowA, int depthA, ref float b, int depthB, int columnB,
        ref float c, int rowC, bool accumulate) where V : struct, ISimd<V>
    {
        if (rows == 0 || columns == 0) return;
        if (depth == 0 && !accumulate)
            for (int m = 0; m < rows; m++) MemoryMarshal.CreateSpan(ref Unsafe.Add(ref c, (nint)m * rowC), columns).Clear();

        bool packA = depthA != 1, packB = columnB != 1 || rows > FewRows;
        int mostDepth = Math.Min(BlockDepth, depth), mostRows = Math.Min(BlockRows, RoundUp(rows) + TileRows);
        int mostColumns = Math.Min(rows <= BlockRows ? PanelColumns : BlockColumns, RoundUp(columns));
        ref float edge = ref Workspace(TileRows * PanelColumns + mostDepth * (mostColumns + mostRows));
        ref float columnsOfB = ref Unsafe.Add(ref edge, TileRows * PanelColumns), rowsOfA = ref Unsafe.Add(ref columnsOfB, mostDepth * mostColumns);
        for (int n = 0; n < columns; n += mostColumns)
            for (int k = 0; k < depth; k += BlockDepth)
            {
                int block = Math.Min(BlockDepth, depth - k), width = Math.Min(mostColumns, columns - n), rest = Rest(width);
                ref float right = ref Unsafe.Add(ref b, (nint)k * depthB + (nint)n * columnB);
                if (packB) Pack(ref right, depthB, columnB, block, width, ref columnsOfB);
                else if (rest > 0) PackColumns(ref Unsafe.Add(ref right, width - rest), depthB, 1, block, rest, ref columnsOfB, RoundUp(rest));
                bool fresh = !accumulate && k == 0;
                for (int m = 0; m < rows; m += BlockRows)
                {
                    int height = Math.Min(BlockRows, rows - m);
                    ref float left = ref Unsafe.Add(ref a, (nint)m * rowA + (nint)k * depthA), target = ref Unsafe.Add(ref c, (nint)m * rowC + n);
                    if (packA) PackRows(ref left, rowA, depthA, height, block, ref rowsOfA);
                    var strips = new Strips(packA ? block : rowA, packA ? 1 : rowA, packA ? TileRows : 1);
                    ref float start = ref fresh ? ref AlignedArray.First(Zeros) : ref target;
                    Block<V>(height, width, block, ref packA ? ref rowsOfA : ref left, strips, ref packB ? ref columnsOfB : ref right, packB ? 0 : depthB,
                        ref columnsOfB, ref start, fresh ? 0 : rowC, fresh ? 0 : 1, ref target, rowC, ref edge);
                }
            }
    }

    /// <summary>How A lies: the distance of strips a row of theirs, of rows within a strip, and of values of a row.</summary>
    readonly record struct Strips(nint Strip, nint Row, nint Depth);

    /// <summary>
    /// C = start + A·B. B is packed, or its rows lie rowB floats apart and the columns that fill no lane are packed in <paramref name="rest"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Block<V>(int rows, int columns, int depth, ref float a, Strips strips, ref float b, nint rowB, ref float rest,
        ref float start, nint rowStart, nint columnStart, ref float c, nint rowC, ref float edge) where V : struct, ISimd<V>
    {
        for (nint n = 0; n < columns; n += PanelColumns)
        {
            int width = (int)Math.Min(PanelColumns, columns - n), narrow = Rest(width), padded = RoundUp(narrow), whole = width - narrow;
            nint rowPanel = rowB == 0 ? RoundUp(width) : rowB;
            ref float panel = ref Unsafe.Add(ref b, rowB == 0 ? n * depth : n), last = ref rowB == 0 ? ref Unsafe.Add(ref panel, whole) : ref rest;
            for (nint m = 0; m < rows; m += TileRows)
            {
                int height = (int)Math.Min(TileRows, rows - m);
                ref float strip = ref Unsafe.Add(ref a, m * strips.Strip), tile = ref Unsafe.Add(ref c, m * rowC + n);
                ref float from = ref Unsafe.Add(ref start, m * rowStart + n * columnStart);
                if (whole > 0) Panel<V>(height, whole, depth, ref strip, strips.Row, strips.Depth, ref panel, rowPanel, ref from, rowStart, ref tile, rowC);
                if (narrow == 0) continue;
                Copy(ref Unsafe.Add(ref from, whole * columnStart), rowStart, ref edge, padded, height, narrow);
                Panel<V>(height, padded, depth, ref strip, strips.Row, strips.Depth, ref last, rowB == 0 ? rowPanel : padded, ref edge, padded, ref edge, padded);
                Copy(ref edge, padded, ref Unsafe.Add(ref tile, whole), rowC, height, narrow);
            }
        }
    }

    /// <summary>Columns at the end that go through a copy, since they fill no tile: those after 48, or all of them where there are fewer.</summary>
    static int Rest(int columns)
    {
        int last = columns % PanelColumns;
        return last % Lane == 0 ? 0 : last - (last & (3 * Lane)) / (3 * Lane) * 3 * Lane;
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
        if (rows == 1 && columns % PanelColumns == 0)
            MultiplyPanels<V>(1, columns / PanelColumns, PanelColumns, depth, ref a, rowA, ref packedB, (nint)depth * PanelColumns,
                ref start, 0, PanelColumns, ref c, 0, PanelColumns);
        else
            Block<V>(rows, columns, depth, ref a, new Strips(rowA, rowA, 1), ref packedB, 0, ref packedB, ref start, rowStart, 1, ref c, rowC,
                ref Workspace(TileRows * PanelColumns));
    }

    /// <summary>
    /// The same for several packed panels of <paramref name="width"/> columns, at most 64, that lie nextB floats apart, as their results
    /// lie nextC: c[m·rowC + p·nextC + n] begins at start[m·rowStart + p·nextStart + n]. C may be start.
    /// </summary>
    internal static void MultiplyPanels(int rows, int panels, int width, int depth, ref float a, int rowA, ref float b, int nextB,
        ref float start, int rowStart, int nextStart, ref float c, int rowC, int nextC)
    {
        if (Simd.Has512) MultiplyPanels<V512>(rows, panels, width, depth, ref a, rowA, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else if (Simd.Has256) MultiplyPanels<V256>(rows, panels, width, depth, ref a, rowA, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else if (Simd.Has128) MultiplyPanels<V128>(rows, panels, width, depth, ref a, rowA, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
        else MultiplyPanels<V1>(rows, panels, width, depth, ref a, rowA, ref b, nextB, ref start, rowStart, nextStart, ref c, rowC, nextC);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void MultiplyPanels<V>(int rows, int panels, int width, int depth, ref float a, nint rowA, ref float b, nint nextB,
        ref float start, nint rowStart, nint nextStart, ref float c, nint rowC, nint nextC) where V : struct, ISimd<V>
    {
        for (nint p = 0; p < panels;)
        {
            ref float panel = ref Unsafe.Add(ref b, p * nextB), from = ref Unsafe.Add(ref start, p * nextStart), to = ref Unsafe.Add(ref c, p * nextC);
            int some = rows > 1 || panels - p == 1 ? 1 : panels - p < 4 || V.TileVectors < 4 ? 2 : 4;
            if (some > 1) Rows<V>(some, width, depth, ref a, ref panel, nextB, ref from, nextStart, ref to, nextC);
            else
                for (nint m = 0; m < rows; m += TileRows)
                    Panel<V>((int)Math.Min(TileRows, rows - m), width, depth, ref Unsafe.Add(ref a, m * rowA), rowA, 1, ref panel, width,
                        ref Unsafe.Add(ref from, m * rowStart), rowStart, ref Unsafe.Add(ref to, m * rowC), rowC);
            p += some;
        }
    }

    static void Copy(ref float from, nint rowFrom, ref float to, nint rowTo, int rows, int columns)
    {
        for (nint m = 0; m < rows; m++)
        {
            nint n = 0;
            for (; n <= columns - Lane; n += Lane)
                Unsafe.As<float, Sixteen>(ref Unsafe.Add(ref to, m * rowTo + n)) = Unsafe.As<float, Sixteen>(ref Unsafe.Add(ref from, m * rowFrom + n));
            for (; n < columns; n++) Unsafe.Add(ref to, m * rowTo + n) = Unsafe.Add(ref from, m * rowFrom + n);
        }
    }
}
