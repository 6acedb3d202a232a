using MathNet.Numerics;

namespace NeuralCore.Backtest;

/// <summary>
/// Probabilities of the tails of distributions, with full relative precision far out, where 1 - CDF would be rounded to 0.
/// </summary>
static class Tail
{
    /// <summary>P(Z ≤ x) of a standard normal Z.</summary>
    internal static double NormalBelow(double x) => SpecialFunctions.Erfc(-x / Math.Sqrt(2)) / 2;

    /// <summary>P(Z > x) of a standard normal Z.</summary>
    internal static double NormalAbove(double x) => NormalBelow(-x);

    /// <summary>P(χ² > x) of a χ² with one degree of freedom, the square of a normal.</summary>
    internal static double ChiSquareAbove(double x) => SpecialFunctions.Erfc(Math.Sqrt(x / 2));

    /// <summary>P(T > x) of Student's T: I(ν/(ν + x²); ν/2, ½) / 2 for x ≥ 0, the regularised incomplete beta function.</summary>
    internal static double StudentAbove(double x, double degrees)
    {
        if (double.IsNaN(x)) return double.NaN;
        double outside = double.IsInfinity(x) ? 0 : SpecialFunctions.BetaRegularized(degrees / 2, 0.5, degrees / (degrees + x * x));
        return x >= 0 ? outside / 2 : 1 - outside / 2;
    }
}
