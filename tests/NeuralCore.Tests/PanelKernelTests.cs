using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Products of panels side by side and of rows in runs, and what moves matrices.</summary>
[Trait("Category", "Bits")]
public class PanelKernelTests
{
    [Fact]
    public void EveryPanelIsTheChainOfItsColumns()
    {
        foreach (int rows in (int[])[0, 1, 2, 3, 4, 7])
            for (int panels = 1; panels <= 9; panels += rows <= 1 ? 1 : 4)
                foreach (int columns in (int[])[16, 32, 48, 64])
                    foreach (int depth in (int[])[0, 1, 5, 37])
                    {
                        CheckPanels(rows, panels, columns, depth, resumed: false);
                        CheckPanels(rows, panels, columns, depth, resumed: true);
                    }
    }

    static void CheckPanels(int rows, int panels, int columns, int depth, bool resumed)
    {
        int rowA = depth + 3, nextB = depth * columns + 8, nextC = columns + 16, rowC = panels * nextC + 5;
        (int rowStart, int nextStart) = resumed ? (rowC, nextC) : (0, columns + 1);
        float[] a = Draw.Floats(rows * rowA + 1, 1), b = Draw.Floats(panels * nextB + 1, 2), biases = Draw.Floats(panels * nextStart, 3);
        float[] before = Draw.Floats(Math.Max(1, rows) * rowC, 11), expected = [.. before];
        for (int p = 0; p < panels; p++)
        {
            float[] chain = ReferenceKernels.MultiplyChain(rows, columns, depth, a, rowA, 1, b.AsSpan(p * nextB), columns, 1,
                (resumed ? before : biases).AsSpan(p * nextStart), rowStart);
            for (int m = 0; m < rows; m++) chain.AsSpan(m * columns, columns).CopyTo(expected.AsSpan(m * rowC + p * nextC));
        }
        foreach (Width width in Width.All)
        {
            float[] c = [.. before];
            ref float start = ref resumed ? ref c[0] : ref biases[0];
            width.MultiplyPanels(rows, panels, columns, depth, ref a[0], rowA, ref b[0], nextB, ref start, rowStart, nextStart,
                ref c[0], rowC, nextC);
            Draw.SameBits(expected, c, $"{width} {rows} rows, {panels} panels of {columns}, depth {depth}{(resumed ? " resumed" : "")}");
        }
    }

    [Fact]
    public void RunsAreOneChain()
    {
        foreach (int rows in (int[])[1, 5, 6, 13])
            foreach (int columns in (int[])[1, 20, 53, 64, 128, 150])
                foreach ((int groups, int depth, int next) in ((int, int, int)[])[(1, 7, 7), (2, 3, 5), (3, 48, 64), (8, 16, 64)])
                    CheckRuns(rows, columns, groups, depth, next);
    }

    static void CheckRuns(int rows, int columns, int groups, int depth, int next)
    {
        int whole = groups * depth, rowA = groups * next + 2;
        float[] a = Draw.Floats(rows * rowA, 4), b = Draw.Floats(whole * columns, 5), start = Draw.Floats(rows * columns, 6);
        float[] together = new float[rows * whole];
        for (int i = 0; i < together.Length; i++) together[i] = a[i / whole * rowA + i % whole / depth * next + i % depth];
        var packed = new float[Gemm.PackedSize(whole, columns)];
        Gemm.Pack(ref b[0], columns, 1, whole, columns, ref packed[0]);
        foreach (bool accumulate in (bool[])[true, false])
        {
            float[] expected = ReferenceKernels.MultiplyChain(rows, columns, whole, together, whole, 1, b, columns, 1,
                accumulate ? start : default, columns);
            foreach (Width width in Width.All)
            {
                float[] c = [.. start];
                var left = new Gemm.Left(rowA, rowA, 1, depth, groups, next - depth);
                width.MultiplyGroups(rows, columns, left, ref a[0], ref packed[0], ref c[0], columns, accumulate);
                Draw.SameBits(expected, c, $"{width} {rows}x{columns}, {groups} runs of {depth}{(accumulate ? " accumulated" : "")}");
            }
            float[] chosen = [.. start];
            Gemm.MultiplyGroups(rows, columns, groups, depth, next, ref a[0], rowA, ref packed[0], ref chosen[0], columns, accumulate);
            Draw.SameBits(expected, chosen, "the width of this machine");
        }
    }

    [Fact]
    public void MatricesAreTurnedRound()
    {
        for (int rows = 0; rows <= 21; rows++)
            for (int columns = 0; columns <= 21; columns++)
            {
                int rowFrom = columns + 3, rowTo = rows + 2;
                float[] from = Draw.Floats(rows * rowFrom + 1, 7), before = Draw.Floats(columns * rowTo + 1, 8);
                float[] copied = [.. before], added = [.. before];
                Transpose.Copy(ref from[0], rowFrom, rows, columns, ref copied[0], rowTo);
                Transpose.Add(ref from[0], rowFrom, rows, columns, ref added[0], rowTo);
                float[] expectedCopy = [.. before], expectedSum = [.. before];
                for (int r = 0; r < rows; r++)
                    for (int c = 0; c < columns; c++)
                    {
                        expectedCopy[c * rowTo + r] = from[r * rowFrom + c];
                        expectedSum[c * rowTo + r] += from[r * rowFrom + c];
                    }
                Draw.SameBits(expectedCopy, copied, $"transposed {rows}x{columns}");
                Draw.SameBits(expectedSum, added, $"transposed and added {rows}x{columns}");
            }
    }

    [Fact]
    public void RowsAreMovedInAnyDirection()
    {
        for (int columns = 0; columns <= 67; columns++)
            foreach (int rows in (int[])[0, 1, 4])
                foreach (bool back in (bool[])[false, true])
                {
                    int rowFrom = columns + 2, rowTo = columns + 5, first = back ? (rows - 1) * rowTo : 0;
                    float[] from = Draw.Floats(4 * rowFrom + 1, 9), before = Draw.Floats(4 * rowTo + 1, 10);
                    float[] expectedCopy = [.. before], expectedSum = [.. before];
                    for (int r = 0; r < rows; r++)
                        for (int n = 0; n < columns; n++)
                        {
                            int at = (back ? rows - 1 - r : r) * rowTo + n;
                            expectedCopy[at] = from[r * rowFrom + n];
                            expectedSum[at] += from[r * rowFrom + n];
                        }
                    float[] copied = [.. before];
                    if (rows > 0) Rows.Copy(ref from[0], rowFrom, ref copied[first], back ? -rowTo : rowTo, rows, columns);
                    Draw.SameBits(expectedCopy, copied, $"{rows} rows of {columns} copied");
                    foreach (Width width in Width.All)
                    {
                        float[] added = [.. before];
                        if (rows > 0) width.AddRowsApart(ref from[0], rowFrom, ref added[first], back ? -rowTo : rowTo, rows, columns);
                        Draw.SameBits(expectedSum, added, $"{width} {rows} rows of {columns} added");
                    }
                }
    }
}
