namespace NeuralCore.Models.Tests;

/// <summary>The rows of golden.py: whole-number sequences modulo a prime, so that no value repeats within a feature.</summary>
static class PeerRows
{
    internal const int Count = 1000, Features = 5;

    static readonly int[] Factors = [17, 101, 373, 611, 997];

    internal static readonly float[] Values = [.. Enumerable.Range(1, Count)
        .SelectMany(i => Factors.Select(a => (float)(i * a % 1009 / 1009.0)))];

    internal static readonly FeatureMatrix X = new(Values, Features);

    internal static readonly double[] Numbers = [.. Enumerable.Range(1, Count).Select(Number)];

    internal static readonly int[] Two = Classes(Numbers.Order().Skip(Count / 2 - 1).Take(2).Average());

    internal static readonly int[] Three = Classes(1.1, 1.9);

    internal static readonly double[] Weights = [.. Enumerable.Range(1, Count).Select(i => 0.5 + i % 4 / 2.0)];

    /// <summary>Mean 0 and deviation 1.</summary>
    internal static readonly FeatureMatrix Standardised = Standardise();

    /// <summary>Every fifth value of the first and every third of the fourth feature is missing.</summary>
    internal static FeatureMatrix Missing => Changed((i, f, v) => (f == 0 && i % 5 == 0) || (f == 3 && i % 3 == 0) ? float.NaN : v);

    internal static FeatureMatrix Changed(Func<int, int, float, float> change)
        => new(Values.Select((v, at) => change(at / Features + 1, at % Features, v)).ToArray(), Features);

    static double Number(int i)
    {
        double x(int f) => Values[(i - 1) * Features + f];
        return Math.Sin(6 * x(0)) + 2 * x(1) * x(2) + (x(3) > 0.6 ? 1 : 0) + 0.5 * (i * 389 % 1009 / 1009.0);
    }

    static int[] Classes(params double[] limits) => [.. Numbers.Select(t => limits.Count(l => t > l))];

    static FeatureMatrix Standardise()
    {
        double[][] columns = [.. Enumerable.Range(0, Features)
            .Select(f => Enumerable.Range(0, Count).Select(i => (double)Values[i * Features + f]).ToArray())];
        double[] mean = [.. columns.Select(c => c.Average())];
        double[] deviation = [.. columns.Select((c, f) => Math.Sqrt(c.Average(v => (v - mean[f]) * (v - mean[f]))))];
        return new(Values.Select((v, at) => (float)((v - mean[at % Features]) / deviation[at % Features])).ToArray(), Features);
    }
}
