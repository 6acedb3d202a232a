using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Weighted voting of v2 and v3.1: the weighted mean of their probabilities, half and half by default. With tuning, v2's weight is the one
/// of 0, 0.1, ..., 1 that calls the most directions right on the validation rows.
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

    /// <inheritdoc/>
    public override Predictor Create() => new EnsemblePredictor(this, new VotePredictor(new V2 { Window = Window, NeutralShare = NeutralShare }),
        new NetworkPredictor(Network with { Window = Window, NeutralShare = NeutralShare }));

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
    readonly EnsembleModel options;
    Predictor first, second;

    /// <summary>An ensemble of <paramref name="first"/> (weight w) and <paramref name="second"/> (1 - w).</summary>
    public EnsemblePredictor(EnsembleModel options, Predictor first, Predictor second)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.first, this.second, Weight) = (options, first, second, options.V2Weight);
    }

    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <summary>Weight of the first member.</summary>
    public double Weight { get; private set; }

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        first.Fit(training, validation, context);
        FitResult result = second.Fit(training, validation, context);
        Combine(validation);
        return result;
    }

    /// <summary>Completes an ensemble of members that are fitted already.</summary>
    public void Combine(Windows validation)
    {
        ArgumentNullException.ThrowIfNull(validation);
        Labels = second.Labels;
        if (!options.Tune || validation.Count == 0) return;
        Prediction[] a = first.Predict(validation), b = second.Predict(validation);
        Weight = Enumerable.Range(0, 11).Select(i => i / 10.0).MaxBy(w => Enumerable.Range(0, a.Length)
            .Count(row => (int)Mean(a[row], b[row], w).Call - 1 == Math.Sign(validation.NextReturn(row))));
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        Prediction[] a = first.Predict(rows), b = second.Predict(rows);
        return [.. a.Zip(b, (x, y) => Mean(x, y, Weight))];
    }

    static Prediction Mean(Prediction a, Prediction b, double weight)
    {
        float w = (float)weight, rest = 1 - w;
        return new Prediction(w * a.Down + rest * b.Down, w * a.Neutral + rest * b.Neutral, w * a.Up + rest * b.Up);
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata, json =>
        {
            json.WriteNumber("weight", Weight);
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
        Weight = config.GetProperty("weight").GetDouble();
        first = Load(Path.Combine(folder, first.Model.Name));
        second = Load(Path.Combine(folder, second.Model.Name));
    }
}
