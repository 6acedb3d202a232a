using System.Text.Json;
using Models.Tests.Data;

namespace NeuralCore.Models.Tests;

/// <summary>The reference values of shared/golden/indicators, every output of every file.</summary>
public class IndicatorGoldenTests
{
    static readonly string[] Inputs = ["open", "high", "low", "close", "volume", "undefined"];

    [Fact]
    public void Indicators_equal_the_reference_values()
    {
        string[] files = Directory.GetFiles(SharedFolder.Require(Path.Combine("golden", "indicators")), "*.safetensors");
        Assert.True(files.Length >= 87, $"expected the 87 files of reference values, found {files.Length}");
        foreach (string file in files)
        {
            var golden = Safetensors.Read(file);
            using var config = JsonDocument.Parse(golden.Metadata["config"]);
            var market = new Prices(golden.Doubles("high"), golden.Doubles("low"), golden.Doubles("close"), golden.Doubles("volume"), []);
            Dictionary<string, double[]> got = Compute(golden.Metadata["kind"], market, config.RootElement);
            Assert.Equal(golden.Names.Except(Inputs).Order(), got.Keys.Order());
            foreach (string name in got.Keys)
            {
                double[] want = Defined(name, golden, market);
                double largest = golden.Names.SelectMany(golden.Doubles).Where(double.IsFinite).Max(Math.Abs);
                for (int t = 0; t < want.Length; t++)
                {
                    double tolerance = 1e-9 * Math.Abs(want[t]) + 1e-12 * largest;
                    bool near = double.IsNaN(want[t]) ? double.IsNaN(got[name][t]) : Math.Abs(got[name][t] - want[t]) <= tolerance;
                    Assert.True(near, $"{Path.GetFileName(file)}, {name}[{t}]: expected {want[t]:R}, got {got[name][t]:R}");
                }
            }
        }
    }

    // What 0/0 counts as in the indicators that meet it here; the means that contain it follow.
    static double[] Defined(string name, Safetensors golden, Prices market)
    {
        double[] want = golden.Doubles(name);
        if (!golden.Names.Contains("undefined") || golden.Metadata["kind"].StartsWith("adx", StringComparison.Ordinal)) return want;
        if (name is "fast_d" or "slow_k") return Mean(Defined("fast_k", golden, market), want);
        if (name == "slow_d") return Mean(Defined("slow_k", golden, market), want);
        double[] undefined = golden.Doubles("undefined");
        double[] count = [.. want];
        for (int t = 0; t < want.Length; t++)
        {
            if (undefined[t] == 0) continue;
            count[t] = (golden.Metadata["kind"], name) switch
            {
                ("bollinger", "percent_b") => 0.5,
                ("bollinger", _) => want[t],
                ("cci", _) => 0,
                ("stochastic", "fast_k") => 50,
                ("williams_r", _) => -50,
                ("vwap_rolling", _) => (market.High[t] + market.Low[t] + market.Close[t]) / 3,
                _ => throw new InvalidDataException($"{golden.Metadata["kind"]}, {name}: undefined at {t}"),
            };
        }
        return count;
    }

    // Where the reference has a mean, the mean of values must be it; where not, it is what we expect.
    static double[] Mean(double[] values, double[] reference)
    {
        int first = Array.FindIndex(values, double.IsFinite), period = Array.FindIndex(reference, double.IsFinite) - first + 1;
        double[] mean = [.. reference];
        for (int t = first + period - 1; t < mean.Length; t++)
        {
            double of = values[(t - period + 1)..(t + 1)].Average();
            if (double.IsNaN(mean[t])) mean[t] = of;
            Assert.Equal(mean[t], of, 1e-10);
        }
        return mean;
    }

