using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Twenty indicators of open O, high H, low L, close C and volume V alone, all free of the levels of price and volume, so that markets
/// can be pooled:
/// <list type="number">
/// <item>return_1, return_6, return_24: C_t / C_{t-n} - 1</item>
/// <item>rsi_14: <see cref="Indicators.Rsi"/>, 0 to 100</item>
/// <item>macd_12_26 and macd_histogram_9: line and histogram of <see cref="Indicators.MacdOwnSeeds"/>, over C</item>
/// <item>atr_14: <see cref="Indicators.Atr"/> over C</item>
/// <item>bollinger_b_20 and bollinger_width_20: place of C between the bands of two deviations (0 lower, 1 upper), and their width over the
/// middle</item>
/// <item>stochastic_k_14 and stochastic_d_14: smoothed by 3 and by 3 again, 0 to 100</item>
/// <item>adx_14, Wilder's ADX, 0 to 100, and di_14, his +DI less his -DI</item>
/// <item>cci_20: <see cref="Indicators.Cci"/></item>
/// <item>obv_20: change of the on-balance volume over 20 candles as a share of the volume traded, -1 to 1; 0 where there was none</item>
/// <item>vwap_24: C / VWAP - 1 of the last 24 candles</item>
/// <item>volatility_20: <see cref="Indicators.RollingVolatility"/></item>
/// <item>volume_z_20: z-score of V; volume_change_1: V_t / V_{t-1} - 1, from -1 up to 5</item>
/// <item>body: (C - O) / (H - L), 0 if H = L</item>
/// </list>
/// </summary>
static class StandardFeatures
{
    public static IReadOnlyList<Feature> All { get; } = [.. new Feature[]
    {
        new("return_1", p => Return(p, 1)),
        new("return_6", p => Return(p, 6)),
        new("return_24", p => Return(p, 24)),
        new("rsi_14", p => p.Of(Rsi)[0]),
        new("macd_12_26", p => OverClose(p, p.Of(Macd, 2)[0])),
        new("macd_histogram_9", p => OverClose(p, p.Of(Macd, 2)[1])),
        new("atr_14", p => OverClose(p, p.Of(Atr)[0])),
        new("bollinger_b_20", p => Column(p, b => Indicators.BollingerPercentB(p.Candles.Close, 20, 2, b))),
        new("bollinger_width_20", p => Column(p, width => Indicators.BollingerBandwidth(p.Candles.Close, 20, 2, width))),
        new("stochastic_k_14", p => p.Of(Stochastic)[0]),
        new("stochastic_d_14", p => p.Of(Stochastic)[1]),
        new("adx_14", p => p.Of(Adx, 2)[0]),
        new("di_14", p => p.Of(Adx, 2)[1]),
        new("cci_20", p => Column(p, cci => Indicators.Cci(p.Candles.High, p.Candles.Low, p.Candles.Close, 20, cci))),
        new("obv_20", BalanceChange),
        new("vwap_24", Vwap),
        new("volatility_20", p => Column(p, volatility => Indicators.RollingVolatility(p.Candles.Close, 20, volatility))),
        new("volume_z_20", p => Column(p, z => Indicators.ZScore(p.Candles.Volume, 20, z))),
        new("volume_change_1", p => Column(p, change => Indicators.VolumeChange(p.Candles.Volume, change))),
        new("body", Body),
    }.Select(feature => feature with { Span = 25 })];

    static double[] Return(MarketPair p, int span) => Column(p, output =>
    {
        double[] close = p.Candles.Close;
        for (int t = 0; t < output.Length; t++) output[t] = t < span ? double.NaN : close[t] / close[t - span] - 1;
    });

    static Recursion Rsi()
    {
        var rsi = new RsiState(14);
        return (p, t, columns) => columns[0][t] = rsi.Next(p.Candles.Close[t]);
    }

    // The line and the histogram, in units of price.
    static Recursion Macd()
    {
        var macd = MacdState.OwnSeeds(12, 26, 9);
        return (p, t, columns) =>
        {
            (double line, double signal) = macd.Next(p.Candles.Close[t]);
            (columns[0][t], columns[1][t]) = (line, line - signal);
        };
    }

    static Recursion Atr()
    {
        var average = new RecursiveAverage(14, 1.0 / 14);
        return (p, t, columns) => columns[0][t] = t == 0 ? double.NaN : average.Next(TrueRange(p.Candles, t));
    }

    static double[][] Stochastic(MarketPair p)
    {
        double[] fastK = New(p), slowK = New(p), slowD = New(p);
        Indicators.Stochastic(p.Candles.High, p.Candles.Low, p.Candles.Close, 14, 3, fastK, slowK, slowD);
        return [slowK, slowD];
    }

    // ADX, and +DI less -DI.
    static Recursion Adx()
    {
        var adx = new AdxState(14, 14);
        return (p, t, columns) =>
        {
            (double[] high, double[] low) = (p.Candles.High, p.Candles.Low);
            bool known = t > 0 && adx.Next(high[t] - high[t - 1], low[t - 1] - low[t], TrueRange(p.Candles, t));
            (columns[0][t], columns[1][t]) = known ? (adx.Adx, adx.Plus - adx.Minus) : (double.NaN, double.NaN);
        };
    }

    static double TrueRange(Candles c, int t) => Indicators.TrueRange(c.High[t], c.Low[t], c.Close[t - 1]);

    // Σ ±V / Σ V, + where the close rose, - where it fell, 0 where it stayed: without the balance itself, nothing grows with the series.
    static double[] BalanceChange(MarketPair p)
    {
        const int span = 20;
        double[] close = p.Candles.Close, volume = p.Candles.Volume, signed = New(p), balance = New(p), traded = New(p);
        for (int t = 0; t < signed.Length; t++)
        {
            double change = t == 0 ? double.NaN : close[t] - close[t - 1];
            signed[t] = change > 0 ? volume[t] : change < 0 ? -volume[t] : change;
        }
        Rolling.Mean(signed, span, balance);
        Rolling.Mean(volume, span, traded);
        for (int t = 0; t < balance.Length; t++) balance[t] = traded[t] == 0 && !double.IsNaN(balance[t]) ? 0 : balance[t] / traded[t];
        return balance;
    }

    static double[] Vwap(MarketPair p) => Column(p, vwap =>
    {
        Candles c = p.Candles;
        Indicators.VwapRolling(c.High, c.Low, c.Close, c.Volume, 24, vwap);
        for (int t = 0; t < vwap.Length; t++) vwap[t] = c.Close[t] / vwap[t] - 1;
    });

    static double[] Body(MarketPair p) => Column(p, body =>
    {
        double[] open = p.Candles.Open, high = p.Candles.High, low = p.Candles.Low, close = p.Candles.Close;
        for (int t = 0; t < body.Length; t++) body[t] = high[t] == low[t] ? 0 : (close[t] - open[t]) / (high[t] - low[t]);
    });

    static double[] OverClose(MarketPair p, double[] column)
    {
        double[] close = p.Candles.Close;
        return p.Map(t => column[t] / close[t]);
    }

    /// <summary>A column that the given function fills.</summary>
    static double[] Column(MarketPair p, Action<double[]> fill)
    {
        double[] column = New(p);
        fill(column);
        return column;
    }

    static double[] New(MarketPair p) => GC.AllocateUninitializedArray<double>(p.Count);
}
