using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// What a model is to predict: one value a candle, and the time at which it becomes known. The label of candle t speaks of what follows
/// the close of t, so it spans the time from <see cref="Start"/> to <see cref="KnownAt"/>: what is trained before some moment uses
/// only labels known by then, and what is tested after it starts later than the last of them ends.
/// <para>
/// No label bridges a gap: where a candle it needs is missing, or its prices give no finite number, it is unknown, NaN with the time
/// <see cref="long.MaxValue"/>.
/// </para>
/// </summary>
public sealed class Label
{
    /// <summary>A label with nothing known yet.</summary>
    internal Label(Candles candles)
    {
        (Candles, Values, KnownAt) = (candles, new double[candles.Count], new long[candles.Count]);
        Array.Fill(Values, double.NaN);
        Array.Fill(KnownAt, long.MaxValue);
    }

    /// <summary>A label of one's own.</summary>
    /// <param name="candles">The candles, one value each.</param>
    /// <param name="values">Finite where known, else NaN.</param>
    /// <param name="knownAt">Microseconds UTC, not before the candle's close; <see cref="long.MaxValue"/> where the value is NaN.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value and its time contradict each other.</exception>
    public Label(Candles candles, double[] values, long[] knownAt)
    {
        ArgumentNullException.ThrowIfNull(candles);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(knownAt);
        (Candles, Values, KnownAt) = (candles, values, knownAt);
        if (values.Length != candles.Count || knownAt.Length != candles.Count)
        {
            throw new ArgumentException(
                $"Label of {candles.Symbol}: expected {candles.Count} values and times, got {values.Length} and {knownAt.Length}");
        }
        for (int t = 0; t < candles.Count; t++)
        {
            bool known = double.IsFinite(values[t]) && knownAt[t] >= Start(t) && knownAt[t] < long.MaxValue;
            if (!known && !(double.IsNaN(values[t]) && knownAt[t] == long.MaxValue))
            {
                throw new ArgumentException($"Label of {candles.Symbol}: expected at candle {t} a finite value known after its close, "
                    + "or NaN at "
                    + Invariant($"long.MaxValue, got {values[t]} at {knownAt[t]}, candle closed at {Start(t)}"));
            }
        }
    }

    /// <summary>The candles.</summary>
    public Candles Candles { get; }

    /// <summary>One value a candle, NaN where unknown; classes are the numbers of <see cref="Direction"/>.</summary>
    public double[] Values { get; }

    /// <summary>
    /// When each value becomes known: the close of the last candle that it needs, in microseconds UTC, <see cref="long.MaxValue"/> where
    /// unknown. The close of a candle is its open time plus its length.
    /// </summary>
    public long[] KnownAt { get; }

    /// <summary>When the label of candle <paramref name="t"/> starts: at the candle's close, in microseconds UTC.</summary>
    public long Start(int t) => Candles.OpenTime[t] + Candles.Timeframe.Microseconds;

    /// <summary>Whether the label of candle <paramref name="t"/> is known at all.</summary>
    public bool IsKnown(int t) => KnownAt[t] < long.MaxValue;

    /// <summary>Sets the label of candle <paramref name="t"/>; a value that is not finite leaves it unknown.</summary>
    internal void Set(int t, double value, long knownAt)
    {
        if (double.IsFinite(value)) (Values[t], KnownAt[t]) = (value, knownAt);
    }

    /// <summary>Another value of the same candles, known at the same times; unknown where it is not finite.</summary>
    internal Label Map(Func<int, double> value)
    {
        var label = new Label(Candles);
        for (int t = 0; t < Values.Length; t++)
            if (IsKnown(t)) label.Set(t, value(t), KnownAt[t]);
        return label;
    }
}
