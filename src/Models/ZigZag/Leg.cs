using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The running leg of a <see cref="ZigZag"/> as it stands at the close of a candle, with the legs before it. P₁ is the turning point that
/// began it, P₂ the one before, on the leg's own side (the last top of a leg up), P₃ the one before that; E is the leg's extreme so far and
/// A the average true range at the extreme's candle. Distances count along the leg, in units of A:
/// <code>
/// made = s (E - P₁) / A      left = s (P₂ - E) / A      back = s (E - C) / A      last = s (P₂ - P₁) / A      before = s (P₂ - P₃) / A
/// </code>
/// </summary>
/// <param name="Side">s: 1 up, -1 down; 0 before the first turning point and after a gap, where all else is without meaning.</param>
/// <param name="Made">How far the leg has come.</param>
/// <param name="Left">How far it is from the last turning point of its side; below 0 once it has passed it, NaN if there is none.</param>
/// <param name="Back">How far the close is from the extreme.</param>
/// <param name="Candles">Candles since P₁.</param>
/// <param name="ExtremeCandles">Candles since E.</param>
/// <param name="Last">Size of the last leg, from P₂ to P₁; NaN where there is none.</param>
/// <param name="Before">Size of the leg before, from P₃ to P₂; NaN where there is none.</param>
/// <param name="LastCandles">Candles from P₂ to P₁; 0 where there is none.</param>
public readonly record struct Leg(int Side, double Made, double Left, double Back, int Candles, int ExtremeCandles, double Last,
    double Before, int LastCandles)
{
    /// <summary>Whether the leg has passed the last turning point of its side; false where there is none.</summary>
    public bool Passed => Left < 0;

    /// <summary>
    /// How probable a random walk from the close makes it that the leg ends beyond the last turning point of its side; m A is the way back
    /// that ends a leg:
    /// <code>
    /// P = (1 - back / m) e^(-left / m)
    /// </code>
    /// 1 once it has passed it, NaN where there is none. First the walk must return to the extreme, back above it, before it comes to the
    /// leg's end, m - back below it: the gambler's ruin. From there on its rise before it first comes back from its highest by m is
    /// exponentially distributed with mean m, whatever happened before.
    /// <para>
    /// Sources: Feller, "An Introduction to Probability Theory and Its Applications" I (1968), chapter XIV; Taylor, "A stopped Brownian
    /// motion formula", Annals of Probability 3 (1975).
    /// </para>
    /// </summary>
    public double Walk
    {
        get
        {
            double m = LegEnds.Reversal.AtrMultiple;
            return Passed ? 1 : Math.Max(0, 1 - Back / m) * ScalarMath.Exp(-Left / m);
        }
    }

    /// <summary>The leg at the close of each candle, known from the candles up to it.</summary>
    public static Leg[] Of(Candles candles)
    {
        ArgumentNullException.ThrowIfNull(candles);
        var state = new LegState(candles.Timeframe);
        return [.. Enumerable.Range(0, candles.Count)
            .Select(t => state.Next(candles.OpenTime[t], candles.High[t], candles.Low[t], candles.Close[t]))];
    }
}
