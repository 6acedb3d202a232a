using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

// Where operands are copied, so that an inner loop reads them one after the other.
static partial class Gemm
{
    /// <summary>
    /// Packs B (K x N, b[k, n] = b[k·depthB + n·columnB]) into panels [n / 64][k][64], the last one padded to a multiple of 16 columns.
    /// </summary>
    internal static void Pack(ref float b, int depthB, int columnB, int depth, int columns, ref float packed)
    {
        for (int n = 0; n < columns; n += PanelColumns)
            PackPanel(ref Unsafe.Add(ref b, (nint)n * columnB), depthB, columnB, depth, Math.Min(PanelColumns, columns - n),
                ref Unsafe.Add(ref packed, (nint)n * depth));
    }

    static void PackPanel(ref float b, int depthB, int columnB, int depth, int width, ref float panel)
        => PackColumns(ref b, depthB, columnB, depth, width, ref panel, RoundUp(width));

    /// <summary>Packs a panel of B, or only those of its columns that fill no tile.</summary>
    static void PackRight(ref float b, int depthB, int columnB, int depth, int columns, bool whole, ref float packed)
    {
        int narrow = Narrow(columns);
        if (whole) PackPanel(ref b, depthB, columnB, depth, columns, ref packed);
        else if (narrow > 0) PackPanel(ref Unsafe.Add(ref b, columns - narrow), depthB, columnB, depth, narrow, ref packed);
    }

    /// <summary>Copies <paramref name="width"/> columns to to[k·row + n], padded with zeros to a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void PackColumns(ref float b, nint depthB, nint columnB, nint depth, nint width, ref float to, nint row)
    {
        nint whole = columnB == 1 ? width & -Lane : 0, padded = RoundUp((int)width);
        for (nint k = 0; k < depth && whole > 0; k++)
            for (nint n = 0; n < whole; n += Lane)
            {
                ref float from = ref Unsafe.Add(ref b, k * depthB + n);
                Simd.Prefetch(ref from, RowsAhead * depthB);
                Unsafe.As<float, Sixteen>(ref Unsafe.Add(ref to, k * row + n)) = Unsafe.As<float, Sixteen>(ref from);
            }
        if (depthB == 1 && columnB != 1)
        {
            Transpose.Copy(ref b, columnB, width, depth, ref to, row);
            whole = width;
        }
        if (whole == padded) return;
        for (nint k = 0; k < depth; k++)
        {
            ref float from = ref Unsafe.Add(ref b, k * depthB), target = ref Unsafe.Add(ref to, k * row);
            for (nint n = whole; n < width; n++) Unsafe.Add(ref target, n) = Unsafe.Add(ref from, n * columnB);
            for (nint n = width; n < padded; n++) Unsafe.Add(ref target, n) = 0f;
        }
    }

    /// <summary>Packs rows of A into strips [m / 6][k][6]; rows past the last one are not read and their places not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void PackRows(ref float a, nint rowA, nint depthA, nint rows, nint depth, ref float packed)
    {
        nint m = 0;
        for (; rowA == 1 && m <= rows - TileRows; m += TileRows)
        {
            ref float from = ref Unsafe.Add(ref a, m), to = ref Unsafe.Add(ref packed, m * depth);
            for (nint k = 0; k < depth; k++)
                Unsafe.As<float, Six>(ref Unsafe.Add(ref to, k * TileRows)) = Unsafe.As<float, Six>(ref Unsafe.Add(ref from, k * depthA));
        }
        for (; m < rows; m++)
        {
            ref float from = ref Unsafe.Add(ref a, m * rowA),
                to = ref Unsafe.Add(ref packed, m / TileRows * TileRows * depth + m % TileRows);
            for (nint k = 0; k < depth; k++) Unsafe.Add(ref to, k * TileRows) = Unsafe.Add(ref from, k * depthA);
        }
    }

    /// <summary>A lane of floats, copied as one.</summary>
    [InlineArray(Lane)]
    internal struct Sixteen
    {
        float first;
    }

    [InlineArray(TileRows)]
    struct Six
    {
        float first;
    }
}
