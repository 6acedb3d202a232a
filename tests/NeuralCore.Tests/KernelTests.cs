using NeuralCore.Kernels;

namespace NeuralCore.Tests;

[Trait("Category", "Bits")]
public class KernelTests
{
    const float Guard = -12345.678f;
    const int Around = 3;   // guard values before and after every row of a destination

    static readonly string[] Layouts = ["A·B", "A·Bᵀ", "Aᵀ·B", "Aᵀ·Bᵀ"];

    [Fact]
    public void MultiplyAtAllSmallSizes()
    {
        for (int rows = 0; rows <= 7; rows++)
            foreach (int columns in (int[])[0, 1, 2, 15, 16, 17])
                foreach (int depth in (int[])[0, 1, 2, 5])
                    for (int layout = 0; layout < 4; layout++)
                        CheckMultiply(rows, columns, depth, layout, accumulate: (rows + depth) % 2 == 0);
    }

    [Fact]
    public void MultiplyAtSampledSizes()
    {
        var random = new CounterRandom(1, 1);
        for (int i = 0; i < 150; i++)
            CheckMultiply(random.NextInt32(68), random.NextInt32(68), random.NextInt32(68), random.NextInt32(4), random.NextInt32(2) == 0);
    }

    [Theory]
    [InlineData(13, 67, 130)]
    [InlineData(7, 130, 200)]
    [InlineData(130, 17, 129)]
    [InlineData(5, 3, 257)]
    [InlineData(3, 200, 128)]
    [InlineData(13, 67, 400)]
    [InlineData(250, 70, 40)]
    [InlineData(253, 53, 390)]
    [InlineData(3, 2100, 5)]
    [InlineData(2, 2112, 385)]
    [InlineData(5, 67, 2050)]
    [InlineData(245, 70, 2100)]
    public void MultiplyAcrossBlocks(int rows, int columns, int depth)
    {
        for (int layout = 0; layout < 4; layout++)
        {
            CheckMultiply(rows, columns, depth, layout, accumulate: false);
            CheckMultiply(rows, columns, depth, layout, accumulate: true);
        }
    }

    /// <summary>Blocks of rows and of columns, in a result so large that blocks may be deeper.</summary>
    [Fact]
    public void MultiplyAcrossBlocksOfRowsAndColumns() => CheckMultiply(257, 2056, 30, layout: 2, accumulate: false);

    static void CheckMultiply(int rows, int columns, int depth, int layout, bool accumulate)
    {
        // Odd leading dimensions, some elements wider than the matrix.
        (int rowA, int depthA) = layout is 0 or 1 ? (depth + 3, 1) : (1, rows + 5);
        (int depthB, int columnB) = layout is 0 or 2 ? (columns + 7, 1) : (1, depth + 1);
        int rowC = columns + 2 * Around;
        float[] a = Draw.Floats(rows * rowA + depth * depthA + 1, 1), b = Draw.Floats(depth * depthB + columns * columnB + 1, 2);
        float[] before = Guarded(rows, columns, rowC);
        Span<float> start = accumulate ? before.AsSpan(Around) : default;
        (double[] exact, double[] magnitude) = ReferenceKernels.Multiply(rows, columns, depth, a, rowA, depthA, b, depthB,
            columnB, start, rowC);
        float[] chain = ReferenceKernels.MultiplyChain(rows, columns, depth, a, rowA, depthA, b, depthB, columnB, start, rowC);
        foreach (Width width in Width.All)
        {
            float[] c = [.. before];
            width.Multiply(rows, columns, depth, ref a[0], rowA, depthA, ref b[0], depthB, columnB, ref c[Around], rowC, accumulate);
            Check($"{width} {Layouts[layout]} {rows}x{columns}x{depth}{(accumulate ? " accumulated" : "")}",
                c, before, rows, columns, rowC, chain, exact, magnitude, depth);
        }
    }

    [Fact]
    public void MultiplyPackedWithBiasAndWithStart()
    {
        var random = new CounterRandom(1, 2);
        for (int i = 0; i < 150; i++)
            CheckPacked(random.NextInt32(20), 1 + random.NextInt32(67), random.NextInt32(68), bias: i % 2 == 0);
        CheckPacked(7, 130, 200, bias: true);
        CheckPacked(33, 64, 130, bias: false);
    }

