using NeuralCore.Kernels;

namespace NeuralCore.Tests;

public partial class FunctionTests
{
    /// <summary>The bounds stand in the comments of the activations; below <c>lowest</c> y is within 4e-37 of the exact value.</summary>
    static void CheckActivations(uint step)
    {
        Check(new LeakyRelu(0.25f), step, x => x > 0 ? x : 0.25 * x, double.NegativeInfinity, _ => 1e-9);
        Check(new Elu(1), step, x => x > 0 ? x : Expm1(x), double.NegativeInfinity, _ => 3e-7);
        Check(new Gelu(), step, x => x * Normal(x), -13.1, _ => 5e-7);
        Check(new GeluTanh(), step, x => GeluTanhExact(x), -10.05, x => 2e-7 * (1 + Math.Abs(GeluZ(x))));
        Check(new Silu(), step, x => x / (1 + Math.Exp(-x)), -88.7, _ => 2e-7);
        Check(new Softplus(1, 20), step, x => x > 20 ? x : Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x))), -86.8, _ => 2.5e-7);
    }

    static double GeluZ(double x) => Math.Sqrt(8 / Math.PI) * (x + 0.044715 * x * x * x);

    static double GeluTanhExact(double x) => x / (1 + Math.Exp(-GeluZ(x)));

    static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x * (1 + x / 2 * (1 + x / 3)) : Math.Exp(x) - 1;

    static double Log1p(double e) => e < 1e-5 ? e * (1 - e / 2 * (1 - 2 * e / 3)) : Math.Log(1 + e);

    /// <summary>
    /// Φ by the series of erf near 0 and by the continued fraction of erfc (Abramowitz and Stegun 7.1.6, 7.1.14) elsewhere.
    /// </summary>
    static double Normal(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2), tail;
        if (z < 2)
        {
            double term = z, sum = z;
            for (int n = 1; n < 60; n++) sum += term *= 2 * z * z / (2 * n + 1);
            tail = 0.5 - Math.Exp(-z * z) / Math.Sqrt(Math.PI) * sum;
        }
        else
        {
            double f = z;
            for (int n = 120; n >= 1; n--) f = z + n / 2.0 / f;
            tail = 0.5 * Math.Exp(-z * z) / Math.Sqrt(Math.PI) / f;
        }
        return x < 0 ? tail : 1 - tail;
    }

    static void Check<A>(A activation, uint step, Func<double, double> f, double lowest, Func<double, double> relative)
        where A : struct, IInputActivation
    {
        const int block = 1 << 16;
        float[] x = new float[block], y = new float[block], other = new float[block];
        for (ulong bits = 0; bits <= uint.MaxValue;)
        {
            int n = 0;
            for (; n < block && bits <= uint.MaxValue; bits += step) x[n++] = BitConverter.UInt32BitsToSingle((uint)bits);
            InPlace.Apply(new Activate<A>(activation, x, y), n);
            foreach (Width width in Width.All)
            {
                width.InPlace(new Activate<A>(activation, x, other), n);
                if (!y.AsSpan(0, n).SequenceEqual(other.AsSpan(0, n)))
                    Draw.SameBits(y.AsSpan(0, n), other.AsSpan(0, n), $"{width} {typeof(A).Name}");
            }
            for (int i = 0; i < n; i++)
            {
                if (float.IsInfinity(x[i])) continue;
                double exact = f(x[i]), error = Math.Abs(y[i] - exact);
                bool right = float.IsNaN(x[i]) ? float.IsNaN(y[i])
                    : x[i] < lowest ? error < 4e-37 : error <= relative(x[i]) * Math.Abs(exact) + 1.5e-45;
                if (!right)
                    Assert.Fail($"{typeof(A).Name}({x[i]:R}): expected {exact:R}, got {y[i]:R}, {error / Math.Abs(exact):E2} of the value");
            }
        }
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void Activations_go_the_way_of_PyTorch_at_infinities_and_NaN()
    {
        float[] x = [float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        const float inf = float.PositiveInfinity, nan = float.NaN;
        Both(new LeakyRelu(0.25f), [inf, -inf, nan], [1, 0.25f, 0.25f]);
        Both(new Elu(2), [inf, -2, nan], [1, 0, 1]);
        Both(new Gelu(), [inf, nan, nan], [nan, nan, nan]);
        Both(new GeluTanh(), [inf, nan, nan], [nan, nan, nan]);
        Both(new Silu(), [inf, nan, nan], [nan, nan, nan]);
        Both(new Softplus(2, 20), [inf, 0, nan], [1, 0, nan]);

        void Both<A>(A activation, float[] y, float[] dX) where A : struct, IInputActivation
        {
            float[] got = new float[3], ones = [1, 1, 1];
            foreach (Width width in Width.All)
            {
                width.InPlace(new Activate<A>(activation, x, got), 3);
                Assert.Equal(y, got);
                width.InPlace(new ActivateBack<A>(activation, ones, x, got), 3);
                Assert.Equal(dX, got);
            }
        }
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void Gradients_of_activations_stay_finite_and_near_differences_everywhere()
    {
        Near(new Elu(1), x => x > 0 ? x : Expm1(x));
        Near(new Gelu(), x => x * Normal(x));
        Near(new GeluTanh(), GeluTanhExact);
        Near(new Silu(), x => x / (1 + Math.Exp(-x)));
        Near(new Softplus(1, 200), x => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x))));

        static void Near<A>(A activation, Func<double, double> f) where A : struct, IInputActivation
        {
            float[] x = [.. Enumerable.Range(-4000, 8001).Select(i => i / 40f + 0.011f), 1e10f, -1e10f, 3e38f, -3e38f];
            float[] dX = new float[x.Length], ones = new float[x.Length], other = new float[x.Length];
            ones.AsSpan().Fill(1);
            InPlace.Apply(new ActivateBack<A>(activation, ones, x, dX), x.Length);
            foreach (Width width in Width.All)
            {
                width.InPlace(new ActivateBack<A>(activation, ones, x, other), x.Length);
                Draw.SameBits(dX, other, $"{width} {typeof(A).Name}");
            }
            for (int i = 0; i < 8001; i++)
            {
                double h = 1e-5, difference = (f(x[i] + h) - f(x[i] - h)) / (2 * h);
                Assert.True(Math.Abs(dX[i] - difference) < 2e-6, $"{typeof(A).Name}'({x[i]:R}): expected {difference:R}, got {dX[i]:R}");
            }
            Assert.Equal([1, 0, 1, 0], dX[^4..]);
        }
    }
}
