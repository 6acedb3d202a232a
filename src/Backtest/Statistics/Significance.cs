namespace NeuralCore.Backtest;

/// <summary>A test statistic with the probability of one at least as extreme where the null hypothesis holds.</summary>
/// <param name="Statistic">The statistic; NaN where it is not defined.</param>
/// <param name="PValue">The probability; NaN where the statistic is.</param>
public readonly record struct Significance(double Statistic, double PValue)
{
    /// <summary>The test of data that cannot tell anything.</summary>
    public static Significance None => new(double.NaN, double.NaN);
}
