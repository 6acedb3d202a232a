using System.Globalization;

namespace NeuralCore.Onnx.Tests;

/// <summary>What a result is compared with, and how near it must be.</summary>
static class Reference
{
    /// <summary>The folder <c>onnx</c> of ../shared; null where it is not there.</summary>
    public static string? Folder
    {
        get
        {
            string? shared = Environment.GetEnvironmentVariable("NEURALCORE_SHARED");
            if (string.IsNullOrEmpty(shared))
            {
                DirectoryInfo? at = new(AppContext.BaseDirectory);
                while (at is not null && !File.Exists(Path.Combine(at.FullName, "NeuralCore.sln"))) at = at.Parent;
                shared = Path.Combine(at?.Parent?.FullName ?? "", "shared");
            }
            string folder = Path.Combine(shared, "onnx");
            return Directory.Exists(folder) ? folder : null;
        }
    }

    /// <summary>Requires |got - expected| ≤ absolute + relative · max |expected|, and NaN where it is expected.</summary>
    public static void Near(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double absolute, double relative)
    {
        Assert.True(expected.Length == got.Length, $"{what}: expected {expected.Length} values, got {got.Length}");
        double largest = 0;
        foreach (float v in expected)
            if (float.IsFinite(v)) largest = Math.Max(largest, Math.Abs(v));
        double tolerance = absolute + relative * largest;
        for (int i = 0; i < expected.Length; i++)
        {
            bool near = float.IsFinite(expected[i]) ? Math.Abs((double)got[i] - expected[i]) <= tolerance : expected[i].Equals(got[i]);
            Assert.True(near,
                string.Create(CultureInfo.InvariantCulture, $"{what}[{i}]: expected {expected[i]:R} ± {tolerance:E1}, got {got[i]:R}"));
        }
    }
}
