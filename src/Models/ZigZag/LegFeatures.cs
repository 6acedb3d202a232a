using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The running leg of a zigzag as features, see <see cref="Leg"/>; 0 where there is no such leg (yet), so that they are known at every
/// candle.
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

    static readonly (string Name, Func<Leg, double> Of)[] columns =
    [
        ("leg_side", leg => leg.Side),
        ("leg_made", leg => Distance(leg.Made)),
        ("leg_left", leg => Distance(leg.Left)),
        ("leg_back", leg => Distance(leg.Back)),
        ("leg_candles", leg => Duration(leg.Candles)),
        ("leg_extreme_candles", leg => Duration(leg.ExtremeCandles)),
        ("leg_last", leg => Distance(leg.Last)),
        ("leg_before", leg => Distance(leg.Before)),
        ("leg_last_candles", leg => Duration(leg.LastCandles)),
    ];

    public static IReadOnlyList<Feature> All { get; } =
        [.. columns.Select((column, k) => new Feature(column.Name, p => p.Of(Legs, columns.Length)[k]) { Span = 1 })];

    static Recursion Legs()
    {
        LegState? state = null;
        return (p, t, to) =>
        {
            Candles c = p.Candles;
            state ??= new LegState(c.Timeframe);
            Leg leg = state.Next(c.OpenTime[t], c.High[t], c.Low[t], c.Close[t]);
            for (int k = 0; k < to.Length; k++) to[k][t] = columns[k].Of(leg);
        };
    }

    static double Distance(double way) => double.IsNaN(way) ? 0 : Math.Clamp(way, -Limit, Limit);

    static double Duration(int candles) => ScalarMath.Log(1 + candles);
}
