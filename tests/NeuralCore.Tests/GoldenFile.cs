using System.Text.Json;

namespace NeuralCore.Tests;

/// <summary>One reference case: tensors in double, the configuration that made them, and how far torch in float32 is from them.</summary>
sealed class GoldenFile
{
    readonly Safetensors tensors;
    readonly string area;
    readonly JsonElement config;
    readonly Dictionary<string, double> float32Errors = [];
    readonly HashSet<string> read = [];

    public GoldenFile(string path)
    {
        tensors = Safetensors.Read(path);
        Name = Path.GetFileNameWithoutExtension(path);
        area = Path.GetFileName(Path.GetDirectoryName(path)!);
        Kind = tensors.Metadata["kind"];
        config = JsonDocument.Parse(tensors.Metadata["config"]).RootElement;
        if (tensors.Metadata.TryGetValue("torch_f32_err", out string? errors))
            foreach (JsonProperty output in JsonDocument.Parse(errors).RootElement.EnumerateObject())
                float32Errors[output.Name] = output.Value.GetProperty("max_abs_err").GetDouble();
    }

    /// <summary>The folder of all areas, or null where it is not there.</summary>
    public static string? Root
    {
        get
        {
            string? named = Environment.GetEnvironmentVariable("NEURALCORE_GOLDEN");
            if (!string.IsNullOrEmpty(named)) return Directory.Exists(named) ? named : null;
            DirectoryInfo? at = new(AppContext.BaseDirectory);
            while (at is not null && !File.Exists(Path.Combine(at.FullName, "NeuralCore.sln"))) at = at.Parent;
            string beside = Path.Combine(at?.Parent?.FullName ?? "", "shared", "golden");
            return Directory.Exists(beside) ? beside : null;
        }
    }

    public string Name { get; }

    public string Kind { get; }

    public IEnumerable<string> Names => tensors.Names;

    /// <summary>The outputs for which the reference gave an error and no value.</summary>
    public IEnumerable<string> Raises => tensors.Metadata.TryGetValue("raises", out string? raises)
        ? JsonDocument.Parse(raises).RootElement.EnumerateObject().Select(output => output.Name) : [];

    // Keys that only say how a file's inputs were drawn.
    static readonly string[] Drawn = ["scale", "xscale", "head_gain", "grads", "special", "equal", "data"];

    /// <summary>Fails on a configuration key that the test does not know, whose meaning it would otherwise ignore.</summary>
    public void KnowsOnly(params string[] keys)
    {
        foreach (JsonProperty property in config.EnumerateObject())
            Assert.True(keys.Contains(property.Name) || Drawn.Contains(property.Name), $"unknown configuration key '{property.Name}'");
    }

    public bool Configures(params string[] keys) => keys.Any(key => config.TryGetProperty(key, out _));

    public int Integer(string key) => config.GetProperty(key).GetInt32();

    public double Number(string key, double otherwise) => !config.TryGetProperty(key, out JsonElement value) ? otherwise
        : value.ValueKind == JsonValueKind.String && value.GetString() == "inf" ? double.PositiveInfinity : value.GetDouble();

    public bool IsNull(string key) => config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    public string Text(string key, string otherwise) => config.TryGetProperty(key, out JsonElement value) ? value.GetString()! : otherwise;

    public bool Flag(string key, bool otherwise) => config.TryGetProperty(key, out JsonElement value) ? value.GetBoolean() : otherwise;

    public double[] List(string key) => [.. config.GetProperty(key).EnumerateArray().Select(n => n.GetDouble())];

    public Shape[] Shapes(string key)
        => [.. config.GetProperty(key).EnumerateArray().Select(shape => new Shape([.. shape.EnumerateArray().Select(n => n.GetInt32())]))];

    public bool Has(string name) => tensors.Contains(name);

    public Shape Shape(string name) => tensors.Shape(name);

    public double[] Values(string name) => tensors.Doubles(Read(name));

    public float[] Floats(string name) => tensors.Floats(Read(name));

    string Read(string name)
    {
        read.Add(name);
        return name;
    }

    /// <summary>Names what the file tells about torch's own random draw, which ours need not equal.</summary>
    public void DescribesDraw(params string[] beginnings)
        => read.UnionWith(Names.Where(name => beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal))));

    /// <summary>Fails if the file has a tensor that nobody looked at: an input without effect or a result without check.</summary>
    public void RequireAllRead()
    {
        foreach (string name in Names) Assert.True(read.Contains(name), $"tensor '{name}' was not looked at");
    }

    /// <summary>A tensor that wants a gradient; empty if the file does not have it.</summary>
    public Tensor Tensor(string name)
    {
        if (!Has(name)) return default;
        var tensor = new Tensor(Shape(name)).WithGradient(true);
        tensors.CopyTo(Read(name), tensor.Span);
        return tensor;
    }

    public void Check(string name, ReadOnlySpan<float> got)
    {
        var values = new double[got.Length];
        for (int i = 0; i < got.Length; i++) values[i] = got[i];
        Check(name, values);
    }

    /// <summary>
    /// The one statement of the tolerance. Computed in float32: 4 times the largest error that torch makes in float32, plus 1e-6 of the
    /// largest value. Schedules and positions: 1e-6 of the value. Otherwise computed in double (no float32 error in the file): 1e-9 of the
    /// value plus 1e-12 of the largest.
    /// </summary>
    public void Check(string name, ReadOnlySpan<double> got)
    {
        double[] want = Values(name);
        Assert.True(want.Length == got.Length, $"{name}: expected {want.Length} values, got {got.Length}");
        double largest = want.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        bool single = float32Errors.TryGetValue(name, out double error), relative = area is "schedulers" or "positional";
        for (int i = 0; i < want.Length; i++)
        {
            double tolerance = single ? 4 * error + 1e-6 * largest : relative ? 1e-6 * Math.Abs(want[i])
                : 1e-9 * Math.Abs(want[i]) + 1e-12 * largest;
            bool near = double.IsFinite(want[i]) ? Math.Abs(got[i] - want[i]) <= tolerance : want[i].Equals(got[i]);
            Assert.True(near, $"{name}[{i}]: expected {want[i]:R} ± {tolerance:E1}, got {got[i]:R}");
        }
    }
}
