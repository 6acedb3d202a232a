using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Stacking: a logistic regression on what the members say of training rows that they were not fitted on (<see cref="OutOfFold"/>); then
/// the members are fitted on all training rows. It sees log-odds, ln(p_up / p_down) and, with three classes, ln(p_neutral / √(p_up
/// p_down)). Where the predicted rows lack a class the members' weighted mean stays. Source: Wolpert, "Stacked generalization", 1992, with
/// folds in the order of time.
/// </summary>
public sealed record Stacking() : WeightedModel((new V32(), 1), (new Forest(), 1), (new Boosting(), 1))
{
    /// <inheritdoc/>
    public override string Name => "stacking";

    /// <summary>Blocks of the training rows, in the order of time, that are predicted by members fitted on the earlier ones.</summary>
    public int Folds { get; init; } = 3;

    /// <summary>Inverse strength of the penalty (<see cref="LogisticRegression.C"/>).</summary>
    public double C { get; init; } = 1;

    /// <inheritdoc/>
    public override double FurtherTrainings => Folds / 2.0;

    private protected override CombinedPredictor CreatePredictor() => new StackingPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("folds", Folds), ("c", C)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "folds" => this with { Folds = (int)Between(name, Whole(name, value), 1, 100) },
        "c" => this with { C = Between(name, value, 1e-6, 1e6) },
        _ => base.With(name, value),
    };
}

/// <summary>A logistic regression on its members' predictions.</summary>
/// <param name="model">The ensemble.</param>
public sealed class StackingPredictor(Stacking model) : CombinedPredictor(model)
{
    const string File = "model.safetensors";
    const float Least = 1e-6f;      // of a probability, so that its logarithm is bounded

    TabularModel? logistic;         // null: the weighted mean

    int Classes => HasNeutral ? 3 : 2;

    int Columns => Own.Members.Count * (Classes - 1);

    Stacking Own => (Stacking)Model;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        (Windows rows, Prediction[][] members) = OutOfFold.Of(Own.Members, training, Own.Folds, context);
        Direction?[] truth = Truth(rows);
        int[] chosen = [.. Enumerable.Range(0, rows.Count).Where(row => truth[row] is not null)];
        int[] labels = [.. chosen.Select(row => HasNeutral ? (int)truth[row]!.Value : (int)truth[row]!.Value / 2)];
        logistic = labels.Distinct().Count() < Classes ? null : new LogisticRegression { C = Own.C }.Fit(
            new LabelledRows(Odds(Alike(members), chosen), labels, Classes), context.Threads, context.Cancellation);
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
    {
        if (logistic is null) return Mixture.Mean(said, Weights);
        double[] p = logistic.Predict(Odds(said, [.. Enumerable.Range(0, rows.Count)]));
        return [.. Enumerable.Range(0, rows.Count)
            .Select(i => HasNeutral ? new Prediction((float)p[3 * i], (float)p[3 * i + 1], (float)p[3 * i + 2])
            : new Prediction((float)p[2 * i], 0, (float)p[2 * i + 1]))];
    }

    FeatureMatrix Odds(Prediction[][] said, int[] rows)
    {
        int columns = Columns, each = Classes - 1;
        var values = new float[(long)rows.Length * columns];
        for (int i = 0; i < rows.Length; i++)
            for (int m = 0; m < said.Length; m++)
            {
                Prediction p = said[m][rows[i]];
                double up = Log(p.Up), down = Log(p.Down);
                values[i * columns + m * each] = (float)(up - down);
                if (HasNeutral) values[i * columns + m * each + 1] = (float)(Log(p.Neutral) - (up + down) / 2);
            }
        return new FeatureMatrix(values, columns);

        static double Log(float p) => ScalarMath.Log(Math.Max(p, Least));
    }

    private protected override void WriteLearned(Utf8JsonWriter json) => json.WriteBoolean("stacked", logistic is not null);

    private protected override void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        base.WriteParts(folder, metadata);
        logistic?.Save(Path.Combine(folder, File));
    }

    private protected override void ReadLearned(string folder, JsonElement config) => logistic = Property(config, "stacked").GetBoolean()
        ? TabularPredictor.Load(Path.Combine(folder, File), typeof(LogisticModel), Columns, Classes) : null;
}