    static Dictionary<string, double[]> Compute(string kind, Prices m, JsonElement config)
    {
        int n = config.TryGetProperty("period", out var period) ? period.GetInt32() : 0;
        int Config(string name) => config.GetProperty(name).GetInt32();
        double[] New() => new double[m.Count];
        double[] x = New(), y = New(), z = New();
        switch (kind)
        {
            case "sma": Indicators.Sma(m.Close, n, y); break;
            case "ema_sma_seed": Indicators.Ema(m.Close, n, y); break;
            case "ema_adjust_false": Indicators.EmaFromFirst(m.Close, n, y); break;
            case "rsi":
                Indicators.Rsi(m.Close, n, y);
                return new() { ["y"] = y, ["avg_gain"] = WilderAverage(m.Close, n, 1), ["avg_loss"] = WilderAverage(m.Close, n, -1) };
            case "macd_sma_seed":
                Indicators.MacdOwnSeeds(m.Close, Config("fast"), Config("slow"), Config("signal"), x, y, z);
                return new() { ["macd"] = x, ["signal"] = y, ["histogram"] = z };
            case "macd_aligned_seed":
                Indicators.MacdAlignedSeed(m.Close, Config("fast"), Config("slow"), Config("signal"), x, y, z);
                return new() { ["macd"] = x, ["signal"] = y, ["histogram"] = z };
            case "macd_adjust_false":
                Indicators.MacdFromFirst(m.Close, Config("fast"), Config("slow"), Config("signal"), x, y, z);
                return new() { ["macd"] = x, ["signal"] = y, ["histogram"] = z };
            case "atr_from_bar0":
                Indicators.AtrFromFirst(m.High, m.Low, m.Close, n, y);
                Indicators.TrueRange(m.High, m.Low, m.Close, x);
                x[0] = m.High[0] - m.Low[0];
                return new() { ["y"] = y, ["true_range"] = x };
            case "atr_from_bar1":
                Indicators.Atr(m.High, m.Low, m.Close, n, y);
                Indicators.TrueRange(m.High, m.Low, m.Close, x);
                return new() { ["y"] = y, ["true_range"] = x };
            case "bollinger": return Bollinger(m, n, config.GetProperty("k").GetDouble());
            case "vwap_rolling": Indicators.VwapRolling(m.High, m.Low, m.Close, m.Volume, n, y); break;
            case "obv":
                Indicators.Obv(m.Close, m.Volume, y);
                Indicators.ObvFromFirstVolume(m.Close, m.Volume, x);
                return new() { ["y"] = y, ["y_from_first_volume"] = x };
            case "stochastic":
                Indicators.Stochastic(m.High, m.Low, m.Close, n, Config("smooth"), x, y, z);
                return new() { ["fast_k"] = x, ["fast_d"] = y, ["slow_k"] = y, ["slow_d"] = z };
            case "adx": Indicators.Adx(m.High, m.Low, m.Close, n, x, y, z); return Directional(x, y, z);
            case "adx_short_seed": Indicators.AdxShortSeed(m.High, m.Low, m.Close, n, x, y, z); return Directional(x, y, z);
            case "cci": Indicators.Cci(m.High, m.Low, m.Close, n, y); break;
            case "williams_r": Indicators.WilliamsR(m.High, m.Low, m.Close, n, y); break;
            case "roc": Indicators.Roc(m.Close, n, y); break;
            case "volatility":
                Indicators.LogReturn(m.Close, x);
                Indicators.RollingVolatility(m.Close, n, y);
                Indicators.StandardDeviation(x, n, z);
                double[] annual = [.. y.Select(v => v * Math.Sqrt(252))];
                return new() { ["log_return"] = x, ["y"] = y, ["y_population"] = z, ["y_annualised_252"] = annual };
            default: throw new InvalidDataException($"unknown kind of reference values '{kind}'");
        }
        return new() { ["y"] = y };
    }

    static Dictionary<string, double[]> Bollinger(Prices m, int period, double k)
    {
        double[][] y = [.. Enumerable.Range(0, 6).Select(_ => new double[m.Count])];
        Indicators.Bollinger(m.Close, period, k, y[0], y[1], y[2]);
        Indicators.StandardDeviation(m.Close, period, y[3]);
        Indicators.BollingerBandwidth(m.Close, period, k, y[4]);
        Indicators.BollingerPercentB(m.Close, period, k, y[5]);
        return new() { ["middle"] = y[0], ["upper"] = y[1], ["lower"] = y[2], ["std"] = y[3], ["bandwidth"] = y[4], ["percent_b"] = y[5] };
    }

    static Dictionary<string, double[]> Directional(double[] plus, double[] minus, double[] adx) => new()
    {
        ["plus_di"] = plus,
        ["minus_di"] = minus,
        ["adx"] = adx,
        ["dx"] = [.. plus.Zip(minus, (p, m) => 100 * Math.Abs(p - m) / (p + m))],
    };

    static double[] WilderAverage(double[] close, int period, int sign)
    {
        var average = new RecursiveAverage(period, 1.0 / period);
        return [.. close.Select((c, t) => t == 0 ? double.NaN : average.Next(Math.Max(sign * (c - close[t - 1]), 0)))];
    }
}
