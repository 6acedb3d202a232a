namespace NeuralCore.Tests;

/// <summary>The kernels' mathematics in double, written as plainly as possible.</summary>
static class ReferenceKernels
{
    /// <summary>
    /// c[m, n] = start[m, n] + Σ_k a[m, k]·b[k, n]; matrices are given by their strides. Also returns Σ |a·b| + |start|, the scale of
    /// the rounding error.
    /// </summary>
    public static (double[] C, double[] Magnitude) Multiply(int rows, int columns, int depth, ReadOnlySpan<float> a, int rowA, int depthA,
        ReadOnlySpan<float> b, int depthB, int columnB, ReadOnlySpan<float> start, int rowStart)
    {
        var (c, magnitude) = (new double[rows * columns], new double[rows * columns]);
        for (int m = 0; m < rows; m++)
            for (int n = 0; n < columns; n++)
            {
                double sum = start.IsEmpty ? 0 : start[m * rowStart + n], size = Math.Abs(sum);
                for (int k = 0; k < depth; k++)
                {
                    double product = (double)a[m * rowA + k * depthA] * b[k * depthB + n * columnB];
                    sum += product;
                    size += Math.Abs(product);
                }
                (c[m * columns + n], magnitude[m * columns + n]) = (sum, size);
            }
        return (c, magnitude);
    }

    /// <summary>The same as one chain of fused multiply-adds per element in ascending k: what every kernel must give to the bit.</summary>
    public static float[] MultiplyChain(int rows, int columns, int depth, ReadOnlySpan<float> a, int rowA, int depthA,
        ReadOnlySpan<float> b, int depthB, int columnB, ReadOnlySpan<float> start, int rowStart)
    {
        var c = new float[rows * columns];
        for (int m = 0; m < rows; m++)
            for (int n = 0; n < columns; n++)
            {
                float sum = start.IsEmpty ? 0 : start[m * rowStart + n];
                for (int k = 0; k < depth; k++) sum = MathF.FusedMultiplyAdd(a[m * rowA + k * depthA], b[k * depthB + n * columnB], sum);
                c[m * columns + n] = sum;
            }
        return c;
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double[] Softmax(ReadOnlySpan<float> row)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float v in row) largest = Math.Max(largest, v);
        var y = new double[row.Length];
        for (int i = 0; i < y.Length; i++) sum += y[i] = Math.Exp(row[i] - largest);
        for (int i = 0; i < y.Length; i++) y[i] /= sum;
        return y;
    }
}
