namespace NeuralCore.Models;

/// <summary>A turning point against the previous one of its side (high or low). An equal price is not beyond: LH, HL.</summary>
public enum Swing
{
    /// <summary>The first high or the first low.</summary>
    First,

    /// <summary>HH: a high above the previous high.</summary>
    HigherHigh,

    /// <summary>HL: a low not below the previous low.</summary>
    HigherLow,

    /// <summary>LH: a high not above the previous high.</summary>
    LowerHigh,

    /// <summary>LL: a low below the previous low.</summary>
    LowerLow,
}

/// <summary>A turning point of a <see cref="ZigZag"/>.</summary>
/// <param name="Index">Its candle.</param>
/// <param name="Time">Open time of its candle, microseconds UTC.</param>
/// <param name="Price">The high of its candle at the top of a leg, the low at the bottom.</param>
/// <param name="IsHigh">Whether it is a top.</param>
/// <param name="Swing">HH, HL, LH or LL.</param>
/// <param name="ConfirmedIndex">The candle at whose close it is first seen to be a turning point; always later than its own.</param>
/// <param name="ConfirmedAt">The close of that candle, microseconds UTC: nothing before it may use the point.</param>
public readonly record struct Pivot(int Index, long Time, double Price, bool IsHigh, Swing Swing, int ConfirmedIndex, long ConfirmedAt);
