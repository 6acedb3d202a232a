using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>Which barrier counts as touched first when one candle touches both and did not open beyond either.</summary>
public enum FirstTouch
{
    /// <summary>The lower: for a long position the stop, the cautious choice.</summary>
    Lower,

    /// <summary>The upper: for a short position the stop.</summary>
    Upper,

    /// <summary>Neither: the label is unknown.</summary>
    Unknown,
}

/// <summary>The barriers of <see cref="Labels.TripleBarrier"/>.</summary>
public sealed record BarrierOptions
{
    /// <summary>Height of the upper barrier in σ, above 0; <see cref="double.PositiveInfinity"/> for none.</summary>
    public double Upper { get; init; } = 2;

    /// <summary>Depth of the lower barrier in σ, above 0; <see cref="double.PositiveInfinity"/> for none.</summary>
    public double Lower { get; init; } = 2;

    /// <summary>The vertical barrier: candles after which the position is closed, at least 1.</summary>
    public int Horizon { get; init; } = 10;

    /// <summary>What happens when one candle touches both barriers: a candle does not tell the order of its high and low.</summary>
    public FirstTouch BothTouched { get; init; } = FirstTouch.Lower;

    /// <summary>Whether a candle that reaches the vertical barrier gets the direction of its return there rather than NEUTRAL.</summary>
    public bool SignAtHorizon { get; init; }
}

public static partial class Labels
{
    /// <summary>
    /// The triple barrier: which of three barriers the price touches first after the close C_t. The upper lies at C_t·(1 + u·σ_t), the
    /// lower at C_t·(1 - d·σ_t), the vertical at the close of candle t + k. A barrier is touched when the high or the low of a candle
    /// after t reaches it. The return is that at the touch: the barrier's own, or that of the open where a candle opens beyond the barrier;
    /// at the vertical barrier that of the close.
    /// <para>
    /// Which was first, when one candle touches both: the barrier beyond which the candle opened; otherwise the order is not known and
    /// <see cref="BarrierOptions.BothTouched"/> decides, the lower by default. Source: López de Prado, "Advances in Financial Machine
    /// Learning", 2018, chapter 3; there only closes touch, and a candle without σ_t gets no label, as here. Each candle looks ahead for
    /// itself: O(n · horizon) at most for n candles.
    /// </para>
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="sigma">σ of one candle's return, one value a candle, computed from candles up to t alone; see
    /// <see cref="Volatility"/>.</param>
    /// <param name="options">The barriers; by default 2 σ up and down and 10 candles.</param>
    /// <returns>
    /// The side (UP, DOWN or NEUTRAL as numbers of <see cref="Direction"/>) and the return at the touch; both are known at the close of
    /// the candle that touches.
    /// </returns>
    public static (Label Side, Label Return) TripleBarrier(Candles candles, double[] sigma, BarrierOptions? options = null)
    {
        options ??= new BarrierOptions();
        CheckHorizon(nameof(TripleBarrier), candles, options.Horizon);
        CheckSigma(nameof(TripleBarrier), candles, sigma);
        if (!(options.Upper > 0 && options.Lower > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(options),
                FormattableString.Invariant($"TripleBarrier: expected barriers above 0 σ, got {options.Upper} and {options.Lower}"));
        }
        var (side, back) = (new Label(candles), new Label(candles));
        for (int t = 0; t < candles.Count; t++)
        {
            if (!IsVolatility(sigma[t]) || Touch(candles, t, sigma[t], options) is not var (direction, y, last) || !double.IsFinite(y))
                continue;
            side.Set(t, (double)direction, side.Start(last));
            back.Set(t, y, side.Start(last));
        }
        return (side, back);
    }

    /// <summary>The first touch after candle t; null where a gap, the end or a candle without prices comes before it.</summary>
    static (Direction Side, double Return, int Last)? Touch(Candles candles, int t, double sigma, BarrierOptions options)
    {
        double entry = Price(candles.Close[t]), upper = entry * (1 + options.Upper * sigma), lower = entry * (1 - options.Lower * sigma);
        for (int j = t + 1; j < candles.Count && candles.Follows(j); j++)
        {
            double open = Price(candles.Open[j]), high = Price(candles.High[j]), low = Price(candles.Low[j]);
            if (!double.IsFinite(open + high + low)) return null;
            bool up = high >= upper, down = low <= lower;
            if (up && down && open > lower && open < upper)
            {
                if (options.BothTouched == FirstTouch.Unknown) return null;
                (up, down) = options.BothTouched == FirstTouch.Upper ? (true, false) : (false, true);
            }
            if (up && (!down || open >= upper)) return (Direction.Up, Math.Max(open, upper) / entry - 1, j);
            if (down) return (Direction.Down, Math.Min(open, lower) / entry - 1, j);
            if (j - t < options.Horizon) continue;
            double y = Price(candles.Close[j]) / entry - 1;
            return (!options.SignAtHorizon ? Direction.Neutral : y > 0 ? Direction.Up : y < 0 ? Direction.Down : Direction.Neutral, y, j);
        }
        return null;
    }
}
