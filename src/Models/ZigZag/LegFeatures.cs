namespace NeuralCore.Models;

/// <summary>
/// The running leg of a zigzag as features, see <see cref="Leg"/>; 0 where there is no such leg (yet), so that they are known at every candle.
/// <list type="bullet">
/// <item>leg_side: 1 up, -1 down</item>
/// <item>leg_made, leg_left, leg_back: the way it has come, has before it to the last turning point of its side, and has come back</item>
/// <item>leg_candles, leg_extreme_candles: ln(1 + candles) since its begin and since its extreme</item>
/// <item>leg_last, leg_before: sizes of the two legs before it; leg_last_candles: ln(1 + candles) of the last</item>
/// </list>
/// Distances are in average true ranges at the leg's extreme, clipped to [-24, 24].
/// </summary>
static class LegFeatures
{
    const double Limit = 24;

    public static IReadOnlyList<Feature> All { get; } =
    [
        new("leg_side", p => p.Map(Legs(p), leg => leg.Side)),
        Distance("leg_made", leg => leg.Made),
        Distance("leg_left", leg => leg.Left),
        Distance("leg_back", leg => leg.Back),
        Duration("leg_candles", leg => leg.Candles),
        Duration("leg_extreme_candles", leg => leg.ExtremeCandles),
        Distance("leg_last", leg => leg.Last),
        Distance("leg_before", leg => leg.Before),
        Duration("leg_last_candles", leg => leg.LastCandles),
    ];

    static Feature Distance(string name, Func<Leg, double> of)
        => new(name, p => p.Map(Legs(p), leg => of(leg) is var way && double.IsNaN(way) ? 0 : Math.Clamp(way, -Limit, Limit)));

    static Feature Duration(string name, Func<Leg, int> of) => new(name, p => p.Map(Legs(p), leg => ScalarMath.Log(1 + of(leg))));

    static Leg[] Legs(MarketPair p) => p.Of(Compute);

    static Leg[] Compute(MarketPair p) => Leg.Of(p.Candles);

    static double[] Map(this MarketPair p, Leg[] legs, Func<Leg, double> of) => p.Map(t => of(legs[t]));
}
