using System.Runtime.Intrinsics.X86;
using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Whole numbers from floats and their products, with every set of instructions that the machine has.</summary>
[Trait("Category", "Bits")]
public class Int8KernelTests
{
    delegate void Multiply(int rows, int columns, int depth, byte[] q, int rowQ, float[] s, Int8Weights w, float[] start, int rowStart,
        float[] c, int rowC);

    static readonly (string Name, Multiply Run)[] Products =
    [
        .. AvxVnni.IsSupported ? [("VNNI", Of<Vnni>())] : Array.Empty<(string, Multiply)>(),
        .. Avx512BW.IsSupported ? [("AVX-512", Of<Wide512>())] : Array.Empty<(string, Multiply)>(),
        .. Avx2.IsSupported ? [("AVX2", Of<Wide256>())] : Array.Empty<(string, Multiply)>(),
        ("none", Of<OneByOne>()),
    ];

    static Multiply Of<P>() where P : struct, IInt8Panel<P> => (rows, columns, depth, q, rowQ, s, w, start, rowStart, c, rowC)
        => Int8.Multiply<P>(rows, columns, depth, ref q[0], rowQ, ref s[0], w, ref start[0], rowStart, ref c[0], rowC);

    /// <summary>All rows and columns around the sizes of tiles; bytes and weights at their bounds, where 16 bits would overflow.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Products_are_exact(bool extreme)
    {
        var random = new CounterRandom(7, extreme ? 1u : 0u);
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 8])
            foreach (int columns in (int[])[1, 3, 15, 16, 17, 32, 48, 64, 80, 97, 130])
                foreach (int depth in (int[])[1, 3, 4, 5, 20, 63, 128])
                {
                    int padded = Gemm.RoundUp(columns), rowQ = Int8.RoundUp(depth) + 4, rowC = columns + 3;
                    byte[] q = new byte[rows * rowQ];
                    foreach (ref byte value in q.AsSpan())
                        value = extreme ? (byte)(random.NextInt32(2) * 255) : (byte)random.NextInt32(256);
                    float[] w = new float[columns * depth], scales = Draw.Floats(columns, 2), s = Draw.Floats(rows, 3),
                        start = Draw.Floats(padded, 4);
                    foreach (ref float value in w.AsSpan()) value = extreme ? random.NextInt32(2) * 255 - 128 : random.NextInt32(256) - 128;
                    var weights = new Int8Weights(columns, depth, w, scales, row => row);
                    var expected = new float[rows * rowC];
                    for (int row = 0; row < rows; row++)
                        for (int n = 0; n < columns; n++)
                        {
                            int sum = 0;
                            for (int k = 0; k < depth; k++) sum += (q[row * rowQ + k] - 128) * (int)w[n * depth + k];
                            expected[row * rowC + n] = start[n] + sum * s[row] * scales[n];
                        }
                    foreach ((string name, Multiply run) in Products)
                    {
                        var c = new float[rows * rowC];
                        run(rows, columns, depth, q, rowQ, s, weights, start, 0, c, rowC);
                        Draw.SameBits(expected, c, $"{name}, ({rows}, {depth})·({depth}, {columns})");
                    }
                }
    }

    /// <summary>What was there before is added to, as the second product of a recurrent step needs it.</summary>
    [Fact]
    public void Products_may_begin_where_they_end()
    {
        const int Rows = 5, Columns = 48, Depth = 9;
        byte[] q = [.. Enumerable.Range(0, Rows * 12).Select(i => (byte)(i * 37))];
        float[] w = [.. Enumerable.Range(0, Columns * Depth).Select(i => (float)(i * 53 % 255 - 127))], s = Draw.Floats(Rows, 1),
            before = Draw.Floats(Rows * Columns, 3);
        var weights = new Int8Weights(Columns, Depth, w, Draw.Floats(Columns, 2), row => row < 20 ? -1 : row);
        float[]? expected = null;
        foreach ((string name, Multiply run) in Products)
        {
            float[] c = [.. before];
            run(Rows, Columns, Depth, q, 12, s, weights, c, Columns, c, Columns);
            Draw.SameBits(expected ??= c, c, name);
            for (int n = 0; n < 20; n++) Assert.Equal(before[n], c[n]);   // columns without weights
        }
    }

    [Fact]
    public void Rows_become_the_nearest_whole_numbers()
    {
        const int Rows = 3;
        for (int columns = 1; columns <= 70; columns++)
            foreach (float scale in (float[])[1e-35f, 1e-3f, 1f, 3e38f])
            {
                int rowX = columns + 2, rowQ = Int8.RoundUp(columns);
                float[] x = Draw.Floats(Rows * rowX, (ulong)columns, scale);
                x.AsSpan(rowX, columns).Clear();                                    // a row of zeros
                float[]? scales = null;
                byte[]? bytes = null;
                foreach (Width width in Width.All)
                {
                    (byte[] q, float[] s) = (new byte[Rows * rowQ + 1], new float[Rows]);
                    q[^1] = 77;
                    width.Quantize(Rows, columns, x, rowX, q, rowQ, s);
                    Assert.Equal(77, q[^1]);
                    Draw.SameBits(scales ??= s, s, $"{width}: scales of {columns}");
                    Assert.Equal(bytes ??= q, q);
                }
                for (int row = 0; row < Rows; row++)
                {
                    float m = 1e-30f;
                    foreach (float v in x.AsSpan(row * rowX, columns)) m = Math.Max(m, Math.Abs(v));
                    Assert.Equal(m / 127f, scales![row]);
                    for (int k = 0; k < columns; k++)
                        Assert.Equal(MathF.Round(x[row * rowX + k] * (127f / m)), bytes![row * rowQ + k] - 128f);
                }
            }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_row_that_is_not_finite_has_no_scale(float value)
    {
        foreach (Width width in Width.All)
            for (int at = 0; at < 37; at++)
            {
                float[] x = Draw.Floats(74, 1), s = new float[2];
                x[37 + at] = value;
                width.Quantize(2, 37, x, 37, new byte[80], 40, s);
                Assert.True(float.IsFinite(s[0]) && float.IsNaN(s[1]), $"{width}, element {at}: {s[0]}, {s[1]}");
            }
    }

    /// <summary>Nothing in the cell is fused, so that ONNX's operators give its bits: the same formula in plain C#.</summary>
    [Fact]
    public void Cells_are_sums_and_products_rounded_one_by_one()
    {
        float[] z = Draw.Floats(5 * 64, 1, 4f), before = Draw.Floats(5 * 16, 2);
        float[] expectedC = new float[80], expectedH = new float[80];
        for (int i = 0; i < 80; i++)
        {
            (int row, int j) = (i / 16, i % 16);
            float At(int gate) => z[row * 64 + gate * 16 + j];
            expectedC[i] = Sigmoid(At(1)) * before[i] + Sigmoid(At(0)) * Tanh(At(2));
            expectedH[i] = Sigmoid(At(3)) * Tanh(expectedC[i]);
            Assert.Equal(Math.Tanh(expectedC[i]), Tanh(expectedC[i]), 1e-6);
            Assert.Equal(1 / (1 + Math.Exp(-At(0))), Sigmoid(At(0)), 1e-6);
        }
        foreach (Width width in Width.All)
        {
            float[] c = new float[80], h = new float[80];
            width.Int8LstmForward(5, [.. z], 64, before, c, 16, h, 16);
            Draw.SameBits(expectedC, c, $"{width}: c");
            Draw.SameBits(expectedH, h, $"{width}: h");
        }

        static float Sigmoid(float x) => Tanh(0.5f * x) * 0.5f + 0.5f;

        static float Tanh(float x)
        {
            x = Math.Clamp(x, -8.6640625f, 8.6640625f);
            float s = x * x;
            float p = (((1.394553628e-8f * s + 2.102733560e-5f) * s + 3.520756727e-3f) * s + 1.340216100e-1f) * s + 1f;
            float q = (((8.015776984e-7f * s + 3.326951409e-4f) * s + 2.597254514e-2f) * s + 4.673548340e-1f) * s + 1f;
            return Math.Clamp(x * (p / q), -1f, 1f);
        }
    }
}
