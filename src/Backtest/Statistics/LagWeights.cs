namespace NeuralCore.Backtest;

/// <summary>How much the autocovariance at lag k counts in the variance of a mean, of h - 1 lags.</summary>
public enum LagWeights
{
    /// <summary>1: what theory gives for errors of forecasts h steps ahead. The estimate can be negative.</summary>
    Rectangular,

    /// <summary>1 - k/h (Bartlett; Newey and West 1987): somewhat too small where dependence is strong, but never negative.</summary>
    Bartlett,
}