    static void CheckPacked(int rows, int columns, int depth, bool bias)
    {
        int rowA = depth + 3, rowC = columns + 2 * Around;
        float[] a = Draw.Floats(rows * rowA + 1, 3), b = Draw.Floats(depth * (columns + 1) + 1, 4);
        float[] packed = new float[Gemm.PackedSize(depth, columns) + 2 * Around];
        packed.AsSpan().Fill(Guard);
        Gemm.Pack(ref b[0], columns + 1, 1, depth, columns, ref packed[Around]);
        Assert.All(packed[..Around].Concat(packed[^Around..]), v => Assert.Equal(Guard, v));
        float[] transposed = new float[b.Length], packedAgain = new float[packed.Length];
        for (int k = 0; k < depth; k++)
            for (int n = 0; n < columns; n++) transposed[n * depth + k] = b[k * (columns + 1) + n];
        packedAgain.AsSpan().Fill(Guard);
        Gemm.Pack(ref transposed[0], 1, depth, depth, columns, ref packedAgain[Around]);
        Draw.SameBits(packed, packedAgain, $"packed from Bᵀ {depth}x{columns}");

        float[] before = Guarded(rows, columns, rowC), biases = Draw.Floats(columns, 5);
        Span<float> start = bias ? biases : before.AsSpan(Around);
        int rowStart = bias ? 0 : rowC;
        (double[] exact, double[] magnitude) = ReferenceKernels.Multiply(rows, columns, depth, a, rowA, 1, b, columns + 1, 1,
            start, rowStart);
        float[] chain = ReferenceKernels.MultiplyChain(rows, columns, depth, a, rowA, 1, b, columns + 1, 1, start, rowStart);
        foreach (Width width in Width.All)
        {
            float[] c = [.. before];
            ref float from = ref bias ? ref biases[0] : ref c[Around];
            width.MultiplyPacked(rows, columns, depth, ref a[0], rowA, ref packed[Around], ref from, rowStart, ref c[Around], rowC);
            Check($"{width} packed {rows}x{columns}x{depth}", c, before, rows, columns, rowC, chain, exact, magnitude, depth);
            for (int m = 0; m < rows; m++)
            {
                float[] alone = [.. before];
                ref float fromRow = ref bias ? ref biases[0] : ref alone[Around + m * rowC];
                ref float row = ref alone[Around + m * rowC];
                width.MultiplyPacked(1, columns, depth, ref a[m * rowA], rowA, ref packed[Around], ref fromRow, rowStart, ref row, rowC);
                Draw.SameBits(c.AsSpan(Around + m * rowC, columns), alone.AsSpan(Around + m * rowC, columns), $"{width} row {m} alone "
                    + $"of {rows}");
            }
        }
    }

    /// <summary>Rows of random values with guards between them, before and after.</summary>
    static float[] Guarded(int rows, int columns, int rowC)
    {
        var c = new float[rows * rowC + 2 * Around];
        c.AsSpan().Fill(Guard);
        float[] values = Draw.Floats(rows * columns, 6);
        for (int m = 0; m < rows; m++) values.AsSpan(m * columns, columns).CopyTo(c.AsSpan(Around + m * rowC));
        return c;
    }

    static void Check(string what, float[] c, float[] before, int rows, int columns, int rowC,
        float[] chain, double[] exact, double[] magnitude, int depth)
    {
        var expected = (float[])before.Clone();
        for (int m = 0; m < rows; m++) chain.AsSpan(m * columns, columns).CopyTo(expected.AsSpan(Around + m * rowC));
        Draw.SameBits(expected, c, what);
        for (int i = 0; i < chain.Length; i++)
            Assert.True(Math.Abs(chain[i] - exact[i]) <= Math.ScaleB(depth * magnitude[i], -24), $"{what}: {chain[i]} is too far "
                + $"from {exact[i]}");
    }

