using NeuralCore.Models.Data;
using static NeuralCore.Models.FeatureNeeds;

namespace NeuralCore.Models;

/// <summary>
/// Features of the short-term reversal, which is mostly market-wide and carried by order flow. O, H, L, C, V are the candle's open, high,
/// low, close and volume, QV its quote volume, B its taker-buy volume; EW_n is the exponential average with α = 2 / (n + 1) that starts at
/// the first value it gets, and avg the mean over the pairs present:
/// <code>
/// r     = ln(C_t / C_{t-1})                       not known for the first candle
/// sigma = √EW_48(r²), at least 1e-5
/// q     = 2 B / V - 1                             0 if V = 0
/// tau   = q / √EW_168(q²), the root at least 1e-4
///
/// z0  = r / sigma           clv0 = (2 C - H - L) / (H - L), 0 if H = L           tb0  = tau
/// mz0 = avg z0              mclv = avg clv0                                      mtb0 = avg tau
/// vwd = ln(C / (QV / V)) / sigma, 0 if nothing was traded
/// upw = (H - max(O, C)) / (C sigma)               dnw = (min(O, C) - L) / (C sigma)
/// v24 = ln V - ln EW_24(V), 0 if both are 0       rng = ln max(0.01, (H - L) / (C sigma))
/// btc0 = z0 of the leader                         btb0 = tau of the leader
/// vwd24 = ln(C / (Σ_24 QV / Σ_24 V)) / (sigma √24), 0 if nothing was traded
/// mtb4  = avg of the 4-candle mean of tau         pos12 = 2 (C - min_12 L) / (max_12 H - min_12 L) - 1, 0 if flat
/// </code>
/// Every feature is clipped to [-12, 12]; a candle's column that is not known is NaN, and averages pass over it. What stands over sigma is
/// not known where sigma is not.
/// </summary>
static class ReversalFeatures
{
    const double Limit = 12, SmallestSigma = 1e-5, SmallestRoot = 1e-4;
    const FeatureNeeds Takers = TakerBuyVolume | AllPairs;

    public static IReadOnlyList<Feature> All { get; } =
    [
        Clipped("z0", None, Z0),
        Clipped("clv0", None, Clv0),
        Clipped("tb0", TakerBuyVolume, Tau),
        Clipped("mz0", AllPairs, p => p.MarketMean(Z0)),
        Clipped("mclv", AllPairs, p => p.MarketMean(Clv0)),
        Clipped("mtb0", Takers, p => p.MarketMean(Tau)),
        Clipped("vwd", QuoteVolume, p => Vwd(p, 1)),
        Clipped("upw", None, Upw),
        Clipped("dnw", None, Dnw),
        Clipped("v24", None, V24),
        Clipped("rng", None, Rng),
        Clipped("btc0", AllPairs | Leader, p => p.OfLeader(Z0)),
        Clipped("vwd24", QuoteVolume, p => Vwd(p, 24)),
        Clipped("mtb4", Takers, p => p.MarketMean(Tau4)),
        Clipped("pos12", None, Pos12),
        Clipped("btb0", Takers | Leader, p => p.OfLeader(Tau)),
    ];

    /// <summary>r = ln(C_t / C_{t-1}).</summary>
    public static double[] Return(MarketPair p)
    {
        var r = new double[p.Count];
        Indicators.LogReturn(p.Candles.Close, r);
        return r;
    }

    static double[] Sigma(MarketPair p) => Root(p.Of(ReturnPower)[0], SmallestSigma);

    static Recursion ReturnPower() => Average(p => p.Of(Return), 48, Square);

    static double[] Imbalance(MarketPair p)
    {
        var q = new double[p.Count];
        Indicators.TakerBuyImbalance(p.Candles.TakerBuyVolume, p.Candles.Volume, q);
        return q;
    }

    static double[] Z0(MarketPair p) => Ratio(p.Of(Return), p.Of(Sigma));

    static double[] Tau(MarketPair p) => Ratio(p.Of(Imbalance), Root(p.Of(ImbalancePower)[0], SmallestRoot));

    static Recursion ImbalancePower() => Average(p => p.Of(Imbalance), 168, Square);

