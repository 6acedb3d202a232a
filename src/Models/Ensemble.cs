using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Weighted voting of v2 and v3.1: the weighted mean of their probabilities, half and half by default. With tuning, v2's weight is the one
/// of 0, 0.1, ..., 1 that calls the most directions right on the validation rows. Both see the same rows, v2 always the six Week-3 signals
/// of them.
/// </summary>
public sealed record EnsembleModel : DirectionModel
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
    public override IReadOnlyList<FeatureSet> FeatureSets => [.. First.FeatureSets.Union(Second.FeatureSets)];

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override Predictor Create() => new EnsemblePredictor(this);

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
        return [.. first.Zip(second, (a, b) => new Prediction(w * a.Down + rest * b.Down, w * a.Neutral + rest * b.Neutral, w * a.Up + rest * b.Up))];
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("v2_weight", V2Weight), ("tune", Tune ? 1 : 0)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "v2_weight" => this with { V2Weight = value is >= 0 and <= 1 ? value : throw OutOfRange(name, value, "a weight in [0, 1]") },
        "tune" => this with { Tune = value is 0 or 1 ? value == 1 : throw OutOfRange(name, value, "0 or 1") },
        _ => base.With(name, value),
    };
}

/// <summary>Two predictors whose probabilities are averaged.</summary>
public sealed class EnsemblePredictor : Predictor
{
    EnsembleModel options;
    Predictor first, second;
    double weight;

    /// <summary>An ensemble of untrained members.</summary>
    public EnsemblePredictor(EnsembleModel options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, first, second, weight) = (options, options.First.Create(), options.Second.Create(), options.V2Weight);
    }

    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <inheritdoc/>
    public override IReadOnlyList<Predictor> Members => [first, second];

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(validation);
        first.Fit(training, validation, context);
        FitResult result = second.Fit(training, validation, context);
        Labels = second.Labels;
        weight = options.WeightFor(first.Predict(validation), second.Predict(validation), validation);
        return result;
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows) => EnsembleModel.Mean(first.Predict(rows), second.Predict(rows), weight);

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata, json =>
        {
            json.WriteNumber("weight", weight);
            json.WriteStartArray("members");
            json.WriteStringValue(first.Model.Name);
            json.WriteStringValue(second.Model.Name);
            json.WriteEndArray();
        });
        first.Save(Path.Combine(folder, first.Model.Name), metadata);
        second.Save(Path.Combine(folder, second.Model.Name), metadata);
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        weight = Property(config, "weight").GetDouble();
        if (weight is not (>= 0 and <= 1))
            throw new InvalidDataException(FormattableString.Invariant(
                $"{Path.Combine(folder, "config.json")}: expected a weight in [0, 1], got {weight}"));
        first = Member(first);
        second = Member(second);
        options = options with { Network = (V31)second.Model };

        Predictor Member(Predictor expected)
        {
            string path = Path.Combine(folder, expected.Model.Name);
            Predictor member = Load(path);
            (DirectionModel wanted, DirectionModel got) = (expected.Model, member.Model);
            if (got.GetType() != wanted.GetType() || got.Window != wanted.Window)
                throw Wrong($"expected {wanted.Name} with windows of {wanted.Window} candles, got {got.Name} with {got.Window}");
            return got.Features.Equals(wanted.Features) ? member : throw Wrong($"expected features {wanted.Features}, got {got.Features}");

            InvalidDataException Wrong(string problem) => new($"{Path.Combine(path, "config.json")}: {problem}");
        }
    }
}
