using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Kernels over rows: softmax and its gradient, sums, layer normalisation; sizes 0 to 67, every width.</summary>
[Trait("Category", "Bits")]
public class RowKernelTests
{
    const float Guard = -12345.678f;

    [Fact]
    public void Rows_are_added_in_order()
    {
        for (int columns = 0; columns <= 67; columns++)
            for (int rows = 0; rows <= 9; rows++)
            {
                int stride = columns + 3;
                float[] x = Draw.Floats(rows * stride, 9), before = Draw.Floats(columns, 10), expected = [.. before];
                for (int r = 0; r < rows; r++)
                    for (int n = 0; n < columns; n++) expected[n] += x[r * stride + n];
                foreach (Width width in Width.All)
                {
                    float[] sums = [.. before, Guard];
                    width.AddRows(x, rows, stride, sums.AsSpan(0, columns));
                    Draw.SameBits([.. expected, Guard], sums, $"{width}, {rows} rows of {columns}");
                }
            }
        Assert.Throws<ArgumentException>(() => Elementwise.AddRows(new float[9], 2, 8, new float[2]));
    }

    /// <summary>Float sums in ascending order, as the kernel's: the exponentials are tested by themselves.</summary>
    static float[] Plain(ReadOnlySpan<float> x)
    {
        float largest = float.NegativeInfinity, sum = 0;
        foreach (float v in x) largest = Math.Max(largest, v);
        float[] y = new float[x.Length];
        for (int i = 0; i < y.Length; i++) y[i] = x[i] - largest;
        Functions.Apply<Exp>(y, y);
        foreach (float e in y) sum += e;
        return [.. y.Select(e => e / sum)];
    }

    [Fact]
    public void Softmax_of_any_number_of_rows_has_the_bits_of_its_definition()
    {
        foreach (Width width in Width.All)
            foreach (int columns in (int[])[.. Enumerable.Range(0, 68), 128, 255, 256])
                foreach (int rows in (int[])[0, 1, 2, 3, 4, 5, 9])
                {
                    int stride = columns + 2;
                    float[] x = Draw.Floats(rows * stride, 11, scale: 20), y = [.. Enumerable.Repeat(Guard, rows * stride)],
                        inPlace = [.. x];
                    width.Softmax(x, y, rows, columns, stride);
                    width.Softmax(inPlace, inPlace, rows, columns, stride);
                    for (int row = 0; row < rows; row++)
                    {
                        float[] expected = Plain(x.AsSpan(row * stride, columns));
                        double[] exact = ReferenceKernels.Softmax(x.AsSpan(row * stride, columns));
                        string what = $"{width}, row {row} of {rows}, {columns} columns";
                        Draw.SameBits([.. expected, Guard, Guard], y.AsSpan(row * stride, stride), what);
                        Draw.SameBits([.. expected, .. x.AsSpan(row * stride + columns, 2)], inPlace.AsSpan(row * stride, stride),
                            what + ", in place");
                        for (int i = 0; i < columns; i++) Assert.Equal(exact[i], expected[i], 1e-9 + 3e-6 * exact[i]);
                    }
                }
    }

    [Fact]
    public void Softmax_leaves_masked_steps_out_and_keeps_NaN()
    {
        float[] far = [1e30f, -1e30f, 1e30f];
        Softmax.Rows(far, far, 1, 3, 3);
        Assert.Equal([0.5f, 0f, 0.5f], far);
        for (int columns = 1; columns <= 67; columns++)
        {
            float[] x = Draw.Floats(columns, 12, scale: 10), expected = Plain(x);
            foreach (Width width in Width.All)
            {
                float[] masked = [.. x.SelectMany(v => new[] { float.NegativeInfinity, v })], nan = [.. x];
                width.Softmax(masked, masked, 1, 2 * columns, 2 * columns);
                Draw.SameBits([.. expected.SelectMany(v => new[] { 0f, v })], masked, $"{width}, {columns} steps of twice as many");
                nan[columns / 2] = float.NaN;
                width.Softmax(nan, nan, 1, columns, columns);
                Assert.All(nan, v => Assert.True(float.IsNaN(v)));
            }
        }
        Softmax.Rows([], [], 3, 0, 0);
        Assert.Throws<ArgumentException>(() => Softmax.Rows(new float[8], new float[9], 2, 3, 6));
        Assert.Throws<ArgumentException>(() => Softmax.Backward(new float[9], new float[8], 2, 3, 6));
    }

