using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>What kind of market a candle closes in, from the candles up to it.</summary>
static class MarketState
{
    /// <summary>Longer spans that a volatility is compared with.</summary>
    const int Longer = 7;

    /// <summary>
    /// Root mean square of the last <paramref name="period"/> returns over that of the last seven times as many, or of as many as there
    /// are since the last gap; 1 where there are fewer than <paramref name="period"/> or nothing moved.
    /// </summary>
    internal static double RelativeVolatility(Candles candles, int end, int period)
    {
        double sum = 0, recent = 0;
        int count = 0;
        for (int t = end; count < Longer * period && t > 0 && candles.Follows(t); t--)
        {
            double r = candles.Close[t] / candles.Close[t - 1] - 1;
            sum += r * r;
            if (++count == period) recent = sum;
        }
        return count < period || !(sum > 0) ? 1 : Math.Sqrt(recent / period / (sum / count));
    }

    /// <summary>Candles up to the last one that the relative volatility and the trend read.</summary>
    internal static int LookBack(int period) => Longer * period + 1;

    /// <summary>The return over the last <paramref name="period"/> candles, or over as many as there are since the last gap.</summary>
    internal static double Trend(Candles candles, int end, int period)
    {
        int t = end;
        while (end - t < period && t > 0 && candles.Follows(t)) t--;
        return candles.Close[end] / candles.Close[t] - 1;
    }

    /// <summary>The relative volatility at the close of each row's candle.</summary>
    internal static double[] RelativeVolatility(Windows rows, int period)
        => [.. rows.Rows.Select(row => RelativeVolatility(rows.Series[row.Pair].Candles, row.End, period))];

    /// <summary>The middle value; of an even number the upper one of the middle two.</summary>
    internal static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
