namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Exponential moving average with α = 2 / (period + 1): the first value, at index period - 1, is the mean of the first
    /// <paramref name="period"/> closes (TA-Lib's seed); then EMA_t = EMA_{t-1} + α (P_t - EMA_{t-1}). Of
    /// equal prices it may differ from the price in the last bit.
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1.</param>
    /// <param name="output">Receives one value a candle, NaN before index period - 1; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void Ema(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        var ema = new EmaState(period);
        for (int t = 0; t < close.Length; t++) output[t] = ema.Next(close[t]);
    }

    /// <summary>
    /// Exponential moving average with α = 2 / (period + 1) that starts at the first value and has no warm-up:
    /// EMA_0 = P_0, EMA_t = EMA_{t-1} + α (P_t - EMA_{t-1}). NaN at the beginning are passed over, so that it also averages what
    /// itself warms up.
    /// </summary>
    /// <remarks>Source: pandas, <c>ewm(span=period, adjust=False).mean()</c>.</remarks>
    /// <param name="close">Prices, or other values, ascending in time.</param>
    /// <param name="period">Number of candles, at least 1.</param>
    /// <param name="output">Receives one value a candle in the input's units, NaN before its first number; as long as the input.</param>
    /// <exception cref="ArgumentException">The period is below 1, or the output has another length or shares memory.</exception>
    public static void EmaFromFirst(ReadOnlySpan<double> close, int period, Span<double> output)
    {
        CheckPeriod(period);
        CheckOutput(close, output);
        int first = close.IndexOfAnyExcept(double.NaN);
        WarmUp(output, first < 0 ? close.Length : first);
        if (first < 0) return;
        var ema = new RecursiveAverage(1, 2.0 / (period + 1.0));
        for (int t = first; t < close.Length; t++) output[t] = ema.Next(close[t]);
    }
}

/// <summary>
/// An exponential moving average fed candle by candle; see <see cref="Indicators.Ema"/>. The seed is a plain sum: trained models
/// hold its last bit (<see cref="RecursiveAverage"/> is exact for equal prices as well).
/// </summary>
struct EmaState(int period)
{
    double value;
    int seen;

    public double Next(double close)
    {
        if (seen >= period) return value += 2.0 / (period + 1) * (close - value);
        value += close;
        if (++seen < period) return double.NaN;
        return value /= period;
    }
}