    [Fact]
    public void The_gradient_of_a_softmax_is_that_of_its_formula_and_zero_where_the_weight_is()
    {
        foreach (Width width in Width.All)
            foreach (int columns in (int[])[.. Enumerable.Range(1, 67), 128, 255, 256])
                foreach (int rows in (int[])[0, 1, 3, 4, 5, 9])
                {
                    int stride = columns + 2;
                    float[] a = Draw.Floats(rows * stride, 13, scale: 10), d = Draw.Floats(rows * stride, 14), got = [.. d];
                    for (int i = 1; i < a.Length; i += 3) a[i] = float.NegativeInfinity;
                    Softmax.Rows(a, a, rows, columns, stride);
                    for (int i = 0; i < a.Length; i++)
                        if (a[i] == 0) got[i] = float.NaN;
                    width.SoftmaxBackward(a, got, rows, columns, stride);
                    for (int row = 0; row < rows; row++)
                    {
                        float mean = 0;
                        for (int i = row * stride; i < row * stride + columns; i++)
                            if (a[i] != 0) mean = MathF.FusedMultiplyAdd(a[i], d[i], mean);
                        float[] expected = [.. Enumerable.Range(row * stride, columns).Select(i => a[i] == 0 ? 0 : a[i] * (d[i] - mean))];
                        if (expected.Any(float.IsNaN)) continue;   // a row of one masked step
                        Draw.SameBits(expected, got.AsSpan(row * stride, columns), $"{width}, row {row} of {rows}, {columns} columns");
                    }
                }
    }

    [Fact]
    public void Normalised_rows_are_those_of_the_definition()
    {
        const int rows = 19;
        const double epsilon = 1e-3;
        for (int n = 1; n <= 67; n++)
            foreach (bool affine in (bool[])[true, false])
            {
                float[] x = [.. Draw.Floats(rows * n, 1, 3).Select(v => v + 40)], dY = Draw.Floats(rows * n, 2);
                float[] gamma = affine ? Draw.Floats(n, 3) : [], beta = affine ? Draw.Floats(n, 4) : [],
                    before = affine ? Draw.Floats(n, 5) : [];
                float[][]? first = null;
                foreach (Width width in Width.All)
                {
                    float[] y = new float[rows * n], moments = new float[3 * rows], dX = new float[rows * n];
                    float[] dGamma = [.. before], dBeta = [.. before];
                    width.RowNormForward(n, x, gamma, beta, epsilon, y, moments);
                    width.RowNormBackward(n, x, dY, moments, gamma, dGamma, dBeta, dX);
                    float[] onlyGamma = [.. before], onlyBeta = [.. before];
                    width.RowNormBackward(n, x, dY, moments, gamma, onlyGamma, onlyBeta, []);
                    first ??= [y, moments, dX, dGamma, dBeta];
                    foreach ((float[] want, float[] got) in first.Zip([y, moments, dX, dGamma, dBeta]))
                        Draw.SameBits(want, got, $"{width}, {n} values");
                    Draw.SameBits(dGamma, onlyGamma, "dγ without dX");
                    Draw.SameBits(dBeta, onlyBeta, "dβ without dX");
                }
                CheckNormalised(n, x, dY, gamma, beta, before, epsilon, first!);
            }
    }

