using NeuralCore.Models;

namespace NeuralCore.Backtest.Cli;

/// <summary>The features of a run: <c>--features</c>, for the models that do not fix their own.</summary>
/// <param name="Set">The set that was asked for.</param>
/// <param name="Given">Whether it was; else each model has that of its own defaults.</param>
/// <param name="LeaveOutMissing">Whether features whose columns the candles lack are left out; else they are an error.</param>
sealed record FeatureSettings(FeatureSet Set, bool Given, bool LeaveOutMissing)
{
    /// <summary>Names of all sets.</summary>
    public static string[] Names { get; } = [.. FeatureSet.All.Select(s => s.Name)];

    /// <summary>Interprets the options.</summary>
    public static FeatureSettings Of(Settings s) => new(
        FeatureSet.Named(s.OneOf("features", "week3", Names)), s.Given("features"), s.Flag("leave-out-missing"));

    /// <summary>Names the models that fix other features than those asked for, where any were.</summary>
    /// <exception cref="UsageException">All of them do.</exception>
    public void Check(Settings s, Session session, IReadOnlyList<DirectionModel> models)
    {
        DirectionModel[] fixes = [.. models.Where(m => !Takes(m))];
        if (fixes.Length == 0 || !s.Given("features")) return;
        string own = string.Join(", ",
            fixes.Select(m => $"{m.Name} has its own features, {string.Join(", ", m.FeatureSets.Select(f => f.Name))}"));
        if (fixes.Length == models.Count) throw s.Wrong("features", $"expected a model that takes {Set.Name}: {own}");
        session.Note($"{own}; --features {Set.Name} is for "
            + string.Join(", ", models.Except(fixes).Where(m => Wanted(m).Equals(Set)).Select(m => m.Name)));
    }

    /// <summary>The models with the features that the pairs allow, and the data with a note on what they do not.</summary>
    /// <exception cref="InvalidDataException">A pair lacks a column that a feature needs, and such features are not to be left
    /// out.</exception>
    public (IReadOnlyList<DirectionModel> Models, BacktestData Data) Give(
        Session session, IReadOnlyList<DirectionModel> models, BacktestData data)
    {
        foreach (FeatureSet set in models.Where(Takes).Select(Wanted).Distinct())
        {
            string missing = MissingFeatures.Of(set, data.Pairs);
            if (missing.Length > 0 && !LeaveOutMissing)
                throw new InvalidDataException($"features '{set.Name}': {missing}; give such candles, or leave them out with "
                    + "--leave-out-missing");
            if (missing.Length == 0) continue;
            string note = $"features of {set.Name} are left out: {missing}";
            session.Note(note);
            data = data with { Notes = [.. data.Notes, note] };
        }
        return ([.. models.Select(m => Takes(m) ? m.WithFeatures(Wanted(m).For(data.Pairs, leaveOut: true)) : m)], data);
    }

    /// <summary>Of all models those whose own features the pairs allow, and the data with a note on the others.</summary>
    public (IReadOnlyList<DirectionModel> Models, BacktestData Data) Allowed(
        Session session, IReadOnlyList<DirectionModel> models, BacktestData data)
    {
        ILookup<string, DirectionModel> lacking = models.ToLookup(m => MissingFeatures.Of(
            new FeatureSet(m.Name, 1, [.. Own(m).SelectMany(set => set.Features).Distinct()]), data.Pairs));
        foreach (IGrouping<string, DirectionModel> left in lacking.Where(group => group.Key.Length > 0))
        {
            string note = $"left out: {string.Join(", ", left.Select(m => m.Name))}: {left.Key}";
            session.Note(note);
            data = data with { Notes = [.. data.Notes, note] };
        }
        return ([.. lacking[""]], data);

        // What was asked for is an error where it is missing, and what can do with fewer columns is no reason.
        IEnumerable<FeatureSet> Own(DirectionModel model) => !Takes(model) ? model.FeatureSets
            : model.WithFeatures(Wanted(model)).FeatureSets.Where(set => !LeaveOutMissing && !(Given && set.Equals(Set)));
    }

    /// <summary>The features that a model is to have.</summary>
    FeatureSet Wanted(DirectionModel model) => Given ? Set : model.Features;

    bool Takes(DirectionModel model) => model.WithFeatures(Set).FeatureSets.Contains(Set);
}
