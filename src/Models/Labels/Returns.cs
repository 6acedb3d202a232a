using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Labels as pure functions of candles, each value with the time at which it becomes known (see <see cref="Label"/>). A price that is
/// not positive and finite makes the labels that need it unknown.
/// </summary>
public static partial class Labels
{
    /// <summary>The return C_{t+k} / C_t - 1, from the close of candle t to that of the k-th after it.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="horizon">k, at least 1: 1 for the next candle; 5, 10 and 30 are usual for regression.</param>
    public static Label Returns(Candles candles, int horizon) =>
        Ahead(candles, horizon, nameof(Returns), (t, k) => Price(candles.Close[t + k]) / Price(candles.Close[t]) - 1);

    /// <summary>The log return ln(C_{t+k} / C_t).</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="horizon">k, at least 1.</param>
    public static Label LogReturns(Candles candles, int horizon) =>
        Ahead(candles, horizon, nameof(LogReturns), (t, k) => ScalarMath.Log(Price(candles.Close[t + k]) / Price(candles.Close[t])));

    /// <summary>
    /// The log return ln(C_{t+k} / O_{t+1}) of who decides at the close of candle t, is filled at the next open and leaves at the close of
    /// candle t + k.
    /// </summary>
    /// <param name="candles">The candles.</param>
    /// <param name="horizon">k, at least 1.</param>
    public static Label FillReturns(Candles candles, int horizon) =>
        Ahead(candles, horizon, nameof(FillReturns), (t, k) => ScalarMath.Log(Price(candles.Close[t + k]) / Price(candles.Open[t + 1])));

    /// <summary>The label value(t, k) of every candle t that has k candles after it without a gap.</summary>
    static Label Ahead(Candles candles, int horizon, string name, Func<int, int, double> value)
    {
        CheckHorizon(name, candles, horizon);
        var label = new Label(candles);
        int consecutive = 0;   // steps from candle to candle, without a gap, that end at `last`
        for (int last = 0; last < candles.Count; last++)
        {
            consecutive = candles.Follows(last) ? consecutive + 1 : 0;
            if (consecutive >= horizon) label.Set(last - horizon, value(last - horizon, horizon), label.Start(last));
        }
        return label;
    }

    static void CheckHorizon(string name, Candles candles, int horizon)
    {
        ArgumentNullException.ThrowIfNull(candles);
        if (horizon < 1)
            throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"{name}: expected a horizon of at least 1 candle, "
                + $"got {horizon}");
    }

    static double Price(double price) => price > 0 && price < double.PositiveInfinity ? price : double.NaN;
}
