using System.Numerics;

namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Volume-weighted average Σ volume·typical / Σ volume of the typical prices (high + low + close) / 3 of the last
    /// <paramref name="period"/> candles, from index period - 1 on. Where the window has no volume it is the candle's own typical price.
    /// </summary>
    /// <remarks>Source: Berkowitz, Logue, Noser, "The Total Cost of Transactions on the NYSE", 1988, over a sliding window.</remarks>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="volume">Volumes, not negative.</param>
    /// <param name="period">Number of candles, at least 1.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The period is below 1, the spans differ in length, or the output shares memory.</exception>
    public static void VwapRolling(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, ReadOnlySpan<double> volume, int period,
        Span<double> output)
    {
        CheckPeriod(period);
        CheckVwap(nameof(VwapRolling), high, low, close, volume, output);
        WarmUp(output, period - 1);
        using var windows = new SlidingWindows<WindowWeightedMean>(close.Length, period);
        while (windows.Next())
        {
            TypicalPrices(high[windows.Candles], low[windows.Candles], close[windows.Candles], windows.Leaf(0));
            volume[windows.Candles].CopyTo(windows.Leaf(1));
            windows.Leaf(2).Clear();
            windows.Fold();
            for (int i = 0; i < windows.Count; i += Vector<double>.Count)
                windows.Write(output, i, windows[i].Last + Ratio(windows[i].Sum, windows[i].Weight, 0));
        }
    }

    /// <summary>
    /// Volume-weighted average of the typical prices (high + low + close) / 3 since the session began. A session begins with the first
    /// candle that opens at or after a multiple of its length, counted from 1970-01-01 UTC: one of 86 400 000 000 microseconds is the
    /// UTC day. Before the session's first volume it is the candle's own typical price. A NaN lasts to the end of its session.
    /// </summary>
    /// <remarks>Source: Berkowitz, Logue, Noser, "The Total Cost of Transactions on the NYSE", 1988.</remarks>
    /// <param name="openTime">Open times in microseconds since 1970-01-01 UTC, ascending.</param>
    /// <param name="high">Highest prices.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="volume">Volumes, not negative.</param>
    /// <param name="sessionMicroseconds">Length of a session in microseconds, at least 1.</param>
    /// <param name="output">Receives one value a candle in units of price, no warm-up; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The session is below 1, the spans differ in length, or the output shares memory.</exception>
    public static void VwapSession(
        ReadOnlySpan<long> openTime, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close,
        ReadOnlySpan<double> volume, long sessionMicroseconds, Span<double> output)
    {
        if (sessionMicroseconds < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(sessionMicroseconds), sessionMicroseconds,
                $"{nameof(VwapSession)}: expected a session of at least 1 microsecond, got {sessionMicroseconds}");
        }
        if (openTime.Length != close.Length)
        {
            throw new ArgumentException(
                $"{nameof(VwapSession)}: expected 'openTime' to have {close.Length} values, one a candle, got {openTime.Length}",
                nameof(openTime));
        }
        CheckVwap(nameof(VwapSession), high, low, close, volume, output);
        var session = default(VwapState);
        long begin = 0;
        for (int t = 0; t < close.Length; t++)
        {
            if (t == 0 || openTime[t] - begin >= sessionMicroseconds)
            {
                session = default;
                begin = openTime[t] - (openTime[t] % sessionMicroseconds + sessionMicroseconds) % sessionMicroseconds;
            }
            output[t] = session.Next(TypicalPrice(high[t], low[t], close[t]), volume[t]);
        }
    }

    /// <summary>
    /// Volume-weighted average of the typical prices (high + low + close) / 3 since the candle <paramref name="anchor"/>; NaN before it.
    /// Before the first volume it is the candle's own typical price.
    /// </summary>
    /// <remarks>Source: Shannon, "Maximum Trading Gains with Anchored VWAP", 2023.</remarks>
    /// <param name="high">Highest prices, ascending in time.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="volume">Volumes, not negative.</param>
    /// <param name="anchor">Index of the first candle that counts, at least 0; at or after the end all values are NaN.</param>
    /// <param name="output">Receives one value a candle in units of price; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The anchor is negative, the spans differ in length, or the output shares memory.</exception>
    public static void VwapAnchored(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, ReadOnlySpan<double> volume, int anchor,
        Span<double> output)
    {
        if (anchor < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(anchor), anchor, $"{nameof(VwapAnchored)}: expected an anchor of at least 0, got {anchor}");
        }
        CheckVwap(nameof(VwapAnchored), high, low, close, volume, output);
        WarmUp(output, anchor);
        var since = default(VwapState);
        for (int t = anchor; t < close.Length; t++) output[t] = since.Next(TypicalPrice(high[t], low[t], close[t]), volume[t]);
    }

    static double TypicalPrice(double high, double low, double close) => (high + low + close) / 3;

    static void TypicalPrices(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, Span<double> output)
    {
        for (int t = 0; t < output.Length; t++) output[t] = TypicalPrice(high[t], low[t], close[t]);
    }

    static void CheckVwap(
        string name, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, ReadOnlySpan<double> volume,
        ReadOnlySpan<double> output)
    {
        CheckInput(volume, close, name);
        CheckOutput(high, low, close, output, name);
        CheckOutput(volume, output, name);
    }
}

/// <summary>A volume-weighted average fed candle by candle: p₀ + Σ v (p - p₀) / Σ v, exactly p₀ where all prices are p₀.</summary>
struct VwapState
{
    double first;
    bool begun;
    CompensatedSum weight, sum;

    public double Next(double price, double volume)
    {
        if (!begun) (first, begun) = (price, true);
        weight.Add(volume);
        sum.Add(volume * (price - first));
        return weight.Value == 0 ? price : first + sum.Value / weight.Value;
    }
}
