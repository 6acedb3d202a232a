using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// The six signals of Week 3, all free of the price level so that markets can be pooled. P is the close, V the volume:
/// <list type="number">
/// <item>momentum (P_t - P_{t-1}) / P_{t-1}</item>
/// <item>trend (P_t - P_{t-20}) / P_{t-20}</item>
/// <item>rsi RSI(14) after Wilder, in [0, 100]</item>
/// <item>macd (EMA12 - EMA26) / P_t</item>
/// <item>volatility (high_t - low_t) / P_t</item>
/// <item>volume change (V_t - V_{t-1}) / V_{t-1}, clipped to [-1, 5]; 0 where both volumes are 0</item>
/// </list>
/// The signals count candles, not hours: where candles are missing, they are computed across the gap as if the candles were
/// neighbours, and the averages behind rsi and macd go on. Windows of candles are what never bridges a gap.
/// </summary>
public static class Week3Signals
{
    /// <summary>Names of the signals, in the order of the columns.</summary>
    public static IReadOnlyList<string> Names { get; } = ["momentum", "trend", "rsi", "macd", "volatility", "volume_change"];

    /// <summary>Index of the first candle that has all six signals (the slow average of macd sets it).</summary>
    public const int FirstComplete = 25;

    /// <summary>Largest volume change; larger ones, and any volume after none, count as this.</summary>
    public const double LargestVolumeChange = 5;

    /// <summary>Computes the six signals: six columns of one value a candle, NaN while a signal warms up.</summary>
    public static double[][] Compute(Candles candles)
    {
        ArgumentNullException.ThrowIfNull(candles);
        double[][] columns = [.. Names.Select(_ => new double[candles.Count])];
        var signals = new Week3State();
        for (int t = 0; t < candles.Count; t++) signals.Next(candles, t, columns);
        return columns;
    }
}

/// <summary>The six signals of <see cref="Week3Signals"/> fed candle by candle: what is known at the close of candle t.</summary>
sealed class Week3State
{
    const int TrendSpan = 20;
    RsiState rsi = new(14);
    EmaState fast = new(12), slow = new(26);

    /// <summary>Fills row <paramref name="t"/> of the six columns; every candle is to be fed once, in order.</summary>
    public void Next(Candles candles, int t, double[][] columns)
    {
        double[] close = candles.Close, volume = candles.Volume;
        double price = close[t];
        columns[0][t] = t < 1 ? double.NaN : (price - close[t - 1]) / close[t - 1];
        columns[1][t] = t < TrendSpan ? double.NaN : (price - close[t - TrendSpan]) / close[t - TrendSpan];
        columns[2][t] = rsi.Next(price);
        columns[3][t] = (fast.Next(price) - slow.Next(price)) / price;
        columns[4][t] = (candles.High[t] - candles.Low[t]) / price;
        columns[5][t] = t < 1 ? double.NaN : Indicators.VolumeChange(volume[t - 1], volume[t]);
    }
}