    [Fact]
    public void OperationsAgreeOnSpecialValues()
    {
        float[] values = [0f, -0f, 1f, -1f, 0.1f, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        foreach (float a in values)
            foreach (float b in values)
                foreach (Width width in Width.All)
                {
                    var got = width.Operations(a, b);
                    Draw.SameBits([a < b ? a : b, a > b ? a : b, a < b ? 1f : 0f], [got.Min, got.Max, got.Less], $"{width} of {a} and {b}");
                    Assert.Equal(MathF.FusedMultiplyAdd(a, b, a), got.Fma);
                    Assert.Equal(MathF.Sqrt(a), got.Root);
                }
    }

    [Fact]
    public void FusedMultiplyAddRoundsOnce()
    {
        // Products of two floats in [1, 2) and their sum with a third are exact in double, so the cast is the only rounding.
        float a = 1 + MathF.ScaleB(1, -12);
        var random = new CounterRandom(1, 3);
        for (int i = 0; i < 1000; i++, a = 1 + random.NextSingle())
        {
            float b = 1 + random.NextSingle();
            foreach (Width width in Width.All) Assert.Equal((float)((double)a * b + a), width.Operations(a, b).Fma);
        }
    }

    [Fact]
    public void ElementwiseAtLengths0To256()
    {
        for (int length = 0; length <= 256; length++)
        {
            float[] a = Draw.Floats(length, 7), b = Draw.Floats(length, 8);
            foreach (Width width in Width.All)
            {
                CheckBinary<Add>(width, a, b, (x, y) => x + y);
                CheckBinary<Gradient<Sigmoid>>(width, a, b, (dy, y) => dy * (y * (1 - y)));
                CheckBinary<Gradient<Tanh>>(width, a, b, (dy, y) => dy * MathF.FusedMultiplyAdd(-y, y, 1));
                CheckBinary<Gradient<Relu>>(width, a, b, (dy, y) => y > 0 ? dy : 0);

                float[] sum = [.. b, Guard], expected = [.. a.Zip(b, (x, y) => MathF.FusedMultiplyAdd(0.3f, x, y)), Guard];
                width.AddScaled(0.3f, a, sum.AsSpan(0, length));
                Draw.SameBits(expected, sum, $"{width} AddScaled {length}");
                float[] itself = [.. a];
                width.AddScaled(0.3f, itself, itself);
                Draw.SameBits([.. a.Select(x => MathF.FusedMultiplyAdd(0.3f, x, x))], itself, $"{width} AddScaled onto itself {length}");

                float[] relu = [.. a];
                width.Apply<Relu>(relu, relu);
                Draw.SameBits([.. a.Select(x => x > 0 ? x : x < 0 ? 0 : x)], relu, $"{width} Relu {length}");
            }
        }
    }

    static void CheckBinary<F>(Width width, float[] a, float[] b, Func<float, float, float> f) where F : IBinary
    {
        float[] expected = [.. a.Zip(b, f), Guard], y = [.. Enumerable.Repeat(Guard, a.Length + 1)];
        width.Binary<F>(a, b, y.AsSpan(0, a.Length));
        Draw.SameBits(expected, y, $"{width} {typeof(F).Name} {a.Length}");
        float[] left = [.. a], right = [.. b];
        width.Binary<F>(left, b, left);
        width.Binary<F>(a, right, right);
        Draw.SameBits(expected.AsSpan(0, a.Length), left, $"{width} {typeof(F).Name} onto its first operand");
        Draw.SameBits(expected.AsSpan(0, a.Length), right, $"{width} {typeof(F).Name} onto its second operand");
    }

    [Fact]
    public void DestinationsThatAreTooShortAreRefused()
    {
        var (three, two) = (new float[3], new float[2]);
        Assert.Contains("room for 3 values, got 2", Assert.Throws<ArgumentException>(() => Functions.Apply<Exp>(three, two)).Message);
        Assert.Throws<ArgumentException>(() => Elementwise.Apply<Add>(three, three, two));
        Assert.Throws<ArgumentException>(() => Elementwise.Apply<Add>(three, two, three));
        Assert.Throws<ArgumentException>(() => Elementwise.AddScaled(1, three, two));
        Assert.ThrowsAny<ArgumentException>(() => Softmax.Rows(three, two, 1, 3, 3));
        Assert.ThrowsAny<ArgumentException>(() => Elementwise.AddRows(three, 2, 2, two));
    }

    [Fact]
    public void LstmCellHasTheSameBitsAtEveryWidth()
    {
        const int rows = 5, rowZ = 70, rowC = 19;
        float[] z = Draw.Floats(rows * rowZ, 12, 4), before = Draw.Floats(rows * rowC, 13, 2);
        float[] dH = Draw.Floats(rows * rowC, 14), dC = Draw.Floats(rows * rowC, 15);
        float[][] Run(Width width)
        {
            float[] gates = [.. z], c = new float[rows * rowC], h = new float[rows * rowC];
            width.LstmForward(rows, gates, rowZ, before, c, rowC, h, rowC);
            float[] activations = [.. gates], earlier = [.. dC];
            width.LstmBackward(rows, gates, rowZ, before, c, dH, earlier, rowC);
            return [c, h, activations, gates, earlier];
        }
        float[][] expected = Run(Width.All[^1]);
        for (int row = 0; row < rows; row++)
            for (int j = 0; j < 16; j++)
            {
                int at = row * rowZ + j;
                double cell = ReferenceKernels.Sigmoid(z[at + 16]) * before[row * rowC + j]
                    + ReferenceKernels.Sigmoid(z[at]) * Math.Tanh(z[at + 32]);
                Assert.Equal(cell, expected[0][row * rowC + j], 2e-6);
                Assert.Equal(ReferenceKernels.Sigmoid(z[at + 48]) * Math.Tanh(cell), expected[1][row * rowC + j], 2e-6);
            }
        foreach (Width width in Width.All)
            foreach ((float[] want, float[] got) in expected.Zip(Run(width))) Draw.SameBits(want, got, $"{width} LSTM cell");
    }

    [Fact]
    public void GruCellsAgreeWithTheReferenceAtEveryWidthAndNumberOfRows()
    {
        for (int rows = 0; rows <= 67; rows++) CheckGru(rows);
    }

    static void CheckGru(int rows)
    {
        const int rowZ = 70, rowU = 21, rowH = 19;
        float[] sums = Draw.Floats(rows * rowZ + 64, 12, 4), before = Draw.Floats(rows * rowU + 16, 13, 2);
        float[] dh = Draw.Floats(rows * rowH + 16, 14), dS = Draw.Floats(rows * rowH + 16, 15);
        float[][] Run(Width width)
        {
            float[] z = [.. sums], h = [.. Enumerable.Repeat(Guard, before.Length)], dH = [.. dh];
            width.Gru(new GruForward<FloatCell>(ref z[0], rowZ, ref before[0], ref h[0], rowU), rows);
            float[] gates = [.. z];
            width.Gru(new GruBackward(ref z[0], rowZ, ref before[0], rowU, ref dH[0], rowH), rows);

            float[] zBefore = [.. sums], s = [.. Enumerable.Repeat(Guard, before.Length)], hBefore = [.. s], dHBefore = [.. dh];
            width.Gru(new GruReset<FloatCell>(ref zBefore[0], rowZ, ref before[0], ref s[0], rowU), rows);
            width.Gru(new GruUpdate<FloatCell>(ref zBefore[0], rowZ, ref before[0], ref hBefore[0], rowU), rows);
            float[] gatesBefore = [.. zBefore];
            width.Gru(new GruUpdateBackward(ref zBefore[0], rowZ, ref before[0], rowU, ref dHBefore[0], rowH), rows);
            width.Gru(new GruResetBackward(ref zBefore[0], rowZ, ref before[0], rowU, ref dS[0], ref dHBefore[0], rowH), rows);
            return [gates, h, z, dH, gatesBefore, s, hBefore, zBefore, dHBefore];
        }
        float[][] expected = Run(Width.All[^1]);
        for (int row = 0; row < rows; row++)
            for (int j = 0; j < 16; j++)
            {
                (int at, int u, int d) = (row * rowZ + j, row * rowU + j, row * rowH + j);
                (double r, double z, double b) = (ReferenceKernels.Sigmoid(sums[at + 16]),
                    ReferenceKernels.Sigmoid(sums[at + 32]), before[u]);
                double n = Math.Tanh(sums[at] + r * sums[at + 48]), dN = dh[d] * (1 - z) * (1 - n * n), dZ = dh[d] * (b - n) * z * (1 - z);
                double[] after = [n, r, z, sums[at + 48], (1 - z) * n + z * b, dN, dN * sums[at + 48] * r * (1 - r), dZ, dN * r, dh[d] * z];
                float[] got = [expected[0][at], expected[0][at + 16], expected[0][at + 32], expected[0][at + 48], expected[1][u],
                    expected[2][at], expected[2][at + 16], expected[2][at + 32], expected[2][at + 48], expected[3][d]];
                for (int i = 0; i < after.Length; i++) Assert.Equal(after[i], got[i], 2e-6 * Math.Max(1, Math.Abs(after[i])));

                n = Math.Tanh(sums[at]);
                (dN, dZ) = (dh[d] * (1 - z) * (1 - n * n), dh[d] * (b - n) * z * (1 - z));
                after = [n, r, z, r * b, (1 - z) * n + z * b, dN, dS[d] * b * r * (1 - r), dZ, dh[d] * z + dS[d] * r];
                got = [expected[4][at], expected[4][at + 16], expected[4][at + 32], expected[5][u], expected[6][u],
                    expected[7][at], expected[7][at + 16], expected[7][at + 32], expected[8][d]];
                for (int i = 0; i < after.Length; i++) Assert.Equal(after[i], got[i], 2e-6 * Math.Max(1, Math.Abs(after[i])));
            }
        // Nothing past a row's 16 units is written.
        for (int i = 0; i < before.Length; i++)
            if (i % rowU >= 16 || i / rowU >= rows) Assert.Equal((Guard, Guard, Guard), (expected[1][i], expected[5][i], expected[6][i]));
        foreach (Width width in Width.All)
            foreach ((float[] want, float[] got) in expected.Zip(Run(width))) Draw.SameBits(want, got, $"{width} GRU cell, {rows} rows");
    }
}
