using NeuralCore.Models.Data;

namespace NeuralCore.Models;

public static partial class Labels
{
    /// <summary>
    /// The direction of each return, a number of <see cref="Direction"/>: NEUTRAL within ± the rule's threshold. A fixed threshold is
    /// <c>new LabelRule(threshold, meanMove)</c>, one that is a quantile of training rows is
    /// <see cref="LabelRule.Fit(IReadOnlyList{Label}, long, double)"/>, and one that follows the volatility, NEUTRAL iff |r_t| ≤ c·σ_t, is
    /// the rule of threshold c on <see cref="Scaled"/> returns.
    /// </summary>
    /// <param name="returns">Any return: close to close, from the fill, relative to the market, scaled.</param>
    /// <param name="rule">The neutral zone.</param>
    public static Label Directions(Label returns, LabelRule rule)
    {
        ArgumentNullException.ThrowIfNull(returns);
        ArgumentNullException.ThrowIfNull(rule);
        return returns.Map(t => (double)rule.Class(returns.Values[t]));
    }

    /// <summary>Returns in units of a volatility known when they start: r_t / σ_t; unknown where σ_t is not a positive number.</summary>
    /// <param name="returns">The returns.</param>
    /// <param name="sigma">
    /// σ of one horizon, one value a candle, computed from candles up to t alone: for k candles √k times that of one,
    /// see <see cref="Volatility"/>.
    /// </param>
    public static Label Scaled(Label returns, double[] sigma)
    {
        ArgumentNullException.ThrowIfNull(returns);
        CheckSigma(nameof(Scaled), returns.Candles, sigma);
        return returns.Map(t => IsVolatility(sigma[t]) ? returns.Values[t] / sigma[t] : double.NaN);
    }

    static void CheckSigma(string name, Candles candles, double[] sigma)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        if (sigma.Length == candles.Count) return;
        throw new ArgumentException(
            $"{name}: expected {candles.Count} volatilities, one a candle of {candles.Symbol}, got {sigma.Length}", nameof(sigma));
    }

    static bool IsVolatility(double sigma) => sigma > 0 && sigma < double.PositiveInfinity;
}
