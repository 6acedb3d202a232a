using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Meta-labelling: the members' weighted mean gives the side, and a second model says whether the call pays. It is fitted on calls for
/// training rows that the members were not fitted on (<see cref="OutOfFold"/>); its label is whether the call's log return from the next
/// open to the next close (<see cref="Target.Fill"/>), less <see cref="CostBp"/>, is over 0. Calls that it thinks do not pay lose their
/// side and become NEUTRAL, the others stay as they are. Source: López de Prado, "Advances in financial machine learning", 2018, 3.6.
/// </summary>
public sealed record MetaLabel() : WeightedModel((new V32(), 1))
{
    /// <inheritdoc/>
    public override string Name => "meta-label";

    /// <summary>Cost of a trade in and out, in basis points.</summary>
    public double CostBp { get; init; } = 10;

    /// <summary>A call pays if the second model's probability is over this.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Whether the second model is gradient boosting; else logistic regression.</summary>
    public bool Boosts { get; init; } = true;

    /// <summary>Blocks of the training rows, in the order of time, that are predicted by members fitted on the earlier ones.</summary>
    public int Folds { get; init; } = 3;

    /// <inheritdoc/>
    public override double FurtherTrainings => Folds / 2.0;

    /// <inheritdoc/>
    public override bool Abstains => true;

    private protected override CombinedPredictor CreatePredictor() => new MetaLabelPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("cost_bp", CostBp), ("threshold", Threshold), ("boosting", Boosts ? 1 : 0), ("folds", Folds)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "cost_bp" => this with { CostBp = Between(name, value, 0, 10_000) },
        "threshold" => this with { Threshold = Between(name, value, 0, 1) },
        "boosting" => this with { Boosts = Flag(name, value) },
        "folds" => this with { Folds = (int)Between(name, Whole(name, value), 1, 100) },
        _ => base.With(name, value),
    };
}

/// <summary>A primary model's calls, and a second model that sorts out those that do not pay.</summary>
/// <param name="model">The ensemble.</param>
public sealed class MetaLabelPredictor(MetaLabel model) : CombinedPredictor(model)
{
    const string ModelFile = "model.safetensors", ScalerFile = "scaler.json";

    TabularModel? second;       // null: all known calls paid, or none did
    Scaler? scaler;
    bool always = true;

    /// <summary>|p_up - p_down|, p_neutral, the side, the features and the features in the call's direction.</summary>
    int Columns => 3 + 2 * Own.Features.Features.Count;

    MetaLabel Own => (MetaLabel)Model;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        (Windows rows, Prediction[][] members) = OutOfFold.Of(Own.Members, training, Own.Folds, context);
        Prediction[] primary = rows.Count == 0 ? [] : Mixture.Mean(Alike(members), Weights);
        bool?[] pays = [.. primary.Select((p, row) => Pays(rows, row, p.Call))];
        int[] chosen = [.. Enumerable.Range(0, pays.Length).Where(row => pays[row] is not null)];
        (always, second) = (chosen.All(row => pays[row] == true), null);
        if (chosen.Length == 0 || always || chosen.All(row => pays[row] == false)) return;
        scaler = Scaler.Fit(training.Of(Own.Features));
        var labelled = new LabelledRows(Matrix(rows, primary, chosen), [.. chosen.Select(row => pays[row] == true ? 1 : 0)], classes: 2);
        second = Own.Boosts
            ? new HistogramGradientBoosting
            {
                MaxIterations = 100, LearningRate = 0.05, MaxLeafNodes = 8, L2Regularization = 1,
                MinSamplesLeaf = ClassicalModel.RowsOfLeaf(500, chosen.Length),
            }.Fit(labelled, null, context.Threads, context.Cancellation)
            : new LogisticRegression().Fit(labelled, context.Threads, context.Cancellation);
    }

    /// <summary>Whether a call turned out to pay; null: nothing was called, or its return is not known by the rows' end.</summary>
    bool? Pays(Windows rows, int row, Direction call)
    {
        (int pair, int end) = rows.Rows[row];
        Label fill = rows.Series[pair].Label(Target.Fill);
        return call == Direction.Neutral || !fill.IsKnown(end) || fill.KnownAt[end] > rows.KnownBy ? null
            : (int)(call - 1) * fill.Values[end] - Own.CostBp / 1e4 > 0;
    }

    /// <summary>Probability that a call of each row pays: of a row without a call too, which changes nothing.</summary>
    double[] Probability(Windows rows, Prediction[] primary)
    {
        if (second is null) return [.. primary.Select(_ => always ? 1.0 : 0)];
        double[] p = second.Predict(Matrix(rows, primary, [.. Enumerable.Range(0, rows.Count)]));
        return [.. Enumerable.Range(0, rows.Count).Select(row => p[2 * row + 1])];
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
    {
        Prediction[] primary = Mixture.Mean(said, Weights);
        double[] pays = Probability(rows, primary);
        return [.. primary.Select((p, row) => pays[row] > Own.Threshold ? p : Mixture.WithoutSide(p))];
    }

    FeatureMatrix Matrix(Windows rows, Prediction[] primary, int[] chosen)
    {
        Windows seen = rows.Of(Own.Features).Scaled(scaler!);
        int columns = Columns, F = Own.Features.Features.Count;
        var values = new float[(long)chosen.Length * columns];
        for (int i = 0; i < chosen.Length; i++)
        {
            Prediction p = primary[chosen[i]];
            Span<float> row = values.AsSpan(i * columns, columns);
            int side = (int)p.Call - 1;
            (row[0], row[1], row[2]) = (Math.Abs(p.Up - p.Down), p.Neutral, side);
            ReadOnlySpan<float> last = seen.Window(chosen[i])[^F..];
            for (int f = 0; f < F; f++) (row[3 + f], row[3 + F + f]) = (last[f], side * last[f]);
        }
        return new FeatureMatrix(values, columns);
    }

    private protected override void WriteLearned(Utf8JsonWriter json)
    {
        json.WriteBoolean("second_model", second is not null);
        json.WriteBoolean("always_pays", always);
    }

    private protected override void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        base.WriteParts(folder, metadata);
        if (second is null) return;
        second.Save(Path.Combine(folder, ModelFile));
        scaler!.Save(Path.Combine(folder, ScalerFile));
    }

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        always = Property(config, "always_pays").GetBoolean();
        if (!Property(config, "second_model").GetBoolean()) return;
        scaler = Scaler.Load(Path.Combine(folder, ScalerFile), Own.Features.Features.Count);
        second = TabularPredictor.Load(Path.Combine(folder, ModelFile),
            Own.Boosts ? typeof(BoostedTrees) : typeof(LogisticModel), Columns, 2);
    }
}
