using System.Runtime.Intrinsics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    // Sums decay by a constant factor while nothing moves; below this they count as 0, before they lose their digits.
    internal const double NoMovement = 1e-290;

    /// <summary>
    /// Directional movement. Of the rise of the high and the fall of the low against the candle before, only the larger counts, and only
    /// if positive: as +DM or -DM. Their sums and that of the true ranges run over candles 1 … period, then S ← S - S / period + new.
    /// +DI = 100 S(+DM) / S(TR) and -DI likewise begin at index <paramref name="period"/>;
    /// DX = 100 |+DI - -DI| / (+DI + -DI); ADX is the mean of the first <paramref name="period"/> DX at index 2 period - 1, then
    /// ADX ← ADX + (DX - ADX) / period. Where nothing has moved, the indices and DX are 0: no direction.
    /// <para>Source: Wilder, "New Concepts in Technical Trading Systems", 1978.</para>
    /// </summary>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="period">Number of candles, at least 1; Wilder's own is 14.</param>
    /// <param name="plusDi">Receives +DI in [0, 100]; as long as <paramref name="close"/>, as are the others.</param>
    /// <param name="minusDi">Receives -DI in [0, 100].</param>
    /// <param name="adx">Receives ADX in [0, 100].</param>
    /// <exception cref="ArgumentException">The period is below 1, the spans differ in length, or an output shares memory.</exception>
    public static void Adx(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period,
        Span<double> plusDi, Span<double> minusDi, Span<double> adx)
    {
        CheckAdx(nameof(Adx), high, low, close, period, plusDi, minusDi, adx);
        Adx(high, low, close, period, period, plusDi, minusDi, adx);
    }

    /// <summary>
    /// As
    /// <see cref="Adx(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, int, Span{double}, Span{double}, Span{double})"/>,
    /// but the sums begin with candles 1 … period - 1, and candle period already enters by S - S / period + new; the difference dies
    /// out. TA-Lib holds the last ADX where nothing has moved; here DX is 0.
    /// <para>Source: TA-Lib, PLUS_DI, MINUS_DI and ADX.</para>
    /// </summary>
    /// <inheritdoc
    /// cref="Adx(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, int, Span{double}, Span{double}, Span{double})"/>
    public static void AdxShortSeed(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period,
        Span<double> plusDi, Span<double> minusDi, Span<double> adx)
    {
        CheckAdx(nameof(AdxShortSeed), high, low, close, period, plusDi, minusDi, adx);
        Adx(high, low, close, period, period - 1, plusDi, minusDi, adx);
    }

    static void Adx(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, int seed,
        Span<double> plusDi, Span<double> minusDi, Span<double> adx)
    {
        WarmUp(plusDi, period);
        WarmUp(minusDi, period);
        WarmUp(adx, period);
        var state = new AdxState(period, seed);
        for (int t = 1; t < close.Length; t++)
        {
            bool known = state.Next(high[t] - high[t - 1], low[t - 1] - low[t], TrueRange(high[t], low[t], close[t - 1]));
            if (known) (plusDi[t], minusDi[t], adx[t]) = (state.Plus, state.Minus, state.Adx);
        }
    }

    static void CheckAdx(
        string name, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period,
        ReadOnlySpan<double> plusDi, ReadOnlySpan<double> minusDi, ReadOnlySpan<double> adx)
    {
        CheckPeriod(period, name);
        CheckOutput(high, low, close, plusDi, name);
        CheckOutput(high, low, close, minusDi, name);
        CheckOutput(high, low, close, adx, name);
    }
}

/// <summary>Directional movement fed candle by candle, from the second candle on; see Wilder's ADX in <see cref="Indicators"/>.</summary>
struct AdxState(int period, int seed)
{
    readonly double kept = 1 - 1.0 / period;
    Vector128<double> sums;             // the lanes hold + and -
    double range;
    RecursiveAverage average = new(period, 1.0 / period);
    int candle;

    public double Plus { get; private set; }

    public double Minus { get; private set; }

    public double Adx { get; private set; }

    /// <summary>Takes the rise of the high, the fall of the low and the true range; false while the indices are not known.</summary>
    public bool Next(double rise, double fall, double trueRange)
    {
        candle = Math.Min(candle + 1, int.MaxValue - 1);
        double keep = candle <= seed ? 1 : kept;
        Vector128<double> moves = Vector128.Create(rise, fall);
        Vector128<double> others = Vector128.Max(Vector128.Create(fall, rise), Vector128<double>.Zero);
        sums = keep * sums + (Vector128.GreaterThan(moves, others) & moves);
        range = keep * range + trueRange;
        if (range < Indicators.NoMovement) (sums, range) = (Vector128<double>.Zero, 0);
        if (candle < period) return false;
        Vector128<double> di = range == 0 ? Vector128<double>.Zero : 100 * sums / range;
        (Plus, Minus) = (di[0], di[1]);
        Adx = average.Next(Plus + Minus == 0 ? 0 : 100 * Math.Abs(Plus - Minus) / (Plus + Minus));
        return true;
    }
}
