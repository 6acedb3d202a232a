using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// An anomaly gate before the members' weighted mean: on candles whose features are unlike the training rows' it calls nothing, UP and
/// DOWN get the same probability. Unlike is a Mahalanobis distance of the window's last candle over the quantile that leaves
/// <see cref="Share"/> of the validation rows out (of the training rows where none validate). The features are those of the first
/// member. config.json says in <c>abstained</c> which share of the validation rows the gate shut out.
/// </summary>
public sealed record Gated() : WeightedModel((new V32(), 1))
{
    /// <inheritdoc/>
    public override string Name => "gated";

    /// <summary>Share of the validation rows that are shut out.</summary>
    public double Share { get; init; } = 0.05;

    /// <inheritdoc/>
    public override bool Abstains => true;

    private protected override CombinedPredictor CreatePredictor() => new GatedPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("share", Share)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "share" ? this with { Share = Between(name, value, 0, 0.99) } : base.With(name, value);
}

/// <summary>Members behind a gate.</summary>
/// <param name="model">The ensemble.</param>
public sealed class GatedPredictor(Gated model) : CombinedPredictor(model)
{
    const string File = "model.safetensors";

    AnomalyGate? gate;
    double threshold = double.PositiveInfinity, abstained;

    /// <summary>Distance over which a candle is unlike the training rows; known after <see cref="Predictor.Fit"/>.</summary>
    public double Threshold => threshold;

    /// <summary>Distances of the rows' last candles.</summary>
    public double[] Distances(Windows rows)
    {
        RequireWindows(rows);
        Windows seen = rows.Of(Own.Features);
        AnomalyGate fitted = gate ?? throw NotFitted();
        return [.. Enumerable.Range(0, rows.Count).Select(row => fitted.Distance(seen, row))];
    }

    Gated Own => (Gated)Model;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        gate = AnomalyGate.Fit(training.Of(Own.Features));
        double[] distances = [.. Distances(validation.Count > 0 ? validation : training).Order()];
        threshold = distances[Math.Max(0, (int)Math.Ceiling((1 - Own.Share) * distances.Length) - 1)];
        abstained = distances.Count(d => d > threshold) / (double)distances.Length;
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
    {
        double[] distances = Distances(rows);
        Prediction[] mean = Mixture.Mean(said, Weights);
        for (int row = 0; row < mean.Length; row++)
            if (distances[row] > threshold) mean[row] = Mixture.WithoutSide(mean[row]);
        return mean;
    }

    private protected override void WriteLearned(Utf8JsonWriter json)
    {
        json.WriteNumber("distance_threshold", threshold);
        json.WriteNumber("abstained", abstained);
    }

    private protected override void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        base.WriteParts(folder, metadata);
        gate!.Save(Path.Combine(folder, File));
    }

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        (threshold, abstained) = (Property(config, "distance_threshold").GetDouble(), Property(config, "abstained").GetDouble());
        if (!(threshold >= 0))
            throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected a distance_threshold of at least 0");
        gate = AnomalyGate.Load(Path.Combine(folder, File), Own.Features.Features.Count);
    }
}
