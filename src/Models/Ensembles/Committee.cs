using System.Globalization;

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
    /// <param name="training">The training rows.</param>
    /// <param name="validation">The validation rows.</param>
    /// <param name="context">How; each member has a seed of its own.</param>
    /// <param name="from">Fitted members that these go on from; null: from the beginning.</param>
    /// <returns>The history of the first that is a network.</returns>
    internal History? Fit(Windows training, Windows validation, FitContext context, IReadOnlyList<Predictor>? from = null)
    {
        History? first = null;
        for (int m = 0; m < predictors.Length; m++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            FitResult fit = predictors[m]
                .Fit(training, validation, context with { Seed = members[m].SeedFrom(context.Seed), From = from?[m] });
            first ??= fit.History;
        }
        return first;
    }

    /// <summary>Of each member its predictions of the rows.</summary>
    internal Prediction[][] Say(Windows rows) => [.. predictors.Select(p => p.Predict(rows))];

    /// <summary>Writes each member into a folder of its own, whose name begins with <paramref name="prefix"/>.</summary>
    internal void Save(string folder, IReadOnlyDictionary<string, string> metadata, string prefix = "")
    {
        foreach ((Member member, Predictor predictor) in members.Zip(predictors))
            predictor.Save(Path.Combine(folder, prefix + member.Folder), metadata);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The folder of the ensemble.</param>
    /// <param name="members">The members by name and window; their other settings are those that their folders say.</param>
    /// <param name="prefix">What the names of their folders begin with.</param>
    /// <param name="same">Whether the other settings must be the same too.</param>
    /// <exception cref="InvalidDataException">A member is missing, damaged or another model.</exception>
    internal static Committee Load(string folder, IReadOnlyList<Member> members, string prefix = "", bool same = false)
    {
        Predictor[] loaded = [.. members.Select(One)];
        return new([.. members.Zip(loaded, (member, predictor) => member with { Model = predictor.Model })], loaded);

        Predictor One(Member member)
        {
            string path = Path.Combine(folder, prefix + member.Folder);
            Predictor predictor = Predictor.Load(path);
            (DirectionModel wanted, DirectionModel got) = (member.Model, predictor.Model);
            if (got.Name != wanted.Name || got.Window > wanted.Window)
                throw new InvalidDataException($"{Path.Combine(path, "config.json")}: expected {wanted.Name} with windows "
                    + $"of {wanted.Window} candles, got {got.Name} with {got.Window}");
            return !same || got.Equals(wanted) ? predictor : throw new InvalidDataException(
                $"{Path.Combine(path, "config.json")}: expected {Facts(wanted)}, got {Facts(got)}");
        }

        static string Facts(DirectionModel model) => string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", model.Settings.Select(s => $"{s.Name} {s.Value}"))}, features {model.Features}");
    }
}
