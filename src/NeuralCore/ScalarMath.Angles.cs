namespace NeuralCore;

public static partial class ScalarMath
{
    /// <summary>Sine of x in radians, relative error under 4e-16 for |x| up to 1e6; NaN over 2³⁰.</summary>
    public static double Sin(double x)
    {
        (double r, int quarter) = Reduce(x);
        double y = (quarter & 1) == 0 ? SinSeries(r) : CosSeries(r);
        return (quarter & 2) == 0 ? y : -y;
    }

    /// <summary>Cosine of x in radians, relative error under 4e-16 for |x| up to 1e6; NaN over 2³⁰.</summary>
    public static double Cos(double x)
    {
        (double r, int quarter) = Reduce(x);
        double y = (quarter & 1) == 0 ? CosSeries(r) : SinSeries(r);
        return ((quarter + 1) & 2) == 0 ? y : -y;
    }

    /// <summary>
    /// x = n·π/2 + r with |r| ≤ π/4 (and a rounding error), and n modulo 4. π/2 is a sum of three doubles; n times the first is split into
    /// two without error, and the first difference is exact because the two numbers are so near each other.
    /// </summary>
    static (double R, int Quarter) Reduce(double x)
    {
        const double p1 = 1.5707963267948966, p2 = 6.123233995736766e-17, p3 = -1.4973849048591833e-33;
        if (!(Math.Abs(x) <= 1 << 30)) return (double.NaN, 0);
        double n = Math.Floor(x * 0.6366197723675814 + 0.5);
        if (n == 0) return (x, 0);
        double product = n * p1, low = Math.FusedMultiplyAdd(n, p1, -product), a = x - product, r = a - low;
        double back = a - r, rest = (a - (r + back)) + (back - low);   // r + rest = a - low
        double product2 = n * p2, low2 = Math.FusedMultiplyAdd(n, p2, -product2);
        double high = r - product2, back2 = r - high;
        rest += (r - (high + back2)) + (back2 - product2) - low2 - n * p3;
        return (high + rest, (int)((long)n & 3));
    }

    /// <summary>r - r³/3! + r⁵/5! - ... for |r| ≤ π/4.</summary>
    static double SinSeries(double r)
    {
        double square = r * r, sum = 0;
        for (int k = 18; k >= 4; k -= 2) sum = (1 - sum) * square / (k * (k + 1));
        return r - r * ((1 - sum) * square / 6);
    }

    /// <summary>1 - r²/2! + r⁴/4! - ... for |r| ≤ π/4.</summary>
    static double CosSeries(double r)
    {
        double square = r * r, sum = 0;
        for (int k = 17; k >= 1; k -= 2) sum = (1 - sum) * square / (k * (k + 1));
        return 1 - sum;
    }
}
