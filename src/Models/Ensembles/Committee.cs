namespace NeuralCore.Models;

/// <summary>The members of an ensemble, fitted on the same rows one after the other.</summary>
sealed class Committee
{
    readonly IReadOnlyList<Member> members;
    readonly Predictor[] predictors;

    Committee(IReadOnlyList<Member> members, Predictor[] predictors) => (this.members, this.predictors) = (members, predictors);

    /// <summary>Members that are not yet fitted.</summary>
    internal Committee(IReadOnlyList<Member> members) : this(members, [.. members.Select(m => m.Model.Create())]) { }

    internal IReadOnlyList<Predictor> Predictors => predictors;

    /// <summary>Fits all members.</summary>
    /// <returns>The history of the first that is a network.</returns>
    internal History? Fit(Windows training, Windows validation, FitContext context)
    {
        History? first = null;
        foreach ((Member member, Predictor predictor) in members.Zip(predictors))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            FitResult fit = predictor.Fit(training, validation, context with { Seed = member.SeedFrom(context.Seed) });
            first ??= fit.History;
        }
        return first;
    }

    /// <summary>Of each member its predictions of the rows.</summary>
    internal Prediction[][] Say(Windows rows) => [.. predictors.Select(p => p.Predict(rows))];

    /// <summary>Writes each member into a folder of its own.</summary>
    internal void Save(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        foreach ((Member member, Predictor predictor) in members.Zip(predictors))
            predictor.Save(Path.Combine(folder, member.Folder), metadata);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A member is missing, damaged or another model.</exception>
    internal static Committee Load(string folder, IReadOnlyList<Member> members)
    {
        Predictor[] loaded = [.. members.Select(One)];
        return new([.. members.Zip(loaded, (member, predictor) => member with { Model = predictor.Model })], loaded);

        Predictor One(Member member)
        {
            string path = Path.Combine(folder, member.Folder);
            Predictor predictor = Predictor.Load(path);
            (DirectionModel wanted, DirectionModel got) = (member.Model, predictor.Model);
            return got.GetType() == wanted.GetType() && got.Window <= wanted.Window ? predictor : throw new InvalidDataException(
                $"{Path.Combine(path, "config.json")}: expected {wanted.Name} with windows of {wanted.Window} candles, got {got.Name} with {got.Window}");
        }
    }
}
