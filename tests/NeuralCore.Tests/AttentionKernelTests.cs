using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>The parts of attention in double, with every width that the machine has.</summary>
[Trait("Category", "Bits")]
public class AttentionKernelTests
{
    static readonly Width[] Widths = [.. Simd.Has512 ? [new Of<D512>()] : Array.Empty<Width>(),
        .. Simd.Has256 ? [new Of<D256>()] : Array.Empty<Width>(), new Of<D1>()];

    abstract class Width
    {
        public abstract void Multiply<M>(int rows, int width, int depth, double[] a, int rowA, int depthA, double[] b, double[] c)
            where M : IMultiplyAdd64;

        public abstract void Exponentials(int keys, int width, double[] s, double[] sums);

        public abstract void Scale(int rows, int width, double[] x, double[] factors, float[] y);

        public abstract void Widen(int rows, int n, float[] x, int rowX, double[] y, int rowY);
    }

    sealed class Of<V> : Width where V : struct, ISimd64<V>
    {
        public override void Multiply<M>(int rows, int width, int depth, double[] a, int rowA, int depthA, double[] b, double[] c)
            => Attention64.Multiply<M, V>(rows, width, depth, ref a[0], rowA, depthA, ref b[0], ref c[0]);

        public override void Exponentials(int keys, int width, double[] s, double[] sums)
            => Attention64.Exponentials<V>(keys, width, ref s[0], ref sums[0]);

        public override void Scale(int rows, int width, double[] x, double[] factors, float[] y)
            => Attention64.Scale<V>(rows, width, ref x[0], ref factors[0], ref y[0]);

        public override void Widen(int rows, int n, float[] x, int rowX, double[] y, int rowY)
            => Attention64.Widen<V>(rows, n, ref x[0], rowX, ref y[0], rowY);

        public override string ToString() => typeof(V).Name;
    }

    static double[] Doubles(int count, ulong stream, double scale = 1)
        => [.. Draw.Floats(count, stream).Zip(Draw.Floats(count, stream + 100), (a, b) => scale * (a + b * 1e-8))];

