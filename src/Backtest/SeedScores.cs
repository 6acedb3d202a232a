namespace NeuralCore.Backtest;

/// <summary>How a model did when it was trained from one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Scores">Its scores on all rows.</param>
public sealed record SeedScores(ulong Seed, Scores Scores);

/// <summary>How a figure differs from seed to seed.</summary>
/// <param name="Mean">Its mean.</param>
/// <param name="Deviation">Its standard deviation, with N - 1 in the denominator; NaN for a single seed.</param>
/// <param name="Least">The least.</param>
/// <param name="Greatest">The greatest.</param>
public sealed record SeedSpread(double Mean, double Deviation, double Least, double Greatest)
{
    /// <summary>The spread of a figure over seeds; NaN in all parts where it does not exist for all of them.</summary>
    /// <param name="seeds">The seeds, at least one.</param>
    /// <param name="figure">The figure.</param>
    public static SeedSpread Of(IReadOnlyList<SeedScores> seeds, Func<Scores, double> figure)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        double[] values = [.. seeds.Select(seed => figure(seed.Scores))];
        double mean = values.Average();
        double deviation = values.Length > 1 ? Math.Sqrt(values.Sum(x => (x - mean) * (x - mean)) / (values.Length - 1)) : double.NaN;
        return double.IsNaN(mean) ? new(mean, mean, mean, mean) : new(mean, deviation, values.Min(), values.Max());
    }
}
