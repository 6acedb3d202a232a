using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>The features of a run: <c>--features</c>, for the models that do not fix their own.</summary>
/// <param name="Set">The set that was asked for.</param>
/// <param name="LeaveOutMissing">Whether features whose columns the candles lack are left out; else they are an error.</param>
sealed record FeatureSettings(FeatureSet Set, bool LeaveOutMissing)
{
    /// <summary>Names of all sets.</summary>
    public static string[] Names { get; } = [.. FeatureSet.All.Select(s => s.Name)];

    /// <summary>Interprets the options.</summary>
    public static FeatureSettings Of(Settings s) => new(FeatureSet.Named(s.OneOf("features", "week3", Names)), s.Flag("leave-out-missing"));

    /// <summary>The models with the features that these pairs allow.</summary>
    /// <exception cref="InvalidDataException">A pair lacks a column that a feature needs, and such features are not to be left out.</exception>
    public IReadOnlyList<DirectionModel> Give(IReadOnlyList<DirectionModel> models, IReadOnlyList<Candles> pairs)
    {
        if (!models.Any(m => m.WithFeatures(Set).FeatureSets.Contains(Set))) return models;
        (string Feature, string What)[] missing = [.. Set.Missing(pairs)];
        if (missing.Length == 0 || LeaveOutMissing) return [.. models.Select(m => m.WithFeatures(Set.WithoutMissing(pairs)))];
        var lacks = missing.GroupBy(m => m.What).Select(g => $"{g.Key}, which {string.Join(", ", g.Select(m => m.Feature))} need");
        throw new InvalidDataException($"--features {Set.Name}: {string.Join("; ", lacks)}; --leave-out-missing takes the set without them");
    }
}
