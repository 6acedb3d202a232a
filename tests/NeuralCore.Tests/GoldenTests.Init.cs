namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void Init(GoldenFile g)
    {
        switch (g.Kind)
        {
            case "init_constants": Constants(g); break;
            case "orthogonal": OrthogonalFactor(g); break;
            case "xavier_uniform" or "xavier_normal" or "kaiming_uniform" or "kaiming_normal": Draw(g); break;
            case "default_init": Defaults(g); break;
            default: Assert.Fail($"unknown kind '{g.Kind}'"); break;
        }
    }

    static double GainOf(string nonlinearity) => nonlinearity switch
    {
        "linear" => Gain.Linear,
        "sigmoid" => Gain.Sigmoid,
        "tanh" => Gain.Tanh,
        "relu" => Gain.Relu,
        "selu" => Gain.Selu,
        "leaky_relu" => Gain.LeakyRelu(),
        "leaky_relu_sqrt5" => Gain.LeakyRelu(Math.Sqrt(5)),
        _ when nonlinearity.StartsWith("leaky_relu_", StringComparison.Ordinal)
            => Gain.LeakyRelu(double.Parse(nonlinearity["leaky_relu_".Length..], System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"unknown nonlinearity '{nonlinearity}'"),
    };

    static void Constants(GoldenFile g)
    {
        g.KnowsOnly("shapes");
        Shape[] shapes = g.Shapes("shapes");
        foreach (string name in g.Names)
        {
            string quantity = name[..Math.Max(0, name.IndexOf('.', StringComparison.Ordinal))];
            bool fanOut = name.Contains(".fan_out.", StringComparison.Ordinal),
                bound = quantity.EndsWith("_bound", StringComparison.Ordinal);
            double gain = quantity.Length == 0 ? 1 : GainOf(name[(quantity.Length + 1)..].Replace("fan_in.", "", StringComparison.Ordinal)
                .Replace("fan_out.", "", StringComparison.Ordinal));
            Func<Shape, double> value = quantity switch
            {
                "gain" => _ => gain,
                "xavier_std" or "xavier_bound" => shape => Initializers.Xavier(shape, gain),
                "kaiming_std" or "kaiming_bound" => shape => Initializers.He(shape, gain, fanOut),
                _ when name == "fan_in" => shape => Initializer.FanIn(shape),
                _ when name == "fan_out" => shape => Initializer.FanOut(shape),
                _ => throw new ArgumentException($"unknown constant '{name}'"),
            };
            double[] got = [.. shapes.Take(g.Shape(name).Count).Select(shape => value(shape) * (bound ? Math.Sqrt(3) : 1))];
            g.Check(name, got);
        }
    }

    static void OrthogonalFactor(GoldenFile g)
    {
        g.KnowsOnly("fn", "shape", "gain");
        (int rows, int columns) = (g.Shape("x")[0], g.Shape("x")[1]);
        bool wide = rows < columns;
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[] x = g.Values("x"), vectors = new double[x.Length], y = new double[x.Length];
        for (int i = 0; i < count; i++)
            for (int k = 0; k < length; k++) vectors[i * length + k] = x[wide ? i * columns + k : k * columns + i];
        Initializers.Orthonormalize(vectors, count);
        double gain = g.Number("gain", 1);
        for (int i = 0; i < count; i++)
            for (int k = 0; k < length; k++) y[wide ? i * columns + k : k * columns + i] = gain * vectors[i * length + k];
        g.Check("y", y);

        var random = new CounterRandom(7, 0);
        var drawn = new float[x.Length];
        Initializers.Orthogonal(gain).Fill(drawn, g.Shape("y"), ref random);
        for (int i = 0; i < count; i++)
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int k = 0; k < length; k++)
                    dot += (double)drawn[wide ? i * columns + k : k * columns + i] * drawn[wide ? j * columns + k : k * columns + j];
                Assert.Equal(i == j ? gain * gain : 0, dot, 2e-6 * gain * gain);
            }
    }

    /// <summary>Ours and torch's draw both have the mean, deviation and bound of the formula.</summary>
    static void Draw(GoldenFile g)
    {
        g.KnowsOnly("fn", "shape", "gain", "nonlinearity", "mode", "a");
        g.DescribesDraw("sample_");
        Shape shape = g.Shape("y");
        bool uniform = g.Kind.EndsWith("uniform", StringComparison.Ordinal), xavier = g.Kind.StartsWith("xavier", StringComparison.Ordinal);
        (string mode, string nonlinearity) = (g.Text("mode", "fan_in"), g.Text("nonlinearity", "leaky_relu"));
        Assert.Contains(mode, (string[])["fan_in", "fan_out"]);
        Assert.False(g.Configures(xavier ? ["nonlinearity", "mode", "a"] : ["gain"]), "an argument of another initializer");
        bool fanOut = mode == "fan_out";
        double gain = xavier ? g.Number("gain", 1) : nonlinearity == "leaky_relu" ? Gain.LeakyRelu(g.Number("a", 0)) : GainOf(nonlinearity);
        double deviation = xavier ? Initializers.Xavier(shape, gain) : Initializers.He(shape, gain, fanOut);
        Initializer initializer = (xavier, uniform) switch
        {
            (true, true) => Initializers.XavierUniform(gain),
            (true, false) => Initializers.XavierNormal(gain),
            (false, true) => Initializers.HeUniform(gain, fanOut),
            _ => Initializers.HeNormal(gain, fanOut),
        };
        var drawn = new float[shape.Count];
        var random = new CounterRandom(11, 0);
        initializer.Fill(drawn, shape, ref random);
        CheckMoments([.. drawn], deviation, uniform);
        CheckMoments(g.Values("y"), deviation, uniform);
    }

    static void CheckMoments(double[] draw, double deviation, bool uniform)
    {
        int n = draw.Length;
        double mean = draw.Average(), sample = Math.Sqrt(draw.Sum(v => (v - mean) * (v - mean)) / (n - 1)), largest = draw.Max(Math.Abs);
        double kurtosis = uniform ? 1.8 : 3;
        Assert.InRange(mean, -5 * deviation / Math.Sqrt(n), 5 * deviation / Math.Sqrt(n));
        Assert.InRange(sample / deviation, 1 - 5 * Math.Sqrt((kurtosis - 1) / (4 * n)), 1 + 5 * Math.Sqrt((kurtosis - 1) / (4 * n)));
        if (uniform) Assert.InRange(largest / (Math.Sqrt(3) * deviation), 1 - 10.0 / n, 1 + 1e-6);
        else Assert.InRange(largest / deviation, n < 200 ? 0 : 2, 6);
    }

    /// <summary>A layer of torch's name, made from torch's arguments in their order.</summary>
    static Layer DefaultLayer(string name, int[] arguments) => (name, arguments) switch
    {
        ("Linear", [var inputs, var outputs]) => new Dense(inputs, outputs),
        ("LSTM", [var inputs, var units]) => new Lstm(inputs, units),
        ("LSTM", [var inputs, var units, var layers]) => new Lstm(inputs, units, layers),
        ("GRU", [var inputs, var units]) => new Gru(inputs, units),
        ("GRU", [var inputs, var units, var layers]) => new Gru(inputs, units, layers),
        ("BatchNorm1d", [var features]) => new BatchNorm1d(features),
        ("LayerNorm", [var features]) => new LayerNorm(features),
        ("Embedding", [var count, var features]) => new Embedding(count, features),
        ("MultiheadAttention", [var size, var heads]) => new MultiHeadAttention(size, heads),
        _ => throw new ArgumentException($"unknown layer {name}({string.Join(", ", arguments)})"),
    };

    /// <summary>A parameter with a bound is uniform in it, all 0 where it is 0; one with a mean and a deviation
    /// is standard normal, or constant if it does not deviate.</summary>
    static void Defaults(GoldenFile g)
    {
        g.KnowsOnly("layer", "args");
        g.DescribesDraw("observed_absmax.", "mean.", "std.");
        Layer layer = DefaultLayer(g.Text("layer", ""), [.. g.List("args").Select(a => (int)a)]);
        IReadOnlyList<Parameter> parameters = new Model(layer, seed: 3).Parameters;
        Assert.Equal(g.Names.Where(name => name.StartsWith("shape.", StringComparison.Ordinal)).Order(),
            parameters.Select(p => "shape." + p.Name).Order());
        foreach (Parameter p in parameters)
        {
            Assert.Equal(g.Values("shape." + p.Name), Enumerable.Range(0, p.Shape.Rank).Select(axis => (double)p.Shape[axis]));
            double[] values = [.. p.Value.ToArray()];
            double bound = g.Has("bound." + p.Name) ? g.Values("bound." + p.Name)[0] : 0;
            if (bound > 0 && values.Length > 20) CheckMoments(values, bound / Math.Sqrt(3), uniform: true);
            else if (bound > 0) Assert.All(values, v => Assert.InRange(Math.Abs(v), 0, bound * (1 + 1e-6)));
            else if (g.Has("std." + p.Name) && g.Values("std." + p.Name)[0] > 0)
            {
                CheckMoments(values, 1, uniform: false);
                Assert.InRange(g.Values("std." + p.Name)[0], 1 - 5 / Math.Sqrt(2 * values.Length), 1 + 5 / Math.Sqrt(2 * values.Length));
            }
            else Assert.All(values, v => Assert.Equal(g.Has("mean." + p.Name) ? g.Values("mean." + p.Name)[0] : 0, v));
        }
    }
}
