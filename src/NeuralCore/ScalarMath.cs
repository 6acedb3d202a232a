namespace NeuralCore;

/// <summary>
/// Elementary functions in double for the few places outside the kernels that need them (random numbers, loss values, schedules). They
/// use only operations that IEEE 754 rounds correctly, so that results do not depend on the platform's math library.
/// </summary>
public static partial class ScalarMath
{
    const double Ln2High = 6.93147180369123816490e-01, Ln2Low = 1.90821492927058770002e-10;   // the high part has trailing zeros

    /// <summary>
    /// Natural logarithm, relative error under 5e-16: x = m·2^e with m in [√½, √2), log m = 2 artanh((m - 1) / (m + 1)) as its series.
    /// Returns -∞ at 0 and NaN below.
    /// </summary>
    public static double Log(double x)
    {
        if (!(x > 0)) return x == 0 ? double.NegativeInfinity : double.NaN;
        if (double.IsPositiveInfinity(x)) return x;
        int e = 0;
        if (x < 2.2250738585072014e-308) { x *= 18014398509481984.0; e = -54; }
        long bits = BitConverter.DoubleToInt64Bits(x);
        e += (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (m > 1.4142135623730951) { m *= 0.5; e++; }
        double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
        for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * s2;
        return e * Ln2High + (2 * s + (2 * s * sum + e * Ln2Low));
    }

    /// <summary>log(1 + x), relative error under 1e-15 also where 1 + x is rounded. Returns -∞ at -1 and NaN below.</summary>
    /// <remarks>Source: Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991, theorem 4.</remarks>
    public static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 || double.IsPositiveInfinity(x) ? x : Log(u) * (x / (u - 1));
    }

    /// <summary>
    /// Quantile of the standard normal distribution, relative error about 1e-16.
    /// <para>Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988),
    /// PPND16.</para>
    /// </summary>
    /// <param name="p">Probability in (0, 1); 0 and 1 give the infinities.</param>
    public static double NormalQuantile(double p)
    {
        if (!(p >= 0 && p <= 1)) return double.NaN;
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - q * q;
            return q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745) * r
                + 3.387132872796366608)
                / (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0);
        }
        double tail = q < 0 ? p : 1 - p;
        if (tail == 0) return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        double s = Math.Sqrt(-Log(tail)), z;
        if (s <= 5)
        {
            s -= 1.6;
            z = (((((((7.7454501427834140764e-4 * s + 0.0227238449892691845833) * s + 0.24178072517745061177) * s
                + 1.27045825245236838258) * s + 3.64784832476320460504) * s + 5.7694972214606914055) * s + 4.6303378461565452959) * s
                + 1.42343711074968357734)
                / (((((((1.05075007164441684324e-9 * s + 5.475938084995344946e-4) * s + 0.0151986665636164571966) * s
                + 0.14810397642748007459) * s + 0.68976733498510000455) * s + 1.6763848301838038494) * s
                + 2.05319162663775882187) * s + 1.0);
        }
        else
        {
            s -= 5;
            z = (((((((2.01033439929228813265e-7 * s + 2.71155556874348757815e-5) * s + 0.0012426609473880784386) * s
                + 0.026532189526576123093) * s + 0.29656057182850489123) * s + 1.7848265399172913358) * s + 5.4637849111641143699) * s
                + 6.6579046435011037772)
                / (((((((2.04426310338993978564e-15 * s + 1.4215117583164458887e-7) * s + 1.8463183175100546818e-5) * s
                + 7.868691311456132591e-4) * s + 0.0148753612908506148525) * s + 0.13692988092273580531) * s
                + 0.59983220655588793769) * s + 1.0);
        }
        return q < 0 ? -z : z;
    }
}
