using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Weighted voting of v2 and v3.1: the weighted mean of their probabilities, half and half by default. With tuning, v2's weight is the one
/// of 0, 0.1, ..., 1 that calls the most directions right on the validation rows. Both see the same rows, v2 always the six Week-3 signals
/// of them.
/// </summary>
public sealed record EnsembleModel : CombinedModel
{
    /// <inheritdoc/>
    public override string Name => "ensemble";

    /// <summary>Weight of v2; v3.1 has the rest.</summary>
    public double V2Weight { get; init; } = 0.5;

    /// <summary>Whether the weight is chosen on the validation rows.</summary>
    public bool Tune { get; init; }

    /// <summary>The network of the ensemble.</summary>
    public V31 Network { get; init; } = new();

    /// <summary>The first member: v2 on the same windows and labels.</summary>
    public V2 First => new() { Window = Window, NeutralShare = NeutralShare };

    /// <summary>The second member: the network on the same windows and labels.</summary>
    public V31 Second => Network with { Window = Window, NeutralShare = NeutralShare };

    /// <summary>What the network sees of each candle; v2 has its own signals.</summary>
    public override FeatureSet Features
    {
        get => Network.Features;
        init => Network = Network with { Features = value };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Member> Members => [new(First, V2Weight), new(Second, 1 - V2Weight)];

    /// <summary>The same ensemble with this network, on windows and labels of its own.</summary>
    public override CombinedModel WithMembers(IReadOnlyList<DirectionModel> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        return this with { Network = (V31)models[1] };
    }

    /// <inheritdoc/>
    public override CombinedPredictor Create() => new EnsemblePredictor(this);

    /// <summary>The weight of v2: as set, or the one that calls the most directions right on the validation rows.</summary>
    public double WeightFor(Prediction[] first, Prediction[] second, Windows validation)
    {
        ArgumentNullException.ThrowIfNull(validation);
        if (!Tune || validation.Count == 0) return V2Weight;
        return Enumerable.Range(0, 11).Select(i => i / 10.0).MaxBy(weight =>
        {
            Prediction[] mean = Mean(first, second, weight);
            return Enumerable.Range(0, mean.Length).Count(row => (int)mean[row].Call - 1 == Math.Sign(validation.NextReturn(row)));
        });
    }

    /// <summary>Weighted mean of two members' probabilities, row by row.</summary>
    public static Prediction[] Mean(Prediction[] first, Prediction[] second, double weight)
    {
        float w = (float)weight, rest = 1 - w;
        return [.. first.Zip(second,
            (a, b) => new Prediction(w * a.Down + rest * b.Down, w * a.Neutral + rest * b.Neutral, w * a.Up + rest * b.Up))];
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("v2_weight", V2Weight), ("tune", Tune ? 1 : 0)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "v2_weight" => this with { V2Weight = value is >= 0 and <= 1 ? value : throw OutOfRange(name, value, "a weight in [0, 1]") },
        "tune" => this with { Tune = Flag(name, value) },
        _ => base.With(name, value),
    };
}

/// <summary>Two predictors whose probabilities are averaged.</summary>
/// <param name="options">The ensemble.</param>
public sealed class EnsemblePredictor(EnsembleModel options) : CombinedPredictor(options)
{
    double weight = options.V2Weight;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
        => weight = options.WeightFor(said[0], said[1], validation);

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said) => EnsembleModel.Mean(said[0], said[1], weight);

    private protected override void WriteLearned(Utf8JsonWriter json) => json.WriteNumber("weight", weight);

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        weight = Property(config, "weight").GetDouble();
        if (weight is not (>= 0 and <= 1))
            throw new InvalidDataException(FormattableString.Invariant(
                $"{Path.Combine(folder, "config.json")}: expected a weight in [0, 1], got {weight}"));
        if (Members.FirstOrDefault(m => m.Model.Window != options.Window) is { } odd)
            throw new InvalidDataException($"{Path.Combine(folder, odd.Model.Name, "config.json")}: expected windows of {options.Window} "
                + $"candles, got {odd.Model.Window}");
    }
}
