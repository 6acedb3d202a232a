using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class IndicatorsTests
{
    /// <summary>A positive random walk whose steps change size from seed to seed.</summary>
    internal static double[] Walk(int seed, int length)
    {
        var random = new CounterRandom((ulong)seed, 7);
        double step = 0.001 + 0.1 * random.NextDouble(), price = 100;
        var close = new double[length];
        for (int t = 0; t < length; t++) close[t] = price *= Math.Exp(step * random.NextNormal());
        return close;
    }

    static double[] Run(double[] close, Action<double[], double[]> indicator)
    {
        var output = new double[close.Length];
        indicator(close, output);
        return output;
    }

    static readonly Gen<int> Seeds = Gen.Choose(0, int.MaxValue);

    [Theory]
    [InlineData("rsi", "y")]
    [InlineData("ema_sma_seed", "y")]
    [InlineData("macd_sma_seed", "macd")]
    public void Equal_the_golden_values(string kind, string expectedName)
    {
        string folder = Path.Combine(SharedFolder(), "golden", "indicators");
        if (!Directory.Exists(folder)) Assert.Skip("the reference values of shared/golden are not here");
        string[] files = [.. Directory.GetFiles(folder, kind + "_*.safetensors")];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            var (config, data) = ReadSafetensors(file);
            double[] close = data["close"], expected = data[expectedName];
            double[] actual = Run(close, (x, y) =>
            {
                if (kind == "rsi") Indicators.Rsi(x, config.GetProperty("period").GetInt32(), y);
                else if (kind == "ema_sma_seed") Indicators.Ema(x, config.GetProperty("period").GetInt32(), y);
                else Indicators.Macd(x, config.GetProperty("fast").GetInt32(), config.GetProperty("slow").GetInt32(), y);
            });
            for (int t = 0; t < close.Length; t++)
            {
                double want = data.TryGetValue("undefined", out double[]? undefined) && undefined[t] == 1 ? 50 : expected[t];
                bool equal = double.IsNaN(want) ? double.IsNaN(actual[t]) : Math.Abs(want - actual[t]) <= 1e-11 * (1 + Math.Abs(want));
                Assert.True(equal, $"{Path.GetFileName(file)}: bar {t}, expected {want}, got {actual[t]}");
            }
        }
    }

    [Fact]
    public void Rsi_lies_between_0_and_100_and_mirrors_when_changes_change_sign() => Prop.ForAll(Seeds.ToArbitrary(), seed =>
    {
        double[] close = Walk(seed, 60), mirrored = [.. close.Select(p => 1e5 - p)];
        double[] a = Run(close, (x, y) => Indicators.Rsi(x, 14, y)), b = Run(mirrored, (x, y) => Indicators.Rsi(x, 14, y));
        return Enumerable.Range(0, 60).All(t =>
            t < 14 ? double.IsNaN(a[t]) : a[t] is >= 0 and <= 100 && Math.Abs(a[t] + b[t] - 100) < 1e-6);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rsi_is_100_when_prices_only_rise_0_when_they_only_fall_and_50_when_they_stand()
    {
        double[] rising = [.. Enumerable.Range(1, 40).Select(i => 0.1 * i * i)];
        Assert.All(Run(rising, (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(100, r));
        Assert.All(Run([.. rising.Reverse()], (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(0, r));
        Assert.All(Run([.. rising.Select(_ => 3.0)], (x, y) => Indicators.Rsi(x, 14, y))[14..], r => Assert.Equal(50, r));
    }

    [Fact]
    public void Ema_stays_within_the_range_of_its_prices_and_scales_with_them() =>
        Prop.ForAll(Seeds.ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), (seed, period) =>
        {
            double[] close = Walk(seed, 50), ema = Run(close, (x, y) => Indicators.Ema(x, period, y));
            double[] scaled = Run([.. close.Select(p => 8 * p)], (x, y) => Indicators.Ema(x, period, y));
            return Enumerable.Range(0, 50).All(t => t < period - 1
                ? double.IsNaN(ema[t])
                : ema[t] <= close[..(t + 1)].Max() * (1 + 1e-12) && ema[t] >= close[..(t + 1)].Min() * (1 - 1e-12)
                    && scaled[t] == 8 * ema[t]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ema_of_period_1_is_the_price()
    {
        double[] close = Walk(3, 20);
        Assert.Equal(close, Run(close, (x, y) => Indicators.Ema(x, 1, y)), (a, b) => Math.Abs(a - b) < 1e-12 * a);
    }

    [Fact]
    public void A_wrong_period_or_output_length_is_an_error_that_says_so()
    {
        Assert.Contains("period of at least 1, got 0",
            Assert.Throws<ArgumentOutOfRangeException>(() => Indicators.Ema([1, 2], 0, new double[2])).Message);
        Assert.Contains("Rsi: expected an output of 2 values",
            Assert.Throws<ArgumentException>(() => Indicators.Rsi([1, 2], 14, new double[3])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Indicators.Macd([1, 2], 12, -1, new double[2]));
    }

    static string SharedFolder()
    {
        if (Environment.GetEnvironmentVariable("NEURALCORE_SHARED") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NeuralCore.sln"))) return Path.Combine(folder.FullName, "..", "shared");
        }
        return "shared";
    }

    static (JsonElement Config, Dictionary<string, double[]> Data) ReadSafetensors(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header));
        var data = new Dictionary<string, double[]>();
        foreach (var entry in json.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            var raw = bytes.AsSpan((8 + header + offsets[0].GetInt32())..(8 + header + offsets[1].GetInt32()));
            data[entry.Name] = entry.Value.GetProperty("dtype").GetString() == "F64"
                ? MemoryMarshal.Cast<byte, double>(raw).ToArray()
                : [.. MemoryMarshal.Cast<byte, long>(raw).ToArray().Select(v => (double)v)];
        }
        using var config = JsonDocument.Parse(json.RootElement.GetProperty("__metadata__").GetProperty("config").GetString()!);
        return (config.RootElement.Clone(), data);
    }
}
