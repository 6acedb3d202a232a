namespace NeuralCore;

public static partial class ScalarMath
{
    const double Ln2 = 0.6931471805599453, Ln2Rest = 2.3190468138462996e-17;   // ln 2 as a sum of two doubles

    /// <summary>
    /// eˣ, relative error under 4e-16: x = n·ln 2 + r, |r| ≤ ½ ln 2, and the series of eʳ. 0 under -745.2, ∞ over 709.8; NaN stays.
    /// </summary>
    public static double Exp(double x) => Exp(x, 0);

    /// <summary>
    /// xʸ = e^(y·log x), relative error under 4e-16 where |y·log x| ≤ 1 and growing to 4e-15 at the ends of the range; a negative x has
    /// powers for whole y only, others are NaN. Powers 0 and 1 are exact.
    /// </summary>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1) return 1;
        if (y == 1 || double.IsNaN(x)) return x;
        if (double.IsNaN(y)) return y;
        bool odd = Math.Abs(y) < 1L << 53 && Math.Floor(y) == y && ((long)y & 1) != 0;
        double sign = odd && double.IsNegative(x) ? -1 : 1, size = Math.Abs(x);
        if (size == 1) return double.IsInfinity(y) || Math.Floor(y) == y ? sign : double.NaN;
        if (double.IsInfinity(y)) return size > 1 == y > 0 ? double.PositiveInfinity : 0;
        if (size == 0 || double.IsInfinity(size)) return size > 1 == y > 0 ? sign * double.PositiveInfinity : sign * 0;
        if (x < 0 && Math.Floor(y) != y) return double.NaN;
        (double log, double rest) = LogParts(size);
        double p = y * log;
        return sign * Exp(p, Math.FusedMultiplyAdd(y, log, -p) + y * rest);
    }

    /// <summary>e^(x + rest), where rest is at most a rounding error of x.</summary>
    static double Exp(double x, double rest)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.79) return double.PositiveInfinity;
        if (x < -745.2) return 0;
        double n = Math.Floor(x * 1.4426950408889634 + 0.5);
        double r = Math.FusedMultiplyAdd(-n, Ln2, x) + (rest - n * Ln2Rest), sum = 0;
        for (int k = 15; k >= 1; k--) sum = (sum + 1) * r / k;
        return Math.ScaleB(1 + sum, (int)n);
    }

    /// <summary>
    /// log x of a finite x over 0 as a sum of two doubles, to about 1e-18 of its size: the series of <see cref="Log"/> with the first term,
    /// s = (m - 1) / (m + 1), and the whole powers of two carried in two doubles.
    /// </summary>
    static (double Log, double Remainder) LogParts(double x)
    {
        int e = Math.ILogB(x);
        double m = Math.ScaleB(x, -e);
        if (m > 1.4142135623730951) { m *= 0.5; e++; }
        double above = m + 1, lost = m - (above - 1), s = (m - 1) / above;
        double sRest = (Math.FusedMultiplyAdd(-s, above, m - 1) - s * lost) / above, s2 = s * s, sum = 0;
        for (int k = 23; k >= 3; k -= 2) sum = (sum + 1.0 / k) * s2;
        double large = e * Ln2, small = Math.FusedMultiplyAdd(e, Ln2, -large) + e * Ln2Rest;   // e·ln 2
        double log = large + 2 * s;
        double rounding = e == 0 ? 0 : 2 * s - (log - large);                                  // |e·ln 2| > |2·s|
        double rest = rounding + (small + 2 * (sRest + (s + sRest) * sum));
        double total = log + rest;
        return (total, rest - (total - log));
    }
}
