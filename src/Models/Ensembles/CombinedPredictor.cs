using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// An ensemble behind the <see cref="Predictor"/> door: fits its members, learns on what they say of the validation rows how to combine
/// them, and combines. Its folder holds the members' folders.
/// </summary>
public abstract class CombinedPredictor : Predictor
{
    CombinedModel model;
    Committee committee;

    private protected CombinedPredictor(CombinedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        (this.model, committee) = (model, new Committee(model.Members));
    }

    /// <inheritdoc/>
    public override DirectionModel Model => model;

    /// <inheritdoc/>
    public override IReadOnlyList<Predictor> Members => committee.Predictors;

    /// <summary>The folders of the <see cref="Members"/> in that of the ensemble.</summary>
    public virtual IReadOnlyList<string> Folders => [.. model.Members.Select(m => m.Folder)];

    private protected double[] Weights => [.. model.Members.Select(m => m.Weight)];

    private protected bool HasNeutral => model.NeutralShare > 0;

    /// <inheritdoc/>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(context);
        RequireWindows(training);
        History? history = FitMembers(training, validation, context);
        Learn(training, validation, Say(validation), context);
        return new FitResult(history);
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        RequireWindows(rows);
        if (Labels is null) throw NotFitted();
        return Combine(rows, Say(rows));
    }

    /// <summary>Learns how to combine members that were fitted elsewhere, each on the same training rows.</summary>
    /// <param name="training">The training rows.</param>
    /// <param name="validation">The validation rows.</param>
    /// <param name="said">Of each member of <see cref="CombinedModel.Members"/> its predictions of the validation rows.</param>
    /// <param name="context">The seed and threads that the ensemble itself would be fitted with.</param>
    public void Learn(Windows training, Windows validation, IReadOnlyList<Prediction[]> said, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(said);
        Labels = LabelRule.Fit(training, model.NeutralShare);
        LearnFrom(training, validation, Alike(said), context);
    }

    /// <summary>The ensemble's predictions of rows of which the members' are given; it must have learned.</summary>
    public Prediction[] Combine(Windows rows, IReadOnlyList<Prediction[]> said)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(said);
        if (said.Count != model.Members.Count || said.Any(s => s.Length != rows.Count))
            throw new ArgumentException($"{model.Name}: expected {rows.Count} predictions of each of {model.Members.Count} members, "
                + $"got {string.Join(", ", said.Select(s => s.Length))}");
        return rows.Count == 0 ? [] : CombineAlike(rows, Alike(said));
    }

    /// <summary>Fits the members.</summary>
    /// <returns>The history of the first that is a network.</returns>
    private protected virtual History? FitMembers(Windows training, Windows validation, FitContext context)
        => committee.Fit(training, validation, context);

    /// <summary>Of each member its predictions of the rows.</summary>
    private protected virtual Prediction[][] Say(Windows rows) => committee.Say(rows);

    /// <summary>Learns on what the members say of the validation rows, in the classes of the ensemble.</summary>
    private protected virtual void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context) { }

    /// <summary>One prediction a row of what the members say, in the classes of the ensemble.</summary>
    private protected abstract Prediction[] CombineAlike(Windows rows, Prediction[][] said);

    /// <summary>What members say in the classes of the ensemble.</summary>
    private protected Prediction[][] Alike(IReadOnlyList<Prediction[]> said) => [.. said.Zip(model.Members, (predictions, member)
        => !HasNeutral && member.Model.NeutralShare > 0 ? Array.ConvertAll(predictions, Mixture.IfItMoves) : predictions)];

    /// <summary>The class that each row turned out to have; null: not known, or of two classes none since the price did not move.</summary>
    private protected Direction?[] Truth(Windows rows)
    {
        LabelRule rule = Labels!;
        return [.. Enumerable.Range(0, rows.Count).Select(row => !double.IsFinite(rows.Value(row)) ? null
            : rule.Class(rows.Value(row)) is var c && (HasNeutral || c != Direction.Neutral) ? c : (Direction?)null)];
    }

    /// <summary>Puts the weighted mean of what other members say in the place of the predictions of some rows.</summary>
    private protected void Replace(Prediction[] predictions, Windows rows, int[] chosen, Committee by)
    {
        if (chosen.Length == 0) return;
        Prediction[] mean = Mixture.Mean(Alike(by.Say(rows.Take(chosen))), Weights);
        for (int i = 0; i < chosen.Length; i++) predictions[chosen[i]] = mean[i];
    }

    /// <summary>Number of rows whose price moves.</summary>
    private protected static int Moving(Windows rows) => Enumerable.Range(0, rows.Count).Count(row => rows.NextReturn(row) != 0);

    private protected void RequireWindows(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length < model.Window)
            throw new ArgumentException($"{model.Name}: expected windows of {model.Window} candles, got {rows.Length}");
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata, json =>
        {
            WriteLearned(json);
            json.WriteStartArray("members");
            foreach (string name in Folders) json.WriteStringValue(name);
            json.WriteEndArray();
        });
        WriteParts(folder, metadata);
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        ReadParts(folder);
        ReadLearned(folder, config);
    }

    /// <summary>Writes the members, and what of the learned needs files of its own.</summary>
    private protected virtual void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
        => committee.Save(folder, metadata);

    /// <summary>Reads the members.</summary>
    private protected virtual void ReadParts(string folder)
    {
        committee = Committee.Load(folder, model.Members);
        Become(folder, model.WithMembers([.. committee.Predictors.Select(p => p.Model)]));
    }

    /// <summary>Takes over the settings that the members of a folder turned out to have.</summary>
    private protected void Become(string folder, CombinedModel loaded)
    {
        string config = Path.Combine(folder, "config.json");
        if (loaded.Window != model.Window)
            throw new InvalidDataException($"{config}: expected members with windows of up to {model.Window} candles, got {loaded.Window}");
        if (!loaded.Features.Equals(model.Features))
            throw new InvalidDataException($"{config}: expected features {model.Features}, got {loaded.Features}");
        model = loaded;
    }

    /// <summary>Writes what was learned into config.json.</summary>
    private protected virtual void WriteLearned(Utf8JsonWriter json) { }

    /// <summary>Reads what was learned.</summary>
    /// <exception cref="InvalidDataException">It is missing or says what cannot be.</exception>
    private protected virtual void ReadLearned(string folder, JsonElement config) { }

    /// <summary>Reads a list of finite numbers from config.json.</summary>
    private protected static double[] ReadNumbers(string folder, JsonElement config, string name, int count)
    {
        double[] values = [.. Property(config, name).EnumerateArray().Select(v => v.GetDouble())];
        return values.Length == count && values.All(double.IsFinite) ? values : throw new InvalidDataException(
            $"{Path.Combine(folder, "config.json")}: expected {count} finite {name}, got {string.Join(", ", values.Take(20))}");
    }
}
