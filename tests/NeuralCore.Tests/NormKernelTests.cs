using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Kernels of normalisation against plain sums in double, over sizes 0 to 67 at every vector width.</summary>
[Trait("Category", "Bits")]
public class NormKernelTests
{
    [Fact]
    public void Row_sums_have_one_order()
    {
        for (int n = 0; n <= 67; n++)
        {
            float[] a = Draw.Floats(n, 1), b = Draw.Floats(n, 2);
            Assert.Equal(InOrder(a), RowSums.Sum(a));
            Assert.Equal(InOrder([.. a.Zip(b, (x, y) => (double)x * y)]), RowSums.Dot(a, b));
            Assert.Equal(a.Sum(x => (double)x), RowSums.Sum(a), 1e-12);
        }
        Assert.Throws<ArgumentException>(() => RowSums.Dot(new float[3], new float[4]));

        static double InOrder<T>(T[] x) where T : System.Numerics.INumber<T>
        {
            double[] lanes = new double[8];
            int whole = x.Length / 8 * 8;
            for (int i = 0; i < whole; i++) lanes[i % 8] += double.CreateChecked(x[i]);
            double sum = 0;
            foreach (double lane in lanes) sum += lane;
            for (int i = whole; i < x.Length; i++) sum += double.CreateChecked(x[i]);
            return sum;
        }
    }

    [Fact]
    public void Column_sums_go_down_each_column()
    {
        for (int columns = 1; columns <= 67; columns++)
        {
            float[] a = Draw.Floats(5 * columns, 1), b = Draw.Floats(5 * columns, 2);
            double[] sums = new double[columns], products = new double[columns], expected = new double[columns],
                expectedProducts = new double[columns];
            for (int i = 0; i < a.Length; i++)
            {
                expected[i % columns] += a[i];
                expectedProducts[i % columns] += (double)a[i] * b[i];
            }
            ColumnSums.Add(a, sums);
            ColumnSums.AddProducts(a, b, products);
            Assert.Equal(expected, sums);
            Assert.Equal(expectedProducts, products);
        }
        Assert.Throws<ArgumentException>(() => ColumnSums.AddProducts(new float[3], new float[4], new double[1]));
    }

    [Fact]
    public void In_place_kernels_agree_at_every_width()
    {
        for (int n = 0; n <= 67; n++)
        {
            float[] a = Draw.Floats(n, 1), b = Draw.Floats(n, 2), c = Draw.Floats(n, 3), d = Draw.Floats(n, 4), e = Draw.Floats(n, 5);
            foreach (Width width in Width.All)
            {
                float[] y = new float[n];
                width.InPlace(new StandardizeColumns(a, b, c, d, y), n);
                Near(i => ((double)a[i] - b[i] - c[i]) * d[i], y);
                y = [.. e];
                width.InPlace(new ScaleShift(y, 2f, a, b), n);
                Near(i => 2.0 * e[i] * a[i] + b[i], y);
                width.InPlace(new ProjectColumns(a, b, c, d, e, y), n);
                Near(i => e[i] * ((double)a[i] - c[i] - d[i] * (double)b[i]), y);

                void Near(Func<int, double> exact, float[] got)
                {
                    for (int i = 0; i < n; i++)
                        Assert.True(Math.Abs(exact(i) - got[i]) < 1e-6, $"{width}, element {i} of {n}: expected {exact(i):R}, "
                            + $"got {got[i]:R}");
                }
            }
            SameAtEveryWidth(n, a, b, c, d, e);
        }
    }

    static void SameAtEveryWidth(int n, float[] a, float[] b, float[] c, float[] d, float[] e)
    {
        float[]? first = null;
        foreach (Width width in Width.All)
        {
            float[] y = [.. e], z = new float[n];
            width.InPlace(new ScaleShift(y, 0.7f, a, b), n);
            width.InPlace(new StandardizeColumns(y, b, c, d, z), n);
            width.InPlace(new ProjectColumns(y, z, b, c, d, y), n);
            first ??= y;
            Draw.SameBits(first, y, $"{width}, {n} values");
        }
    }
}
