using Models.Tests.Data;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class StandardFeaturesTests
{
    static readonly FeatureSet Standard = FeatureSet.Named("standard");

    static Dictionary<string, double[]> Columns(Candles c)
        => Standard.Features.Zip(Standard.Compute([c], TestContext.Current.CancellationToken)[0]).ToDictionary();

    [Fact]
    public void Are_the_definitions_on_random_candles() => Compare(FeatureMarket.Full(5, 700, "ETH"));

    [Fact]
    public void Are_the_definitions_on_real_candles()
    {
        string file = SharedFolder.Require(Path.Combine("data", "klines", "DOGEUSDT", "DOGE_1h.parquet"));
        Candles c = CandleFile.Read(file, "DOGEUSDT", "DOGE", Timeframe.Parse("1h")).Candles;
        Compare(FeatureMarket.Keep(c, t => t is >= 10_000 and < 13_000));   // the zero-volume candle of March 2023 is among them
    }

    static void Compare(Candles c)
    {
        int n = c.Count;
        double[] o = c.Open, h = c.High, l = c.Low, cl = c.Close, v = c.Volume;
        double[] traded = [.. Enumerable.Range(0, n).Select(t => v[t] * (h[t] + l[t] + cl[t]) / 3)];
        double[] r = [.. Enumerable.Range(0, n).Select(t => t == 0 ? 0 : Math.Log(cl[t] / cl[t - 1]))];
        double[] signed = [.. Enumerable.Range(0, n).Select(t => t == 0 ? 0 : v[t] * Math.Sign(cl[t] - cl[t - 1]))];
        double[] line = [.. Ema(cl, 12).Zip(Ema(cl, 26), (fast, slow) => fast - slow)];
        double[] rsi = Of(x => Indicators.Rsi(cl, 14, x)), atr = Of(x => Indicators.Atr(h, l, cl, 14, x));
        double[] signal = [.. Enumerable.Repeat(double.NaN, 25), .. Ema(line[25..], 9)];
        double[] plus = new double[n], minus = new double[n], adx = new double[n];
        Indicators.Adx(h, l, cl, 14, plus, minus, adx);
        double[] cci = Of(x => Indicators.Cci(h, l, cl, 20, x));
        double[] fast = [.. Enumerable.Range(0, n)
            .Select(t => Past(t, 13, () => FastK(cl[t], Window(h, t, 14).Max(), Window(l, t, 14).Min())))];
        var expected = new Dictionary<string, Func<int, double>>
        {
            ["return_1"] = t => Past(t, 1, () => (cl[t] - cl[t - 1]) / cl[t - 1]),
            ["return_6"] = t => Past(t, 6, () => (cl[t] - cl[t - 6]) / cl[t - 6]),
            ["return_24"] = t => Past(t, 24, () => (cl[t] - cl[t - 24]) / cl[t - 24]),
            ["rsi_14"] = t => rsi[t],
            ["macd_12_26"] = t => line[t] / cl[t],
            ["macd_histogram_9"] = t => (line[t] - signal[t]) / cl[t],
            ["atr_14"] = t => atr[t] / cl[t],
            ["bollinger_b_20"] = t => Past(t, 19,
                () => 0.5 + (cl[t] - Window(cl, t, 20).Average()) / (4 * Deviation(Window(cl, t, 20), 20))),
            ["bollinger_width_20"] = t => Past(t, 19, () => 4 * Deviation(Window(cl, t, 20), 20) / Window(cl, t, 20).Average()),
            ["stochastic_k_14"] = t => Past(t, 15, () => Window(fast, t, 3).Average()),
            ["stochastic_d_14"] = t => Past(t, 17, () => Enumerable.Range(0, 3).Average(i => Window(fast, t - i, 3).Average())),
            ["adx_14"] = t => adx[t],
            ["di_14"] = t => plus[t] - minus[t],
            ["cci_20"] = t => cci[t],
            ["obv_20"] = t => Past(t, 20, () => Window(signed, t, 20).Sum() / Window(v, t, 20).Sum()),
            ["vwap_24"] = t => Past(t, 23, () => cl[t] / (Window(traded, t, 24).Sum() / Window(v, t, 24).Sum()) - 1),
            ["volatility_20"] = t => Past(t, 20, () => Deviation(Window(r, t, 20), 19)),
            ["volume_z_20"] = t => Past(t, 19, () => (v[t] - Window(v, t, 20).Average()) / Deviation(Window(v, t, 20), 20)),
            ["volume_change_1"] = t => Past(t, 1, () => v[t] == v[t - 1] ? 0 : Math.Min(5, (v[t] - v[t - 1]) / v[t - 1])),
            ["body"] = t => h[t] == l[t] ? 0 : (cl[t] - o[t]) / (h[t] - l[t]),
        };
        Dictionary<string, double[]> columns = Columns(c);
        Assert.Equal(expected.Keys, Standard.Features);
        foreach ((string name, double[] column) in columns)
            FeatureMarket.Equal([.. Enumerable.Range(0, n).Select(expected[name])], column, name, 1e-8);

        double[] Of(Action<double[]> fill) { var x = new double[n]; fill(x); return x; }
        static double[] Ema(double[] x, int period) { var y = new double[x.Length]; Indicators.Ema(x, period, y); return y; }
        static double FastK(double close, double high, double low) => 100 * (close - low) / (high - low);
        static double Past(int t, int first, Func<double> value) => t < first ? double.NaN : value();
        static double[] Window(double[] x, int t, int span) => x[(t - span + 1)..(t + 1)];
        static double Deviation(double[] x, int divisor) => Math.Sqrt(x.Sum(y => (y - x.Average()) * (y - x.Average())) / divisor);
    }

    [Fact]
    public void Do_not_depend_on_the_units_of_price_and_volume()
    {
        Candles a = FeatureMarket.Full(6, 300, "ETH"), b = FeatureMarket.Full(6, 300, "ETH");
        foreach (double[] column in (double[][])[b.Open, b.High, b.Low, b.Close]) Scale(column, 1e-5);
        Scale(b.Volume, 1e9);
        foreach ((string name, double[] column) in Columns(a)) FeatureMarket.Equal(column, Columns(b)[name], name, 1e-8);

        static void Scale(double[] column, double by) { for (int t = 0; t < column.Length; t++) column[t] *= by; }
    }

    [Fact]
    public void Are_known_where_nothing_moves_and_nothing_is_traded()
    {
        Candles still = FeatureMarket.Full(3, 80, "BTC");
        foreach (double[] column in (double[][])[still.Open, still.High, still.Low, still.Close]) Array.Fill(column, 0.07);
        Array.Fill(still.Volume, 0);
        foreach ((string name, double[] column) in Columns(still))
        {
            double middle = name switch { "rsi_14" or "stochastic_k_14" or "stochastic_d_14" => 50, "bollinger_b_20" => 0.5, _ => 0 };
            Assert.All(column[50..], v => Assert.True(v == middle || (name.StartsWith("stoch", StringComparison.Ordinal) && v == 0),
                $"{name}: {v}"));
        }
    }

    [Fact]
    public void The_balance_is_not_known_before_the_first_changes_whatever_was_traded()
    {
        Candles c = FeatureMarket.Full(3, 80, "BTC");
        Array.Fill(c.Volume, 0);
        c.Close[50] = double.NaN;
        double[] balance = Columns(c)["obv_20"];
        Assert.Equal([.. Enumerable.Range(0, 20), .. Enumerable.Range(50, 21)],
            Enumerable.Range(0, 80).Where(t => double.IsNaN(balance[t])));
        Assert.Equal(0, balance[20]);
    }

    [Fact]
    public void What_is_not_a_number_or_huge_never_throws()
    {
        foreach (double odd in (double[])[double.NaN, double.PositiveInfinity, double.MaxValue, -1, 0, double.Epsilon])
        {
            Candles[] pairs = FeatureMarket.Three(120);
            (pairs[1].Close[60], pairs[0].Volume[61], pairs[2].High[62]) = (odd, odd, odd);
            (pairs[1].TakerBuyVolume![63], pairs[1].QuoteVolume![64]) = (odd, odd);
            foreach (FeatureSet set in FeatureSet.All)
                Assert.Equal(3, set.Compute(pairs, TestContext.Current.CancellationToken).Length);
        }
    }
}
