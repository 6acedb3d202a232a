using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// How far the price must come back from the extreme of a leg for the extreme to be a turning point of a <see cref="ZigZag"/>.
/// </summary>
public sealed record Reversal
{
    Reversal(double percent, double multiple, int period) => (Percent, AtrMultiple, AtrPeriod) = (percent, multiple, period);

    /// <summary>Percent of the extreme's price; 0 where the ATR measures.</summary>
    public double Percent { get; }

    /// <summary>Multiple of the average true range at the extreme; 0 where percent measure.</summary>
    public double AtrMultiple { get; }

    /// <summary>Period of the average true range; 0 where percent measure.</summary>
    public int AtrPeriod { get; }

    /// <summary>Back by a share of the extreme's price.</summary>
    /// <param name="percent">In (0, 100), for example 5: a high P is a turning point once the price falls to 0.95 P, a low at 1.05
    /// P.</param>
    public static Reversal OfPercent(double percent) => percent is > 0 and < 100
        ? new Reversal(percent, 0, 0)
        : throw new ArgumentOutOfRangeException(nameof(percent), percent,
            Invariant($"ZigZag: expected a percentage in (0, 100), got {percent}"));

    /// <summary>Back by a multiple of Wilder's average true range, as it stood at the close of the extreme's candle.</summary>
    /// <param name="multiple">Above 0, for example 3.</param>
    /// <param name="period">Period of the average, at least 1; candles before it is known are not looked at.</param>
    public static Reversal OfAtr(double multiple, int period = 14)
    {
        if (!(multiple > 0 && double.IsFinite(multiple)))
            throw new ArgumentOutOfRangeException(nameof(multiple), multiple,
                Invariant($"ZigZag: expected a multiple above 0, got {multiple}"));
        if (period < 1)
            throw new ArgumentOutOfRangeException(nameof(period), period, $"ZigZag: expected an ATR period of at least 1, got {period}");
        return new Reversal(0, multiple, period);
    }

    /// <summary>Wilder's average of the true ranges, from the second candle on, as <see cref="Indicators.Atr"/> has it.</summary>
    internal RecursiveAverage AverageRange => new(AtrPeriod, 1.0 / Math.Max(AtrPeriod, 1));

    /// <summary>The distance in units of price; NaN while the average true range is.</summary>
    internal double Distance(double price, double atr) => AtrMultiple > 0 ? AtrMultiple * atr : Percent / 100 * price;
}
