namespace NeuralCore.Backtest;

/// <summary>What a test holds against the null hypothesis.</summary>
public enum Alternative
{
    /// <summary>A difference in either direction.</summary>
    TwoSided,

    /// <summary>The value is less than under the null hypothesis.</summary>
    Less,

    /// <summary>The value is greater.</summary>
    Greater,
}
