using static NeuralCore.Models.FeatureNeeds;

namespace NeuralCore.Models;

/// <summary>
/// Features of the market as a whole and of the clock:
/// <list type="bullet">
/// <item>market_return: mean log return over the pairs present; relative_return: the pair's own less that; btc_return: the leader's</item>
/// <item>hour: time of day at which the candle opens, UTC, in hours from 0 up to 24; weekday: 0 on Monday to 6 on Sunday</item>
/// </list>
/// </summary>
static class MarketFeatures
{
    const long Hour = 3_600_000_000, Day = 24 * Hour;

    public static IReadOnlyList<Feature> All { get; } =
    [
        new("market_return", AllPairs, p => p.MarketMean(ReversalFeatures.Return)) { Span = 2 },
        new("relative_return", AllPairs, p => p.OverMarket(ReversalFeatures.Return)) { Span = 2 },
        new("btc_return", AllPairs | Leader, p => p.OfLeader(ReversalFeatures.Return)) { Span = 2 },
        new("hour", p => p.Map(t => (double)Floor(p.Candles.OpenTime[t], Day).Remainder / Hour)) { Span = 1 },
        // 1970-01-01 was a Thursday.
        new("weekday", p => p.Map(t => Floor(Floor(p.Candles.OpenTime[t], Day).Whole + 3, 7).Remainder)) { Span = 1 },
    ];

    // Rounds down before 1970, too.
    static (long Whole, long Remainder) Floor(long value, long unit)
    {
        long rest = (value % unit + unit) % unit;
        return ((value - rest) / unit, rest);
    }
}
