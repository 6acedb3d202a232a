using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Models;

/// <summary>
/// Exponentials, logistic functions and softmax, four numbers at a time, in operations that IEEE 754 rounds correctly: the same bits on
/// every machine.
/// </summary>
static class Exponential
{
    const double Log2E = 1.4426950408889634, Ln2High = 6.93147180369123816490e-01, Ln2Low = 1.90821492927058770002e-10;
    const double Magic = 6755399441055744;   // 1.5·2⁵²: added to n, its low bits hold n in two's complement

    /// <summary>
    /// eˣ, relative error under 1e-15: x = n·ln 2 + r with |r| ≤ ½ ln 2, the series of eʳ to r¹³, and 2ⁿ added to the exponent.
    /// x is bounded to ±708.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Exp(Vector256<double> x)
    {
        x = Vector256.Min(Vector256.Max(x, Vector256.Create(-708.0)), Vector256.Create(708.0));
        Vector256<double> shifted = x * Log2E + Vector256.Create(Magic), n = shifted - Vector256.Create(Magic);
        Vector256<double> r = x - n * Ln2High - n * Ln2Low;
        Vector256<double> p = r * (1 / 6227020800.0) + Vector256.Create(1 / 479001600.0);
        p = p * r + Vector256.Create(1 / 39916800.0);
        p = p * r + Vector256.Create(1 / 3628800.0);
        p = p * r + Vector256.Create(1 / 362880.0);
        p = p * r + Vector256.Create(1 / 40320.0);
        p = p * r + Vector256.Create(1 / 5040.0);
        p = p * r + Vector256.Create(1 / 720.0);
        p = p * r + Vector256.Create(1 / 120.0);
        p = p * r + Vector256.Create(1 / 24.0);
        p = p * r + Vector256.Create(1 / 6.0);
        p = p * r + Vector256.Create(0.5);
        p = p * r + Vector256<double>.One;
        p = p * r + Vector256<double>.One;
        return (p.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Logistic(Vector256<double> x) => Vector256<double>.One / (Vector256<double>.One + Exp(-x));

    /// <summary>Logistic functions of many numbers, in place.</summary>
    internal static void Logistic(Span<double> values)
    {
        int i = 0;
        for (; i + 4 <= values.Length; i += 4) Logistic(Vector256.Create<double>(values[i..])).CopyTo(values[i..]);
        for (; i < values.Length; i++) values[i] = Logistic(Vector256.Create(values[i]))[0];
    }

    /// <summary>
    /// Probabilities of scores z (S, n), in place, for the rows from <paramref name="first"/> on: of the second class if S = 1.
    /// </summary>
    internal static void Probabilities(double[][] z, int first, int count)
    {
        if (z.Length == 1) Logistic(z[0].AsSpan(first, count));
        else Softmax(z, first, count);
    }

    /// <summary>Probabilities e^z / Σ e^z of scores z (K, n), in place, for the rows from <paramref name="first"/> on.</summary>
    static void Softmax(double[][] z, int first, int count)
    {
        for (int i = first; i < first + count; i += 4)
        {
            int width = Math.Min(4, first + count - i);
            Vector256<double> largest = Vector256.Create(double.NegativeInfinity), sum = Vector256<double>.Zero;
            foreach (double[] score in z) largest = Vector256.Max(largest, Load(score.AsSpan(i, width)));
            foreach (double[] score in z)
            {
                Vector256<double> e = Exp(Load(score.AsSpan(i, width)) - largest);
                sum += e;
                Store(e, score.AsSpan(i, width));
            }
            foreach (double[] score in z) Store(Load(score.AsSpan(i, width)) / sum, score.AsSpan(i, width));
        }
    }

    static Vector256<double> Load(ReadOnlySpan<double> values)
    {
        if (values.Length == 4) return Vector256.Create(values);
        Span<double> four = stackalloc double[4];
        four.Clear();
        values.CopyTo(four);
        return Vector256.Create((ReadOnlySpan<double>)four);
    }

    static void Store(Vector256<double> four, Span<double> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = four[i];
    }
}
