using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>A <see cref="Leg"/> that is fed candle by candle.</summary>
/// <param name="timeframe">Length of a candle; a step of another length is a gap.</param>
sealed class LegState(Timeframe timeframe)
{
    readonly ZigZagState zigzag = new(LegEnds.Reversal, timeframe);
    Pivot? p1, p2, p3;   // confirmed since the last gap, the newest first
    int t = -1;

    /// <summary>Takes the next candle; gives the leg as it stands at its close.</summary>
    public Leg Next(long openTime, double high, double low, double close)
    {
        t++;
        Pivot? confirmed = zigzag.Next(openTime, high, low, close);
        if (confirmed is not null) (p1, p2, p3) = (confirmed, p1, p2);
        else if (zigzag.Side == 0) (p1, p2, p3) = (null, null, null);
        if (p1 is not { } start) return default;

        double extreme = zigzag.ExtremePrice, same = p2?.Price ?? double.NaN, before = p3?.Price ?? double.NaN;
        double atr = Math.Abs(extreme - zigzag.Level) / LegEnds.Reversal.AtrMultiple;
        return new Leg(zigzag.Side, Along(extreme - start.Price), Along(same - extreme), Along(extreme - close), t - start.Index,
            t - zigzag.ExtremeIndex, Along(same - start.Price), Along(same - before), p2 is { } second ? start.Index - second.Index : 0);

        // No way is 0 in every unit, that of a market without ranges, too.
        double Along(double way) => way == 0 ? 0 : zigzag.Side * way / atr;
    }
}
