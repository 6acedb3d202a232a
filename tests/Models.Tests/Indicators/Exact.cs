using System.Numerics;

namespace NeuralCore.Models.Tests;

/// <summary>Statistics of windows in whole numbers of 2⁻²⁰⁰, free of rounding until the last step.</summary>
static class Exact
{
    const int Bits = 200;

    static BigInteger Of(double x)
    {
        if (x == 0) return 0;
        long bits = BitConverter.DoubleToInt64Bits(x), mantissa = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
        int shift = (int)(bits >> 52 & 0x7FF) - 1075 + Bits;
        Assert.True(shift >= 0, $"{x:R} is too small for exact arithmetic");
        return (x < 0 ? -mantissa : (BigInteger)mantissa) << shift;
    }

    // The ratio, rounded far below a double's last bit.
    static double Ratio(BigInteger a, BigInteger b) => (double)((a << 160) / b) * Math.Pow(2, -160);

    public static double Sum(ReadOnlySpan<double> values) => Ratio(Total(values), BigInteger.One << Bits);

    public static double Mean(ReadOnlySpan<double> values) => Ratio(Total(values), (BigInteger)values.Length << Bits);

    public static double PopulationVariance(ReadOnlySpan<double> values)
    {
        BigInteger sum = Total(values), squares = 0;
        foreach (double v in values) squares += Of(v) * Of(v);
        BigInteger n = values.Length;
        return Ratio(n * squares - sum * sum, n * n << 2 * Bits);
    }

    /// <summary>The last value less the mean.</summary>
    public static double LastAboveMean(ReadOnlySpan<double> values) =>
        Ratio(Of(values[^1]) * values.Length - Total(values), (BigInteger)values.Length << Bits);

    public static double MeanAbsoluteDeviation(ReadOnlySpan<double> values)
    {
        BigInteger sum = Total(values), deviations = 0, n = values.Length;
        foreach (double v in values) deviations += BigInteger.Abs(n * Of(v) - sum);
        return Ratio(deviations, n * n << Bits);
    }

    public static double WeightedMean(ReadOnlySpan<double> values, ReadOnlySpan<double> weights)
    {
        BigInteger sum = 0;
        for (int i = 0; i < values.Length; i++) sum += Of(values[i]) * Of(weights[i]);
        return Ratio(sum, Total(weights) << Bits);
    }

    static BigInteger Total(ReadOnlySpan<double> values)
    {
        BigInteger sum = 0;
        foreach (double v in values) sum += Of(v);
        return sum;
    }
}