    static double[] Tau4(MarketPair p)
    {
        double[] tau = p.Of(Tau);
        return p.Map(t => t < 3 ? double.NaN : (tau[t - 3] + tau[t - 2] + tau[t - 1] + tau[t]) / 4);
    }

    static double[] Clv0(MarketPair p)
    {
        Candles c = p.Candles;
        return p.Map(t => c.High[t] == c.Low[t] ? 0 : (2 * c.Close[t] - c.High[t] - c.Low[t]) / (c.High[t] - c.Low[t]));
    }

    // Distance of the close to the price that the last candles' volume was traded at. Sums are made anew for each candle: they stay exact.
    static double[] Vwd(MarketPair p, int span)
    {
        Candles c = p.Candles;
        double[] sigma = p.Of(Sigma), quoteVolume = c.QuoteVolume!;
        double root = Math.Sqrt(span);
        return p.Map(t =>
        {
            if (t < span - 1 || double.IsNaN(sigma[t])) return double.NaN;
            double quote = 0, volume = 0;
            for (int i = t - span + 1; i <= t; i++) (quote, volume) = (quote + quoteVolume[i], volume + c.Volume[i]);
            return volume == 0 || quote == 0 ? 0 : ScalarMath.Log(c.Close[t] / (quote / volume)) / (sigma[t] * root);
        });
    }

    static double[] Upw(MarketPair p)
    {
        (Candles c, double[] sigma) = (p.Candles, p.Of(Sigma));
        return p.Map(t => (c.High[t] - Math.Max(c.Open[t], c.Close[t])) / (c.Close[t] * sigma[t]));
    }

    static double[] Dnw(MarketPair p)
    {
        (Candles c, double[] sigma) = (p.Candles, p.Of(Sigma));
        return p.Map(t => (Math.Min(c.Open[t], c.Close[t]) - c.Low[t]) / (c.Close[t] * sigma[t]));
    }

    static double[] V24(MarketPair p)
    {
        double[] v = p.Candles.Volume, average = p.Of(AverageVolume)[0];
        return p.Map(t => average[t] == 0 ? 0 : ScalarMath.Log(v[t]) - ScalarMath.Log(average[t]));
    }

    static Recursion AverageVolume() => Average(p => p.Candles.Volume, 24, v => v);

    static double[] Rng(MarketPair p)
    {
        (Candles c, double[] sigma) = (p.Candles, p.Of(Sigma));
        return p.Map(t => ScalarMath.Log(Math.Max(0.01, (c.High[t] - c.Low[t]) / (c.Close[t] * sigma[t]))));
    }

    static double[] Pos12(MarketPair p)
    {
        const int span = 12;
        Candles c = p.Candles;
        return p.Map(t =>
        {
            if (t < span - 1) return double.NaN;
            double low = c.Low[t], high = c.High[t];
            for (int i = t - span + 1; i < t; i++) (low, high) = (Math.Min(low, c.Low[i]), Math.Max(high, c.High[i]));
            return high == low ? 0 : 2 * (c.Close[t] - low) / (high - low) - 1;
        });
    }

    /// <summary>EW_n of f(x), which starts at the first value that is known.</summary>
    internal static Recursion Average(Func<MarketPair, double[]> x, int n, Func<double, double> f)
    {
        double alpha = 2.0 / (n + 1), average = double.NaN;
        return (pair, t, columns) =>
        {
            double value = f(x(pair)[t]);
            if (double.IsFinite(value)) average = double.IsNaN(average) ? value : average + alpha * (value - average);
            columns[0][t] = double.IsFinite(value) ? average : double.NaN;
        };
    }

    static double Square(double v) => v * v;

    /// <summary>The root of each value, at least <paramref name="least"/>.</summary>
    static double[] Root(double[] x, double least) => Array.ConvertAll(x, v => Math.Max(least, Math.Sqrt(v)));

    static double[] Ratio(double[] a, double[] b)
    {
        var ratio = new double[a.Length];
        for (int t = 0; t < ratio.Length; t++) ratio[t] = a[t] / b[t];
        return ratio;
    }

    static Feature Clipped(string name, FeatureNeeds needs, Func<MarketPair, double[]> column)
        => new(name, needs, p => Array.ConvertAll(p.Of(column), v => Math.Clamp(v, -Limit, Limit))) { Span = 25 };
}
