using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The turning points of a series of candles and what is known of them at each candle; see <see cref="ZigZagState"/> for the rules.
/// Everything that stands at candle t follows from candles 0 to t alone.
/// </summary>
public sealed class ZigZag
{
    readonly int[] confirmed;   // confirmed[t]: pivots confirmed by the close of candle t
    readonly Pivot[] pivots;

    ZigZag(Pivot[] pivots, int[] confirmed, sbyte[] side, bool[] passed, Label turningPoints) =>
        (this.pivots, this.confirmed, Side, Passed, TurningPoints) = (pivots, confirmed, side, passed, turningPoints);

    /// <summary>
    /// All turning points that are confirmed by the last candle, in order. Tops and bottoms alternate, except across a gap.
    /// </summary>
    public IReadOnlyList<Pivot> Pivots => pivots;

    /// <summary>
    /// The side of the leg at the close of each candle: 1 up, -1 down, 0 before the first turning point (after a gap, too).
    /// </summary>
    public sbyte[] Side { get; }

    /// <summary>
    /// Whether, at the close of each candle, its leg has passed the last turning point of its side (a leg up: the last top).
    /// </summary>
    public bool[] Passed { get; }

    /// <summary>
    /// A label for each candle: 1 if it is a top, -1 if a bottom, 0 if neither. It becomes known at the close at which the turning point is
    /// confirmed, or at which the candle is seen not to be one: its own where it makes no new extreme, that of the next extreme where
    /// it does, and before the first turning point that point's confirmation.
    /// </summary>
    public Label TurningPoints { get; }

    /// <summary>The turning points that candle <paramref name="t"/> may use: those confirmed by its close, in order.</summary>
    public ReadOnlySpan<Pivot> Confirmed(int t) => pivots.AsSpan(0, confirmed[t]);

    /// <summary>The zigzag of candles.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="reversal">How far back is a turn, for example <c>Reversal.OfPercent(5)</c> or <c>Reversal.OfAtr(3)</c>.</param>
    public static ZigZag Of(Candles candles, Reversal reversal)
    {
        ArgumentNullException.ThrowIfNull(candles);
        var state = new ZigZagState(reversal, candles.Timeframe);
        var pivots = new List<Pivot>();
        var label = new Label(candles);
        var (confirmed, side, passed) = (new int[candles.Count], new sbyte[candles.Count], new bool[candles.Count]);
        for (int t = 0; t < candles.Count; t++)
        {
            int extreme = state.ExtremeIndex;
            if (state.Next(candles.OpenTime[t], candles.High[t], candles.Low[t], candles.Close[t]) is { } pivot)
            {
                pivots.Add(pivot);
                if (extreme < 0)
                    for (int s = state.Start; s < t; s++) label.Set(s, 0, pivot.ConfirmedAt);
                label.Set(pivot.Index, pivot.IsHigh ? 1 : -1, pivot.ConfirmedAt);
            }
            else if (state.Side != 0) label.Set(state.ExtremeIndex == t ? extreme : t, 0, label.Start(t));
            (confirmed[t], side[t], passed[t]) = (pivots.Count, (sbyte)state.Side, state.Passed);
        }
        return new ZigZag([.. pivots], confirmed, side, passed, label);
    }
}
