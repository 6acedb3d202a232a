namespace NeuralCore.Models;

/// <summary>
/// The pattern g planted in a <see cref="SimulatedMarket"/>, a function of the last four candles' six signals (momentum, trend, rsi,
/// macd, volatility; volume change carries nothing). With S(x) = x / √(1 + x²), which keeps x smoothly within ±1:
/// <code>
/// g = L + 1.5 A + 1.4 B
/// L = 0.4 m_t - 0.4 m_{t-1} + 1.2 m_{t-2} - 0.8 m_{t-3} - 0.2 (rsi_t - 50)/14 + 0.4 S(macd_t/0.019)      m = S(momentum/0.016)
/// A = ½ (T |M| - |T| M)     T = S(trend_t/0.016)       M = S((momentum_t + momentum_{t-1})/0.008)
/// B = S(momentum_t/0.004) · S((volatility_t - volatility_{t-1})/0.0056)
/// </code>
/// A is a pullback within a trend: 0 while the last two candles go with the trend of 20, else ±|T M| in the trend's direction.
/// B follows a move made on rising volatility and fades one made on falling volatility. Every term changes its sign when prices are
/// mirrored, so that up and down are equally likely.
/// <para>
/// Measured at accuracy 0.60: least squares on the window explains 49 % of the variance of g (a test holds it between 42 and 58 %), the
/// rest depends on order and interaction; a linear model reaches at most 71 % of the possible edge.
/// </para>
/// </summary>
public static class SimulatedPattern
{
    /// <summary>First candle with a full window of 20 candles that have all six signals; g is 0 before it.</summary>
    public const int FirstRow = Week3Signals.FirstComplete + 19;

    /// <summary>Typical return of a simulated candle, to which the scales in g are fitted.</summary>
    internal const double MoveScale = 0.008;

    /// <summary>
    /// g at the close of candle <paramref name="t"/>, from the six columns of <see cref="Week3Signals.Compute"/>; within ±7.
    /// </summary>
    public static double Value(double[][] signals, int t)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (t < FirstRow) return 0;
        double[] momentum = signals[0], volatility = signals[4];
        double trend = signals[1][t], rsi = signals[2][t], macd = signals[3][t];

        double linear = 0.4 * S(momentum[t] / 0.016) - 0.4 * S(momentum[t - 1] / 0.016) + 1.2 * S(momentum[t - 2] / 0.016)
            - 0.8 * S(momentum[t - 3] / 0.016) - 0.2 * (rsi - 50) / 14 + 0.4 * S(macd / 0.019);
        double T = S(trend / 0.016), M = S((momentum[t] + momentum[t - 1]) / 0.008);
        double pullback = 0.5 * (T * Math.Abs(M) - Math.Abs(T) * M);
        double confirmation = S(momentum[t] / 0.004) * S((volatility[t] - volatility[t - 1]) / 0.0056);
        return linear + 1.5 * pullback + 1.4 * confirmation;
    }

    static double S(double x) => x / Math.Sqrt(1 + x * x);
}
