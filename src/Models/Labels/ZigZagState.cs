using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// A zigzag fed candle by candle: turning points of the price, each found at the close that confirms it.
/// <para>
/// A leg up has an extreme, the highest high since it began, and a level, the extreme less the <see cref="Reversal"/> distance. A later
/// candle whose low reaches the level confirms the extreme as a turning point, and the leg down begins with that candle's low as its
/// extreme; legs down mirror this. The level moves only with the extreme.
/// </para>
/// <list type="bullet">
/// <item>A candle that makes a new extreme continues the leg, however far its other end reaches: it does not tell which of its high and
/// low came first. So a turning point is always confirmed by a later candle than its own.</item>
/// <item>Of equal extremes the first counts.</item>
/// <item>Before the first turning point both a high and a low are followed; the first to be confirmed decides, and a candle that
/// would confirm both decides nothing.</item>
/// <item>After a gap, or a candle without usable prices (0 &lt; low ≤ high, all finite), everything starts anew.</item>
/// </list>
/// </summary>
/// <param name="reversal">How far back is a turn.</param>
/// <param name="timeframe">Length of a candle; a step of another length is a gap.</param>
public sealed class ZigZagState(Reversal reversal, Timeframe timeframe)
{
    static readonly Extreme None = new(-1, 0, double.NaN, double.NaN);
    readonly Reversal reversal = reversal ?? throw new ArgumentNullException(nameof(reversal));
    Extreme top = None, bottom = None;
    double lastHigh = double.NaN, lastLow = double.NaN;   // of the last turning point of each side
    RecursiveAverage atr = reversal.AverageRange;
    double previousClose = double.NaN;
    long previousTime;
    int t = -1;

    /// <summary>1 in a leg up, -1 in a leg down, 0 before the first turning point.</summary>
    public int Side { get; private set; }

    /// <summary>The extreme of the leg so far: the turning point to be; NaN before the first one.</summary>
    public double ExtremePrice => Leg.Price;

    /// <summary>The candle of <see cref="ExtremePrice"/>, counted from 0; -1 before the first turning point.</summary>
    public int ExtremeIndex => Leg.Index;

    /// <summary>The price at which a later candle confirms the extreme as a turning point; NaN before the first one.</summary>
    public double Level => Leg.Level;

    /// <summary>
    /// Whether the leg has passed the last turning point of its side, so that its own will be HH in a leg up, LL in a leg down.
    /// </summary>
    public bool Passed => Side > 0 ? top.Price > lastHigh : Side < 0 && bottom.Price < lastLow;

    /// <summary>The first candle since the last gap.</summary>
    internal int Start { get; private set; }

    Extreme Leg => Side > 0 ? top : Side < 0 ? bottom : None;

    /// <summary>Takes the next candle; gives the turning point that its close confirms, if it does.</summary>
    /// <param name="openTime">Microseconds UTC.</param>
    /// <param name="high">Highest price.</param>
    /// <param name="low">Lowest price.</param>
    /// <param name="close">Last price.</param>
    public Pivot? Next(long openTime, double high, double low, double close)
    {
        t++;
        bool usable = low > 0 && low <= high && double.IsFinite(high) && double.IsFinite(close);
        if (!usable || openTime - previousTime != timeframe.Microseconds) Restart(usable ? t : t + 1);
        previousTime = openTime;
        if (!usable) return null;
        double range = double.IsNaN(previousClose) ? double.NaN : atr.Next(Math.Max(high, previousClose) - Math.Min(low, previousClose));
        previousClose = close;
        double fall = reversal.Distance(high, range), rise = reversal.Distance(low, range);
        if (double.IsNaN(fall)) return null;

        bool newTop = Side >= 0 && !(high <= top.Price), newBottom = Side <= 0 && !(low >= bottom.Price);
        bool falls = Side >= 0 && !newTop && low <= top.Level, rises = Side <= 0 && !newBottom && high >= bottom.Level;
        if (newTop) top = new Extreme(t, openTime, high, high - fall);
        if (newBottom) bottom = new Extreme(t, openTime, low, low + rise);
        if (falls == rises) return null;
        Side = falls ? -1 : 1;
        if (falls)
        {
            Pivot pivot = Confirm(top, true,
                double.IsNaN(lastHigh) ? Swing.First : top.Price > lastHigh ? Swing.HigherHigh : Swing.LowerHigh);
            (lastHigh, bottom) = (top.Price, new Extreme(t, openTime, low, low + rise));
            return pivot;
        }
        else
        {
            Pivot pivot = Confirm(bottom, false,
                double.IsNaN(lastLow) ? Swing.First : bottom.Price < lastLow ? Swing.LowerLow : Swing.HigherLow);
            (lastLow, top) = (bottom.Price, new Extreme(t, openTime, high, high - fall));
            return pivot;
        }
    }

    Pivot Confirm(Extreme e, bool isHigh, Swing swing)
        => new(e.Index, e.Time, e.Price, isHigh, swing, t, previousTime + timeframe.Microseconds);

    void Restart(int start)
    {
        (Start, Side, top, bottom, lastHigh, lastLow) = (start, 0, None, None, double.NaN, double.NaN);
        (atr, previousClose) = (reversal.AverageRange, double.NaN);
    }

    readonly record struct Extreme(int Index, long Time, double Price, double Level);
}