    static void SameBits(ReadOnlySpan<double> expected, ReadOnlySpan<double> got, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.DoubleToInt64Bits(expected[i]) != BitConverter.DoubleToInt64Bits(got[i]))
                Assert.Fail($"{what}[{i}]: expected {expected[i]:R}, got {got[i]:R}");
    }

    /// <summary>One chain of multiply-adds a sum; where weights are 0, what stands against them takes no part.</summary>
    [Fact]
    public void Products_are_chains()
    {
        foreach (int width in (int[])[16, 32, 64])
            for (int rows = 1; rows <= 9; rows++)
                foreach (int depth in (int[])[0, 1, 2, 7, 16, 67])
                    foreach (bool turned in (bool[])[false, true])
                    {
                        (int rowA, int depthA) = turned ? (1, rows + 2) : (depth + 1, 1);
                        double[] a = Doubles((rows + 2) * (depth + 2), 1), b = Doubles(width * Math.Max(1, depth), 2);
                        double[] weights = [.. b.Select((v, i) => i % 3 == 0 ? 0 : Math.Abs(v))];
                        double[] expected = new double[rows * width], weighed = new double[rows * width];
                        for (int row = 0; row < rows; row++)
                            for (int n = 0; n < width; n++)
                                for (int k = 0; k < depth; k++)
                                {
                                    ref double sum = ref expected[row * width + n], heavy = ref weighed[row * width + n];
                                    sum = Math.FusedMultiplyAdd(a[row * rowA + k * depthA], b[k * width + n], sum);
                                    double weight = weights[k * width + n];
                                    if (weight > 0) heavy = Math.FusedMultiplyAdd(a[row * rowA + k * depthA], weight, heavy);
                                }
                        foreach (Width kernel in Widths)
                        {
                            double[] c = new double[rows * width];
                            kernel.Multiply<Fused64>(rows, width, depth, a, rowA, depthA, b, c);
                            SameBits(expected, c, $"{kernel}, ({rows}, {depth})·({depth}, {width})");
                            kernel.Multiply<Weighed64>(rows, width, depth, a, rowA, depthA, weights, c);
                            SameBits(weighed, c, $"{kernel}, weights, ({rows}, {depth})·({depth}, {width})");
                        }
                    }
    }

    [Fact]
    public void A_weight_of_0_leaves_nothing_of_what_is_no_number()
    {
        double[] a = [double.NaN, 2, double.PositiveInfinity, 3], weights = new double[4 * 16];
        weights.AsSpan(16, 16).Fill(0.5);
        weights[3 * 16 + 1] = double.NaN;
        foreach (Width kernel in Widths)
        {
            double[] c = new double[16];
            kernel.Multiply<Weighed64>(1, 16, 4, a, 4, 1, weights, c);
            Assert.Equal([1, double.NaN, .. Enumerable.Repeat(1.0, 14)], c);
        }
    }

    /// <summary>Weights before their division, of the same bits at every width and near those of the library's e^x.</summary>
    [Fact]
    public void Exponentials_have_one_result()
    {
        foreach (int keys in (int[])[1, 2, 5, 60])
            foreach (double scale in (double[])[1, 30, 600])
            {
                const int Width = 16;
                double[] scores = Doubles(keys * Width, 5, scale);
                for (int j = 0; j < keys; j++) scores[j * Width + 3] = double.NegativeInfinity;   // a query that may attend to nothing
                if (keys > 2) scores[2 * Width + 4] = double.NegativeInfinity;
                if (keys > 2) scores[Width + 5] = double.NaN;
                double[] expected = [], sumsExpected = [];
                foreach (Width kernel in Widths)
                {
                    double[] e = [.. scores], sums = new double[Width];
                    kernel.Exponentials(keys, Width, e, sums);
                    (expected, sumsExpected) = (expected.Length == 0 ? e : expected, sumsExpected.Length == 0 ? sums : sumsExpected);
                    SameBits(expected, e, $"{kernel}, {keys} keys");
                    SameBits(sumsExpected, sums, $"{kernel}, sums of {keys} keys");
                }
                for (int i = 0; i < Width; i++)
                {
                    double[] own = [.. Enumerable.Range(0, keys).Select(j => scores[j * Width + i])];
                    double largest = own.Where(s => !double.IsNaN(s)).Max(), sum = 0;
                    for (int j = 0; j < keys; j++)
                    {
                        double e = i == 3 ? 0 : own[j] - largest < -708 ? 0 : Math.Exp(own[j] - largest), got = expected[j * Width + i];
                        sum += got;
                        if (keys <= 2 || i != 5) Assert.InRange(got, e * (1 - 4.5e-16), e * (1 + 4.5e-16));
                    }
                    Assert.Equal(sum, sumsExpected[i]);
                }
                if (keys > 2) Assert.True(double.IsNaN(sumsExpected[5]));
            }
    }

    [Fact]
    public void Floats_become_doubles_and_doubles_floats()
    {
        for (int n = 1; n <= 35; n++)
        {
            const int Rows = 3, Columns = 16;
            float[] x = Draw.Floats(Rows * (n + 2), 7);
            foreach (Width kernel in Widths)
            {
                double[] y = new double[Rows * (n + 1)];
                kernel.Widen(Rows, n, x, n + 2, y, n + 1);
                for (int row = 0; row < Rows; row++)
                    SameBits([.. x.Skip(row * (n + 2)).Take(n).Select(v => (double)v), 0], y.AsSpan(row * (n + 1), n + 1),
                        $"{kernel}, {n} floats");
                double[] doubles = Doubles(n * Columns, 8), factors = Doubles(Columns, 9);
                float[] narrow = new float[n * Columns];
                kernel.Scale(n, Columns, doubles, factors, narrow);
                Draw.SameBits([.. doubles.Select((v, i) => (float)(v * factors[i % Columns]))], narrow, $"{kernel}, {n} rows");
            }
        }
    }
}
