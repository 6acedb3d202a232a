using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Where legs end: will the leg that now runs end beyond the last turning point of its side? With the leg's side known this says which of
/// the four it will be: a leg up ends in HH or LH, a leg down in LL or HL.
/// <para>
/// Each leg is asked about once, at its decision point: the candle at whose close the turning point that began it is confirmed, the first
/// at which its side is known. Its answer is known when its own end is confirmed, which is the next leg's decision point: so the spans of
/// the answers follow each other and never overlap.
/// </para>
/// </summary>
public static class LegEnds
{
    /// <summary>How far back is a turn: three average true ranges of 14 candles, with which <see cref="Leg"/> measures, too.</summary>
    public static Reversal Reversal { get; } = Reversal.OfAtr(3);

    /// <summary>
    /// "zigzag": 1 at the decision point of a leg that ends beyond the last turning point of its side, -1 of one that does not, with the
    /// rule <see cref="AlreadyPassed"/>. No other candle has a value.
    /// </summary>
    public static Target Target { get; } = new("zigzag", Beyond)
    {
        Rule = AlreadyPassed,
        Says = "leg ends beyond the last pivot of its side",
        Unit = "pivots",
        AtFewCandles = true,
        NamesAt = Names,
    };

    /// <summary>The values of <see cref="Target"/>, known from the close that confirms the leg's end.</summary>
    public static Label Beyond(Candles candles)
    {
        IReadOnlyList<Pivot> pivots = ZigZag.Of(candles, Reversal).Pivots;
        var label = new Label(candles);
        for (int k = 1; k < pivots.Count; k++)
            if (pivots[k].Swing != Swing.First)
                label.Set(pivots[k - 1].ConfirmedIndex, IsBeyond(pivots[k].Swing) ? 1 : -1, pivots[k].ConfirmedAt);
        return label;
    }

    /// <summary>Whether a turning point lies beyond the last one of its side: HH and LL do.</summary>
    public static bool IsBeyond(Swing swing) => swing is Swing.HigherHigh or Swing.LowerLow;

    /// <summary>The two ends that the leg at each candle may have, beyond and not; null where no earlier one is to end beyond.</summary>
    static (string Above, string Below)?[] Names(Candles candles) => Array.ConvertAll(Leg.Of(candles),
        leg => leg.Side == 0 || double.IsNaN(leg.Left) ? ((string, string)?)null : leg.Side > 0 ? ("HH", "LH") : ("LL", "HL"));

    /// <summary>
    /// The rule that needs no model, a number a candle: 1 if the leg has already passed the last turning point of its side, -1 if not, 0
    /// where there is none. Asked at every candle it is right for 83 to 84 % of them on a random walk, since candles after the passing,
    /// where nothing is left to say, are counted with those before it; at decision points it is right for some 60 %, and whoever knows
    /// the walk's own probability (<see cref="Leg.Walk"/>) for 75 %: so much needs no forecast.
    /// </summary>
    public static double[] AlreadyPassed(Candles candles) =>
        Array.ConvertAll(Leg.Of(candles), leg => leg.Side == 0 || double.IsNaN(leg.Left) ? 0.0 : leg.Passed ? 1 : -1);
}
