using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>Decimals, unscaled / 10^scale, as doubles.</summary>
internal static class ScaledDecimal
{
    const int ExactPower = 22;    // 10^22 = 2^22 5^22, and 5^22 < 2^53

    static readonly double[] Powers = [.. Enumerable.Range(0, ExactPower + 1).Select(n => Parse(Invariant($"1E{n}")))];

    /// <summary>Takes zeros at the end away, as far as the scale goes.</summary>
    public static (Int128 Unscaled, int Scale) Shortest(Int128 unscaled, int scale)
    {
        while (scale > 0 && unscaled % 10 == 0) (unscaled, scale) = (unscaled / 10, scale - 1);
        return (unscaled, scale);
    }

    /// <summary>
    /// The double next to the decimal. Where both terms of the quotient are doubles, their division rounds once (IEEE 754); others are
    /// read from their text.
    /// </summary>
    public static double ToDouble(Int128 unscaled, int scale)
    {
        if (!IsExact(unscaled)) (unscaled, scale) = Shortest(unscaled, scale);
        return IsExact(unscaled) && scale <= ExactPower ? (long)unscaled / Powers[scale] : Parse(Invariant($"{unscaled}E-{scale}"));
    }

    static double Parse(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    static bool IsExact(Int128 value) => value >= -(1L << 53) && value <= 1L << 53;
}
