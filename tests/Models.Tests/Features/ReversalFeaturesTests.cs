using Models.Tests.Data;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class ReversalFeaturesTests
{
    [Theory]
    [InlineData("reversal7")]
    [InlineData("reversal12")]
    [InlineData("blend8")]
    [InlineData("extended")]
    public void Are_the_formulas_on_random_candles(string set) => Compare(FeatureSet.Named(set), FeatureMarket.Three(600), 600);

    [Fact]
    public void Are_the_formulas_on_real_candles()
    {
        string folder = SharedFolder.Require(Path.Combine("data", "klines"));
        Candles[] pairs = [.. new[] { "DOGE", "BTC", "SOL", "ETH" }.Select(b =>
            CandleFile.Read(Path.Combine(folder, $"{b}USDT", $"{b}_1h.parquet"), $"{b}USDT", b, Timeframe.Parse("1h")).Candles)];
        Compare(FeatureSet.Named("extended"), [pairs[0], pairs[1], FeatureMarket.Keep(pairs[2], t => t is < 100 or > 103), pairs[3]],
            11_000);
    }

    // Compares the first candles, so that naive loops take no more than moments.
    static void Compare(FeatureSet set, Candles[] pairs, int count)
    {
        pairs = [.. pairs.Select(p => FeatureMarket.Keep(p, t => t < count))];
        double[][][] actual = set.Compute(pairs, TestContext.Current.CancellationToken);
        Dictionary<string, double[]>[] columns = [.. pairs.Select(Naive.Of)];
        for (int p = 0; p < pairs.Length; p++)
            for (int f = 0; f < set.Features.Count; f++)
            {
                string name = set.Features[f];
                int week3 = Week3Signals.Names.ToList().IndexOf(name);
                double[] expected = week3 >= 0 ? Week3Signals.Compute(pairs[p])[week3]
                    : [.. Enumerable.Range(0, pairs[p].Count).Select(t => Value(name, p, t))];
                FeatureMarket.Equal(expected, actual[p][f], $"{name} of {pairs[p].Symbol}");
            }

        double Value(string name, int p, int t)
        {
            long time = pairs[p].OpenTime[t];
            DateTime utc = DateTime.UnixEpoch.AddMicroseconds(time);
            return name switch
            {
                "mz0" => Mean("z0", time),
                "mclv" => Mean("clv0", time),
                "mtb0" => Mean("tb0", time),
                "mtb4" => Mean("tau4", time),
                "btc0" => Of(Array.FindIndex(pairs, c => c.Base == "BTC"), "z0", time),
                "btb0" => Of(Array.FindIndex(pairs, c => c.Base == "BTC"), "tb0", time),
                "hour" => utc.TimeOfDay.TotalHours,
                "weekday" => ((int)utc.DayOfWeek + 6) % 7,
                _ => columns[p][name][t],
            };
        }

        double Of(int p, string name, long time)
        {
            int t = Array.BinarySearch(pairs[p].OpenTime, time);
            return t < 0 ? double.NaN : columns[p][name][t];
        }

        double Mean(string name, long time)
        {
            double[] known = [.. pairs.Select((_, p) => Of(p, name, time)).Where(v => !double.IsNaN(v))];
            return known.Length == 0 ? double.NaN : known.Average();
        }
    }

    /// <summary>The definitions once more, one pair and one candle at a time.</summary>
    static class Naive
    {
        public static Dictionary<string, double[]> Of(Candles c)
        {
            int n = c.Count;
            double[] o = c.Open, h = c.High, l = c.Low, cl = c.Close, v = c.Volume, qv = c.QuoteVolume!, b = c.TakerBuyVolume!;
            double[] r = [.. Enumerable.Range(0, n).Select(t => t == 0 ? double.NaN : Math.Log(cl[t]) - Math.Log(cl[t - 1]))];
            double[] sigma = [double.NaN, .. Exponential([.. r.Skip(1).Select(x => x * x)], 48).Select(x => Math.Max(1e-5, Math.Sqrt(x)))];
            double[] q = [.. Enumerable.Range(0, n).Select(t => v[t] > 0 ? 2 * b[t] / v[t] - 1 : 0)];
            double[] root = Exponential([.. q.Select(x => x * x)], 168), ewVolume = Exponential(v, 24);
            double[] tau = [.. q.Zip(root, (x, y) => x / Math.Max(1e-4, Math.Sqrt(y)))];
            return new Dictionary<string, double[]>
            {
                ["z0"] = Each(t => r[t] / sigma[t]),
                ["clv0"] = Each(t => h[t] > l[t] ? (2 * cl[t] - h[t] - l[t]) / (h[t] - l[t]) : 0),
                ["tb0"] = Each(t => tau[t]),
                ["tau4"] = [.. Enumerable.Range(0, n).Select(t => t < 3 ? double.NaN : tau[(t - 3)..(t + 1)].Average())],
                ["vwd"] = Each(t => v[t] == 0 ? 0 : Math.Log(cl[t] / (qv[t] / v[t])) / sigma[t]),
                ["upw"] = Each(t => (h[t] - Math.Max(o[t], cl[t])) / (cl[t] * sigma[t])),
                ["dnw"] = Each(t => (Math.Min(o[t], cl[t]) - l[t]) / (cl[t] * sigma[t])),
                ["v24"] = Each(t => v[t] == 0 ? -12 : Math.Log(v[t]) - Math.Log(ewVolume[t])),
                ["rng"] = Each(t => t == 0 ? double.NaN : Math.Log(Math.Max(0.01, (h[t] - l[t]) / (cl[t] * sigma[t])))),
                ["vwd24"] = Each(t => t < 23 ? double.NaN
                    : Math.Log(cl[t] / (qv[(t - 23)..(t + 1)].Sum() / v[(t - 23)..(t + 1)].Sum())) / (sigma[t] * Math.Sqrt(24))),
                ["pos12"] = Each(t => t < 11 ? double.NaN
                    : 2 * (cl[t] - l[(t - 11)..(t + 1)].Min()) / (h[(t - 11)..(t + 1)].Max() - l[(t - 11)..(t + 1)].Min()) - 1),
            };

            double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, n).Select(t => Math.Clamp(value(t), -12, 12))];
        }

        static double[] Exponential(double[] x, int n)
        {
            var y = new double[x.Length];
            for (int t = 0; t < x.Length; t++) y[t] = t == 0 ? x[0] : x[t] * 2 / (n + 1) + y[t - 1] * (n - 1) / (n + 1);
            return y;
        }
    }

    [Fact]
    public void Stay_known_and_finite_where_nothing_moves_and_nothing_is_traded()
    {
        Candles still = FeatureMarket.Full(3, 60, "BTC");
        foreach (double[] column in (double[][])[still.Open, still.High, still.Low, still.Close]) Array.Fill(column, 7);
        foreach (double[] column in (double[][])[still.Volume, still.QuoteVolume!, still.TakerBuyVolume!]) Array.Fill(column, 0);
        foreach ((string name, double[] column) in Named("extended", [still]))
            Assert.All(column[30..], v => Assert.True(name is "rng" or "rsi" or "hour" or "weekday" ? double.IsFinite(v) : v == 0,
                $"{name}: {v}"));
    }

    [Fact]
    public void What_stands_over_sigma_is_not_known_before_it_whatever_was_traded()
    {
        Candles c = FeatureMarket.Full(3, 60, "BTC");
        Array.Fill(c.Volume, 0);
        Array.Fill(c.QuoteVolume!, 0);
        c.Close[40] = double.NaN;
        double[] vwd = Named("blend8", [c])["vwd"], vwd24 = Named("blend8", [c])["vwd24"];
        Assert.Equal([0, 40, 41], Enumerable.Range(0, 60).Where(t => double.IsNaN(vwd[t])));
        Assert.Equal([.. Enumerable.Range(0, 23), 40, 41], Enumerable.Range(0, 60).Where(t => double.IsNaN(vwd24[t])));
        Assert.All(vwd.Where(v => !double.IsNaN(v)), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Are_clipped_at_12()
    {
        Candles c = FeatureMarket.Full(4, 100, "BTC");
        c.High[50] *= 1e6;
        c.Volume[60] = 1e-250;
        Dictionary<string, double[]> columns = Named("reversal12", [c]);
        Assert.Equal(12, columns["upw"][50]);
        Assert.Equal(-12, columns["v24"][60]);
        Assert.All(columns.Values, column => Assert.All(column, v => Assert.False(Math.Abs(v) > 12)));
    }

    [Fact]
    public void Do_not_depend_on_the_order_of_the_pairs()
    {
        Candles[] pairs = FeatureMarket.Three(200), turned = [pairs[2], pairs[0], pairs[1]];
        double[][][] a = FeatureSet.Named("extended").Compute(pairs, TestContext.Current.CancellationToken);
        double[][][] b = FeatureSet.Named("extended").Compute(turned, TestContext.Current.CancellationToken);
        Assert.Equal(a[2], b[0]);
        Assert.Equal(a[0], b[1]);
        Assert.Equal(a[1], b[2]);
    }

    [Fact]
    public void A_pair_without_a_candle_changes_the_mean_at_that_time_only()
    {
        Candles[] pairs = [FeatureMarket.Full(1, 90, "BTC"), FeatureMarket.Full(2, 90, "ETH")];
        Candles[] gap = [pairs[0], FeatureMarket.Keep(pairs[1], t => t != 50)];
        (double[] whole, double[] missing) = (Named("reversal7", pairs)["mclv"], Named("reversal7", gap)["mclv"]);
        Assert.Equal(Named("reversal7", pairs)["clv0"][50], missing[50]);
        Assert.NotEqual(whole[50], missing[50]);
        Assert.Equal(whole[..50], missing[..50]);
        Assert.Equal(whole[51..], missing[51..]);
    }

    [Fact]
    public void Relative_return_is_the_pairs_own_less_the_mean()
    {
        Candles[] pairs = FeatureMarket.Three(50);
        Feature[] features = [.. new[] { "market_return", "relative_return", "btc_return" }.Select(Feature.Named)];
        double[][][] columns = FeatureSet.Compute(features, pairs, TestContext.Current.CancellationToken);
        for (int t = 1; t < 50; t++)
            Assert.Equal(Math.Log(pairs[1].Close[t] / pairs[1].Close[t - 1]), columns[1][0][t] + columns[1][1][t], 1e-12);
        for (int t = 0; t < pairs[0].Count; t++)
        {
            int btc = Array.IndexOf(pairs[1].OpenTime, pairs[0].OpenTime[t]);
            double expected = btc == 0 ? double.NaN : Math.Log(pairs[1].Close[btc] / pairs[1].Close[btc - 1]);
            Assert.Equal(expected, columns[0][2][t], 1e-12);
        }
    }

    /// <summary>The columns of the first pair.</summary>
    static Dictionary<string, double[]> Named(string set, Candles[] pairs)
        => FeatureSet.Named(set).Features.Zip(FeatureSet.Named(set).Compute(pairs, TestContext.Current.CancellationToken)[0])
            .ToDictionary();
}
