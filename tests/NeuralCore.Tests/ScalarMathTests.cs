using System.Numerics;

namespace NeuralCore.Tests;

/// <summary>The elementary functions in double against values computed with 200 bits of fixed point.</summary>
[Trait("Category", "Bits")]
public sealed class ScalarMathTests
{
    const int Bits = 220;
    static readonly BigInteger One = BigInteger.One << Bits;
    static readonly BigInteger Pi = 4 * (4 * ArcTanOfInverse(5) - ArcTanOfInverse(239));   // Machin, 1706

    static BigInteger ArcTanOfInverse(int n)
    {
        BigInteger power = One / n, sum = power;
        for (int k = 3; !power.IsZero; k += 2)
        {
            power /= -n * n;
            sum += power / k;
        }
        return sum;
    }

    static BigInteger Fixed(double x)
    {
        if (x == 0) return 0;
        int e = Math.ILogB(x) - 52;
        BigInteger m = (BigInteger)Math.ScaleB(x, -e);
        return Bits + e >= 0 ? m << (Bits + e) : m >> -(Bits + e);
    }

    static double Float(BigInteger x) => Math.ScaleB((double)x, -Bits);

    static double ExactSin(BigInteger x)
    {
        x %= 2 * Pi;
        BigInteger term = x, sum = x, square = x * x >> Bits;
        for (int k = 2; !term.IsZero && term != -1; k += 2)
        {
            term = -(term * square >> Bits) / (k * (k + 1));
            sum += term;
        }
        return Float(sum);
    }

    static BigInteger ExactExp(BigInteger x)
    {
        BigInteger term = One, sum = One;
        for (int k = 1; !term.IsZero && term != -1; k++)
        {
            term = (term * x >> Bits) / k;
            sum += term;
        }
        return sum;
    }

    static void Near(double expected, double actual, double relative, string what)
        => Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected), $"{what}: expected {expected:R}, got {actual:R}");

    [Fact]
    public void Sine_and_cosine_are_right_to_the_last_bit_or_two()
    {
        var random = new CounterRandom(8, 1);
        List<double> points = [0.1, 1e-300, 1e-9, Math.PI, Math.PI / 2, Math.PI / 4, 3 * Math.PI / 2, 2 * Math.PI, 1e6, 355, 1e5 * Math.PI];
        for (int i = 0; i < 3000; i++) points.Add((random.NextDouble() - 0.5) * Math.Pow(10, 7 * random.NextDouble() - 1));
        for (int i = 1; i < 2000; i++) points.Add(i * 317 * (Math.PI / 2));
        foreach (double x in points)
        {
            Near(x == 1e-300 ? x : ExactSin(Fixed(x)), ScalarMath.Sin(x), 4e-16, $"sin {x:R}");
            Near(ExactSin(Fixed(x) + Pi / 2), ScalarMath.Cos(x), 4e-16, $"cos {x:R}");
            Assert.Equal(-ScalarMath.Sin(x), ScalarMath.Sin(-x));
            Assert.Equal(ScalarMath.Cos(x), ScalarMath.Cos(-x));
        }
        Assert.Equal((0, 1, -1, 1), (ScalarMath.Sin(0), ScalarMath.Cos(0), ScalarMath.Cos(Math.PI), ScalarMath.Sin(Math.PI / 2)));
        foreach (double x in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e10])
            Assert.True(double.IsNaN(ScalarMath.Sin(x)) && double.IsNaN(ScalarMath.Cos(x)));
    }

    [Fact]
    public void The_exponential_function_is_right_to_the_last_bit_or_two()
    {
        var random = new CounterRandom(8, 2);
        for (int i = 0; i < 3000; i++)
        {
            double x = 40 * (random.NextDouble() - 0.5) * random.NextDouble();
            Near(Float(ExactExp(Fixed(x))), ScalarMath.Exp(x), 4e-16, $"exp {x:R}");
            Near(Math.Exp(35 * x), ScalarMath.Exp(35 * x), 1e-15, $"exp {35 * x:R}");
        }
        Assert.Equal([1, 0, double.PositiveInfinity, double.PositiveInfinity, 0, double.Epsilon, double.NaN],
            [ScalarMath.Exp(0), ScalarMath.Exp(-746), ScalarMath.Exp(710), ScalarMath.Exp(double.PositiveInfinity),
                ScalarMath.Exp(double.NegativeInfinity), ScalarMath.Exp(-745), ScalarMath.Exp(double.NaN)]);
    }

    [Fact]
    public void Whole_powers_agree_with_exact_products_and_broken_ones_with_their_inverse()
    {
        var random = new CounterRandom(8, 3);
        for (int i = 0; i < 1000; i++)
        {
            double x = 0.3 + 1.5 * random.NextDouble();
            int n = random.NextInt32(60);
            BigInteger exact = One;
            for (int k = 0; k < n; k++) exact = exact * Fixed(x) >> Bits;
            Near(Float(exact), ScalarMath.Pow(x, n), 1e-15, $"{x:R}^{n}");
            Near(1 / Float(exact), ScalarMath.Pow(x, -n), 1e-15, $"{x:R}^-{n}");
            Near(Math.Sqrt(x), ScalarMath.Pow(x, 0.5), 4e-16, $"√{x:R}");
            double y = 6 * random.NextDouble() - 3, size = Math.Pow(10, 20 * random.NextDouble() - 10);
            Near(Math.Pow(size, y), ScalarMath.Pow(size, y), 2e-15, $"{size:R}^{y:R}");
        }
        Near(1e300, ScalarMath.Pow(1e100, 3), 2e-15, "1e100³");
        Near(Math.Pow(0.999, 1e5), ScalarMath.Pow(0.999, 1e5), 2e-15, "0.999^1e5");
        Near(double.Epsilon, ScalarMath.Pow(2, -1074), 0, "2^-1074");
    }

    [Fact]
    public void Special_powers_are_those_of_IEEE_754()
    {
        double[] special = [0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1.5, -1.5, double.PositiveInfinity, double.NegativeInfinity,
            double.NaN, 1e300, 1e17];
        foreach (double x in special)
            foreach (double y in special)
            {
                double expected = Math.Pow(x, y), got = ScalarMath.Pow(x, y);
                Assert.True(got.Equals(expected) && double.IsNegative(got) == double.IsNegative(expected) || double.IsNaN(got)
                    && double.IsNaN(expected)
                    || Math.Abs(got - expected) <= 4e-15 * Math.Abs(expected), $"{x}^{y}: expected {expected}, got {got}");
            }
    }
}
