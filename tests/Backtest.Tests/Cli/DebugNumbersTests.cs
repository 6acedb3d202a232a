using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Cli;

/// <summary>What debug shows of a network, computed again from its files in double precision, by the equations of its layers.</summary>
public sealed class DebugNumbersTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    /// <summary>Parameters by name.</summary>
    sealed class Weights(NeuralCore.Model network)
    {
        readonly Dictionary<string, float[]> values = network.Parameters.ToDictionary(p => p.Name, p => p.Value.ToArray());

        /// <summary>W·x + b, W (rows of x.Length values).</summary>
        public double[] Affine(string weight, string? bias, double[] x)
        {
            float[] w = values[weight];
            return [.. Enumerable.Range(0, w.Length / x.Length).Select(row =>
                x.Select((value, k) => w[row * x.Length + k] * value).Sum() + (bias is null ? 0 : values[bias][row]))];
        }
    }

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>h of every step in the order of the window, and gates i, f, g, o of the step that is read last.</summary>
    static (double[][] H, double[][] Gates) Lstm(Weights w, double[][] x, string suffix)
    {
        bool backward = suffix.EndsWith("_reverse", StringComparison.Ordinal);
        int units = w.Affine($"rnn.weight_ih_{suffix}", null, x[0]).Length / 4;
        double[] h = new double[units], c = new double[units];
        var all = new double[x.Length][];
        double[][] gates = [];
        for (int step = 0; step < x.Length; step++)
        {
            int t = backward ? x.Length - 1 - step : step;
            double[] a = w.Affine($"rnn.weight_ih_{suffix}", $"rnn.bias_ih_{suffix}", x[t]),
                b = w.Affine($"rnn.weight_hh_{suffix}", $"rnn.bias_hh_{suffix}", h);
            double[] z = [.. a.Zip(b, (p, q) => p + q)];
            gates = [.. Enumerable.Range(0, 4)
                .Select(gate => z[(gate * units)..((gate + 1) * units)].Select(v => gate == 2 ? Math.Tanh(v) : Sigmoid(v)).ToArray())];
            c = [.. c.Select((old, j) => gates[1][j] * old + gates[0][j] * gates[2][j])];
            all[t] = h = [.. c.Select((cell, j) => gates[3][j] * Math.Tanh(cell))];
        }
        return (all, gates);
    }

    static double[] Softmax(double[] e)
    {
        double[] a = [.. e.Select(x => Math.Exp(x - e.Max()))];
        return [.. a.Select(x => x / a.Sum())];
    }

    [Theory]
    [InlineData("v3", "standard", true)]
    [InlineData("v3.1", "week3", true)]
    [InlineData("v3.2", "standard", false)]
    public void Gates_attention_and_probabilities_are_those_of_the_equations(string name, string features, bool bidirectional)
    {
        string market = program.Market();
        Assert.Equal(0, Neuralcore.Run("train", "--data", market, "--model", name, "--features", features, "--epochs", "2", "--out",
            program.Path("m")).Code);
        JsonElement[] lines = [.. Neuralcore.Run("debug", "--model", program.Path("m"), "--data", market, "--last", "2", "--json").Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        var predictor = (NetworkPredictor)Predictor.Load(program.Path("m", "POOLED", "1h"));
        var weights = new Weights(predictor.Network);
        Candles[] pairs = DataFolder.Find(market, Timeframe.Parse("1h"), null).Load().Pairs;
        FeatureSet set = FeatureSet.Named(features);
        double[][][] columns = set.Compute(pairs);
        for (int line = 0; line < lines.Length; line++)
        {
            (int pair, int end) = (line / 2, pairs[0].Count - 2 + line % 2);
            Assert.Equal(pairs[pair].Base, lines[line].GetProperty("pair").GetString());
            JsonElement member = lines[line].GetProperty("members")[0];
            // The scaler is standard: (x - mean) / deviation.
            using JsonDocument scaler = JsonDocument.Parse(File.ReadAllText(program.Path("m", "POOLED", "1h", "scaler.json")));
            double[] mean = Numbers(scaler, "mean"), deviation = Numbers(scaler, "deviation");
            double[][] x = [.. Enumerable.Range(end - 19, 20)
                .Select(t => columns[pair].Select((column, f) => (column[t] - mean[f]) / deviation[f]).ToArray())];
            JsonElement[] shown = [.. member.GetProperty("features").EnumerateArray()];
            for (int f = 0; f < set.Features.Count; f++)
            {
                Assert.Equal(set.Features[f], shown[f].GetProperty("name").GetString());
                Close(columns[pair][f][end], shown[f].GetProperty("raw"));
                Close(x[^1][f], shown[f].GetProperty("scaled"));
            }
            var directions = ((string[])["l0", "l0_reverse"])[..(bidirectional ? 2 : 1)]
                .Select(suffix => Lstm(weights, x, suffix)).ToArray();
            JsonElement[] recurrent = [.. member.GetProperty("recurrent").EnumerateArray()];
            Assert.Equal(directions.Length, recurrent.Length);
            for (int d = 0; d < directions.Length; d++)
            {
                for (int gate = 0; gate < 4; gate++)
                {
                    JsonElement g = recurrent[d].GetProperty("gates").GetProperty("ifgo"[gate..(gate + 1)]);
                    Close(directions[d].Gates[gate].Min(), g.GetProperty("min"));
                    Close(directions[d].Gates[gate].Average(), g.GetProperty("mean"));
                    Close(directions[d].Gates[gate].Max(), g.GetProperty("max"));
                }
                Close(Math.Sqrt(directions[d].H[d == 0 ? ^1 : 0].Sum(h => h * h)), recurrent[d].GetProperty("h_norm"));
            }
            double[] p = name == "v3.1" ? V31(weights, directions, member) : Softmax(weights.Affine("head.weight", "head.bias",
                [.. directions.SelectMany((direction, d) => direction.H[d == 0 ? ^1 : 0])]));
            Assert.All(((string[])["p_down", "p_neutral", "p_up"]).Zip(p), pair => Close(pair.Second, member.GetProperty(pair.First)));
        }

        static double[] Numbers(JsonDocument json, string key)
            => [.. json.RootElement.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];
    }

    static double[] V31(Weights w, (double[][] H, double[][] Gates)[] directions, JsonElement member)
    {
        double[][] h = [.. Enumerable.Range(0, 20).Select(t => directions.SelectMany(d => d.H[t]).ToArray())];
        double[] a = Softmax([.. h.Select(step => w.Affine("pool.attention.v", null,
            [.. w.Affine("pool.attention.weight", "pool.attention.bias", step).Select(Math.Tanh)])[0])]);
        JsonElement[] shown = [.. member.GetProperty("attention")[0].GetProperty("weights").EnumerateArray()];
        for (int t = 0; t < 20; t++) Close(a[t], shown[t].GetProperty("weight"));
        double[] pooled = [.. Enumerable.Range(0, h[0].Length).Select(k => h.Select((step, t) => a[t] * step[k]).Sum()), .. h[^1]];
        double[] hidden = [.. w.Affine("fc.weight", "fc.bias", pooled).Select(v => Math.Max(0, v))];
        return Softmax(w.Affine("heads.direction.weight", "heads.direction.bias", hidden));
    }

    static void Close(double expected, JsonElement actual) => Assert.Equal(expected, actual.GetDouble(), 2e-5 * (1 + Math.Abs(expected)));
}
