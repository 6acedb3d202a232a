namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// On-balance volume: the volumes of the candles that closed higher less those that closed lower, summed from 0 at the first
    /// candle. An unchanged close adds nothing. No warm-up.
    /// <para>Source: Granville, "Granville's New Key to Stock Market Profits", 1963.</para>
    /// </summary>
    /// <param name="close">Prices, ascending in time.</param>
    /// <param name="volume">Volumes, as many.</param>
    /// <param name="output">Receives one value a candle in units of volume; as long as <paramref name="close"/>.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the output shares memory with an input.</exception>
    public static void Obv(ReadOnlySpan<double> close, ReadOnlySpan<double> volume, Span<double> output)
    {
        CheckInput(volume, close);
        CheckOutput(close, output);
        CheckOutput(volume, output);
        Obv(close, volume, 0, output);
    }

    /// <summary>As <see cref="Obv(ReadOnlySpan{double}, ReadOnlySpan{double}, Span{double})"/>, but summed from the first candle's volume.
    /// <para>Source: TA-Lib, OBV.</para></summary>
    /// <inheritdoc cref="Obv(ReadOnlySpan{double}, ReadOnlySpan{double}, Span{double})"/>
    public static void ObvFromFirstVolume(ReadOnlySpan<double> close, ReadOnlySpan<double> volume, Span<double> output)
    {
        CheckInput(volume, close);
        CheckOutput(close, output);
        CheckOutput(volume, output);
        Obv(close, volume, volume.IsEmpty ? 0 : volume[0], output);
    }

    static void Obv(ReadOnlySpan<double> close, ReadOnlySpan<double> volume, double first, Span<double> output)
    {
        if (close.IsEmpty) return;
        var balance = default(CompensatedSum);
        balance.Add(first);
        output[0] = first;
        for (int t = 1; t < close.Length; t++)
        {
            // The sign without a branch that half of the candles would mispredict; 0·change is 0, or NaN where the change is.
            double change = close[t] - close[t - 1];
            int sign = (change > 0 ? 1 : 0) - (change < 0 ? 1 : 0);
            balance.Add(sign * volume[t] + 0 * change);
            output[t] = balance.Value;
        }
    }
}
