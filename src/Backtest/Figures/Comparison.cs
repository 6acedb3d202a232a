using NeuralCore.Metrics;

namespace NeuralCore.Backtest;

/// <summary>
/// How many test rows it takes to tell two models apart with 80 % power at the 5 % level (<see cref="SampleSize.PairedModels"/>).
/// </summary>
/// <param name="Differing">Share of the rows on which the two models are not equally right.</param>
/// <param name="Difference">Independent rows to see the difference that was observed; ∞ where there is none.</param>
/// <param name="HalfPoint">Independent rows to see half a percentage point; NaN where so few rows differ that it is out of reach.</param>
/// <param name="DesignEffect">
/// How many real rows are worth an independent one: the square of the block bootstrap's half-width over that of independent rows. The
/// counts times this are rows like those of the test. NaN where nothing varies.
/// </param>
public sealed record RowsNeeded(double Differing, double Difference, double HalfPoint, double DesignEffect)
{
    const double Half = 0.005;

    /// <param name="gains">Hits of the first model less those of the second, on every row with a direction.</param>
    /// <param name="difference">Their mean by block bootstrap.</param>
    internal static RowsNeeded Of(double[] gains, Difference difference)
    {
        if (gains.Length == 0) return new RowsNeeded(double.NaN, double.NaN, double.NaN, double.NaN);
        double differing = gains.Count(gain => gain != 0) / (double)gains.Length, mean = gains.Average();
        double variance = (gains.Sum(gain => gain * gain) / gains.Length - mean * mean) / gains.Length;
        double independent = ScalarMath.NormalQuantile(0.975) * Math.Sqrt(variance), ratio = difference.Interval.HalfWidth / independent;
        return new RowsNeeded(differing, SampleSize.PairedModels(differing, Math.Min(differing, Math.Abs(mean))),
            differing < Half ? double.NaN : SampleSize.PairedModels(differing, Half), variance > 0 ? ratio * ratio : double.NaN);
    }
}

/// <summary>A model compared with another on the same rows.</summary>
/// <param name="Model">The model.</param>
/// <param name="Against">The other.</param>
/// <param name="Difference">Direction accuracy of the model less that of the other, all pairs pooled, by paired block bootstrap.</param>
public sealed record Comparison(string Model, string Against, Difference Difference)
{
    /// <summary>On every pair: the rows on which only one of the two is right (a tie is not right).</summary>
    public required IReadOnlyList<McNemar> McNemar { get; init; }

    /// <summary>The exact test of these, adjusted for the pairs.</summary>
    public required IReadOnlyList<PairTest> McNemarTests { get; init; }

    /// <summary>
    /// Log-loss of the probability of a rise, all pairs pooled: the means over the pairs of each time, a series in time; less than 0 is in
    /// favour of the model.
    /// </summary>
    public required DieboldMariano LogLoss { get; init; }

    /// <summary>How many rows it would take to see a difference.</summary>
    public required RowsNeeded Needed { get; init; }

    internal static Comparison Of(ByScope<Scope> scopes, TestRows rows, ModelPredictions model, ModelPredictions against)
    {
        bool Directed(int row) => rows.Return[row] != 0;
        double Gain(int row) => Hit(model, row) - Hit(against, row);
        double Hit(ModelPredictions of, int row) => Evaluation.Hit(of.Direction(row), rows.Return[row]);
        Scope all = scopes.Combined;
        Difference difference = all.Difference(Directed, row => Hit(model, row), row => Hit(against, row));
        int[] directed = [.. all.Rows.ToArray().Where(Directed)];
        long[] times = Array.ConvertAll(directed, row => rows.Time[row]);
        McNemar[] counts = [.. scopes.Pairs.Select(pair => Backtest.McNemar.Of(
            pair.Of(row => Directed(row) && Hit(model, row) == 1), pair.Of(row => Directed(row) && Hit(against, row) == 1)))];
        return new Comparison(model.Model, against.Model, difference)
        {
            McNemar = counts,
            McNemarTests = PairTest.Of([.. counts.Select((count, i) => scopes.Pairs[i].Rows.IsEmpty ? Significance.None : count.Exact)]),
            LogLoss = DieboldMariano.Of(TimeMeans.Of(times, Losses(model)), TimeMeans.Of(times, Losses(against))),
            Needed = RowsNeeded.Of(Array.ConvertAll(directed, Gain), difference),
        };

        double[] Losses(ModelPredictions of) => Array.ConvertAll(directed, row =>
            Classification.LogLoss([rows.Return[row] > 0 ? 1 : 0], [ModelPredictions.Rise(of.Down[row], of.Up[row])]));
    }
}