    /// <summary>However many rows take each step together.</summary>
    [Theory]
    [InlineData(300)]
    [InlineData(1000)]
    [InlineData(2049)]
    public void A_normalised_row_has_the_bits_of_the_row_alone(int n)
    {
        float[] gamma = Draw.Floats(n, 3), beta = Draw.Floats(n, 4);
        foreach (Width width in Width.All)
            foreach (int rows in (int[])[1, 5, 9])
            {
                float[] x = Draw.Floats(rows * n, 1), dY = Draw.Floats(rows * n, 2);
                (float[] y, float[] moments, float[] dX) = Normalised(x, dY);
                for (int row = 0; row < rows; row++)
                {
                    Range values = (row * n)..((row + 1) * n);
                    (float[] yAlone, float[] momentsAlone, float[] dXAlone) = Normalised(x[values], dY[values]);
                    Draw.SameBits(yAlone, y[values], $"{width}, y, row {row} of {rows}");
                    Draw.SameBits(momentsAlone, moments.AsSpan(3 * row, 3), $"{width}, moments, row {row} of {rows}");
                    Draw.SameBits(dXAlone, dX[values], $"{width}, dX, row {row} of {rows}");
                }

                (float[] Y, float[] Moments, float[] DX) Normalised(float[] x, float[] dY)
                {
                    float[] y = new float[x.Length], moments = new float[3 * x.Length / n], dX = new float[x.Length];
                    width.RowNormForward(n, x, gamma, beta, 1e-5, y, moments);
                    width.RowNormBackward(n, x, dY, moments, gamma, new float[n], new float[n], dX);
                    return (y, moments, dX);
                }
            }
    }

    [Fact]
    public void Rows_of_another_length_are_not_normalised()
    {
        const int n = 3, rows = 2;
        var moments = new RowMoments[rows];
        float[] all = new float[n * rows], few = new float[n * rows - 1], one = new float[n], less = new float[n - 1];
        RowNorm.Forward(n, all, one, one, 1, all, moments);
        foreach ((float[] x, float[] gamma, float[] beta, float[] y) in ((float[], float[], float[], float[])[])
            [(few, one, one, all), (all, less, less, all), (all, one, less, all), (all, one, [], all), (all, [], one, all),
                (all, one, one, few)])
            Assert.Throws<ArgumentException>(() => RowNorm.Forward(n, x, gamma, beta, 1, y, moments));
        Assert.Throws<ArgumentException>(() => RowNorm.Forward(0, [], [], [], 1, [], moments));

        RowNorm.Backward(n, all, all, moments, one, one, one, one, all);
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, few, all, moments, one, one, one, one, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, few, moments, one, one, one, one, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, all, moments, less, one, one, one, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, all, moments, one, less, one, one, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, all, moments, one, one, less, one, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, all, moments, one, one, one, less, all));
        Assert.Throws<ArgumentException>(() => RowNorm.Backward(n, all, all, moments, one, one, one, one, few));
    }

    static void CheckNormalised(int n, float[] x, float[] dY, float[] gamma, float[] beta, float[] before, double epsilon, float[][] got)
    {
        double[] dGamma = [.. before.Select(v => (double)v)], dBeta = [.. dGamma];
        for (int row = 0; row < x.Length / n; row++)
        {
            double[] values = [.. x.Skip(row * n).Take(n).Select(v => (double)v)], d = [.. dY.Skip(row * n).Take(n).Select(v => (double)v)];
            double mean = values.Average(), root = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + epsilon);
            double[] normal = [.. values.Select(v => (v - mean) / root)],
                g = [.. d.Select((v, i) => v * (gamma.Length == 0 ? 1 : gamma[i]))];
            double meanG = g.Average(), along = g.Zip(normal, (a, b) => a * b).Average();
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(gamma.Length == 0 ? normal[i] : gamma[i] * normal[i] + beta[i], got[0][row * n + i], 1e-5);
                Assert.Equal((g[i] - meanG - normal[i] * along) / root, got[2][row * n + i], 1e-5 / root);
                if (gamma.Length == 0) continue;
                dGamma[i] += d[i] * normal[i];
                dBeta[i] += d[i];
            }
            Assert.Equal(mean, (double)got[1][3 * row] + got[1][3 * row + 1], 1e-6);
            Assert.Equal(1 / root, got[1][3 * row + 2], 1e-5 / root);
        }
        for (int i = 0; i < gamma.Length; i++)
        {
            Assert.Equal(dGamma[i], got[3][i], 1e-5);
            Assert.Equal(dBeta[i], got[4][i], 1e-5);
        }
    }

    [Fact]
    public void The_largest_lane_is_found_wherever_it_is()
    {
        foreach (Width width in Width.All)
            for (int at = 0; at < width.Count; at++)
            {
                float[] lanes = Draw.Floats(width.Count, (ulong)at);
                lanes[at] = 3.5f;
                Assert.Equal(3.5f, width.Largest(lanes));
            }
    }
}
