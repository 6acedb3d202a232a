namespace NeuralCore.Backtest;

/// <summary>What a call of a fall leads to.</summary>
public enum TradingMode
{
    /// <summary>To hold nothing: negative positions count as 0.</summary>
    LongFlat,

    /// <summary>To sell what is borrowed. Interest on it is not charged.</summary>
    LongShort,
}
