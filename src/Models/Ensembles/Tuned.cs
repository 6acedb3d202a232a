using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// The members' mean with the weights w ≥ 0, Σ w = 1, of the least log-loss on the validation rows: a convex problem, so there is one
/// least loss wherever the search starts. The weights that are set are where it starts, and what stays without validation rows.
/// </summary>
public sealed record Tuned() : WeightedModel((new V32(), 1), (new Forest(), 1), (new Boosting(), 1))
{
    /// <inheritdoc/>
    public override string Name => "tuned";

    private protected override CombinedPredictor CreatePredictor() => new TunedPredictor(this);

    /// <summary>
    /// Weights of the least -Σ log(Σ w_m p_m): each step multiplies a weight by the mean over the rows of p_m / Σ w p, which never raises
    /// the loss; the largest of these factors exceeds 1 by at least what the loss is above the least, which ends the search.
    /// Source: expectation-maximisation for mixture proportions, Dempster, Laird and Rubin 1977; Cover 1984 for the bound.
    /// </summary>
    /// <param name="said">Of each member its predictions of the rows.</param>
    /// <param name="truth">The class of each row; null: it does not count.</param>
    /// <param name="start">Weights over 0 to start from.</param>
    public static double[] BestWeights(IReadOnlyList<Prediction[]> said, IReadOnlyList<Direction?> truth, IReadOnlyList<double> start)
    {
        const int MostSteps = 2000;
        const double Enough = 1e-6, Least = 1e-9;    // of log-loss; of a probability
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(start);
        int count = said.Count;
        int[] rows = [.. Enumerable.Range(0, truth.Count).Where(row => truth[row] is not null)];
        double sum = start.Sum();
        double[] w = [.. start.Select(weight => weight / sum)], factor = new double[count];
        // (rows, members)
        double[] p = [.. rows.SelectMany(row => said.Select(of => Math.Max(Mixture.Of(of[row], truth[row]!.Value), Least)))];
        for (int step = 0; step < MostSteps && rows.Length > 0; step++)
        {
            Array.Clear(factor);
            for (int at = 0; at < p.Length; at += count)
            {
                double mean = 0;
                for (int m = 0; m < count; m++) mean += w[m] * p[at + m];
                for (int m = 0; m < count; m++) factor[m] += p[at + m] / mean;
            }
            if (factor.Max() / rows.Length - 1 <= Enough) break;
            for (int m = 0; m < count; m++) w[m] *= factor[m] / rows.Length;
        }
        return w;
    }
}

/// <summary>Members weighted by what they are worth on the validation rows.</summary>
/// <param name="model">The ensemble.</param>
public sealed class TunedPredictor(Tuned model) : CombinedPredictor(model)
{
    double[] weights = [.. model.Members.Select(m => m.Weight)];

    /// <summary>The weights of the members, known after <see cref="Predictor.Fit"/>.</summary>
    public IReadOnlyList<double> TunedWeights => weights;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
        => weights = Tuned.BestWeights(said, Truth(validation), Weights);

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said) => Mixture.Mean(said, weights);

    private protected override void WriteLearned(Utf8JsonWriter json) => WriteNumbers(json, "weights", weights);

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        weights = ReadNumbers(folder, config, "weights", model.Members.Count);
        if (weights.Any(w => w < 0) || weights.Sum() <= 0)
            throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected weights of at least 0 and not all 0");
    }
}
